"""Permuted sources are a test: what a model learned from them, it did not learn."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.data.batches.randomise import permuted
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training import build
from tests.conftest import Specified

Cli = Callable[..., int]
OMICS = ("expression", "mutation", "rppa")


@given(st.integers(0, 1000))
def test_the_same_ids_have_the_same_rows_in_another_order(seed: int) -> None:
    values = np.arange(60, dtype="f4").reshape(20, 3)
    table = Table("cell", [f"L{i}" for i in range(20)], ["a", "b", "c"], values)
    found = permuted({"x": table, "y": table}, ["x"], seed)
    assert found["y"] is table
    assert sorted(found["x"].ids) == sorted(table.ids)
    assert list(found["x"].ids) != list(table.ids)
    rows = found["x"].take(found["x"].locate(table.ids)).numpy()
    assert not np.array_equal(rows, values)
    assert sorted(rows[:, 0]) == sorted(values[:, 0])
    again = permuted({"x": table, "y": table}, ["x"], seed)
    assert list(again["x"].ids) == list(found["x"].ids)


def test_only_what_is_there_can_be_permuted() -> None:
    table = Table("cell", ["A"], ["a"], np.zeros((1, 1), dtype="f4"))
    with pytest.raises(MmdrpError, match="'y' is no table of this run; it has: x"):
        permuted({"x": table}, ["y"], 0)


def test_folds_and_examples_stay_as_they_were(specified: Specified, study: Study) -> None:
    plain = build.data_of(specified("modality=[expression]"), study)
    spec = specified("modality=[expression]", "randomise.permute=[expression]")
    moved = build.data_of(spec, study)
    assert moved.fold == plain.fold
    np.testing.assert_array_equal(moved.dataset.examples.y, plain.dataset.examples.y)


@pytest.mark.parametrize("response", ["ic50", "auc"])
def test_a_run_on_permuted_omics_falls_to_the_drug_mean(
    response: str, mmdrp: Cli, tmp_path: Path
) -> None:
    ratio = {}
    for name, permute in (("plain", ""), ("permuted", ",".join((*OMICS, "tissue")))):
        words = [
            "study=synthetic", f"response={response}", f"modality=[{','.join(OMICS)}]",
            f"randomise.permute=[{permute}]", "net=false", f"out={tmp_path / name}",
        ]  # fmt: skip
        assert mmdrp("train", *words) == 0
        found = json.loads((tmp_path / name / "metrics.json").read_text())
        ratio[name] = found["model"]["mse"] / found["drug_mean"]["mse"]
    assert ratio["plain"] < 0.6
    assert ratio["permuted"] == pytest.approx(1, abs=0.1)


def test_one_permuted_modality_costs_what_it_was_worth(mmdrp: Cli, tmp_path: Path) -> None:
    mse = {}
    for permute in ("", "expression", "histone"):
        out = tmp_path / f"run_{permute}"
        words = ["study=synthetic", "modality=[expression,histone]", "net=false", f"out={out}"]
        assert mmdrp("train", *words, f"randomise.permute=[{permute}]") == 0
        mse[permute] = json.loads((out / "metrics.json").read_text())["model"]["mse"]
    assert mse["expression"] > 1.1 * mse[""]
    assert mse["expression"] > mse["histone"]


def test_a_source_that_is_not_chosen_is_refused(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "study=synthetic", "modality=[mutation]", f"out={tmp_path / 'run'}"]
    assert mmdrp(*words, "randomise.permute=[expression]") == 2
    assert "'expression' is not in this run; choose among: context:medium, mutation, tissue" in (
        capsys.readouterr().err
    )
