"""Intervals for unseen lines, five folds: coverage and width beside a constant sd per drug.

Keys without suffix are GDSC's panel (``medium`` known), ``_ctrpv2`` is CTRPv2's AUC.
``constant`` is a Gaussian with the sd of each drug's leave-one-out residuals. The gain is the
constant's interval score at 90 % minus this one's, mean over folds, with its 95 % interval.
``_drugs`` are unseen drugs on lines seen, ``_both`` on lines unseen too, by the default kernels
(MiniMol's embedding where the extra is installed) and with the second stage (``_stage2``); of
CTRPv2's AUC, and of GDSC's (``_gdsc1``). PARTS=lines or PARTS=drugs takes one part.
"""

import os
from statistics import NormalDist

import numpy as np
import torch
from torch import Tensor

from mmdrp.data.study import Study
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.drug import PairBase
from mmdrp.nn.base.drugs.stage2 import SecondStage
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from mmdrp.nn.interval import Interval, Intervals
from tests.benchmarks._bases import ASIDE, Panel, Rows, folds, kernel, panel_of, study_in
from tests.benchmarks._drugs import drug_folds, drugs_of

LEVELS = (0.5, 0.8, 0.9, 0.95)


def main() -> dict[str, float | int | str]:
    parts = os.environ.get("PARTS", "lines,drugs").split(",")
    figures: dict[str, float | int | str] = {}
    for study, measure, suffix in (("gdsc", "ic50", ""), ("ctrpv2", "auc", "_ctrpv2")):
        if "lines" in parts:
            found = measured(panel_of(study_in(study), measure, without=ASIDE))
            figures |= {f"{key}{suffix}": value for key, value in found.items()}
    for study, suffix in (("ctrpv2", ""), ("gdsc", "_gdsc1")):
        if "drugs" in parts:
            found = of_drugs(study_in(study))
            figures |= {f"{key}{suffix}": value for key, value in found.items()}
    return figures


def of_drugs(study: Study) -> dict[str, float]:
    """Return coverage and width of unseen drugs, fold i of drugs with fold i of lines."""
    drugs = drugs_of(study)
    panel, kept = drugs.panel, dict[str, list[float]]()
    for (rows, lines), (train, test) in zip(
        folds(len(panel.y)), drug_folds(drugs.same, 0), strict=True
    ):
        given, y = panel.take(rows), panel.y[rows][:, train]
        learn, ask = ({what: x[part] for what, x in drugs.known.items()} for part in (train, test))
        pair = PairBase(kernel(), DrugSum(DrugOptions(stage2=True))).fit(*given, y, learn)
        for stage in ("_stage2", ""):
            if not stage:
                pair.drug.second = SecondStage()
            intervals = Intervals()
            intervals.fit(pair.base, pair, *given, y)
            variance = pair.drug.variance(ask)
            for name, where in (("drugs", rows), ("both", lines)):
                line = torch.arange(len(rows)) if name == "drugs" else torch.full((len(lines),), -1)
                pred = pair(*panel.take(where), ask, line)
                truth = panel.y[where][:, test].double()
                for level in LEVELS:
                    found = intervals.of_drugs(pred, variance, line >= 0, level)
                    seen, key = torch.isfinite(truth), f"{100 * level:g}_{name}{stage}"
                    kept.setdefault(f"coverage{key}", []).append(100 * held(found, truth, seen))
                    if level == 0.9:
                        width = float((found.upper - found.lower)[seen].mean())
                        kept.setdefault(f"width{key}", []).append(width)
    return {key: float(np.mean(values)) for key, values in kept.items()}


def measured(panel: Panel) -> dict[str, float]:
    """Return what the intervals of one study are worth."""
    kept: dict[str, list[float]] = {}
    rows: list[tuple[Tensor, Tensor]] = []
    for train, test in folds(len(panel.y)):
        one, own = fold(panel, train, test)
        rows.append(own)
        for key, value in one.items():
            kept.setdefault(key, []).append(value)
    gain = corrected_t(np.array(kept.pop("gain")), 1 / 4)
    out = {key: float(np.mean(values)) for key, values in kept.items()}
    error, sd = (torch.cat(x) for x in zip(*rows, strict=True))
    surest = sd <= torch.quantile(sd[torch.randperm(len(sd))[:1_000_000]], 0.2)
    out["surest_fifth_rmse"] = float((error[surest] ** 2).mean().sqrt())
    out["rmse"] = float((error**2).mean().sqrt())
    out |= {"interval_score_gain": gain.difference, "gain_low": gain.low, "gain_high": gain.high}
    return out


def fold(panel: Panel, train: Rows, test: Rows) -> tuple[dict[str, float], tuple[Tensor, Tensor]]:
    """Return coverage, widths and interval scores of one fold, and its errors and sds."""
    given, y = panel.take(train), panel.y[train]
    base = kernel().fit(*given, y)
    intervals = Intervals()
    intervals.fit(base, None, *given, y)
    asked, truth = panel.take(test), panel.y[test].double()
    pred = base(*asked)
    seen = torch.isfinite(truth)
    left = (y - base.leave_one_out).double()
    constant = left.square().nanmean(0).sqrt()
    out: dict[str, float] = {}
    for level in LEVELS:
        mine = intervals.of_lines(base, *asked, pred, level)
        z = NormalDist().inv_cdf((1 + level) / 2)
        plain = Interval(constant, pred - z * constant, pred + z * constant, mine.outside)
        name = f"{100 * level:g}"
        out[f"coverage{name}"] = 100 * held(mine, truth, seen)
        out[f"constant_coverage{name}"] = 100 * held(plain, truth, seen)
        if level == 0.9:
            out["width90"] = float((mine.upper - mine.lower)[seen].mean())
            out["constant_width90"] = float((plain.upper - plain.lower)[seen].mean())
            out["gain"] = score(plain, truth, seen, level) - score(mine, truth, seen, level)
            out["outside"] = 100 * float(mine.outside[:, 0].double().mean())
    sd = intervals.of_lines(base, *asked, pred, 0.9).sd.expand_as(truth)
    return out, ((truth - pred)[seen], sd[seen].double())


def held(interval: Interval, y: Tensor, seen: Tensor) -> float:
    """Return the share of responses inside."""
    return float(((y >= interval.lower) & (y <= interval.upper))[seen].double().mean())


def score(interval: Interval, y: Tensor, seen: Tensor, level: float) -> float:
    """Return the mean interval score (Gneiting and Raftery 2007)."""
    low, high = interval.lower.double(), interval.upper.double()
    beyond = (low - y).clamp(min=0) + (y - high).clamp(min=0)
    return float(((high - low) + 2 / (1 - level) * beyond)[seen].mean())
