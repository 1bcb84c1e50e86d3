"""Two generated studies with a shared signal, under other names, units and directions."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp import MmdrpError, Study
from mmdrp.evaluation.across.evaluating import evaluate_across

GENES = [f"G{i}" for i in range(30)]
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
    report = evaluate_across(MODEL, {"one": study(1, "A"), "two": study(2, "B", sign=-1)}, folds=3)
    matrix = report.matrix()
    assert set(matrix.index) == set(matrix.columns) == {"one", "two"}
    assert (matrix.to_numpy() > 0.5).all()
    assert report.scores["drugs"].eq(4).all()
    counts = report.scores.groupby(["pair", "fold"])["rows"].nunique()
    assert counts.eq(1).all()  # both models on equal rows
    assert report.drop["mean"].abs().max() < 0.3


def test_nothing_is_found_where_the_source_has_no_signal() -> None:
    report = evaluate_across(
        MODEL, {"one": study(1, "A"), "null": study(3, "C", signal=0)}, folds=3
    )
    null, own = report.matrix()["one"].loc[["null", "one"]].astype(float)
    assert abs(null) < 0.25
    assert own > 0.5


def test_a_line_of_the_target_is_never_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    from mmdrp.evaluation.across import evaluating

    seen: list[tuple[set[str], set[str]]] = []

    def spy(model: object, long: pd.DataFrame, omics: object, where: pd.DataFrame) -> pd.DataFrame:
        seen.append((set(long["cell"]), set(where.index)))
        grid = pd.MultiIndex.from_product([where.index, long["drug"].unique()])
        return grid.to_frame(index=False, name=["cell", "drug"]).assign(pred=0.0)

    monkeypatch.setattr(evaluating, "_predicted", spy)
    evaluate_across(MODEL, {"one": study(1, "A"), "two": study(2, "B")}, folds=3)
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


def test_the_command_writes_the_matrix(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = study(1, "A").write(tmp_path / "one")
    two = study(2, "B", sign=-1).write(tmp_path / "two")
    out = tmp_path / "across"
    assert mmdrp("evaluate", f"across=[{one.folder},{two.folder}]", "folds=2", f"out={out}") == 0
    assert "own folds" in capsys.readouterr().out
    assert pd.read_csv(out / "across.csv")["fold"].nunique() == 2
    assert (pd.read_csv(out / "matrix.csv", index_col=0).to_numpy() > 0.3).all()
    assert mmdrp("evaluate", "across=[gdsc]") == 2
    assert "at least two studies" in capsys.readouterr().err
