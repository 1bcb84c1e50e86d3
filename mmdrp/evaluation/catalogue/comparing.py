"""``compare_runs``: what differs between two runs, in options, data and scores."""

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from mmdrp.errors import MmdrpError
from mmdrp.evaluation.catalogue.reading import scores_of
from mmdrp.evaluation.inputs.run_names import flat_options, fold_id
from mmdrp.options import checked
from mmdrp.training.legacy import upgraded
from mmdrp.training.runs import PREDICTIONS, Run, find_runs

SCALE = ("measure", "unit")
COLUMNS = ("kind", "name", "a", "b", "difference")


@checked
def compare_runs(a: str | Path, b: str | Path) -> pd.DataFrame:
    """Return what differs between two finished runs: ``kind, name, a, b, difference``.

    ``kind`` is ``option`` (of those that differ; one that a run does not have is None), ``data``
    (measure of response, its unit, test rows and ids of the fold, where they differ) or ``score``
    (all of them, on test, the lowest validation loss and seconds). ``difference`` is b minus a, of
    scores; where measures or units differ there is none but of seconds, for an error in ln µM and
    one in areas are not of one scale. Scores of runs whose test rows differ, which a row of
    ``data`` says, are not of the same question; ``mmdrp.evaluate`` compares on identical rows, with
    intervals.

    Raises MmdrpError where a folder is no finished run.
    """
    first, second = _run(a), _run(b)
    rows = [
        *_differing("option", _options(first), _options(second)),
        *_differing("data", _data(first), _data(second)),
    ]
    alike = not any(row[1] in SCALE for row in rows if row[0] == "data")
    scores = scores_of(first.folder), scores_of(second.folder)
    for name in dict.fromkeys([*scores[0], *scores[1]]):
        left, right = scores[0].get(name), scores[1].get(name)
        both = left is not None and right is not None and (alike or name == "seconds")
        rows.append(("score", name, left, right, right - left if both else None))  # type: ignore[operator]
    frame = pd.DataFrame(rows, columns=list(COLUMNS), dtype=object)
    return frame.assign(difference=pd.to_numeric(frame["difference"]))


def _run(folder: str | Path) -> Run:
    runs = find_runs(folder)
    if len(runs) > 1:
        raise MmdrpError(f"{folder}: holds {len(runs)} runs; name one, such as {runs[0].folder}")
    return runs[0]


def _options(run: Run) -> dict[str, Any]:
    options = flat_options(upgraded(run.config))
    return {key: value for key, value in options.items() if key not in ("out", "data_dir")}


def _data(run: Run) -> dict[str, Any]:
    test = run.predictions.query("part == 'test'")
    scale = _scale_of(run)
    return {**scale, "test rows": len(test), "fold ids": fold_id(run.fold)}


def _scale_of(run: Run) -> dict[str, Any]:
    """Return what the responses are, and in which unit, as the predictions' file has it."""
    said = pq.read_schema(run.folder / PREDICTIONS).metadata or {}
    found = {name: said.get(f"mmdrp.{name}".encode()) for name in SCALE}
    return {name: text.decode() if text is not None else None for name, text in found.items()}


def _differing(kind: str, a: dict[str, Any], b: dict[str, Any]) -> list[tuple[Any, ...]]:
    names = dict.fromkeys([*a, *b])
    return [(kind, n, a.get(n), b.get(n), None) for n in names if a.get(n) != b.get(n)]
