"""Two generated studies with a shared signal, under other names, units and directions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import pearsonr, spearmanr

import mmdrp
from mmdrp import MmdrpError, Study
from mmdrp.evaluation.across.areas import WITHIN
from mmdrp.evaluation.across.evaluating import evaluate_across
from mmdrp.evaluation.across.scoring import drawn, interval, resampled, within_drug
from mmdrp.evaluation.across.studies import cuts_of, pair_of, screened

GENES = [f"G{i}" for i in range(30)]
QUICK: dict[str, Any] = {"bootstrap": 50}
MODEL = mmdrp.ResponseModel(modalities=["expression"], base="ridge", net=False)


def study(seed: int, prefix: str, signal: float = 1.0, sign: float = 1.0) -> Study:
    """Return 60 lines x 4 drugs; half of the lines are lines of every such study."""
    rng, shared = np.random.default_rng(seed), np.random.default_rng(99)
    both = shared.normal(size=(30, 30))
    x = np.vstack([both, rng.normal(size=(30, 30))])
    weights = shared.normal(size=(30, 4)) / np.sqrt(30)
    y = signal * x @ weights + 0.4 * rng.normal(size=(60, 4))
    names = [f"COMMON-{i}" if i < 30 else f"{prefix}-{i}" for i in range(60)]
    ids = [f"{prefix}{i}" for i in range(60)]
    drugs = [f"{prefix}:{j}" for j in range(4)]
    long = pd.DataFrame(sign * 5 * y + 3, index=ids, columns=drugs).rename_axis("cell")
    long = long.reset_index().melt("cell", var_name="drug")
    return Study.from_frames(
        long,
        {"expression": pd.DataFrame(3 * x + 7 * seed, index=ids, columns=GENES)},
        samples=pd.DataFrame({"name": names}, index=ids),
        drugs=pd.DataFrame({"name": ["Alpha", "Beta", "Gamma", "Delta"]}, index=drugs),
        measure="auc" if sign > 0 else "activity",
        higher="resistant" if sign > 0 else "sensitive",
    )


def test_a_shared_signal_is_found_across_studies_whatever_the_scale() -> None:
    studies = {"one": study(1, "A"), "two": study(2, "B", sign=-1)}
    report = evaluate_across(MODEL, studies, folds=3, baselines=["drug_mean", "ridge"], **QUICK)
    matrix = report.matrix()
    assert set(matrix.index) == set(matrix.columns) == {"one", "two"}
    assert (matrix.to_numpy() > 0.5).all()
    assert report.scores["drugs"].eq(4).all()
    counts = report.scores.groupby(["source", "target", "fold"])["rows"].nunique()
    assert counts.eq(1).all()  # all models on equal rows
    ours = report.pairs[report.pairs["model"] == "mmdrp"]
    assert ours["drop"].abs().max() < 0.3
    assert (ours["drop_low"] < ours["drop"]).all()
    assert (ours["low"] < ours["r"]).all()
    ridge = report.pairs[report.pairs["model"] == "ridge"]
    assert ridge["r"].gt(0.4).all()
    constant = report.scores[report.scores["model"] == "drug_mean"]
    assert constant[["r", "rho"]].eq(0).all().all()
    # The screens share 30 lines, and differ by their noise only.
    screens = report.ceiling[report.ceiling["model"] == "screens"]
    assert screens["lines"].eq(30).all()
    assert screens["r"].between(0.7, 0.98).all()
    assert report.ceiling.groupby(["source", "target"])["rows"].nunique().eq(1).all()
    assert report.drugs["response"].eq(WITHIN).all()


def test_nothing_is_found_where_the_source_has_no_signal() -> None:
    report = evaluate_across(
        MODEL, {"one": study(1, "A"), "null": study(3, "C", signal=0)}, folds=3, baselines=[],
        **QUICK,
    )  # fmt: skip
    null, own = report.matrix()["one"].loc[["null", "one"]].astype(float)
    assert abs(null) < 0.25
    assert own > 0.5


def test_a_line_of_the_target_is_never_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmdrp.evaluation.across import models

    seen: list[tuple[set[str], set[str]]] = []

    def spy(model: object, long: pd.DataFrame, omics: object, where: pd.DataFrame) -> pd.DataFrame:
        seen.append((set(long["cell"]), set(where.index)))
        grid = pd.MultiIndex.from_product([where.index, long["drug"].unique()])
        return grid.to_frame(index=False, name=["cell", "drug"]).assign(pred=0.0)

    monkeypatch.setattr(models, "_predicted", spy)
    evaluate_across(
        MODEL, {"one": study(1, "A"), "two": study(2, "B")}, folds=3, baselines=[], **QUICK
    )
    assert len(seen) == 12
    for learned, tested in seen:
        number = {line[1:] for line in tested if int(line[1:]) < 30}  # lines of both studies
        assert not {line[1:] for line in learned if int(line[1:]) < 30} & number


def test_studies_that_share_nothing_are_named() -> None:
    one, two = study(1, "A"), study(2, "B")
    other = Study.from_frames(
        two.response(two.measures[0]), {"expression": two.modality("expression").frame()},
        higher="resistant",
    )  # fmt: skip
    with pytest.raises(MmdrpError, match="share no drug"):
        evaluate_across(MODEL, {"one": one, "other": other})
    with pytest.raises(MmdrpError, match="at least two studies"):
        evaluate_across(MODEL, {"one": one})
    renamed = Study.from_frames(
        two.response(two.measures[0]),
        {"expression": two.modality("expression").frame().add_prefix("X")},
        drugs=two.drugs, higher="resistant",
    )  # fmt: skip
    with pytest.raises(MmdrpError, match="share no gene of expression"):
        evaluate_across(MODEL, {"one": one, "other": renamed})
    with pytest.raises(MmdrpError, match=r"curves\.three: there is no such study"):
        evaluate_across(MODEL, {"one": one, "two": two}, curves={"three": "x.csv"})


def test_the_command_writes_the_matrix(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = study(1, "A").write(tmp_path / "one")
    two = study(2, "B", sign=-1).write(tmp_path / "two")
    out = tmp_path / "across"
    words = [f"across=[{one.folder},{two.folder}]", "folds=2", "bootstrap=50", f"out={out}"]
    assert mmdrp("evaluate", *words, "baseline=[drug_mean,ridge]") == 0
    said = capsys.readouterr().out
    assert "own folds" in said
    assert "screens" in said
    assert "no drug has curves in both studies" in said
    assert pd.read_csv(out / "across.csv")["fold"].nunique() == 2
    assert {"pairs.csv", "ceiling.csv", "drugs.csv", "across.png", "across.svg"} <= {
        path.name for path in out.iterdir()
    }
    assert (pd.read_csv(out / "matrix.csv", index_col=0).to_numpy() > 0.3).all()
    assert mmdrp("evaluate", "across=[gdsc]") == 2
    assert "at least two studies" in capsys.readouterr().err
    for words, line in (
        (["across=[gdsc,nosuch]"], "nosuch: there is no such study folder"),
        ([f"across=[{one.folder},{two.folder}]", "curves={three:x.csv}"], "curves.three: there is"),
        ([f"across=[{one.folder},{two.folder}]", "folds=70"], "make no 70 folds"),
    ):
        assert mmdrp("evaluate", *words) == 2
        assert line in capsys.readouterr().err


def test_correlations_are_those_of_scipy_and_intervals_hold_what_was_planted() -> None:
    rng = np.random.default_rng(0)
    found = pd.DataFrame(
        [(f"L{i}", f"D{j}", rng.normal()) for i in range(80) for j in range(3)],
        columns=["cell", "drug", "value"],
    )
    found["pred"] = (0.6 * found["value"] + 0.8 * rng.normal(size=len(found))).round(1)
    found = found.sample(200, random_state=0)  # some pairs are not measured
    groups = [g for _, g in found.groupby("drug")]
    scores = within_drug(found, 5)
    assert scores["r"] == pytest.approx(
        np.mean([pearsonr(g["value"], g["pred"])[0] for g in groups])
    )
    rho = np.mean([spearmanr(g["value"], g["pred"])[0] for g in groups])
    assert scores["rho"] == pytest.approx(rho)
    rows = found.assign(fold=0, patient=found["cell"])
    low, high = interval(resampled(rows, 5, drawn(rows["patient"], 500, 0)), 0.95)
    assert low < 0.6 < high
    # A patient drawn twice is two patients: the weights say what repeating the rows says.
    weight = {name: np.array([1.0 + (name < "L5")]) for name in rows["cell"]}
    twice = pd.concat([found, found[found["cell"] < "L5"].assign(cell=lambda x: x["cell"] + "b")])
    assert resampled(rows, 5, weight)[0] == pytest.approx(within_drug(twice, 5)["r"])


def test_lines_of_one_patient_stay_together() -> None:
    one, two = study(1, "A"), study(2, "B")
    cells = two.cells.assign(patient=[f"P{i // 3}" for i in range(len(two.cells))])
    two = replace(two, cells=cells)
    pair = pair_of(screened("one", one), screened("two", two))
    for cut in cuts_of(pair, 3, 0):
        held = set(cut.test["patient"])
        assert len(set(cut.test["cell"])) == 3 * len(held)
        assert not held & set(cells.loc[sorted(set(cut.own["cell"])), "patient"])
        assert not {pair.lines.get(c) for c in cut.test["cell"]} & set(cut.source["cell"])
