"""Which drugs a sample is unusually sensitive to, and predictions as a table for readers."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mmdrp.io.files import whole
from mmdrp.io.text import for_spreadsheets, shown

DIGITS = 6
"""significant ones of a number for readers"""
FORM = pa.csv.WriteOptions(quoting_style="needed")
TOP, CSV = "top_drugs.csv", "predictions.csv"


def top_drugs(predictions: pd.DataFrame, higher: str = "resistant", top: int = 10) -> pd.DataFrame:
    """Return each sample's most unusual sensitivities: ``cell, rank, drug, ..., percentile, z``.

    ``predictions`` are ``ResponseModel.predict``'s. Drugs differ in potency, so the lowest
    predicted ln IC50 are those of the most toxic drugs in every sample; ``z`` compares a
    prediction with what was measured of the same drug in the lines of training. Only drugs on the
    sensitive side are listed; ``higher`` says what a higher response means.

    >>> frame = pd.DataFrame({"cell": "a", "drug": ["x", "y"], "pred": [1.0, 9.0],
    ...     "percentile": [30.0, 2.0], "z": [-0.5, -2.1]})
    >>> top_drugs(frame)[["rank", "drug", "z"]].values.tolist()
    [[1, 'y', -2.1], [2, 'x', -0.5]]
    """
    sign = -1.0 if higher == "sensitive" else 1.0
    strength = sign * predictions["z"].to_numpy(np.float64)
    order = np.lexsort((strength, predictions["cell"].to_numpy(str)))
    order = order[strength[order] < 0]
    sorted_rows = predictions.iloc[order]
    rank = sorted_rows.groupby("cell", sort=False, observed=True).cumcount() + 1
    out = sorted_rows.assign(rank=rank)[rank <= top].drop(columns="extrapolated", errors="ignore")
    first = ["cell", "rank", "drug"]
    return out[[*first, *(c for c in out if c not in first)]].reset_index(drop=True)


def first_drugs(folder: Path, samples: int = 3, drugs: int = 3) -> str:
    """Return what the screen says of ``top_drugs.csv``: a line per sample, if it was written."""
    path = folder / TOP
    if not path.is_file():
        return ""
    table = pd.read_csv(path, dtype={"cell": str, "drug": str}, nrows=1000)  # it may be long
    lines = [f"Most sensitive for their drug ({TOP} has all):"] if len(table) else []
    for sample, best in list(table.groupby("cell", sort=False))[:samples]:
        named = [
            f"{shown(d)} (percentile {p:.0f})"
            for d, p in zip(best["drug"], best["percentile"], strict=True)
        ]
        lines.append(f"  {shown(str(sample))}: {', '.join(named[:drugs])}")
    return "".join(f"{line}\n" for line in lines)


def for_readers(block: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return a block of predictions with the unit beside each number."""
    out = block.copy()
    out.insert(list(out.columns).index("pred") + 1, "unit", unit)
    return out


def significant(x: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round to ``DIGITS`` significant digits; what is not finite stays.

    >>> significant(np.array([1234567.0, -0.00123456789, 0.0])).tolist()
    [1234570.0, -0.00123457, 0.0]
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        size = np.floor(np.log10(np.abs(x)))
    places = np.where(np.isfinite(size), DIGITS - 1 - size, 0).astype(np.int64)
    # Powers of ten are exact up to 22; dividing by them rounds once.
    up, down = 10.0 ** np.clip(places, 0, 300), 10.0 ** np.clip(-places, 0, 300)
    out: npt.NDArray[np.float64] = np.rint(x * up / down) * down / up
    return out


class ReadableTables:
    """``predictions.csv`` and ``top_drugs.csv``, written block after block of samples."""

    def __init__(self, folder: Path, unit: str, higher: str, csv: bool, top: int) -> None:
        self.unit, self.higher, self.top = unit, higher, top
        self.all = _GrowingCsv(folder / CSV) if csv else None
        self.best = _GrowingCsv(folder / TOP) if top else None

    def add(self, block: pd.DataFrame) -> None:
        """Take the predictions of some samples, all drugs of each."""
        readable = for_readers(block, self.unit)
        if self.best is not None:
            self.best.add(top_drugs(readable, self.higher, self.top))
        if self.all is not None:
            self.all.add(readable)

    def close(self) -> None:
        """Give the tables their names."""
        for table in (self.all, self.best):
            if table is not None:
                table.close()


class _GrowingCsv:
    """A CSV file that takes its name when it is closed."""

    def __init__(self, path: Path) -> None:
        self.path, self.half = path, path.with_name(f".{path.name}.part")
        self.schema: pa.Schema | None = None
        self.writer: pa.csv.CSVWriter | None = None
        self.empty: pd.DataFrame | None = None

    def add(self, frame: pd.DataFrame) -> None:
        if frame.empty:  # its columns have no types that others could be cast to
            self.empty = frame
            return
        table = _as_read(frame)
        if self.writer is None:
            self.writer = pa.csv.CSVWriter(self.half, table.schema, write_options=FORM)
            self.schema = table.schema
        self.writer.write_table(table.cast(self.schema))

    def close(self) -> None:
        if self.writer is not None:
            self.writer.close()
            self.half.replace(self.path)
        elif self.empty is not None:
            with whole(self.path) as half:
                pa.csv.write_csv(_as_read(self.empty), half, FORM)


def _as_read(frame: pd.DataFrame) -> pa.Table:
    """Return a table for readers: six digits of a number, no text that a spreadsheet would run."""
    texts = {c: str for c in frame if isinstance(frame[c].dtype, pd.CategoricalDtype)}
    plain = for_spreadsheets(frame.astype(texts))
    for name in plain:
        if pd.api.types.is_float_dtype(plain[name].dtype):
            plain[name] = significant(plain[name].to_numpy(np.float64))
    return pa.Table.from_pandas(plain, preserve_index=False)
