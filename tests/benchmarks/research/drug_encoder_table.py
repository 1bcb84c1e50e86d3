"""CTRPv2, one fold: every description of a drug, network alone and on the base, per split.

SPLITS and BASES (words separated by commas) and DRUGS take part of the table. Known targets are
left out, so that the description alone tells an unseen drug from another.
"""

import os
from collections.abc import Iterator

from tests.benchmarks._train import row, trained

DRUGS = ("morgan", "fcfp", "atompair", "torsion", "maccs", "graph", "identity")
SPLITS = ("cell", "drug", "scaffold")
BASES = ("none", "kernel")
SAME = (
    "response=auc", "modality=[expression,rppa,metabolomics]", "drug_targets=false",
    "trainer.max_epochs=12", "patience=4", "batch_size=8192",
)  # fmt: skip


def chosen(name: str, usual: tuple[str, ...]) -> list[str]:
    """Return the words of an environment variable, or the usual ones."""
    return [word for word in os.environ.get(name, ",".join(usual)).split(",") if word]


def table(split: str, base: str) -> Iterator[tuple[str, dict[str, float]]]:
    """Train each description; yield its scores, and last those of the baselines beside it."""
    beside: dict[str, dict[str, float]] = {}
    for drug in chosen("DRUGS", DRUGS):
        beside = trained(*SAME, f"split={split}", f"base={base}", f"drug={drug}")
        yield drug, beside["model"]
    yield from ((name, beside[name]) for name in ("drug_mean", "mean_effects"))


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    for split in chosen("SPLITS", SPLITS):
        for base in chosen("BASES", BASES):
            found = dict(table(split, base))
            head = f"split={split} base={base}"
            print(f"{head:<44}{'RMSE':>10}{'r drug':>10}{'r norm':>10}")
            print(*(row(name, scores) for name, scores in found.items()), sep="\n", flush=True)
            for name, scores in found.items():
                figures[f"{split}_{base}_{name}"] = scores["rmse"]
    return figures
