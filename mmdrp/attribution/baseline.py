"""Where the path of an attribution begins: the average line, zero, or a group of lines."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.files import check_ids, read_ids

log = logging.getLogger(__name__)
Kind = Literal["mean", "zero", "tissue", "insensitive"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Pool:
    """Single lines to begin at: raw features per source, (lines, d)."""

    lines: int
    values: dict[str, Tensor]


@dataclass(frozen=True)
class Baseline:
    """A kind of baseline and the lines that it may look at.

    ``mean``: the training mean. ``zero``: every feature 0. ``tissue``: for each line the mean of
    the training lines of its tissue. ``insensitive``: for each drug the mean of its least sensitive
    training lines. ``group``: the mean of the lines of ``tables``, such as normal tissue.
    """

    kind: str = "mean"
    train: Sequence[str] = ()
    tissue: Mapping[str, str] = field(default_factory=dict)
    tables: Mapping[str, Table] | None = None

    @property
    def per_drug(self) -> bool:
        """Whether each drug has its own baseline."""
        return self.kind == "insensitive"

    def of(
        self, sources: Mapping[str, Table], cells: Sequence[str], group: Sequence[str] = ()
    ) -> dict[str, Tensor]:
        """Return raw features per source, (d,), or (n, d) for n ``cells`` of several tissues.

        ``group`` are a drug's least sensitive lines. What no line of a group has measured is NaN,
        which stands for the training mean; so does a source that is not named at all.
        """
        lines = {s: t for s, t in sources.items() if t.axis == "cell"}
        if self.kind == "mean":
            return {}
        if self.kind == "zero":
            return {s: torch.zeros(t.dim) for s, t in lines.items()}
        if self.kind == "tissue":
            return self._by_tissue(lines, cells)
        if self.kind == "insensitive":
            return {s: torch.from_numpy(mean_of(t, group)) for s, t in lines.items()}
        own = self.tables or {}
        return {s: torch.from_numpy(mean_of(own[s], own[s].ids)) for s in lines if s in own}

    def pool(
        self, sources: Mapping[str, Table], wanted: Sequence[str], group: Sequence[str] = ()
    ) -> Pool:
        """Return the single lines behind the baseline, for methods that draw among them."""
        if self.kind == "tissue":
            raise MmdrpError(
                "baseline=tissue: method=gradient_shap draws lines that all share; choose mean, "
                "zero, insensitive or a file"
            )
        if self.kind == "zero":
            return Pool(1, {s: torch.zeros(1, sources[s].dim) for s in wanted})
        tables = self.tables or sources
        ids: Sequence[str] = {"mean": self.train, "insensitive": group}.get(self.kind, ())
        ids = ids or sorted({i for s in wanted if s in tables for i in tables[s].ids})
        values = {s: tables[s].take(tables[s].locate(ids)) for s in wanted if s in tables}
        return Pool(len(ids), values)

    def _by_tissue(self, lines: Mapping[str, Table], cells: Sequence[str]) -> dict[str, Tensor]:
        members: dict[str, list[str]] = {}
        for line in self.train:
            if self.tissue.get(line):
                members.setdefault(self.tissue[line], []).append(line)
        without = sorted({self.tissue.get(c, "") for c in cells} - set(members))
        if without:
            log.info("No training line of tissue %s: its baseline is the mean", ", ".join(without))
        out = {}
        for source, table in lines.items():
            means = {name: mean_of(table, ids) for name, ids in members.items()}
            nothing = np.full(table.dim, np.nan, dtype=np.float32)
            rows = [means.get(self.tissue.get(c, ""), nothing) for c in cells]
            out[source] = torch.from_numpy(np.stack(rows))
        return out


def mean_of(table: Table, ids: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return each feature's mean over those lines that have it, (d,), NaN where none has."""
    rows = table.locate(ids)
    values = table.values[rows[rows >= 0]]
    count = np.isfinite(values).sum(0)
    total = np.nansum(values, axis=0, dtype=np.float64)
    mean: npt.NDArray[np.float32] = np.where(count, total / np.maximum(count, 1), np.nan).astype(
        np.float32
    )
    return mean


def group_of(given: str | Path | Sequence[str], tables: Mapping[str, Table]) -> dict[str, Table]:
    """Return the tables of the lines that a list, or a file of one id per row, names."""
    listed = read_ids(given, "baseline") if isinstance(given, str | Path) else list(given)
    where = given if isinstance(given, str | Path) else "baseline"
    if not listed:
        raise OptionError("baseline=[]: give the ids of lines")
    lines = {s: t for s, t in tables.items() if isinstance(t, Table) and t.axis == "cell"}
    described = {i for table in lines.values() for i in table.ids}
    check_ids(where, listed, described, "a line that any modality of the model describes")
    return {s: t.select(listed) for s, t in lines.items()}


def extreme(
    cells: Sequence[str], y: npt.NDArray[np.float32], quantile: float, high: bool
) -> list[str]:
    """Return the lines in the highest or lowest share of a drug's responses, ties included.

    >>> extreme(["a", "b", "c", "d"], np.array([4, 1, 1, 5], dtype=np.float32), 0.25, high=False)
    ['b', 'c']
    """
    if not len(cells):
        return []
    edge = np.quantile(y, 1 - quantile if high else quantile)
    inside = y >= edge if high else y <= edge
    return [c for c, taken in zip(cells, inside, strict=True) if taken]
