"""1,000 samples x 20,000 genes from a file to the list of drugs, beside oncoPredict's way.

The file is tab-separated log2(TPM + 1), genes in rows, generated. Ours: ``predict_folder`` with a
trained base (fit before the clock starts, as oncoPredict's is not), from opening the file to
``predictions.csv`` and ``top_drugs.csv``. oncoPredict's way (Maeser et al. 2021: ComBat of lines
and samples together, then per drug a ridge regression on all common genes, penalty by
cross-validation through one decomposition) in NumPy, timed on ``DRUGS`` drugs and multiplied;
reading its file is not counted. ``ratio`` is its seconds over ours, ``ratio_compute`` its seconds
over ours without reading the file.
"""

import logging
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import mmdrp
from mmdrp.data.genes import genes
from mmdrp.data.samples import laid_out, read_sheet
from mmdrp.prediction import predict_folder
from mmdrp.prediction.combat import combat
from tests.benchmarks._bases import study_of

SAMPLES, GENES, DRUGS = 1000, 20_000, 3
PENALTIES = np.geomspace(1, 1e5, 20)
Array = npt.NDArray[Any]


def main() -> dict[str, float]:
    logging.getLogger("mmdrp").setLevel(logging.ERROR)
    study = study_of("gdsc")
    model = mmdrp.ResponseModel(modalities=["expression"], net=False).fit(study, measure="ic50")
    names = model.info_.sources["expression"].features
    others = [n for n in genes().symbols.values() if n]
    names = [*names, *(f"LOC{i}" for i in others)][:GENES]
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        size = write(folder / "patients.tsv", names)
        run = model.save(folder / "model.ckpt")
        start = time.perf_counter()
        done = predict_folder(run, {"expression": folder / "patients.tsv"}, folder / "out")
        ours = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        rows = len(pd.read_csv(folder / "out" / "predictions.csv"))
        start = time.perf_counter()
        table = laid_out(read_sheet(folder / "patients.tsv"), names).table
        reading = time.perf_counter() - start
        theirs = oncopredict_way(study, table.frame())
    if rows != SAMPLES * len(done.drugs):
        raise ValueError(f"{rows} predictions, not {SAMPLES} x {len(done.drugs)}")
    return {
        "seconds": ours, "per_sample_ms": 1000 * ours / SAMPLES, "peak_gb": peak,
        "reading_s": reading, "file_mb": size,
        "oncopredict_way_s": theirs, "ratio": theirs / ours,
        "ratio_compute": theirs / max(ours - reading, 1e-9),
    }  # fmt: skip


def write(path: Path, names: list[str]) -> float:
    """Write log2(TPM + 1) of made-up samples, genes in rows; return the file's megabytes."""
    rng = np.random.default_rng(0)
    level = rng.normal(2, 2, GENES)[:, None]
    tpm = np.exp(level + rng.normal(0, 0.6, (GENES, SAMPLES))) * (
        rng.random((GENES, SAMPLES)) > 0.2
    )
    log = np.log2(tpm * (1e6 / tpm.sum(0)) + 1)
    frame = pd.DataFrame(log.round(4), names, [f"P{i}" for i in range(SAMPLES)])
    frame.to_csv(path, sep="\t")
    return path.stat().st_size / 1e6


def oncopredict_way(study: mmdrp.Study, samples: pd.DataFrame) -> float:
    """Return the seconds of ComBat and a ridge per drug, for all drugs."""
    lines = study.modality("expression").frame()
    wide = study.response("ic50").pivot(index="cell", columns="drug", values="value")
    lines = lines.loc[lines.index.isin(wide.index)]
    common = [gene for gene in lines.columns if gene in samples.columns]
    x, new = lines[common].to_numpy(np.float64), samples[common].to_numpy(np.float64)
    start = time.perf_counter()
    together = np.vstack([x, new])
    mean, sd = together.mean(0), together.std(0)
    x, new = combat(x, mean, sd), combat(new, mean, sd)
    shared = time.perf_counter() - start
    start = time.perf_counter()
    for drug in wide.columns[:DRUGS]:
        y = wide[drug].reindex(lines.index).to_numpy(np.float64)
        seen = np.isfinite(y)
        ridge(x[seen], y[seen], new)
    each = (time.perf_counter() - start) / DRUGS
    return shared + each * len(wide.columns)


def ridge(x: Array, y: Array, new: Array) -> Array:
    """Predict by ridge regression, its penalty by generalised cross-validation."""
    centre, level = x.mean(0), y.mean()
    u, s, vt = np.linalg.svd(x - centre, full_matrices=False)
    uy = u.T @ (y - level)
    errors = []
    for penalty in PENALTIES:
        shrink = s**2 / (s**2 + penalty)
        residual = (y - level) - u @ (shrink * uy)
        errors.append((residual**2).mean() / (1 - shrink.sum() / len(y)) ** 2)
    best = PENALTIES[int(np.argmin(errors))]
    out: Array = level + (new - centre) @ (vt.T @ (s / (s**2 + best) * uy))
    return out
