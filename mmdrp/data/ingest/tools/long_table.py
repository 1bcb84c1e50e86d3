"""A long table laid out: a row per sample and gene in, samples x genes out, streamed."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.genes import symbols_of
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

GENE, SAMPLE = "entrez_id", "improve_sample_id"
GROUP = ("source", "study")
Join = Literal["mean", "any", "equal"]
"""what becomes of several values of a sample and gene: mean, largest, or none where they differ"""
Floats = npt.NDArray[np.float32]


class Cells:
    """The values of a long table's samples, a few numbers each, as they are read."""

    def __init__(self, path: Path, samples: set[str]) -> None:
        self.path = path
        self.samples = samples
        self.seen = 0
        self.places: dict[str, dict[str, int]] = {"sample": {}, "gene": {}, "group": {}}
        self.parts: list[tuple[npt.NDArray[np.int32], ...]] = []
        self.values: list[Floats] = []

    def numbers(self, column: str) -> None:
        """Read a column of numbers."""
        for frame, values in self._blocks([], [column]):
            self._keep(frame, values[:, 0])

    def texts(self, column: str, value: Callable[[pd.Series, int], Floats]) -> None:
        """Read a column of words; ``value`` makes numbers of a block, given its first row."""
        done = 0
        for frame, _ in self._blocks([column], []):
            self._keep(frame, value(frame[column], done))
            done += len(frame)

    def _blocks(self, text: list[str], numeric: list[str]) -> Iterator[tuple[pd.DataFrame, Floats]]:
        table = Delimited.open(self.path, None, [GENE, SAMPLE, *text, *numeric])
        group = [name for name in GROUP if name in table.header]
        for frame, values in table.blocks([GENE, SAMPLE, *group, *text], numeric):
            if np.isinf(values).any():
                raise MmdrpError(f"{self.path.name}: column {numeric[0]!r}: infinite")
            frame["group"] = _joined([frame[name] for name in group], len(frame))
            yield frame, values

    def _keep(self, frame: pd.DataFrame, values: Floats) -> None:
        self.seen += len(frame)
        rows = np.flatnonzero(frame[SAMPLE].isin(self.samples) & (frame[GENE] != ""))
        chosen = frame.iloc[rows]
        self.parts.append(tuple(
            self._codes(kind, chosen[column])
            for kind, column in (("sample", SAMPLE), ("gene", GENE), ("group", "group"))
        ))  # fmt: skip
        self.values.append(values[rows])

    def _codes(self, kind: str, names: pd.Series) -> npt.NDArray[np.int32]:
        place = self.places[kind]
        codes, distinct = pd.factorize(names)
        bare = [str(name).removesuffix(".0") for name in distinct]  # 7157.0, of a spreadsheet
        found = np.array([place.setdefault(name, len(place)) for name in bare], dtype=np.int32)
        return found[codes] if len(codes) else np.zeros(0, dtype=np.int32)

    def table(self, join: Join, what: str, notes: list[str]) -> Table:
        """Return samples x genes, NaN where there is no value; of "any" 0.

        Raises MmdrpError where none of the samples has a row.
        """
        if not self.seen:
            raise MmdrpError(f"{self.path.name}: holds no rows, only a header; download it again")
        sample, gene, group = (np.concatenate(part) for part in zip(*self.parts, strict=True))
        values = np.concatenate(self.values)
        if not len(sample):
            raise MmdrpError(f"{self.path.name}: none of its samples has a response")
        kept = self._one_group(sample, group, what, notes)
        sample, gene, values = sample[kept], gene[kept], values[kept]
        shape = (len(self.places["sample"]), len(self.places["gene"]))
        out, differ = _laid_out(sample, gene, values, shape, join)
        if differ and join != "any":
            done = "averaged" if join == "mean" else "left open"
            notes.append(f"{what}: {differ} genes of a sample have several values, {done}")
        ids = list(self.places["gene"])
        names, unknown = symbols_of(ids)
        if unknown:
            notes.append(f"{what}: {unknown} of {len(ids)} genes have no symbol and keep their id")
        return Table("cell", list(self.places["sample"]), names, out)

    def _one_group(
        self, sample: npt.NDArray[np.int32], group: npt.NDArray[np.int32], what: str,
        notes: list[str],
    ) -> npt.NDArray[np.bool_]:  # fmt: skip
        """Say which rows are of the source that each sample is taken from."""
        names = list(self.places["group"])
        if len(names) == 1:
            return np.ones(len(sample), dtype=bool)
        has = np.zeros((len(self.places["sample"]), len(names)), dtype=bool)
        has[sample, group] = True
        order = np.argsort(-has.sum(0), kind="stable")
        chosen = order[has[:, order].argmax(1)]
        taken = [f"{int((chosen == g).sum())} from {names[g]}" for g in order]
        notes.append(f"{what}: samples {', '.join(taken)}; sources are not mixed")
        kept: npt.NDArray[np.bool_] = group == chosen[sample]
        return kept


def _joined(columns: list[pd.Series], rows: int) -> npt.NDArray[np.object_]:
    """Return the words of several columns as one, put together once for each pair there is."""
    codes, names = np.zeros(rows, dtype=np.int64), [""]
    for column in columns:
        other, distinct = pd.factorize(column)
        codes = codes * len(distinct) + other
        names = [f"{name} {word}".strip() for name in names for word in distinct]
    words: npt.NDArray[np.object_] = np.array(names, dtype=object)
    return words.take(codes)


def _laid_out(
    rows: npt.NDArray[np.int32], columns: npt.NDArray[np.int32], values: Floats,
    shape: tuple[int, int], join: Join,
) -> tuple[Floats, int]:  # fmt: skip
    """Return the matrix, and how many of its cells had values that differ."""
    known = np.isfinite(values)
    flat = rows[known].astype(np.int64) * shape[1] + columns[known]
    size = shape[0] * shape[1]
    low, high = np.full(size, np.inf, np.float32), np.full(size, -np.inf, np.float32)
    np.minimum.at(low, flat, values[known])
    np.maximum.at(high, flat, values[known])
    some, differ = np.isfinite(low), low < high
    if join == "any":
        out = np.where(some, high, 0)
    elif join == "equal":
        out = np.where(some & ~differ, low, np.nan)
    else:
        count = np.bincount(flat, minlength=size)
        total = np.bincount(flat, weights=values[known], minlength=size)
        out = np.where(some, total / np.maximum(count, 1), np.nan)
    return out.astype(np.float32).reshape(shape), int((differ & some).sum())
