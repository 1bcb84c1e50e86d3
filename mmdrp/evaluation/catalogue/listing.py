"""``list_runs``: the runs of a folder as a data frame, sorted and filtered."""

import operator
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.evaluation.catalogue.failed import failed_rows
from mmdrp.evaluation.catalogue.reading import folders_of_results, row_of
from mmdrp.options import checked

FIRST = (
    "run", "command", "state", "started", "study", "measure", "modality", "base", "fold", "seed",
    "mse", "rmse", "pearson", "pearson_per_drug", "spearman_per_drug", "validation_loss", "seconds",
)  # fmt: skip
"""columns that are always there, in this order; further scores follow"""
LAST = ("options", "why")
NUMBERS = FIRST[FIRST.index("fold") :]
CONDITION = re.compile(r"\s*(\w+)\s*(<=|>=|!=|=|<|>|~)\s*(.*?)\s*")
SIGNS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt,
    ">=": operator.ge,
}  # fmt: skip


@checked
def list_runs(
    folder: str | Path = "runs",
    *,
    sort: str | None = None,
    filter: str | Sequence[str] = (),  # the option's name
) -> pd.DataFrame:
    """Return a frame with one row for each folder of results in and below ``folder``.

    ``run`` is its folder, ``command`` what wrote it, ``state`` is finished, running, stopped (it
    goes on with ``resume=``) or failed (a run of a sweep; ``why`` says more), ``started`` when.
    Then what a training learned (``study``, ``measure``, ``modality``, ``base``, ``fold``,
    ``seed``), its test scores (NaN where there are none), the best ``validation_loss``,
    ``seconds``, and the ``options`` that the command was given.

    ``sort`` is a column, ``-mse`` its largest first; else the oldest stands first. ``filter`` are
    conditions that must all hold: ``state=finished``, ``mse<1.5``, ``modality~cnv`` (contains).
    Raises MmdrpError where there is no such folder, OptionError for an unknown column.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     list_runs(folder, filter="state=finished", sort="-mse").shape[0]
    0
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise MmdrpError(f"{folder}: there is no such folder of runs")
    rows: dict[str, dict[str, Any]] = {}
    for path in folders_of_results(folder):
        failed = rows.get(str(path))  # as its sweep's folder, which comes first, says
        row = row_of(path)
        rows[str(path)] = failed if failed and row["state"] == "stopped" else row
        rows |= failed_rows(path)
    frame = pd.DataFrame(list(rows.values()), columns=_columns(list(rows.values())))
    for name in frame:
        if name in NUMBERS or name not in (*FIRST, *LAST):
            frame[name] = pd.to_numeric(frame[name], errors="coerce")
        else:
            frame[name] = frame[name].astype(object).where(frame[name].notna(), "")
    for condition in [filter] if isinstance(filter, str) else filter:
        frame = frame[_holds(frame, condition)]
    return _sorted(frame, sort).reset_index(drop=True)


def _columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    further = {name for row in rows for name in row} - {*FIRST, *LAST}
    return [*FIRST, *sorted(further), *LAST]


def _holds(frame: pd.DataFrame, condition: str) -> Any:
    parsed = CONDITION.fullmatch(condition)
    if parsed is None:
        raise OptionError(
            f"filter={condition[:40]}: write COLUMN, one of = != < <= > >= ~, and a value"
        )
    name, sign, value = parsed.groups()
    column = frame[_known(frame, name, "filter")]
    if sign == "~":
        return column.astype(str).str.contains(value, regex=False)
    if not pd.api.types.is_numeric_dtype(column):
        return SIGNS[sign](column.astype(str), value)
    try:
        return SIGNS[sign](column, float(value))
    except ValueError:
        raise OptionError(f"filter={condition[:40]}: {name} is compared with a number") from None


def _sorted(frame: pd.DataFrame, sort: str | None) -> pd.DataFrame:
    if sort is None:
        return frame.sort_values(["started", "run"], kind="stable")
    name = _known(frame, sort.removeprefix("-"), "sort")
    return frame.sort_values(name, ascending=not sort.startswith("-"), kind="stable")


def _known(frame: pd.DataFrame, name: str, option: str) -> str:
    if name not in frame:
        raise OptionError(
            f"{option}: there is no column {name[:30]!r}; there are: {', '.join(frame.columns)}"
        )
    return name
