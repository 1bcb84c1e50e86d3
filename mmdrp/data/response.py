"""A mode is a layout of the response table: one row per line, or one row per pair."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.source import Source
from mmdrp.errors import MmdrpError

LOGS = {"ln": 1.0, "log10": 1 / math.log(10)}
"""what natural logarithms are multiplied by"""


@dataclass(frozen=True)
class Examples:
    """What is learned from: ids per axis, each (n,), and ``y`` (n, t), NaN where unmeasured."""

    ids: dict[str, npt.NDArray[np.str_]]
    y: npt.NDArray[np.float32]
    tasks: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.y)

    @property
    def layout(self) -> str:
        """``by_pair`` where drugs are an axis, ``by_cell`` where they are the outputs."""
        return "by_pair" if "drug" in self.ids else "by_cell"

    def take(self, rows: npt.NDArray[np.bool_] | npt.NDArray[np.int64]) -> "Examples":
        """Return some of the examples."""
        return Examples({a: ids[rows] for a, ids in self.ids.items()}, self.y[rows], self.tasks)

    def frame(self, pred: npt.NDArray[np.floating] | None = None) -> pd.DataFrame:
        """Undo the layout: a long table ``cell, drug, y`` (and ``pred``), unmeasured rows kept."""
        n, t = self.y.shape
        if self.layout == "by_pair":
            columns = {"cell": self.ids["cell"], "drug": self.ids["drug"], "y": self.y[:, 0]}
            if pred is not None:
                columns["pred"] = np.asarray(pred, dtype=np.float32)[:, 0]
            return pd.DataFrame(columns)
        columns = {
            "cell": np.repeat(self.ids["cell"], t),
            "drug": np.tile(np.array(self.tasks), n),
            "y": self.y.reshape(-1),
        }
        if pred is not None:
            columns["pred"] = np.asarray(pred, dtype=np.float32).reshape(-1)
        return pd.DataFrame(columns)


def by_cell(long: pd.DataFrame, measure: str) -> Examples:
    """One row per cell line, one output per drug (the panel of DeepDR)."""
    del measure
    wide = long.pivot(index="cell", columns="drug", values="value").sort_index().sort_index(axis=1)
    ids = {"cell": wide.index.to_numpy(dtype=str)}
    return Examples(ids, wide.to_numpy(np.float32), tuple(map(str, wide.columns)))


def by_pair(long: pd.DataFrame, measure: str) -> Examples:
    """One row per measured cell line and drug, one output (the pairs of MMDRP)."""
    long = long.sort_values(["cell", "drug"])
    ids = {axis: long[axis].to_numpy(dtype=str) for axis in ("cell", "drug")}
    return Examples(ids, long["value"].to_numpy(np.float32)[:, None], (measure,))


def in_unit(long: pd.DataFrame, unit: str, log: str | None) -> pd.DataFrame:
    """Return a response table ``value`` of natural logarithms (``unit`` "ln ...") in another log.

    ``log`` is ln, log10, or None for measures that are no logarithm.
    """
    if log is None:
        return long
    if log not in LOGS:
        raise MmdrpError(f"response.log={log}: choose {' or '.join(LOGS)}")
    if log != "ln" and not unit.startswith("ln "):
        raise MmdrpError(f"response.log={log}: the study's unit is {unit!r}, no natural logarithm")
    return long.assign(value=long["value"] * LOGS[log])


def complete(long: pd.DataFrame, sources: Sequence[Source]) -> pd.DataFrame:
    """Return the rows of lines that every cell source describes."""
    here = np.ones(len(long), dtype=bool)
    for source in sources:
        here &= source.locate(long["cell"].to_numpy(str)) >= 0
    return long[here]


LAYOUTS: dict[str, Callable[[pd.DataFrame, str], Examples]] = {
    "by_cell": by_cell,
    "by_pair": by_pair,
}


def lay_out(long: pd.DataFrame, measure: str, layout: str) -> Examples:
    """Arrange a response table ``cell, drug, value`` as ``layout`` says."""
    if layout not in LAYOUTS:
        raise MmdrpError(f"response.layout={layout}: choose {' or '.join(LAYOUTS)}")
    if long.empty:
        raise MmdrpError(f"response {measure!r} has no rows")
    return LAYOUTS[layout](long, measure)
