"""Single cells by cluster: sums of counts, predicted as samples and written back."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp as package
from mmdrp.data.genes import genes
from mmdrp.errors import MmdrpError
from mmdrp.prediction.clusters import _plain

anndata: Any = pytest.importorskip("anndata", reason="needs the extra anndata")
Cli = Callable[..., int]
D = 120


@pytest.fixture(scope="module")
def tpm() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    x = rng.lognormal(rng.normal(2, 1.5, D), 0.8, (40, D)) * (rng.random((40, D)) > 0.1)
    names = list(genes().symbols)[:D]
    return pd.DataFrame(x * (1e6 / x.sum(1, keepdims=True)), [f"L{i}" for i in range(40)], names)


@pytest.fixture(scope="module")
def model(tpm: pd.DataFrame) -> package.ResponseModel:
    log = pd.DataFrame(np.log2(tpm.to_numpy() + 1), tpm.index, tpm.columns)
    y = np.log2(tpm.to_numpy() + 1)[:, :6]
    response = pd.DataFrame(
        {
            "cell": np.repeat(tpm.index, 6),
            "drug": [f"D{k}" for k in range(6)] * 40,
            "value": y.ravel(),
        }
    )
    study = package.Study.from_frames(
        response, {"expression": log}, unit="ln uM", higher="resistant",
        units={"expression": "log2(TPM + 1)"},
    )  # fmt: skip
    return package.ResponseModel(modalities=["expression"], net=False, base="ridge").fit(study)


def cells_of(tpm: pd.DataFrame, layer: str | None = None) -> Any:
    """Return 30 cells of each of three lines, whose counts add up to the line's TPM; 3 of one."""
    rng = np.random.default_rng(0)
    groups = np.repeat(["L0", "L1", "L2", "L3"], [30, 30, 30, 3])
    counts = np.vstack([rng.multinomial(40_000, tpm.loc[g] / tpm.loc[g].sum()) for g in groups])
    obs = pd.DataFrame({"cluster": groups.astype(object)}, index=[f"c{i}" for i in range(93)])
    obs.index = obs.index.astype(object)
    var = pd.DataFrame(index=pd.Index(list(tpm.columns), dtype=object))
    made = anndata.AnnData(counts.astype(np.float32), obs, var)
    if layer:
        made.layers[layer] = made.X.copy()
        made.X = np.log1p(made.X)
    return made


@pytest.mark.parametrize("layer", [None, "counts"])
def test_clusters_are_predicted_as_the_samples_that_they_add_up_to(
    model: package.ResponseModel, tpm: pd.DataFrame, layer: str | None
) -> None:
    cells = cells_of(tpm, layer)
    found = package.predict_clusters(model, cells, "cluster")
    expected = model.predict({"expression": np.log2(tpm.head(3) + 1)})
    assert sorted(found["cell"].unique()) == ["L0", "L1", "L2"]  # three cells say nothing
    np.testing.assert_allclose(found["pred"], expected["pred"], atol=0.1)
    wide = found.pivot(index="cell", columns="drug", values="z")
    of_cells = cells.obs["mmdrp:D0"].groupby(cells.obs["cluster"]).first()
    assert np.isnan(of_cells.pop("L3"))
    np.testing.assert_allclose(of_cells, wide["D0"], atol=1e-6)
    assert list(cells.uns["mmdrp"]) == list(found)


def test_the_command_writes_the_cells_back(
    mmdrp: Cli, model: package.ResponseModel, tpm: pd.DataFrame, tmp_path: Path
) -> None:
    cells = cells_of(tpm)
    cells.obs["cluster"] = _plain(cells.obs["cluster"].astype("category"))
    cells.write_h5ad(tmp_path / "cells.h5ad")
    run = model.save(tmp_path / "model.ckpt")
    words = ["predict", f"run={run}", f"expression={tmp_path / 'cells.h5ad'}", "group=cluster"]
    assert mmdrp(*words, f"out={tmp_path / 'out'}") == 0
    back = anndata.read_h5ad(tmp_path / "out" / "predicted.h5ad")
    pred = pd.read_parquet(tmp_path / "out" / "predictions.parquet")
    assert "mmdrp:D0" in back.obs
    np.testing.assert_allclose(back.uns["mmdrp"]["pred"], pred["pred"])


def test_what_cannot_be_summed_is_refused(model: package.ResponseModel, tpm: pd.DataFrame) -> None:
    cells = cells_of(tpm)
    logged = cells_of(tpm)
    logged.X = np.log1p(logged.X)
    few = cells_of(tpm)[:5].copy()
    for given, group, layer, said in (
        (cells, "leiden", None, "has no such column; it has: cluster"),
        (cells, "cluster", "raw", "there is no such layer"),
        (logged, "cluster", None, "holds counts"),
        (few, "cluster", None, "no group has 10 cells"),
    ):
        with pytest.raises(MmdrpError, match=said):
            package.predict_clusters(model, given, group, layer=layer)
