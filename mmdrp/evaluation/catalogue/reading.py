"""What one folder of results says of itself, as one row."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeGuard

from mmdrp.errors import MmdrpError
from mmdrp.evaluation.catalogue.failed import read_record
from mmdrp.evaluation.catalogue.state import state_of_folder
from mmdrp.evaluation.metrics import pearson, per_group
from mmdrp.io.marker import MARKER, read_marker
from mmdrp.training.run_files.reading import (
    CONFIG,
    METRICS,
    MODEL,
    PREDICTIONS,
    RUN,
    read_config,
)  # fmt: skip
from mmdrp.training.run_files.reading import read_predictions as predictions_of

PASSED_BY = ("wandb", "baselines", "__pycache__")
"""folders inside a folder of results that hold none"""
TEXTS = ("run", "command", "state", "started", "study", "measure", "modality", "base", "why")


def folders_of_results(folder: Path) -> Iterator[Path]:
    """Yield every folder of results in and below ``folder``, in order; hidden ones are left out."""
    try:
        inside = sorted(p for p in folder.iterdir() if p.is_dir() and not p.is_symlink())
    except OSError:  # it went away, or may not be read
        return
    if (folder / MARKER).is_file() or (folder / MODEL).is_file():
        yield folder
    for path in inside:
        if not path.name.startswith(".") and path.name not in PASSED_BY:
            yield from folders_of_results(path)


def row_of(folder: Path) -> dict[str, Any]:
    """Return a folder's row; what it does not say is absent, what cannot be read is in ``why``."""
    marker = read_marker(folder)
    row: dict[str, Any] = {
        "run": str(folder),
        "command": "train" if marker is None else marker.command.replace("_", " ") or "?",
        "state": state_of_folder(folder),
        "started": "" if marker is None else marker.started,
        "options": "" if marker is None or not marker.words else " ".join(marker.words),
    }
    try:
        row |= _described(folder) | scores_of(folder)
    except MmdrpError as error:
        row["why"] = str(error)
    return row


def scores_of(folder: Path) -> dict[str, float]:
    """Return test scores, best validation loss and seconds of a run, as far as there are any.

    A run that was saved from Python has no ``metrics.json``: errors and correlations are those of
    its predictions.
    """
    record = read_record(folder / RUN)
    noted = {"validation_loss": "best_validation_loss", "seconds": "seconds"}
    found = {name: record.get(key) for name, key in noted.items()}
    scores = {name: float(value) for name, value in found.items() if _is_number(value)}
    given = read_record(folder / METRICS).get("model")
    if isinstance(given, dict):
        return scores | {str(k): float(v) for k, v in given.items() if _is_number(v)}
    if not (folder / PREDICTIONS).is_file() or not (folder / MODEL).is_file():
        return scores
    test = predictions_of(folder / PREDICTIONS).query("part == 'test'")
    if test.empty:
        return scores
    y, pred = test["y"].to_numpy(float), test["pred"].to_numpy(float)
    mse = float(((y - pred) ** 2).mean())
    each = per_group(test, "drug", pearson).fillna(0.0)  # as ``metrics.scores`` counts them
    own = {"mse": mse, "rmse": mse**0.5, "pearson": pearson(y, pred)}
    return scores | own | ({"pearson_per_drug": float(each.mean())} if len(each) else {})


def _described(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    if not path.is_file():
        return {}
    config = read_config(path)
    study, response = _map(config.get("study")), _map(config.get("response"))
    modality, base = config.get("modality"), config.get("base")
    base = base.get("name", "") if isinstance(base, Mapping) else base
    found = {
        "study": study.get("name"),
        "measure": response.get("measure"),
        "modality": "+".join(map(str, modality)) if isinstance(modality, Mapping | list) else None,
        "base": "none" if base is None else str(base),
        "fold": config.get("fold"),
        "seed": config.get("seed"),
    }
    return {key: value for key, value in found.items() if isinstance(value, str | int)}


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_number(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
