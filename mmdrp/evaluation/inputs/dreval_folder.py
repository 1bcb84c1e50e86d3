"""The files of a folder of results of drevalpy 1.6, as frames."""

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.tables import read_arrow
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)
MODES = {"LCO": "cell", "LTO": "cell", "LDO": "drug", "LPO": "pair"}
"""test mode of drevalpy -> the axis along which its folds hold out"""
PARTS = ("train", "validation", "test")
COLUMNS = {"cell_line_name": "cell", "pubchem_id": "drug", "response": "y", "predictions": "pred"}
KEYS = ["cell", "drug"]
LAYOUT = "expected results of drevalpy 1.6: RUN/DATASET/LCO with splits/ and MODEL/predictions/"


@dataclass(frozen=True)
class DrevalFolder:
    """Folds as tables ``cell, drug, y`` (and ``tissue``), predictions as ``cell, drug, y, pred``.

    Replicates are averaged.
    """

    root: Path
    mode: str
    """LPO, LCO, LDO or LTO"""
    splits: list[dict[str, pd.DataFrame]]
    """per fold: train, validation and test"""
    models: dict[str, dict[int, pd.DataFrame]]
    """model -> fold -> predictions of its test rows"""


def read_folder(folder: str | Path) -> DrevalFolder:
    """Read splits and predictions; MmdrpError names the file that is not as drevalpy writes it."""
    root = _place(Path(folder))
    splits = _splits(root / "splits")
    models: dict[str, dict[int, pd.DataFrame]] = {}
    for place in sorted(root.glob("*/predictions")):
        found = _folds_in(place, "predictions_split_{}.csv")
        if beyond := [i for i in found if i >= len(splits)]:
            raise MmdrpError(f"{found[beyond[0]]}: fold {beyond[0]} is not in splits/; {LAYOUT}")
        if found:
            read = {i: _predictions(path, splits[i]["test"]) for i, path in found.items()}
            models[place.parent.name] = read
        if len(found) < len(splits):
            name = place.parent.name
            log.warning("%s: has predictions of %d of %d folds", name, len(found), len(splits))
    if not models:
        raise MmdrpError(f"{root}: no model has predictions; {LAYOUT}")
    return DrevalFolder(root, _mode(root), splits, models)


def _place(folder: Path) -> Path:
    """Return the folder that has ``splits``: the one given, or the only one below it."""
    if not folder.is_dir():
        raise MmdrpError(f"{folder}: there is no such folder")
    if (folder / "splits").is_dir():
        return folder
    below = sorted(
        {p.parent for depth in ("*", "*/*", "*/*/*") for p in folder.glob(f"{depth}/splits")}
    )
    if len(below) == 1:
        return below[0]
    if below:
        some = ", ".join(str(p.relative_to(folder)) for p in below)[:80]
        raise MmdrpError(f"{folder}: holds several results; give one of: {some}")
    raise MmdrpError(f"{folder}: has no splits/; {LAYOUT}")


def _mode(root: Path) -> str:
    """Return the test mode: of the manifest, or of releases without one, the folder's name."""
    path, mode = root / "splits" / "split_manifest.json", root.name
    if path.is_file():
        try:
            mode = json.loads(path.read_text(encoding="utf-8"))["test_mode"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            raise MmdrpError(f"{path}: has no test_mode; {LAYOUT}") from error
    if mode not in MODES:
        raise MmdrpError(f"{root}: test mode {str(mode)[:20]!r}: expected {', '.join(MODES)}")
    return str(mode)


def _folds_in(place: Path, name: str) -> dict[int, Path]:
    """Return fold -> file, in order."""
    pattern = re.compile(re.escape(name).replace(re.escape("{}"), r"(\d+)"))
    found = {int(m[1]): p for p in place.iterdir() if (m := pattern.fullmatch(p.name))}
    return dict(sorted(found.items()))


def _splits(place: Path) -> list[dict[str, pd.DataFrame]]:
    tested = _folds_in(place, "cv_split_{}_test.csv")
    if list(tested) != list(range(len(tested))) or not tested:
        raise MmdrpError(f"{place}: has no cv_split_0_test.csv and so on; {LAYOUT}")
    return [{p: _table(place / f"cv_split_{i}_{p}.csv", "y") for p in PARTS} for i in tested]


def _predictions(path: Path, tested: pd.DataFrame) -> pd.DataFrame:
    """Return the predictions of a fold, whose rows must be among those it tests."""
    table = _table(path, "y", "pred")
    both = table.merge(tested[[*KEYS, "y"]], on=KEYS, how="left", suffixes=("", "_split"))
    if (other := both["y_split"].isna()).any():
        row = both[other].iloc[0]
        raise MmdrpError(
            f"{_short(path)}: line {row['cell'][:30]!r}, drug {row['drug'][:30]!r} is not in the "
            f"test rows of its fold ({int(other.sum())} of {len(both)} are not): of another run?"
        )
    if not np.allclose(both["y"], both["y_split"], rtol=1e-4, atol=1e-6):
        raise MmdrpError(f"{_short(path)}: has other responses than the test rows of its fold")
    if (gaps := ~np.isfinite(table["pred"])).any():
        log.warning("%s: %d rows have no prediction", _short(path), int(gaps.sum()))
    out: pd.DataFrame = table[~gaps].reset_index(drop=True)
    return out


def _table(path: Path, *numbers: str) -> pd.DataFrame:
    """Return ids, these columns of numbers and the tissue; replicates are averaged."""
    table = read_arrow(path, ("cell_line_name", "pubchem_id", "tissue")).to_pandas()
    for column, name in COLUMNS.items():
        if column not in table and name in (*KEYS, *numbers):
            raise MmdrpError(f"{_short(path)}: has no column {column!r}; {LAYOUT}")
    table = table.rename(columns=COLUMNS)
    if not len(table):
        raise MmdrpError(f"{_short(path)}: has no rows")
    for name in numbers:
        if not pd.api.types.is_numeric_dtype(table[name]) and table[name].notna().any():
            raise MmdrpError(f"{_short(path)}: column {name!r} holds what is no number")
        table[name] = table[name].astype(float)
    if table[KEYS].isna().any(axis=None) or not np.isfinite(table["y"]).all():
        raise MmdrpError(f"{_short(path)}: a row lacks its line, drug or response")
    first = {"tissue": "first"} if "tissue" in table else {}
    how = {**dict.fromkeys(numbers, "mean"), **first}
    out: pd.DataFrame = table.groupby(KEYS, sort=False, as_index=False).agg(how)
    return out


def _short(path: Path) -> str:
    """Return the end of a path that tells model and fold."""
    return "/".join(path.parts[-3:])
