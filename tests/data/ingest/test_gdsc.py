"""The real default: lines are told apart, drugs are named only where the responses leave no doubt."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.data.ingest.gdsc import packages as gdsc
from mmdrp.data.ingest.gdsc.naming import match, pairwise_pearson
from mmdrp.data.ingest.lines import Lines, key_of
from mmdrp.errors import MmdrpError

COSMIC = ["TT", "T-T", "KM-H2", "KMH-2", "H2591", "A549", "NCI-H23", "Hs-578-T"]


@pytest.fixture
def lines() -> Lines:
    info = pd.DataFrame({"SAMPLE_NAME": COSMIC, "COSMIC_ID": range(100, 100 + len(COSMIC))})
    for column in ("GDSC1", "GDSC2", "TCGA", "MMR", "SCREEN_MEDIUM", "GROWTH_PROPERTIES"):
        info[column] = "x"
    others = ["TT", "T-T", "NCI-H2591", "A549", "NEW-1", "KMH-2"]
    return Lines.of_gdsc(info, others)


def test_colliding_names_stay_two_lines(lines: Lines) -> None:
    assert key_of("TT") == key_of("T-T")
    assert key_of("KM-H2") == key_of("KMH-2")
    full = pd.Series(["TT", "T-T", "KM-H2", "KMH-2", "TT"])
    assert lines.resolve(full).tolist() == full.tolist()
    assert lines.of_cosmic([100, 101, 102, 103]) == ["TT", "T-T", "KM-H2", "KMH-2"]
    # A stripped name means both, so neither: what is keyed by it is left out.
    assert lines.of_key("TT") is None
    assert lines.of_key("KMH2") is None
    assert lines.ambiguous == {"TT", "T-T", "KM-H2", "KMH-2"}


def test_one_line_under_two_spellings_is_one(lines: Lines) -> None:
    assert lines.resolve(pd.Series(["NCI-H2591", "H2591", "a-549", "HS578T"])).tolist() == [
        "H2591", "H2591", "A549", "Hs-578-T"
    ]  # fmt: skip
    assert lines.of_key("NCIH2591") == "H2591"
    assert lines.of_key("NCIH23") == "NCI-H23"
    assert lines.of_key("H23") is None  # never seen without its prefix


def test_lines_met_only_in_the_screens_are_added_once(lines: Lines) -> None:
    cells = lines.annotation["cell"].tolist()
    assert cells == [*COSMIC, "NEW-1"]
    assert lines.of_key("NEW1") == "NEW-1"
    assert lines.annotation["cosmic_id"].isna().sum() == 1


def test_tissues_come_from_the_features_or_from_lines_alike(lines: Lines) -> None:
    features = pd.DataFrame({"TISSUE_FACTOR": ["thyroid", "blood"]}, index=[100, 101])
    cells = lines.annotation.assign(subtissue=["a", "b", "a", "b", "c", "a", "a", "a", "a"])
    found = Lines(cells, lines.by_key, lines.ambiguous).frame(features).set_index("cell")["tissue"]
    assert found[["TT", "T-T", "KM-H2", "KMH-2"]].tolist() == ["thyroid", "blood"] * 2
    assert found["H2591"] == "x"  # no line of its subtissue is in v17: COSMIC's own word


Wide = tuple[pd.DataFrame, pd.DataFrame, pd.Series]


def screens(drugs: int = 12, count: int = 300, seed: int = 0) -> Wide:
    """An unnamed panel and the same screens, noisier and in another order, under their names."""
    rng = np.random.default_rng(seed)
    lines = [f"L{i}" for i in range(count)]
    y = rng.normal(size=(count, drugs)) + rng.normal(0, 0.5, (count, 1))
    unnamed = pd.DataFrame(y, index=lines, columns=[f"GDSC:{j}" for j in range(drugs)])
    order = rng.permutation(drugs)
    again = y[:, order] + rng.normal(0, 0.2, y.shape)
    named = pd.DataFrame(again, index=lines, columns=range(1, drugs + 1))
    names = pd.Series([f"drug {j}" for j in order], index=named.columns)
    unnamed = unnamed.mask(rng.random(y.shape) < 0.2)
    return unnamed, named.mask(rng.random(y.shape) < 0.2).iloc[::-1], names


@given(st.integers(0, 50))
def test_planted_names_are_found(seed: int) -> None:
    unnamed, named, names = screens(seed=seed)
    found = match(unnamed, named, names)
    assert {k: m.name for k, m in found.items()} == {f"GDSC:{j}": f"drug {j}" for j in range(12)}
    assert all(m.pearson > 0.8 and m.margin > 5 for m in found.values())


def test_near_identical_screens_of_two_drugs_stay_unnamed() -> None:
    unnamed, named, names = screens()
    mine = int(names.index[names == "drug 3"][0])
    noise = np.random.default_rng(1).normal(0, 0.05, len(named))
    named[99], names[99] = named[mine] + noise, "its twin"
    found = match(unnamed, named, names)
    assert "GDSC:3" not in found
    assert len(found) == 11
    # The same drug screened twice is no rival of itself.
    names[99] = "drug 3"
    assert match(unnamed, named, names)["GDSC:3"].name == "drug 3"


def test_one_screen_never_names_two_columns() -> None:
    unnamed, named, names = screens()
    unnamed["GDSC:copy"] = unnamed["GDSC:3"] + np.random.default_rng(1).normal(0, 0.3, 300)
    found = match(unnamed, named, names)
    assert found["GDSC:3"].name == "drug 3"
    assert "GDSC:copy" not in found


def test_what_is_not_there_gets_no_name() -> None:
    unnamed, named, names = screens()
    mine = names.index[names == "drug 3"]
    assert "GDSC:3" not in match(unnamed, named.drop(columns=mine), names.drop(mine))
    few = unnamed.copy()
    few.loc[few.index[110:], "GDSC:3"] = np.nan  # fewer than 100 lines in common
    found = match(few, named, names)
    assert "GDSC:3" not in found
    assert len(found) == 11
    assert match(unnamed, named, names, least=0.9999) == {}


@given(st.integers(0, 10**6), st.floats(-1e3, 1e3))
def test_pairwise_pearson_is_numpys_on_shared_rows(seed: int, shift: float) -> None:
    rng = np.random.default_rng(seed)
    base = rng.normal(size=(40, 1))
    a, b = base + rng.normal(size=(40, 4)) + shift, base + 3 * rng.normal(size=(40, 3))
    a[rng.random(a.shape) < 0.3] = np.nan
    b[rng.random(b.shape) < 0.3] = np.nan
    r, n = pairwise_pearson(a, b)
    for i in range(4):
        for j in range(3):
            both = np.isfinite(a[:, i]) & np.isfinite(b[:, j])
            assert n[i, j] == both.sum()
            expected = np.corrcoef(a[both, i], b[both, j])[0, 1]
            assert r[i, j] == pytest.approx(expected, abs=1e-9)


def test_columns_that_share_no_rows_do_not_correlate() -> None:
    a: npt.NDArray[np.float64] = np.array([[1.0], [2.0], [np.nan], [np.nan]])
    r, n = pairwise_pearson(a, a[::-1])
    assert (r.item(), n.item()) == (-1.0, 0.0)
    r, _ = pairwise_pearson(np.ones((4, 1)), np.arange(4.0)[:, None])
    assert r.item() == -1.0


def test_another_screen_is_refused_before_anything_is_fetched(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"auc=GDSC3: expected GDSC1 or GDSC2"):
        gdsc.build(tmp_path / "gdsc", downloads=tmp_path / "downloads", auc="GDSC3")  # type: ignore[arg-type]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.network
def test_the_real_study(tmp_path: Path) -> None:
    study = gdsc.build(tmp_path / "gdsc")
    study.validate()
    panel = study.response("ic50").pivot(index="cell", columns="drug", values="value")
    assert panel.shape == (988, 265)
    assert sum(not drug.startswith("GDSC:") for drug in panel.columns) == 263
    pairs = study.response("auc")
    assert pairs["drug"].nunique() == 305
    assert (study.drugs.loc[pairs["drug"].unique(), "smiles"] != "").all()
    sizes = {name: len(study.modality(name).ids) for name in study.modalities}
    assert sizes == {"expression": 960, "mutation": 994, "cnv": 962}
    expression, mutation = study.modality("expression"), study.modality("mutation")
    for line in ("TT", "T-T", "KM-H2", "KMH-2"):
        assert line in study.cells.index
        assert line not in expression.ids
        assert line in mutation.ids
    assert sorted(p.name for p in tmp_path.iterdir()) == ["downloads", "gdsc"]
