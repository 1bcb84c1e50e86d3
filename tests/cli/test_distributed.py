"""Two processes learn what one does."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.study import Study

QUIET = ["dropout=0", "input_dropout=0", "modality_dropout=0", "base=none", "sampler.block=7"]


def train(study: Study, out: Path, *words: str) -> pd.DataFrame:
    done = subprocess.run(
        [sys.executable, "-m", "mmdrp", "train", "study=synthetic", f"study.path={study.root}",
         "response=auc", "modality=[expression,rppa]", "trainer.max_epochs=2",
         "trainer.accelerator=cpu", f"out={out}", *QUIET, *words],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Run folder:") == 1
    return pd.read_parquet(out / "predictions.parquet")


def test_two_processes_equal_one(study: Study, tmp_path: Path) -> None:
    one = train(study, tmp_path / "one")
    two = train(study, tmp_path / "two", "trainer=ddp")
    pd.testing.assert_frame_equal(one.drop(columns="pred"), two.drop(columns="pred"))
    np.testing.assert_allclose(one["pred"], two["pred"], atol=1e-5)
