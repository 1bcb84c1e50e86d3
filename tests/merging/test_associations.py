"""Associations in shards of drugs: p values are adjusted over all, as one process does."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import MARKER
from mmdrp.tumours import Cohort, associate, associate_shard, expression_marks, read_targets
from mmdrp.tumours.plots.associations import AssociationPlots

TUMOURS, DRUGS = 60, 150
OPTIONS: dict[str, Any] = {"min_patients": 4, "alpha": 0.05, "correction": "fdr"}


@pytest.fixture
def tumours(tmp_path: Path) -> Path:
    draw = np.random.default_rng(0)
    ids = [f"T{i:02d}" for i in range(TUMOURS)]
    mutated = (draw.random((TUMOURS, 6)) < 0.3).astype(int)
    pred = draw.standard_normal((TUMOURS, DRUGS))
    pred[:, 100] += 3 * mutated[:, 2]
    pred[:, 7] -= 3 * mutated[:, 4]
    pred[draw.random(pred.shape) < 0.02] = np.nan
    folder = tmp_path / "tumours"
    folder.mkdir()
    index = pd.Index(ids, name="cell")
    pd.DataFrame(mutated, index, list("ABCDEF")).to_csv(folder / "mutation.csv")
    pd.DataFrame(draw.random((TUMOURS, 2)), index, ["A", "B"]).to_csv(folder / "expression.csv")
    pd.DataFrame({"tissue": ["lung", "skin"] * (TUMOURS // 2)}, index).to_csv(folder / "cells.csv")
    frame = pd.DataFrame(pred, index, [f"D{j:03d}" for j in range(DRUGS)])
    long = frame.reset_index().melt("cell", var_name="drug", value_name="pred").dropna()
    long.to_csv(tmp_path / "pred.csv", index=False)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    skipped = (MARKER, "associate.json")  # which names the command that wrote it
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in skipped)
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_shards_together_are_one_process_byte_for_byte(
    tumours: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pictures are drawn from the same tables, in seconds.
    monkeypatch.setattr(AssociationPlots, "all", lambda self, panels: [])
    pred = tmp_path / "pred.csv"
    cohort = Cohort.read(pred, tumours, genes=expression_marks(read_targets(None)))
    whole = associate(cohort, **OPTIONS)
    assert set(whole.significant["drug"]) >= {"D100", "D007"}
    whole.write(tmp_path / "whole", panels=1)
    counts = [
        associate_shard(pred, tumours, tmp_path / "parts" / str(i), shard=f"{i}/2", **OPTIONS)
        for i in (1, 2)
    ]
    assert sum(counts) == len(whole.table)
    assert min(counts) > 0
    merged = mmdrp.merge_shards([tmp_path / "parts"], tmp_path / "merged", panels=1)
    assert content(merged) == content(tmp_path / "whole")


def test_what_cannot_be_divided_or_has_changed(tumours: Path, tmp_path: Path) -> None:
    pred, out = tmp_path / "pred.csv", tmp_path / "out"
    with pytest.raises(OptionError, match="3 blocks of 64 drugs cannot be divided into 4"):
        associate_shard(pred, tumours, out, shard="1/4", **OPTIONS)
    with pytest.raises(OptionError, match="alhpa: associate has no such option"):
        associate_shard(pred, tumours, out, shard="1/2", alhpa=1)
    for i, options in ((1, OPTIONS), (2, {**OPTIONS, "alpha": 0.01})):
        associate_shard(pred, tumours, tmp_path / str(i), shard=f"{i}/2", **options)
    with pytest.raises(MmdrpError, match=r"2: has alpha=0\.01, .*1 alpha=0\.05"):
        mmdrp.merge_shards([tmp_path / "1", tmp_path / "2"], out)
    associate_shard(pred, tumours, tmp_path / "3", shard="2/2", **OPTIONS)
    frame = pd.read_csv(pred)
    frame.assign(pred=frame["pred"] + 1).to_csv(pred, index=False)
    with pytest.raises(MmdrpError, match=r"merge: predictions or study of .* are not as they were"):
        mmdrp.merge_shards([tmp_path / "1", tmp_path / "3"], out)
    assert not out.exists()
