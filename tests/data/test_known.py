"""Facts about drugs: found by id or by any of their names, pathways by targets."""

import pandas as pd

from mmdrp.data.drugs import resolve, synonyms_of
from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.known.facts import gdsc_drugs, known_drug
from mmdrp.data.known.names import synonyms
from mmdrp.data.known.pathways import of_target, pathways_table
from mmdrp.data.targets import named, targets_table


def test_a_drug_is_known_by_its_id_and_by_any_name() -> None:
    sn38 = known_drug("GDSC:1494", "something else")
    assert sn38 is not None
    assert (sn38["name"], sn38["target"]) == ("SN-38", "TOP1")
    for name in ("nutlin 3a", "Sirolimus", "PLX4720 (GDSC:1036)"):
        assert known_drug("", name) is not None, name
    assert known_drug("GDSC:999999", "no such drug") is None
    assert known_drug("", "") is None


def test_the_table_names_each_id_once_and_no_target_that_is_none() -> None:
    frame = gdsc_drugs()
    assert frame.index.is_unique
    assert len(frame) == 267
    assert frame.index.str.fullmatch(r"GDSC:\d+").all()
    assert frame["name"].str.len().min() > 0
    assert "NOT DEFINED" not in {t for text in frame["target"] for t in named(text)}


def test_pathways_are_those_of_the_row_and_of_its_targets() -> None:
    drugs = pd.DataFrame(
        {
            "target": ["BRAF", "nothing known", "", "MEK1, EGFR"],
            "pathway": ["", "", "Mine;Other", ""],
        },
        index=["a", "b", "c", "d"],
    )
    table = pathways_table(drugs, ["a", "b", "c", "d", "e"])
    assert table is not None
    assert list(table.ids) == ["a", "c", "d"]
    row = table.frame()
    found = {d: {p for p in row if row.at[d, p]} for d in table.ids}
    assert found["a"] == of_target()["BRAF"] >= {"ERK MAPK signaling"}
    assert found["c"] == {"Mine"}
    assert found["d"] == of_target()["MEK1"] | of_target()["EGFR"]
    same = pathways_table(drugs, ["a"], ["EGFR signaling", "ERK MAPK signaling"])
    assert same is not None
    assert same.values.tolist() == [[0.0, 1.0]]
    assert pathways_table(drugs, ["b"]) is None
    assert pathways_table(pd.DataFrame(index=["a"]), ["a"]) is None


def test_gdsc_names_targets_as_the_targets_table_reads_them() -> None:
    frame = gdsc_drugs()
    table = targets_table(frame, list(frame.index))
    assert table is not None
    assert len(table.ids) > 255
    assert not [t for t in table.features if ";" in t or "," in t]


def test_a_synonym_finds_the_drug() -> None:
    frame = gdsc_drugs()
    ids = [str(drug) for drug in frame.index]
    names = dict(zip(ids, frame["name"], strict=True))
    found = resolve(["sirolimus", "Tarceva", "SN-38"], ids, names, synonyms_of(frame))
    assert found == ["GDSC:3", "GDSC:1", "GDSC:1494"]


def test_one_table_says_what_a_drug_is_called() -> None:
    assert {"Taxol", "Paclitaxel", "Abraxane"} <= set(synonyms("onxol"))
    assert "BEZ235" in synonyms("NVP-BEZ-235")
    assert synonyms("Nosuchmab") == ()
    # GDSC's list calls rapamycin Torisel; the brand is temsirolimus, which the table says.
    assert "Temsirolimus" in synonyms("Torisel")
    assert "Torisel" not in synonyms("rapamycin")


def test_drugs_of_two_studies_are_matched_by_what_is_known_of_them() -> None:
    one = pd.DataFrame(
        {"name": ["AZD6244", "Rapamycin"], "synonyms": ["", "Torisel"]}, index=["a", "Rapamycin"]
    )
    two = pd.DataFrame({"name": ["selumetinib", "temsirolimus"]}, index=["b", "t"])
    assert same_drugs(one, two).values.tolist() == [["a", "b"]]
