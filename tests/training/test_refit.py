"""``refit=true``: the base kept alone is fitted again on training and validation."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.training import build
from mmdrp.training.checkpoint import restore
from mmdrp.training.runs import find_runs

Cli = Callable[..., int]
WORDS = ["study=synthetic", "modality=[expression,mutation]", "split.validation=0.4"]


@pytest.mark.parametrize(
    ("response", "split"), [("ic50", "cell"), ("auc", "cell"), ("auc", "both")]
)
def test_the_refitted_base_is_that_of_a_run_without_validation(
    response: str, split: str, mmdrp: Cli, study: Study, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = [*WORDS, f"response={response}", f"split={split}", "net=false"]
    tables, scores = {}, {}
    for name, refit in (("plain", "false"), ("refit", "true")):
        assert mmdrp("train", *words, f"refit={refit}", f"out={tmp_path / name}") == 0
        tables[name] = pd.read_parquet(tmp_path / name / "predictions.parquet")
        scores[name] = json.loads((tmp_path / name / "metrics.json").read_text())
    assert "fitted again on training and validation" in capsys.readouterr().err
    part = {n: dict(list(t.groupby("part"))) for n, t in tables.items()}
    pd.testing.assert_frame_equal(part["plain"]["validation"], part["refit"]["validation"])
    # What stands beside it learns from the same rows.
    assert scores["refit"]["drug_mean"] != scores["plain"]["drug_mean"]
    fold = Fold.read(tmp_path / "refit" / "fold.json")
    assert fold == Fold.read(tmp_path / "plain" / "fold.json")
    # An oracle: a base fitted on both parts by hand.
    spec = find_runs(tmp_path / "refit")[0].spec
    data = build.data_of(spec, study, fold.with_validation())
    by_hand = build.module_of(spec, data, study).net.offset
    assert by_hand is not None
    restored = restore(tmp_path / "refit").net.offset
    assert restored is not None
    np.testing.assert_allclose(restored.base.mean, by_hand.base.mean, atol=1e-6)
    assert len(restored.base.imputed_response) == len(by_hand.base.imputed_response)
    before = restore(tmp_path / "plain").net.offset
    assert before is not None
    assert len(restored.base.imputed_response) > len(before.base.imputed_response)


def test_more_lines_help(mmdrp: Cli, tmp_path: Path) -> None:
    mse = {}
    for refit in ("false", "true"):
        out = tmp_path / refit
        assert mmdrp("train", *WORDS, "net=false", f"refit={refit}", f"out={out}") == 0
        mse[refit] = json.loads((out / "metrics.json").read_text())["model"]["mse"]
    assert mse["true"] < mse["false"]


def test_a_network_that_is_kept_is_left_alone(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["study=synthetic", "modality=[mutation]", "base=none", "trainer=smoke", "refit=true"]
    assert mmdrp("train", *words, f"out={tmp_path}") == 0
    assert "fitted again" not in capsys.readouterr().err
    assert not find_runs(tmp_path)[0].refit


def test_the_test_part_is_never_merged() -> None:
    parts = [Part({"cell": frozenset(ids)}) for ids in ("AB", "C", "D")]
    merged = Fold(*parts).with_validation()
    assert merged.train.ids["cell"] == {"A", "B", "C"}
    assert merged.test == parts[2]
