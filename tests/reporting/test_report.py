"""The page is whole, loads nothing, escapes names, and says what its folders hold."""

import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp import report
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.reporting.charts import agreement, bars, curves, histogram
from mmdrp.reporting.numbers import figure, table_of
from mmdrp.reporting.svg import ticks
from tests.reporting.pages import (
    ADDRESS,
    HOSTILE,
    Parsed,
    attribute_folder,
    evaluate_folder,
    predict_folder,
    train_folder,
)

DRUGS = ["Dabrafenib", HOSTILE, "a\" onload='x' \u202e\x1b[31m", "{{ 7 * 7 }}"]


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("report") / "runs"
    train_folder(root / "panel", DRUGS)
    evaluate_folder(root / "scores", DRUGS, "panel")
    attribute_folder(root / "features", DRUGS)
    predict_folder(root / "patients", DRUGS)
    return root


@pytest.fixture(scope="module")
def page(folders: Path) -> str:
    html: str = report(folders).html
    return html


@pytest.fixture(scope="module", params=["folders", "patient"])
def parsed(request: pytest.FixtureRequest, folders: Path, page: str) -> Parsed:
    if request.param == "folders":
        return Parsed(page)
    patient = report(folders / "features", predictions=folders / "patients", sample="P1")
    return Parsed(patient.html)


def test_elements_are_balanced_and_ids_unique(parsed: Parsed) -> None:
    assert not parsed.wrong
    assert not parsed.open
    ids = [attrs["id"] for _, attrs in parsed.elements if "id" in attrs]
    assert len(ids) == len(set(ids))


def test_nothing_is_loaded_and_links_lead_inside(parsed: Parsed) -> None:
    ids = {attrs.get("id") for _, attrs in parsed.elements}
    for tag, attrs in parsed.elements:
        for name in ADDRESS:
            value = attrs.get(name)
            if value is None:
                continue
            if tag == "a":
                assert value.startswith("#")
                assert value[1:] in ids, value
            else:
                assert value.startswith("data:"), (tag, value)
        assert not any(name.startswith("on") for name in attrs), tag
    assert not re.search(r"url\(|@import", " ".join(parsed.texts["style"]))


