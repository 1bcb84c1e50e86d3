"""CTRPv2 and GDSC1 AUC, five folds over drugs: embedding, targets, pathways; lines seen or not.

Drugs of one structure (under whatever names) lie in one fold. Without a suffix: the base's default
with MiniMol's embedding (the extra minimol). ``_mean_effects``: line effect only. ``_today``:
structure and targets under one penalty, the kernel of before. ``_stage2``: with the second stage.
``_plain``: without an embedding, as where the extra is missing. ``_no_pathways``, ``_permuted``
(the embedding, between drugs). Figures are means over seeds; ``_gap`` is the MSE minus that of
today's kernel over folds and seeds with its 95 % interval, corrected for their overlap;
``_near0``, ``_near3``, ``_near5`` the same of drugs whose nearest training drug has a Tanimoto
similarity below .3, below .5, and above. Studies are read from the data folder (MMDRP_DATA).
SEEDS=0 takes one seed,
PARTS=both one part: ctrpv2, gdsc1 (lines seen), both (CTRPv2, lines unseen too).
"""

import os
import sys
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from mmdrp.data.chem.embedding import installed
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.base.drugs.similarity import tanimoto
from mmdrp.nn.base.drugs.stage2 import SecondStage
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from tests.benchmarks._bases import Rows, folds, kernel, study_in
from tests.benchmarks._drugs import Drugs, drug_folds, drugs_of, scored

PARTS = {"ctrpv2": "ctrpv2", "gdsc1": "gdsc", "both": "ctrpv2"}
"""what is measured -> the study it is measured on"""
NEAR = {"near0": (0.0, 0.3), "near3": (0.3, 0.5), "near5": (0.5, 1.01)}
SCORES = ("rmse", "r", "line_r", "drug_r")
Preds = dict[str, Tensor]


def main() -> dict[str, float | int | str]:
    if not installed():
        raise MmdrpError("needs the extra minimol: pip install 'mmdrp[minimol]'")
    seeds = [int(s) for s in os.environ.get("SEEDS", "0,1,2").split(",")]
    parts = os.environ.get("PARTS", ",".join(PARTS)).split(",")
    figures: dict[str, float | int | str] = {}
    for name in parts:
        drugs = drugs_of(study_in(PARTS[name]))
        blind = both_blind if name == "both" else drug_blind
        figures |= {f"{name}_lines": len(drugs.panel.lines), f"{name}_drugs": len(drugs.same)}
        for what in ("targets", "pathways"):
            figures[f"{name}_with_{what}"] = int((drugs.known[what].sum(1) > 0).sum())
        figures |= compared(name, drugs, [(seed, *blind(drugs, seed)) for seed in seeds])
    return figures


Blind = tuple[Preds, list[tuple[Rows, Rows]]]
"""predictions per model, and the lines and drugs of each test fold"""
Seeds = list[tuple[int, Preds, list[tuple[Rows, Rows]]]]
"""the same of each seed"""


def drug_blind(drugs: Drugs, seed: int) -> Blind:
    """Predict unseen drugs on the lines seen."""
    panel, out = drugs.panel, Preds()
    every = np.arange(len(panel.y))
    given = panel.take(every)
    places = drug_folds(drugs.same, seed)
    for train, test in places:
        y = panel.y[:, train]
        base = kernel().fit(*given, y)
        filled = base.imputed_response
        place = np.ix_(every, test)
        put(out, panel.y, place, "mean_effects", effects(y)[:, None].expand(-1, len(test)))
        for name, pred in models(drugs, train, test, y, base.mean, filled, filled, seed):
            put(out, panel.y, place, name, pred)
    say(f"lines seen, seed {seed}", panel.y, out)
    return out, [(every, test) for _, test in places]


def both_blind(drugs: Drugs, seed: int) -> Blind:
    """Predict unseen drugs on unseen lines: fold i of drugs with fold i of lines."""
    panel, out, places = drugs.panel, Preds(), []
    for (rows, lines), (train, test) in zip(
        folds(len(panel.y), seed), drug_folds(drugs.same, seed), strict=True
    ):
        y, place = panel.y[rows][:, train], np.ix_(lines, test)
        base = kernel().fit(*panel.take(rows), y)
        asked = base(*panel.take(lines))
        nothing = y.nanmean().expand(len(lines), len(test))  # neither line nor drug has an effect
        put(out, panel.y, place, "mean_effects", nothing)
        filled = base.imputed_response
        for name, pred in models(drugs, train, test, y, base.mean, filled, asked, seed):
            put(out, panel.y, place, name, pred)
        places.append((lines, test))
    say(f"lines unseen, seed {seed}", panel.y, out)
    return out, places


