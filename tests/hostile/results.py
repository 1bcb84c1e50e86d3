"""What an accepted command must have left: finished, readable, finite."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch


def check(command: str, words: tuple[str, ...], folder: Path, said: str) -> None:
    """Raise AssertionError where the results of an accepted command are not right."""
    if not command or command in ("-h", "--help", "help", "--version"):
        return
    if any(word in ("--help", "--cfg", "--info", "-c", "-h") for word in words):
        return
    if command == "data" and "split" not in words:
        assert "Study" in said, "names no study"
        return
    out = next(iter(sorted(folder.glob("out*"))), folder / "out")  # a name may hold a newline
    if "-m" in words:
        assert any(out.iterdir()), "a sweep without a run"
        return
    assert out.is_dir(), "no output folder"
    marker = json.loads((out / ".mmdrp").read_text(encoding="utf-8"))
    assert marker["complete"] is True, "not complete"
    assert not [p for p in out.rglob("*") if p.name.endswith(".part")], "halves are left"
    CHECKS[command](out)


def _train(out: Path) -> None:
    if (out / "table1.csv").exists():
        return
    frame = pd.read_parquet(out / "predictions.parquet")
    assert len(frame), "no predictions"
    assert np.isfinite(frame[["y", "pred"]].to_numpy()).all(), "predictions are not finite"
    scores = json.loads((out / "metrics.json").read_text())
    assert all(np.isfinite(scores["model"]["mse"]) for _ in (0,)), "no score"
    assert json.loads((out / "run.json").read_text())["complete"] is True
    assert (out / "model.ckpt").is_file()


def _predict(out: Path) -> None:
    frame = pd.read_parquet(out / "predictions.parquet")
    assert len(frame), "no predictions"
    assert np.isfinite(frame["pred"].to_numpy()).all(), "predictions are not finite"


def _evaluate(out: Path) -> None:
    scores = pd.read_csv(out / "scores.csv")
    assert len(scores), "no scores"
    assert np.isfinite(scores["mse"]).all(), "scores are not finite"


def _attribute(out: Path) -> None:
    if (out / "known_markers.csv").exists():
        assert len(pd.read_csv(out / "known_markers.csv")), "no markers"
        return
    frame = pd.read_parquet(out / "rankings.parquet")
    assert len(frame), "no ranking"
    assert np.isfinite(frame["mean_abs"].to_numpy()).all(), "shares are not finite"


def _associate(out: Path) -> None:
    frame = pd.read_parquet(out / "associations.parquet")
    p = frame["p_welch"].dropna()
    assert p.between(0, 1).all(), "p outside 0 to 1"


def _extremes(out: Path) -> None:
    found = [*out.rglob("groups.csv")]
    assert found, "no groups"
    assert all(len(pd.read_csv(path)) for path in found), "empty groups"


def _enrich(out: Path) -> None:
    frame = pd.read_csv(out / "enrichment.csv")
    assert frame["p"].between(0, 1).all(), "p outside 0 to 1"


def _pretrain(out: Path) -> None:
    found = [*out.glob("*.ckpt")]
    assert found, "no encoder"
    for path in found:
        raw = torch.load(path, weights_only=True)
        tensors = [t for t in _tensors(raw) if t.is_floating_point()]
        assert tensors, "no weights"
        assert all(bool(torch.isfinite(t).all()) for t in tensors), "weights are not finite"


def _tensors(value: object) -> list[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, dict):
        return [t for v in value.values() for t in _tensors(v)]
    if isinstance(value, list | tuple):
        return [t for v in value for t in _tensors(v)]
    return []


def _data(out: Path) -> None:
    found = [*out.rglob("*.json")]
    assert found, "no fold"
    for path in found:
        fold = json.loads(path.read_text(encoding="utf-8"))
        assert {"train", "validation", "test"} <= set(fold), "no fold file"


CHECKS: dict[str, Callable[[Path], None]] = {
    "train": _train, "predict": _predict, "evaluate": _evaluate, "attribute": _attribute,
    "associate": _associate, "extremes": _extremes, "enrich": _enrich, "pretrain": _pretrain,
    "data": _data,
}  # fmt: skip
