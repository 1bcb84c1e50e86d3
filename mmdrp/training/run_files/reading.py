"""What files a run folder has, and its options and predictions read: quick, for lists of runs."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from mmdrp.errors import MmdrpError
from mmdrp.io.sums import read_parquet

CONFIG, FOLD, PREDICTIONS, METRICS, MODEL, RUN = (
    "config.yaml", "fold.json", "predictions.parquet", "metrics.json", "model.ckpt", "run.json",
)  # fmt: skip


COLUMNS = ("fold", "part", "cell", "drug", "y", "pred")
"""of predictions"""


def read_config(path: Path) -> dict[str, Any]:
    """Read a YAML file of plain containers; nothing it says is imported or called."""
    try:
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MmdrpError(f"{path}: there is no such file") from None
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:
        raise MmdrpError(f"{path}: not a configuration that can be read") from error
    if not isinstance(config, dict):
        raise MmdrpError(f"{path}: not a configuration: expected options by name")
    return config


def read_predictions(path: Path) -> pd.DataFrame:
    """Read what was held out and its predictions: ids as texts, finite ``y`` and ``pred``."""
    frame = read_parquet(path, COLUMNS)
    for name in COLUMNS:
        wanted = pd.api.types.is_numeric_dtype if name in ("y", "pred") else _is_named
        if not wanted(frame[name]) or pd.api.types.is_bool_dtype(frame[name]):
            raise MmdrpError(f"{path}: column {name!r} does not hold what mmdrp train writes")
    for name in ("y", "pred"):
        wrong = ~np.isfinite(frame[name].to_numpy(dtype=float))
        if wrong.any():
            row = int(np.argmax(wrong)) + 1
            raise MmdrpError(f"{path}: column {name!r}, row {row}: is not a finite number")
    if frame.empty:
        raise MmdrpError(f"{path}: holds no row")
    parts = set(frame["part"])
    if unknown := parts - {"validation", "test"}:
        raise MmdrpError(f"{path}: column 'part': {min(unknown)!r} is not validation or test")
    return frame


def _is_named(column: pd.Series) -> bool:
    """Whether a column holds names or whole numbers, none of them empty."""
    if bool(column.isna().any()):
        return False
    whole = pd.api.types.is_integer_dtype(column)
    return bool(whole or column.map(lambda value: isinstance(value, str)).all())