def models(
    drugs: Drugs, train: Rows, test: Rows, y: Tensor, mean: Tensor, filled: Tensor, asked: Tensor,
    seed: int,
) -> Iterator[tuple[str, Tensor]]:  # fmt: skip
    """Yield the name and the predictions of each way to compare drugs, for the lines ``asked``."""
    known = {what: (x[train], x[test]) for what, x in drugs.known.items()}
    old = DrugKernel().fit(mean, known["structure"][0], known["targets"][0])
    yield "today", old(asked, known["structure"][1], known["targets"][1])
    turned = torch.randperm(len(drugs.same), generator=torch.Generator().manual_seed(seed))
    permuted = drugs.known["embedding"][turned]
    without = {"plain": "embedding", "no_pathways": "pathways"}
    for name in ("", "plain", "no_pathways", "permuted"):
        both = {what: rows for what, rows in known.items() if what != without.get(name)}
        if name == "permuted":
            both["embedding"] = permuted[train], permuted[test]
        learn = {what: rows for what, (rows, _) in both.items()}
        model = DrugSum(DrugOptions(stage2=True)).fit(mean, filled, learn, y)
        tell = {what: rows for what, (_, rows) in both.items()}
        if name in ("", "plain"):
            yield f"{name}_stage2".lstrip("_"), model(asked, tell)
        model.second = SecondStage()
        yield name, model(asked, tell)


def say(what: str, y: Tensor, out: Preds) -> None:
    """Write to stderr what one seed gave."""
    found = {name: round(scored(y, pred)["rmse"], 4) for name, pred in out.items()}
    print(what, found, file=sys.stderr, flush=True)


def put(out: Preds, like: Tensor, place: tuple[Rows, ...], name: str, pred: Tensor) -> None:
    """Write predictions of a fold where they belong."""
    out.setdefault(name, torch.full_like(like, torch.nan))[place] = pred


def effects(y: Tensor) -> Tensor:
    """Return grand mean + line effect, (n,): all that mean effects know of an unseen drug."""
    rest = y - y.nanmean(0)
    return y.nanmean() + torch.nan_to_num(rest.nanmean(1))


def compared(study: str, drugs: Drugs, blind: Seeds) -> dict[str, float]:
    """Return the scores of each model, and its gap from today's kernel."""
    out, y = dict[str, float](), drugs.panel.y
    for model in blind[0][1]:
        end = f"_{model}" if model else ""
        found = [scored(y, preds[model]) for _, preds, _ in blind]
        out |= {f"{study}_{k}{end}": float(np.mean([f[k] for f in found])) for k in SCORES}
        out[f"{study}_rmse{end}_worst"] = max(f["rmse"] for f in found)
        if model not in ("today", "mean_effects"):
            out |= {f"{study}_{k}{end}": v for k, v in gap(y, blind, model).items()}
    return out | nearest(study, drugs, blind)


def gap(y: Tensor, blind: Seeds, model: str) -> dict[str, float]:
    """Return the MSE of a model minus that of today's kernel over folds, with its interval."""
    out = []
    for _, preds, places in blind:
        change = (y - preds[model]) ** 2 - (y - preds["today"]) ** 2
        out += [float(change[np.ix_(*place)].nanmean()) for place in places]
    return interval(out)


def interval(gaps: list[float]) -> dict[str, float]:
    """Return the mean over folds, and its 95 % interval corrected for their overlap."""
    found = corrected_t(np.array(gaps), 0.25)
    return {"gap": found.difference, "gap_low": found.low, "gap_high": found.high}


def nearest(study: str, drugs: Drugs, blind: Seeds) -> dict[str, float]:
    """Return the gap by how alike a drug's nearest training drug is."""
    alike = tanimoto(drugs.known["structure"], drugs.known["structure"]).numpy()
    y, out = drugs.panel.y, dict[str, float]()
    for name, (low, high) in NEAR.items():
        gaps, count = [], 0
        for _, preds, places in blind:
            change = (y - preds[""]) ** 2 - (y - preds["today"]) ** 2
            for lines, test in places:
                train = np.setdiff1d(np.arange(len(drugs.same)), test)
                best = alike[np.ix_(test, train)].max(1)
                some = test[(best >= low) & (best < high)]
                count += len(some)
                if len(some):
                    gaps.append(float(change[np.ix_(lines, some)].nanmean()))
        out[f"{study}_{name}_drugs"] = count / len(blind)
        out |= {f"{study}_{name}_{k}": v for k, v in interval(gaps).items()}
    return out
