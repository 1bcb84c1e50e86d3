"""Test lines handed over as patients' files are: the predictions of the study's own table?

One GDSC fold, the base on expression alone. The test lines' z-scores are made log2(TPM + 1) with
sums of a million, and written as TPM, as log2(TPM + 1), with Ensembl ids, with genes in rows, and
one line a file (the first ``ALONE``). ``r_*`` is the least correlation, over drugs, with what the
study's own table predicts; ``r_counts`` (counts of 20 million reads, not exact) and ``r_half``
(half of the genes) stand beside them. ``seconds`` are those of all files together.
"""

import logging
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

import mmdrp
from mmdrp.data.genes import genes
from tests.benchmarks._bases import study_of

ALONE = 40
SPREAD = 1.2
"""standard deviation of log2(TPM + 1) within a line: small enough that none is below 0"""


def main() -> dict[str, float]:
    logging.getLogger("mmdrp").setLevel(logging.ERROR)
    study = study_of("gdsc")
    model = mmdrp.ResponseModel(modalities=["expression"], net=False)
    model.fit(study, measure="ic50", fold=0)
    learned = set(model.train_ids_["cell"])
    z = study.modality("expression").frame()
    z = z.loc[[line for line in z.index if line not in learned]]
    expected = model.predict({"expression": z})
    tpm = tpm_of(z)
    log = pd.DataFrame(np.log2(tpm.to_numpy() + 1), tpm.index, tpm.columns)
    half = log.iloc[:, ::2]
    counts = (tpm * 20).round()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)

        def r(frame: pd.DataFrame, name: str, sep: str = "\t") -> float:
            frame.to_csv(folder / name, sep=sep)
            return least_r(model.predict({"expression": folder / name}), expected)

        figures = {
            "r_tpm": r(tpm, "tpm.csv", ","),
            "r_log2": r(log, "log.tsv"),
            "r_ensembl": r(log.rename(columns=ensembl(log.columns)), "ensembl.tsv"),
            "r_transposed": r(tpm.T, "transposed.txt"),
            "r_one_sample": least_r(one_by_one(model, log.head(ALONE), folder), expected),
            "r_counts": r(counts.T, "counts.tsv"),
            "r_half": r(half, "half.tsv"),
        }
    return {**figures, "lines": len(z), "seconds": time.perf_counter() - start}


def tpm_of(z: pd.DataFrame) -> pd.DataFrame:
    """Return TPM whose log2(TPM + 1) have these z-scores, each line's sum a million."""
    x = SPREAD * z.to_numpy(np.float64)
    low, high = np.zeros((len(x), 1)), np.full((len(x), 1), 20.0)
    for _ in range(60):
        middle = (low + high) / 2
        over = (np.exp2(x + middle) - 1).sum(1, keepdims=True) > 1e6
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    tpm = np.exp2(x + low) - 1
    if tpm.min() < 0:
        raise ValueError("a value below 0 has no TPM; make SPREAD smaller")
    return pd.DataFrame(tpm, z.index, z.columns)


def ensembl(names: pd.Index) -> dict[str, str]:
    """Return symbol -> a versioned Ensembl id, for symbols that have one of their own."""
    known = genes()
    of_gene = {next(iter(ids)): name for name, ids in known.ensembl.items() if len(ids) == 1}
    found = {name: known.find(name)[1] for name in names}
    return {
        name: f"{of_gene[next(iter(ids))]}.7"
        for name, ids in found.items()
        if len(ids) == 1 and next(iter(ids)) in of_gene
    }


def one_by_one(model: mmdrp.ResponseModel, log: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Predict each line from a file of its own."""
    parts = []
    for line in log.index:
        log.loc[[line]].T.to_csv(folder / "one.tsv", sep="\t")
        parts.append(model.predict({"expression": folder / "one.tsv"}))
    joined: pd.DataFrame = pd.concat(parts)
    return joined


def least_r(found: pd.DataFrame, expected: pd.DataFrame) -> float:
    """Return the least correlation over drugs of two tables of predictions."""
    both = found.merge(expected, on=["cell", "drug"], suffixes=("", "_own"))
    if len(both) != len(found):
        raise ValueError(f"{len(both)} of {len(found)} predictions compared")
    return min(float(part["pred"].corr(part["pred_own"])) for _, part in both.groupby("drug"))