def test_headings_in_order_and_tables_named(parsed: Parsed) -> None:
    levels = [int(tag[1]) for tag, _ in parsed.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert len(parsed.all("caption")) == len(parsed.all("table")) > 0
    assert all(attrs.get("scope") in ("col", "row") for _, attrs in parsed.all("th"))
    assert all(attrs.get("aria-label") for _, attrs in parsed.all("svg"))
    assert all(attrs.get("alt") for _, attrs in parsed.all("img"))
    assert parsed.all("html")[0][1] == {"lang": "en"}


def test_names_stay_names(page: str, parsed: Parsed) -> None:
    scripts = [attrs for tag, attrs in parsed.elements if tag == "script"]
    assert all(attrs in ({}, {"type": "application/json"}) for attrs in scripts)
    assert HOSTILE not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert HOSTILE in parsed.words
    assert "{{ 7 * 7 }}" in parsed.words
    assert "\u202e" not in page
    assert "\x1b" not in page


def test_points_of_each_drug_are_those_of_the_file(folders: Path, page: str) -> None:
    (text,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.S)
    data = json.loads(text)
    test = pd.read_parquet(folders / "panel" / "predictions.parquet")
    assert set(data["points"]) == set(DRUGS)
    for drug, points in data["points"].items():
        own = test[test["drug"] == drug]
        given = data["low"] + np.array(points).reshape(-1, 2) / 999 * (data["high"] - data["low"])
        step = (data["high"] - data["low"]) / 999
        np.testing.assert_allclose(given, own[["pred", "y"]], atol=step / 2 + 1e-9)


def test_says_what_the_folders_hold_and_what_they_do_not(page: str) -> None:
    words = Parsed(page).words
    for said in ("gdsc", "the base alone", "1.25", "-0.250", "test and train: 6", "GENE1",
                 "Not asked for here: permutations=200 gives p and q",
                 "not in these folders; mmdrp associate"):  # fmt: skip
        assert said in words, said
    assert "ic50, in ln uM; higher means resistant" in words
    # One drug's atoms are all zero: it is named, not drawn.
    assert "The structure carries nothing of 1 drugs, which are not drawn: {{ 7 * 7 }}." in words
    assert page.count("data:image/svg+xml") == 3


def test_coverage_and_correlations_are_those_of_the_rows(tmp_path: Path) -> None:
    folder = train_folder(tmp_path / "alone", ["A", "B"], lines=200)
    words = Parsed(report(folder).html).words
    test = pd.read_parquet(folder / "predictions.parquet")
    inside = 100 * test["y"].between(test["lower"], test["upper"]).mean()
    assert f"hold {figure(inside)} % of 400" in words
    r = np.corrcoef(test["y"], test["pred"])[0, 1]
    assert f"r = {figure(r)}" in words
    own = test[test["drug"] == "A"]
    assert figure(float(np.corrcoef(own["y"], own["pred"])[0, 1])) in words
    assert "no baselines" in words


def test_a_patient_gets_the_drugs_of_that_sample(folders: Path) -> None:
    made = report(folders / "features", predictions=folders / "patients", sample="P1")
    words = Parsed(made.html).words
    assert made.html.index("Research, not medical advice") < made.html.index("<h1>")
    assert "1 of 4 drugs lies in the most sensitive 10 %" in words
    assert "KRAS (mutation)" in words  # of this sample: it was attributed
    assert "strongest features over the lines of training, not of this sample" in words
    other = Parsed(report(predictions=folders / "patients", sample="P2").html).words
    assert "every prediction is on the insensitive side" in other
    assert "unlike all lines of training" in other
    assert "KRAS" not in other


def test_a_patient_of_a_model_without_intervals_is_not_called_ordinary(tmp_path: Path) -> None:
    folder = predict_folder(tmp_path / "patients", ["A", "B"])
    file = folder / "predictions.parquet"
    pd.read_parquet(file).drop(columns=["outside", "lower", "upper", "sd"]).to_parquet(file)
    words = Parsed(report(predictions=folder, sample="P1").html).words
    assert "do not say whether the sample is like the lines of training" in words
    assert "lies within" not in words


def test_mistakes_are_one_line(folders: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="sample=P9"):
        report(predictions=folders / "patients", sample="P9")
    with pytest.raises(OptionError, match="give both"):
        report(predictions=folders / "patients")
    with pytest.raises(MmdrpError, match="no folder of mmdrp predict"):
        report(predictions=folders / "panel", sample="P1")
    with pytest.raises(MmdrpError, match="holds nothing that mmdrp wrote"):
        report(tmp_path)
    broken = train_folder(tmp_path / "broken", ["A"])
    (broken / "run.json").write_text("[1")
    with pytest.raises(MmdrpError, match=r"run\.json: not JSON"):
        report(broken)
    (broken / "predictions.parquet").write_bytes(b"PAR1")
    with pytest.raises(MmdrpError, match=r"predictions\.parquet: not a table"):
        report(broken)


def test_command_writes_one_file_and_takes_runs_of_a_sweep_together(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = tmp_path / "folds"
    assert mmdrp("train", "-m", "study=synthetic", "trainer=smoke", "modality=[expression]",
                 "net=false", "fold=0,1", f"hydra.sweep.dir={runs}") == 0  # fmt: skip
    assert mmdrp("evaluate", f"run={runs}", "baseline=[drug_mean]",
                 f"out={tmp_path / 'scores'}") == 0  # fmt: skip
    capsys.readouterr()
    assert mmdrp("report", str(runs), str(tmp_path / "scores"), f"out={tmp_path / 'it'}") == 0
    assert "report.html, " in capsys.readouterr().out
    parsed = Parsed((tmp_path / "it" / "report.html").read_text(encoding="utf-8"))
    heads = [t for t in parsed.texts["h2"] if t.strip()]
    assert heads == ["folds: training", "scores: scores"]
    again = next(t for t in parsed.texts["code"] if t.startswith("mmdrp train")).splitlines()
    assert len(again) == 2
    assert again[1].endswith(f"fold=1 out={runs}/1")
    assert "drug_mean" in parsed.words
    assert mmdrp("report", f"out={tmp_path / 'none'}") == 2


def test_numbers() -> None:
    assert [figure(v) for v in (0.0, 12.345, 0.00012345, 1234567.8, None)] == [
        "0", "12.3", "0.000123", "1234568", "–"]  # fmt: skip
    frame = pd.DataFrame({"drug": ["a", None], "n": [1, 2], "empty": [np.nan, np.nan]})
    table = table_of(frame, "t", {"drug": "", "n": "count", "gone": "", "empty": ""})
    assert table.rows == [("a", "1"), ("–", "2")]
    assert [head.number for head in table.heads] == [False, True]
    for low, high in ((0, 1), (-3.2, 17.9), (1e-9, 2e-9), (1000, 1e6)):
        at = ticks(low, high)
        assert 3 <= len(at) <= 8
        assert all(low - 1e-12 <= t <= high * (1 + 1e-9) for t in at)


def test_drawings_hold_what_they_draw() -> None:
    drawn = str(bars(["a<b", "c"], [-1.0, 2.0], "x", "t", [-2.0, np.nan], [0.0, np.nan]))
    assert drawn.count("<rect") == 2
    assert drawn.count("whisker") == 1
    assert "a&lt;b" in drawn
    values = np.array([1.0, 1.0, 2.0, 5.0])
    assert sum(int(n) for n in re.findall(r"<title>.*?: (\d+)</title>",
                                          str(histogram(values, "x", "t")))) == 4  # fmt: skip
    lines = str(curves({"one": ([0], [1]), "two": ([0], [1])}, "x", "y", "t"))
    assert lines.count("<polyline") == 2
    constant = np.ones(5)
    assert "<svg" in agreement(constant, constant, "u", "t")
