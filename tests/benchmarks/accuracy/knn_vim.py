"""Nearest-drug imputation against R's VIM::kNN on the same matrix: largest difference."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.impute import impute

FIXTURE = Path(__file__).parents[2] / "r"


def main() -> dict[str, float | int | str]:
    given = pd.read_csv(FIXTURE / "knn_vim_input.csv", index_col=0)
    expected = pd.read_csv(FIXTURE / "knn_vim_output.csv", index_col=0)
    start = time.perf_counter()
    found = impute(given)
    return {
        "drugs": given.shape[0],
        "lines": given.shape[1],
        "imputed": int(given.isna().to_numpy().sum()),
        "max_difference": float(np.abs(found.to_numpy() - expected.to_numpy()).max()),
        "seconds": time.perf_counter() - start,
    }
