"""The responses that a model learns from and is tested on."""

import logging
from collections.abc import Mapping

import pandas as pd

from mmdrp.batch import is_annotation
from mmdrp.data.response import Examples, complete, in_unit, lay_out
from mmdrp.data.source import Source
from mmdrp.data.spec import DataSpec
from mmdrp.data.study import Study
from mmdrp.io.files import check_ids, read_ids

log = logging.getLogger(__name__)


def examples_of(data: DataSpec, study: Study, sources: Mapping[str, Source]) -> Examples:
    """Lay out the response; what no chosen source describes is left out and counted."""
    long = _asked(data, study)
    if data.complete:
        long = complete(long, [sources[name] for name in data.modalities])
    for axis in ("cell", "drug"):
        tables = [t for n, t in sources.items() if t.axis == axis and not is_annotation(n)]
        if not tables:
            continue
        described = set().union(*(t.ids for t in tables))
        without = sorted(set(long[axis]) - described)
        if without:
            log.info(
                "Left out, for they have none of the chosen sources: %d %s (%s%s)",
                len(without),
                {"cell": "lines", "drug": "drugs"}[axis],
                ", ".join(without[:5]),
                ", ..." if len(without) > 5 else "",
            )
            long = long[~long[axis].isin(without)]
    return lay_out(long, data.measure, data.layout)


def everything_of(data: DataSpec, study: Study) -> Examples:
    """Lay out all that has a response, whatever describes it: what folds are drawn over."""
    return lay_out(_asked(data, study), data.measure, data.layout)


def unit_of(data: DataSpec, study: Study) -> str:
    """Return the unit of the response, as ``response.log`` makes it."""
    unit = stored_unit(data, study)
    return f"{data.log} {unit.removeprefix('ln ')}" if data.log and unit.startswith("ln ") else unit


def stored_unit(data: DataSpec, study: Study) -> str:
    """Return the unit of the response, as the study has it."""
    entry = study.manifest.tables.get("response")
    return str((entry.measures if entry else {}).get(data.measure, {}).get("unit", ""))


def _asked(data: DataSpec, study: Study) -> pd.DataFrame:
    """Return the responses that the spec asks for, whatever is known of their lines."""
    long = study.response(data.measure)
    if data.lines is not None:
        long = long[long["cell"].isin(_listed(data.lines, study))]
    return in_unit(long, stored_unit(data, study), data.log)


def _listed(lines: str | tuple[str, ...], study: Study) -> list[str]:
    ids = read_ids(lines, "lines") if isinstance(lines, str) else list(lines)
    where = lines if isinstance(lines, str) else "lines"
    check_ids(where, ids, set(map(str, study.cells.index)), "a line of the study")
    return ids
