"""How a line was grown, and when it was measured: columns of ``cells`` as one-hot sources."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from mmdrp.batch import BATCH, CONTEXT, is_context
from mmdrp.data.lines import tissues
from mmdrp.data.source import Source, Table
from mmdrp.data.spec import DataSpec
from mmdrp.data.study import Study
from mmdrp.errors import OptionError

log = logging.getLogger(__name__)
USUAL = ("medium",)
"""columns that are asked for by default, and that a study need not have"""


def context_columns(data: DataSpec) -> dict[str, str]:
    """Return source -> column of the cells table.

    >>> context_columns(DataSpec(context=("medium",), batch=("plate",)))
    {'context:medium': 'medium', 'batch:plate': 'plate'}
    """
    named = [(CONTEXT, c) for c in data.context] + [(BATCH, c) for c in data.batch]
    return {kind + column: column for kind, column in named}


def context_sources(data: DataSpec, study: Study) -> dict[str, Table]:
    """Return a one-hot source per column; a usual one that the study lacks is left out, and said.

    Raises OptionError for a column that is not there, or whose values no two lines share.
    """
    out = {}
    for name, column in context_columns(data).items():
        option = "base.batch" if name.startswith(BATCH) else "base.context"
        if column not in study.cells:
            if column in USUAL:
                log.info("%s: study %s does not know it of its lines", name, study.name)
                continue
            has = ", ".join(map(str, study.cells.columns))
            raise OptionError(
                f"{option}=[{column}]: the cells table has no such column; it has: {has}"[:200]
            )
        table = context_table(tissues(study.cells, column))
        if table.dim > max(2, len(table.ids) / 2):
            raise OptionError(
                f"{option}=[{column}]: {table.dim} values for {len(table.ids)} lines; choose a "
                "column whose values lines share"
            )
        log.info("%s: %d values, known for %d lines", name, table.dim, len(table.ids))
        out[name] = table
    return out


def context_table(values: pd.Series) -> Table:
    """Return known values, line -> text, as a one-hot source that only the base looks at."""
    wide = pd.get_dummies(values.astype(str), dtype=np.float32)
    return Table("cell", [*map(str, wide.index)], [*map(str, wide.columns)], wide.to_numpy())


def met(sources: Mapping[str, Source], lines: Iterable[str]) -> dict[str, Source]:
    """Leave to context sources the values that ``lines``, those of training, have.

    A line of another value is like one of which nothing is known.
    """
    out, lines = dict(sources), list(lines)
    for name, table in sources.items():
        if is_context(name) and isinstance(table, Table):
            known = (table.select(lines).values > 0).sum(axis=0).tolist()
            out[name] = among(table, [f for f, k in zip(table.features, known, strict=True) if k])
    return out


def among(table: Table, values: Sequence[str]) -> Table:
    """Return a context source of these values alone; a line of any other is absent."""
    table = table.align(list(values)).filled(0.0)
    rows = [int(i) for i in np.flatnonzero(table.values.any(axis=1))]
    return replace(table, ids=[table.ids[i] for i in rows], values=table.values[rows])


def context_of_samples(name: str, cells: pd.DataFrame | None, values: Sequence[str]) -> Table:
    """Return a context source of new samples, and say for how many it is not known.

    ``values`` are those that the model learned from.
    """
    kind, _, column = name.partition(":")
    known = tissues(pd.DataFrame() if cells is None else cells, column)
    table = among(context_table(known), values)
    total = 0 if cells is None else len(cells)
    if not len(table.ids):
        log.info(
            "%s %s: not given, or none that training knows: samples are predicted as for the mean "
            "over the lines of training", kind, column,
        )  # fmt: skip
    elif len(table.ids) < total:
        log.info(
            "%s %s: known for %d of %d samples; the others are predicted as for the mean over the "
            "lines of training", kind, column, len(table.ids), total,
        )  # fmt: skip
    return table
