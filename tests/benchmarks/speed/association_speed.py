"""All mutations x all drugs at TCGA's full size through `mmdrp associate`, beside a loop of SciPy.

Generated: 9,000 tumours of 33 types, 18,000 genes, 265 drugs; every gene with ten mutations is
tested, pan-cancer. ``seconds`` is the whole command (reading, both t-tests, covariates,
corrections, tables, figures), ``cpu_seconds`` its processor time, ``test_seconds`` the t-tests
alone. ``ratio`` is how many times longer SciPy's `ttest_ind` would take for the same tests one by
one, measured on ``sample`` of them, and ``worst_relative`` the largest difference from it.
``peak_gb`` is the command's own memory.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.feather
from scipy import stats

from mmdrp.errors import MmdrpError
from mmdrp.tumours.mutations import read_mutations
from mmdrp.tumours.stats.association import t_tests

TUMOURS, GENES, DRUGS, TYPES, SAMPLE = 9000, 18_000, 265, 33, 400
RUN = """
import json, resource, sys, time
start = time.perf_counter()
from mmdrp.cli import main
code = main(["associate", *sys.argv[1:]])
seconds = time.perf_counter() - start
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"code": code, "seconds": seconds, "cpu": used.ru_utime + used.ru_stime,
                  "peak_gb": used.ru_maxrss / 1e6}))
"""


def main() -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        response = generate(folder)
        options = [
            f"predictions={folder}", f"data={folder}", f"out={folder / 'out'}",
            "require=[mutation]", "cancers=[]", "min_rate=0",
        ]  # fmt: skip
        done = subprocess.run(
            [sys.executable, "-c", RUN, *options], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise MmdrpError(f"the command failed: {done.stderr.strip().splitlines()[-1]}")
        told = json.loads(done.stdout.splitlines()[-1])
        tests = json.loads((folder / "out" / "associate.json").read_text())
        compared = against_scipy(folder, response)
    count = int(tests["groups"]["pan-cancer"]["tests"])
    loop = compared.pop("scipy_seconds") / SAMPLE * count
    return {
        "tests": count,
        "seconds": told["seconds"],
        "cpu_seconds": told["cpu"],
        "peak_gb": told["peak_gb"],
        "ratio": loop / told["seconds"],
        "ratio_tests": loop / compared["test_seconds"],
        **compared,
        "sample": SAMPLE,
    }


def generate(folder: Path) -> npt.NDArray[np.float64]:
    """Write tables of the size; types differ in response, mutation rates vary as in TCGA."""
    rng = np.random.default_rng(0)
    cells = [f"T{i:04d}" for i in range(TUMOURS)]
    kind = rng.integers(0, TYPES, TUMOURS)
    burden = rng.lognormal(0, 1, TUMOURS)
    burden /= burden.mean()
    columns = [pa.array(cells)]
    for _ in range(GENES):
        rate = np.clip(rng.lognormal(-5, 1) * burden, 0.0015, 0.9)
        columns.append(pa.array((rng.random(TUMOURS) < rate).astype(np.int8)))
    names = ["cell", *(f"G{i:05d}" for i in range(GENES))]
    pyarrow.feather.write_feather(
        pa.Table.from_arrays(columns, names), folder / "mutation.feather", compression="zstd"
    )
    pd.DataFrame({"cell": cells, "tissue": [f"K{k:02d}" for k in kind]}).to_parquet(
        folder / "cells.parquet"
    )
    response = rng.normal(0, 1, (TYPES, DRUGS))[kind] + rng.normal(2, 1, (TUMOURS, DRUGS))
    pd.DataFrame(
        {
            "cell": np.repeat(cells, DRUGS),
            "drug": np.tile([f"D{j:03d}" for j in range(DRUGS)], TUMOURS),
            "pred": response.ravel(),
        }
    ).to_parquet(folder / "predictions.parquet")
    return response


def against_scipy(folder: Path, response: npt.NDArray[np.float64]) -> dict[str, float]:
    """Time all tests at once and a sample one by one; return both and the largest difference."""
    mutated = read_mutations(folder / "mutation.feather").mutated
    start = time.perf_counter()
    found = t_tests(mutated, response)
    test_seconds = time.perf_counter() - start
    rng = np.random.default_rng(1)
    pairs = zip(rng.integers(0, GENES, SAMPLE), rng.integers(0, DRUGS, SAMPLE), strict=True)
    worst = seconds = 0.0
    for i, j in pairs:
        inside = mutated[[i]].toarray()[0] > 0
        start = time.perf_counter()
        a, b = response[inside, j], response[~inside, j]
        welch, pooled = stats.ttest_ind(a, b, equal_var=False), stats.ttest_ind(a, b)
        seconds += time.perf_counter() - start
        got = [v[i, j] for v in (found.t_welch, found.p_welch, found.t_pooled, found.p_pooled)]
        want = [welch.statistic, welch.pvalue, pooled.statistic, pooled.pvalue]
        worst = max(worst, *(abs(g / w - 1) for g, w in zip(got, want, strict=True)))
    return {"test_seconds": test_seconds, "scipy_seconds": seconds, "worst_relative": worst}
