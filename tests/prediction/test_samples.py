"""New samples through the library: aligned to the lines of training, or a folder predicted."""

from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import MARKER
from mmdrp.prediction import align_samples, predict_folder
from mmdrp.training.model import ResponseModel

OMICS = ["expression", "mutation", "rppa"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=60, features=20)


@pytest.fixture(scope="module")
def model(small: Study) -> ResponseModel:
    return ResponseModel(modalities=OMICS, net=False, base="ridge").fit(small)


@pytest.fixture(scope="module")
def lines(small: Study) -> dict[str, pd.DataFrame]:
    return {name: small.modality(name).frame() for name in OMICS}


@pytest.mark.parametrize("method", ["zscore", "quantile"])
def test_shifted_samples_are_brought_back(
    method: Literal["zscore", "quantile"],
    model: ResponseModel,
    lines: dict[str, pd.DataFrame],
    small: Study,
) -> None:
    moved = {**lines, "expression": 3 * lines["expression"] + 50, "rppa": lines["rppa"] - 7}
    back, shift = align_samples(model, moved, method=method)
    for name in ("expression", "rppa"):
        limit = 1e-3 if method == "zscore" else 0.5  # quantiles are kept at every twentieth
        error = (back[name] - lines[name][back[name].columns]).abs().to_numpy()
        assert error.max() < limit * lines[name].std().max() or method == "quantile"
        assert np.median(error) < limit * lines[name].std().mean()
    pd.testing.assert_frame_equal(back["mutation"], lines["mutation"], check_dtype=False)
    before = model.predict(lines)["pred"]
    with pytest.raises(MmdrpError, match="expression: looks like"):
        model.predict(moved)
    shifted = (model.predict(x, max_outside=1)["pred"] for x in (moved, back))
    far, near = ((pred - before).abs().mean() for pred in shifted)
    assert near < 0.1 * far
    stages = shift.groupby(["source", "stage"])["shift"].apply(lambda x: x.abs().max())
    assert stages["expression", "given"] > 10
    assert stages["expression", method] < 0.1
    assert ("mutation", method) not in stages.index
    assert list(shift.columns[:3]) == ["source", "stage", "feature"]


def test_cohorts_are_aligned_each_by_itself(
    model: ResponseModel, lines: dict[str, pd.DataFrame]
) -> None:
    expression = lines["expression"].copy()
    groups = pd.Series(["a", "b"] * 60)[: len(expression)].set_axis(expression.index)
    expression[groups == "b"] += 100
    one, _ = align_samples(model, {"expression": expression}, method="zscore", groups=groups)
    apart = one["expression"].groupby(groups).mean().diff().iloc[1].abs().max()
    both, _ = align_samples(model, {"expression": expression}, method="zscore")
    together = both["expression"].groupby(groups).mean().diff().iloc[1].abs().min()
    assert apart < 1e-3 < together


def test_nothing_is_moved_where_nothing_is_asked(
    model: ResponseModel, lines: dict[str, pd.DataFrame], tmp_path: Path
) -> None:
    path = model.save(tmp_path / "model.ckpt")
    same, shift = align_samples(str(path), lines, method="none")
    for name in OMICS:
        pd.testing.assert_frame_equal(same[name], lines[name], check_dtype=False)
    assert set(shift["stage"]) == {"given"}
    assert shift["shift"].abs().max() < 1e-4  # the very lines it learned from
    with pytest.raises(OptionError, match="method=loess: expected none or zscore or quantile"):
        align_samples(model, lines, method="loess")  # type: ignore[arg-type]
    with pytest.raises(MmdrpError, match="not fitted yet"):
        mmdrp.align_samples(ResponseModel(), lines)


@pytest.fixture
def folder(lines: dict[str, pd.DataFrame], small: Study, tmp_path: Path) -> Path:
    data = tmp_path / "new"
    data.mkdir()
    for name, frame in lines.items():
        frame.rename_axis("cell").reset_index().to_csv(data / f"{name}.csv", index=False)
    small.cells[["tissue"]].reset_index().to_csv(data / "cells.csv", index=False)
    return data


