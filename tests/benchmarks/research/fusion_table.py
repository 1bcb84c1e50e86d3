"""CTRPv2: every fusion in one and in two stages, network alone, unseen lines and unseen drugs."""

import sys
from collections.abc import Iterator

from tests.benchmarks._train import MODALITIES, row, trained

FUSIONS = ("concat", "mean", "attention", "product", "lowrank")
# The schedule that reaches good quality soonest: time_to_quality.
SAME = ("response=auc", "base=none", MODALITIES, "sampler.lines=64", "sampler.pairs=48",
        "optimizer.lr=3e-3", "scheduler=cosine", "trainer.max_epochs=4")  # fmt: skip


def variants() -> Iterator[tuple[str, list[str]]]:
    """Yield a name and the options of each fusion, in one stage and in two."""
    for name in FUSIONS:
        yield name, [f"fusion={name}"]
    for name in FUSIONS:
        yield f"{name}, then concat with the drug", [f"cell_fusion={name}", "fusion=concat"]
    yield "concat, then lowrank with the drug", ["cell_fusion=concat", "fusion=lowrank"]


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for split in ("cell", "drug"):
        lines, best = [], ("", float("inf"))
        beside: dict[str, dict[str, float]] = {}
        for name, words in variants():
            beside = trained(*SAME, f"split={split}", *words)
            rmse = beside["model"]["rmse"]
            best = min(best, (name, rmse), key=lambda pair: pair[1])
            lines.append(row(name, beside["model"]))
            print(lines[-1], file=sys.stderr, flush=True)
            figures[f"{split}_{name.replace(', ', '_').replace(' ', '_')}"] = rmse
        lines += [row(name, beside[name]) for name in ("drug_mean", "mean_effects")]
        print(f"split={split:<38}{'RMSE':>10}{'r drug':>10}{'r norm':>10}", *lines, sep="\n")
        figures[f"{split}_best"] = best[0].replace(" ", "_")
    return figures
