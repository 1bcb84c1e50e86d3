"""Planted features in the top 10, and false positives at FDR 5 %, over 20 seeds of the study.

Each seed generates the synthetic study anew, trains the default base on four modalities (no
network) and attributes every drug with 200 permutations. A false positive is a feature with
q < 0.05 that was not planted for the drug.
"""

import os
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError

SEEDS = int(os.environ.get("SEEDS", "20"))
MODALITIES = "modality=[expression,mutation,rppa,metabolomics]"


def ranked(folder: Path, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the ranking of one seed, and what was planted."""
    study, run, out = folder / "study", folder / "run", folder / "ranked"
    given = ["study=synthetic", f"study.path={study}", f"study.build.seed={seed}"]
    train = ["train", *given, MODALITIES, "net=false", f"seed={seed}", f"out={run}"]
    ask = ["attribute", f"run={run}", f"out={out}", "permutations=200", "pictures=0"]
    if mmdrp(train) or mmdrp([*ask, f"seed={seed}"]):
        raise MmdrpError(f"seed {seed} failed")
    return pd.read_parquet(out / "rankings.parquet"), pd.read_csv(study / "planted.csv")


def main() -> dict[str, float | int | str]:
    top10, found, false, any_false, drugs = [], [], [], 0, 0
    for seed in range(SEEDS):
        with tempfile.TemporaryDirectory() as scratch:
            ranking, planted = ranked(Path(scratch), seed)
        key = ["drug", "source", "feature"]
        both = ranking.merge(planted[key].assign(planted=True), on=key, how="left")
        true = both["planted"].notna()
        top10 += (both.loc[true, "rank"] <= 10).tolist()
        called = both["q"] < 0.05
        found += called[true].tolist()
        for _, rows in both.assign(called=called, true=true).groupby("drug"):
            wrong = int((rows["called"] & ~rows["true"]).sum())
            false.append(wrong / max(1, int(rows["called"].sum())))
            any_false += wrong > 0
            drugs += 1
    return {
        "top10": float(np.mean(top10)),
        "power": float(np.mean(found)),
        "fdr": float(np.mean(false)),
        "drugs_with_false": any_false / drugs,
        "planted": len(top10),
        "drugs": drugs,
        "seeds": SEEDS,
    }