def test_a_folder_is_predicted_as_frames_are(
    model: ResponseModel, lines: dict[str, pd.DataFrame], small: Study, folder: Path, tmp_path: Path
) -> None:
    path, out = model.save(tmp_path / "model.ckpt"), tmp_path / "out"
    done = predict_folder(path, folder, out, drugs=["DRUG 00", "drug-13"], block=7)
    expected = model.predict(lines, drugs=["drug-00", "drug-13"], samples=small.cells)
    found = pd.read_parquet(done.path)
    assert set(found.pop("name")) == {"drug-00", "drug-13"}
    pd.testing.assert_frame_equal(found, expected, atol=1e-5, check_dtype=False)
    metadata = pq.read_schema(done.path).metadata
    assert (metadata[b"mmdrp.measure"], metadata[b"mmdrp.higher"]) == (b"ic50", b"resistant")
    assert (done.label, done.drugs) == ("ic50 (arbitrary)", ["drug-00", "drug-13"])
    assert len(done.samples) == found["cell"].nunique()
    assert set(done.shift["source"]) == set(OMICS)
    assert done.density() is not None
    assert sorted(p.name for p in out.iterdir()) == [
        MARKER, "predictions.csv", "predictions.parquet", "top_drugs.csv",
    ]  # fmt: skip


def test_a_folder_is_aligned_as_frames_are(
    model: ResponseModel, lines: dict[str, pd.DataFrame], small: Study, folder: Path, tmp_path: Path
) -> None:
    path = model.save(tmp_path / "model.ckpt")
    (lines["expression"] * 2 + 9).rename_axis("cell").reset_index().to_csv(
        folder / "expression.csv", index=False
    )
    done = predict_folder(
        path, folder, tmp_path / "out", align="zscore", align_within="tissue", known_lines=False
    )
    moved = {**lines, "expression": lines["expression"] * 2 + 9}
    back, _ = align_samples(model, moved, method="zscore", groups=small.cells["tissue"])
    expected = model.predict(back, samples=small.cells)
    found = pd.read_parquet(done.path).drop(columns="name")
    pd.testing.assert_frame_equal(found, expected, atol=1e-3, check_dtype=False)


def test_what_cannot_be_predicted_leaves_nothing(
    model: ResponseModel, folder: Path, tmp_path: Path
) -> None:
    path, out = model.save(tmp_path / "model.ckpt"), tmp_path / "out"
    mistakes: list[tuple[dict[str, Any], str]] = [
        ({"align_within": "tissue"}, "align_within=tissue: needs align=zscore"),
        ({"align": "zscore", "align_within": "stage"}, "align_within=stage: .* no cells table"),
        ({"drugs": ["aspirin"]}, "there is no drug 'aspirin'"),
        ({"min_features": -1.0}, "min_features=-1.0"),
    ]
    for options, said in mistakes:
        with pytest.raises(MmdrpError, match=said):
            predict_folder(path, folder, out, **options)
    with pytest.raises(MmdrpError, match="there is no such folder"):
        predict_folder(path, tmp_path / "absent", out)
    with pytest.raises(MmdrpError, match="has none of the model's modalities"):
        predict_folder(path, tmp_path, out)
    assert not out.exists()


def test_an_interrupted_prediction_goes_on_with_the_other_blocks(
    panel: Path, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, count = tmp_path / "data", 20
    data.mkdir()
    study.modality("expression").frame().head(count).to_csv(
        data / "expression.csv", index_label="cell"
    )
    whole = predict_folder(panel, data, tmp_path / "whole", block=5)
    predict = import_module("mmdrp.prediction.grid")
    usual: Any = predict.predict_grid
    blocks: list[list[str]] = []

    def cut(restored: Any, sources: Any, samples: list[str], *rest: Any) -> Any:
        blocks.append(samples)
        if len(blocks) == 3:
            raise KeyboardInterrupt
        return usual(restored, sources, samples, *rest)

    monkeypatch.setattr(predict, "predict_grid", cut)
    with pytest.raises(KeyboardInterrupt):
        predict_folder(panel, data, tmp_path / "cut", block=5)
    assert not (tmp_path / "cut" / "predictions.parquet").exists()
    again = predict_folder(panel, data, tmp_path / "cut", block=5)
    assert len(blocks) == 3 + 2  # two were done, two are left
    assert again.path.read_bytes() == whole.path.read_bytes()
    assert {p.name for p in again.path.parent.iterdir()} == {
        MARKER, "predictions.csv", "predictions.parquet", "top_drugs.csv",
    }  # fmt: skip
    with pytest.raises(MmdrpError, match="is finished already"):
        predict_folder(panel, data, tmp_path / "cut", block=5)
    predict_folder(panel, data, tmp_path / "cut", block=7, overwrite=True)
