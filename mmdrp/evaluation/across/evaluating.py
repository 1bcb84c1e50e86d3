"""Trained on one study, tested on another: a matrix of sources x targets, beside own folds.

As in the IMPROVE benchmark (Partin et al. 2025), on drugs that both studies share, here with lines
that were never trained on in any study.
"""

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import pandas as pd

from mmdrp.data import tables
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.across.curves import FILE, read_curves
from mmdrp.evaluation.across.models import predictions
from mmdrp.evaluation.across.report import SCREENS, AcrossReport
from mmdrp.evaluation.across.scoring import drawn, interval, resampled, within_drug
from mmdrp.evaluation.across.studies import Pair, cuts_of, pair_of, screened
from mmdrp.evaluation.evaluating import Baselines, baseline_parts
from mmdrp.options import Count, Draws, Range, Share, checked
from mmdrp.progress import bar
from mmdrp.registry import Part
from mmdrp.training.model import ResponseModel

BASELINES = ("drug_mean", "ridge", "forest")


@checked
def evaluate_across(
    model: ResponseModel,
    studies: Mapping[str, Study],
    *,
    baselines: Baselines = BASELINES,
    curves: Mapping[str, Any] | None = None,
    folds: Annotated[int, Range(least=2)] = 5,
    min_lines: Count = 5,
    bootstrap: Draws = 2000,
    level: Share = 0.95,
    seed: Annotated[int, Range(least=0)] = 0,
) -> AcrossReport:
    """Fit ``model`` on each study and test it on every other, on lines it never saw.

    The patients of a target are divided into ``folds``. For each fold the source's model learns
    from its lines but those that are, or are of the patient of, a held-out line; beside it the
    target's own model learns from the other folds. Both predict the same rows: drugs of both
    studies, held-out lines; and so do ``baselines`` on the same rows of training. A drug counts
    with ``min_lines`` of a fold. The ceiling is how the two screens agree on pairs both measured.

    ``curves`` (study -> table, see ``mmdrp.evaluation.across.curves``; else ``curves.csv`` in the
    study's folder): of a drug of which both studies have curves the response is the area over the
    doses that both tested; otherwise correlations within drug compare z values and ranks.

    Intervals (``level``) are percentiles of ``bootstrap`` resamples of the target's patients.
    ``model`` reads expression alone and has no drug features, and baselines read expression alone.
    Raises MmdrpError where two studies share no drug or no gene.
    """
    if len(studies) < 2:
        raise MmdrpError("across: give at least two studies, such as across=[gdsc,ctrpv2]")
    if unknown := [name for name in curves or {} if name not in studies]:
        raise MmdrpError(f"curves.{unknown[0]}: there is no such study; {', '.join(studies)[:80]}")
    parts = baseline_parts(baselines)
    ready = {n: screened(n, s, _curves(n, s, curves or {})) for n, s in studies.items()}
    pairs = [pair_of(ready[s], ready[t]) for t in ready for s in ready if s != t]
    said: dict[str, list[pd.DataFrame]] = {"scores": [], "pairs": [], "ceiling": [], "drugs": []}
    for pair in bar(pairs, "pairs of studies"):
        found = _predicted(model, pair, parts, folds, seed)
        times = drawn(found["patient"], bootstrap, seed)
        names = {"source": pair.source.name, "target": pair.target.name}
        for key, table in (
            ("scores", _scores(found, min_lines)),
            ("pairs", _compared(found, min_lines, times, level)),
            ("ceiling", _ceiling(found, min_lines, times, level)),
            ("drugs", pair.drugs),
        ):
            said[key].append(_named(table, names))
    scores, compared, ceiling, drugs = (pd.concat(f, ignore_index=True) for f in said.values())
    return AcrossReport(scores, compared, ceiling, drugs, level)


def _curves(name: str, study: Study, given: Mapping[str, Any]) -> pd.DataFrame | None:
    if given.get(name) is not None:
        return read_curves(given[name], name)
    path = None if study.root is None else tables.find(study.root, FILE)
    return None if path is None else read_curves(path, name)


def _predicted(
    model: ResponseModel, pair: Pair, baselines: Mapping[str, Part], folds: int, seed: int
) -> pd.DataFrame:
    """Return every model's prediction of every test row."""
    cuts = [cut for cut in cuts_of(pair, folds, seed) if len(cut.test)]
    if not cuts:
        raise MmdrpError(
            f"across: {pair.name}: no held-out line has a response to a drug that is learned from"
        )
    parts = [predictions(model, pair, cut, baselines, seed) for cut in cuts]
    return pd.concat(parts, ignore_index=True)


def _scores(found: pd.DataFrame, least: int) -> pd.DataFrame:
    keys = ["model", "own", "fold"]
    rows = [
        {**dict(zip(keys, key, strict=True)), **within_drug(part, least)}
        for key, part in found.groupby(keys, sort=False)
    ]
    return pd.DataFrame(rows)


def _compared(
    found: pd.DataFrame, least: int, times: Mapping[str, Any], level: float
) -> pd.DataFrame:
    """Return per model how it does where trained on the source, and on the target itself."""
    rows = []
    for model, part in found.groupby("model", sort=False):
        there, own = part[~part["own"]], part[part["own"]]
        score, self_score = _overall(there, least), _overall(own, least)
        draws, own_draws = resampled(there, least, times), resampled(own, least, times)
        low, high = interval(draws, level)
        drop_low, drop_high = interval(own_draws - draws, level)
        rows.append({
            "model": model, "drugs": score["drugs"], "lines": score["lines"], "r": score["r"],
            "low": low, "high": high, "rho": score["rho"], "own_r": self_score["r"],
            "own_rho": self_score["rho"], "drop": self_score["r"] - score["r"],
            "drop_low": drop_low, "drop_high": drop_high,
        })  # fmt: skip
    return pd.DataFrame(rows)


def _ceiling(
    found: pd.DataFrame, least: int, times: Mapping[str, Any], level: float
) -> pd.DataFrame:
    """Return the agreement of the screens, and of every model on the same rows."""
    both = found[np.isfinite(found["screen"])]
    first = both[(both["model"] == found["model"].iloc[0]) & ~both["own"]]
    asked = [(SCREENS, False, first, "screen")]
    asked += [
        (m, own, part, "pred") for (m, own), part in both.groupby(["model", "own"], sort=False)
    ]
    rows = []
    for model, own, part, column in asked:
        score = _overall(part, least, column)
        low, high = interval(resampled(part, least, times, column), level)
        rows.append({"model": model, "own": own, **score, "low": low, "high": high})
    columns = ["model", "own", "drugs", "lines", "rows", "r", "low", "high", "rho"]
    return pd.DataFrame(rows)[columns]


def _overall(rows: pd.DataFrame, least: int, pred: str = "pred") -> dict[str, Any]:
    """Return scores over folds: most drugs, all lines and rows, mean r and rho."""
    found = [within_drug(part, least, pred) for _, part in rows.groupby("fold")]
    if not found:
        return {"drugs": 0, "lines": 0, "rows": 0, "r": np.nan, "rho": np.nan}
    table = pd.DataFrame(found)
    return {
        "drugs": int(table["drugs"].max()), "lines": int(table["lines"].sum()),
        "rows": int(table["rows"].sum()), "r": table["r"].mean(), "rho": table["rho"].mean(),
    }  # fmt: skip


def _named(table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    for place, (column, name) in enumerate(names.items()):
        table.insert(place, column, name)
    return table
