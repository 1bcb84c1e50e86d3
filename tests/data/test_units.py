"""Units of modalities: what they may hold, how they are spelled, and that they travel."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.study import Study, units
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError, OptionError


def rna(*values: float) -> pd.DataFrame:
    return pd.DataFrame({"TP53": values}, index=[f"L{i}" for i in range(len(values))])


RESPONSE = pd.DataFrame({"cell": ["L0", "L1"], "drug": "D", "value": [1.0, 2.0]})


@pytest.mark.parametrize(("text", "unit", "detail"), [
    ("log2(TPM+1)", "log2(TPM + 1)", ""),
    ("z-score over the genes of each line", "z-score within line", "same"),
    ("-1 loss, 0 neutral, 1 gain", "-1/0/1", "same"),
    ("1 if any of Missense_Mutation, Nonsense_Mutation", "0/1", "same"),
    ("log2(relative copy number + 1)", "log2(relative copies + 1)", "same"),
    ("furlongs", "unknown", "same"), ("", "unknown", ""),
])  # fmt: skip
def test_free_texts_of_older_manifests_become_units_and_details(
    text: str, unit: str, detail: str
) -> None:
    entry = Manifest("s", {"x": Entry("", 0, 0, "", text)}).tables["x"]
    assert (entry.unit, entry.detail) == (unit, text if detail == "same" else detail)
    again = Manifest("s", {"x": entry}).tables["x"]
    assert again == entry


def test_every_unit_is_read_as_itself_and_spellings_name_units() -> None:
    for name in units.UNITS:
        assert units.read(name) == (name, "")
        assert units.parse(name.upper().replace(" ", ""), "units.x") == name
    assert units.parse("log2tpm", "units.x") == "log2(TPM + 1)"
    with pytest.raises(OptionError, match=r"units.x='furlongs': no such unit; such as log2\(TPM"):
        units.parse("furlongs", "units.x")


@pytest.mark.parametrize(("unit", "good", "bad"), [
    ("0/1", (0, 1), 2), ("-1/0/1", (-1, 1), 0.5), ("GISTIC", (-2, 2), 3),
    ("counts", (0, 81233), 0.5), ("TPM", (0, 1e6), -1), ("log2(TPM + 1)", (0, 19.9), 812),
    ("beta value", (0, 1), 1.2), ("copies", (0, 7.3), -0.1), ("log2(TPM + 1)", (0, 1), -3),
])  # fmt: skip
def test_values_that_a_unit_does_not_have_are_named(
    unit: str, good: tuple[float, float], bad: float
) -> None:
    Study.from_frames(RESPONSE, {"x": rna(*good)}, units={"x": unit})
    with pytest.raises(MmdrpError, match=r"x: column 'TP53' \(L1\): .* is no ") as error:
        Study.from_frames(RESPONSE, {"x": rna(good[0], bad)}, units={"x": unit})
    assert unit in str(error.value)
    assert len(str(error.value)) <= 200
    gaps = rna(good[0], np.nan)
    assert Study.from_frames(RESPONSE, {"x": gaps}, units={"x": unit}).units == {"x": unit}


def test_a_unit_of_no_modality_is_refused() -> None:
    with pytest.raises(OptionError, match=r"units\.y: there is no such modality; there are: x"):
        Study.from_frames(RESPONSE, {"x": rna(0, 1)}, units={"y": "TPM"})


def test_units_are_written_and_read_and_kept_by_a_new_manifest(tmp_path: Path) -> None:
    study = Study.from_frames(RESPONSE, {"x": rna(0, 1)}, units={"x": "log2tpm"})
    root = study.write(tmp_path / "s").folder
    assert Study.read(root).units == {"x": "log2(TPM + 1)"}
    assert write_manifest(root).units == {"x": "log2(TPM + 1)"}
    assert write_manifest(root, units={"x": "z-score per feature"}).units["x"].startswith("z-sc")
    with pytest.raises(OptionError, match=r"units\.z: there is no such modality"):
        write_manifest(root, units={"z": "TPM"})
    with pytest.raises(MmdrpError, match="missing: 'z' is no modality of"):
        write_manifest(root, missing=["z"])
    other = Study.from_frames(RESPONSE, {"x": rna(0, 9)}).write(tmp_path / "t").folder
    with pytest.raises(MmdrpError, match=r"x.feather: .* 9 is no beta value"):
        write_manifest(other, units={"x": "beta value"})


def test_a_wrong_unit_in_a_manifest_shows_when_it_is_read(tmp_path: Path) -> None:
    root = Study.from_frames(RESPONSE, {"x": rna(0, 812)}).write(tmp_path / "s").folder
    manifest = json.loads((root / "manifest.json").read_text())
    manifest["tables"]["x"]["unit"] = "log2(TPM + 1)"
    (root / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(MmdrpError, match=r"x.feather: column 'TP53' \(L1\): 812 is no log2"):
        Study.read(root).validate()


def test_mudata_keeps_units() -> None:
    pytest.importorskip("mudata")
    study = Study.from_frames(RESPONSE, {"x": rna(0, 1)}, units={"x": "TPM"})
    assert Study.from_mudata(study.to_mudata()).units == {"x": "TPM"}


@pytest.mark.parametrize(("values", "words"), [
    ([0, 5, 81233], "counts (whole numbers, 0 to 81,233)"), ([0, 1], "0/1"), ([-1, 0], "-1/0/1"),
    ([-2, 2], "GISTIC"), ([-1.5, 2], "z-scores"), ([0.1, 0.9], "fractions"),
    ([0.1, 12], "logarithms"), ([0.1, 812.5], "TPM"), ([-7, 812], "whole numbers, -7 to 812"),
    ([np.nan], "nothing"),
])  # fmt: skip
def test_what_values_look_like(values: list[float], words: str) -> None:
    assert units.guess(np.array([values], dtype=np.float32)).startswith(words)
