"""``mmdrp predict expression=patients.tsv``: files instead of a folder, and what is written."""

import logging
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mmdrp as package
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.prediction import predict_folder
from mmdrp.prediction.ranked import top_drugs
from mmdrp.training.reference import MeasuredDrugs

Cli = Callable[..., int]


@pytest.fixture
def frame(study: Study) -> pd.DataFrame:
    return study.modality("expression").frame().head(30)


def test_a_file_in_either_direction_predicts_what_a_folder_does(
    mmdrp: Cli, panel: Path, frame: pd.DataFrame, tmp_path: Path
) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    frame.to_csv(folder / "Expression.tsv.gz", sep="\t", index_label="whoever")
    frame.T.to_csv(tmp_path / "by gene.txt", sep="\t")
    frame.to_csv(tmp_path / "by sample.csv", index_label="cell")
    words = ["predict", f"run={panel}", "figure=false"]
    assert mmdrp(*words, f"data={folder}", f"out={tmp_path / 'a'}") == 0
    assert mmdrp(*words, f"expression={tmp_path / 'by gene.txt'}", f"out={tmp_path / 'b'}") == 0
    assert mmdrp(*words, f"expression={tmp_path / 'by sample.csv'}", f"out={tmp_path / 'c'}") == 0
    first, *others = (pd.read_parquet(tmp_path / n / "predictions.parquet") for n in "abc")
    assert first["cell"].nunique() == 30
    for other in others:
        pd.testing.assert_frame_equal(first, other)
    readable = pd.read_csv(tmp_path / "b" / "predictions.csv")
    assert list(readable) == [
        "cell", "drug", "name", "pred", "unit", "percentile", "z", "extrapolated", "lower", "upper",
        "sd", "outside",
    ]  # fmt: skip
    np.testing.assert_allclose(readable["pred"], first["pred"], rtol=1e-5)
    best = pd.read_csv(tmp_path / "b" / "top_drugs.csv")
    assert best.groupby("cell")["rank"].max().max() <= 10
    assert (best["z"] < 0).all()


def test_percentile_and_z_are_those_of_the_lines_of_training(
    panel: Path, study: Study, frame: pd.DataFrame
) -> None:
    model = package.load_model(panel)
    pred = model.predict({"expression": frame})
    train = set(model.train_ids_["cell"])
    y = study.response("ic50")
    y = y[y["cell"].isin(train)]
    for drug, rows in pred.groupby("drug"):
        measured = y.loc[y["drug"] == drug, "value"].to_numpy(np.float64)
        z = (rows["pred"] - measured.mean()) / measured.std()
        np.testing.assert_allclose(rows["z"], z, atol=1e-3)
        below = [100 * (measured < value).mean() for value in rows["pred"]]
        assert np.abs(rows["percentile"] - below).max() < 4  # 41 levels are kept


def test_drugs_without_a_history_have_no_standing() -> None:
    known = MeasuredDrugs.of_columns(["a", "b"], [np.arange(10.0), np.arange(3.0)])
    percentile, z = known.place(np.array(["b", "a", "new", "a"]), np.array([1, 4.5, 2, 99.0]))
    assert np.isnan(percentile[[0, 2]]).all()
    assert percentile[[1, 3]].tolist() == [50, 100]
    assert z[1] == 0
    assert np.isnan(MeasuredDrugs.read({}).place(np.array(["a"]), np.array([1.0]))[1]).all()


def test_the_sensitive_side_is_the_measure_s() -> None:
    frame = pd.DataFrame(
        {"cell": list("aabb"), "drug": list("xyxy"), "pred": 0.0, "percentile": 50.0,
         "z": [-1.0, 2.0, -0.1, -3.0], "extrapolated": False}
    )  # fmt: skip
    assert top_drugs(frame)["drug"].tolist() == ["x", "y", "x"]
    assert top_drugs(frame, "sensitive")["drug"].tolist() == ["y"]
    assert top_drugs(frame, top=1)["drug"].tolist() == ["x", "y"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "give samples as data=FOLDER, or by file"),
        (["expression=nowhere.csv"], "nowhere.csv: there is no such file"),
        (["expression=a.csv", "data=there"], "give samples as data=FOLDER, or by file"),
        (["furlongs=a.csv"], "'furlongs' is no modality of the model"),
        (["expression=a.csv", "unit=furlongs"], "no such unit"),
        (["expression=a.csv", "mutation=a.csv", "unit=TPM"], "write units="),
        (["expression=a.csv", "tissue=elbow"], "tissue=elbow: the model knows no such tissue"),
    ],
)
def test_mistakes_are_named_in_one_line(
    mmdrp: Cli, panel: Path, frame: pd.DataFrame, tmp_path: Path, words: list[str], said: str,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    frame.to_csv("a.csv")
    (tmp_path / "there").mkdir()
    assert mmdrp("predict", f"run={panel}", "out=out", *words) == 2
    line = capsys.readouterr().err.strip().splitlines()[-1]
    assert said in line
    assert len(line) <= 200
    assert not list(tmp_path.glob("out/predictions*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run=nowhere", "expression=x.tsv"], "nowhere: there is no such checkpoint"),
        (["run=.", "expression=nowhere.tsv"], "expression=nowhere.tsv: there is no such file"),
        (["run=.", "expression=x.py"], "expression=x.py: ends in .py; csv, tsv"),
        (["run=.", "expression=x.tsv", "unit=furlongs"], "unit='furlongs': no such unit"),
    ],
)
def test_the_cheapest_mistakes_are_told_before_torch_is_loaded(
    words: list[str], said: str, tmp_path: Path
) -> None:
    for name in ("x.tsv", "x.py"):
        (tmp_path / name).write_text("gene\tA\n")
    code = (
        "import sys; from mmdrp.cli import main; code = main(sys.argv[1:]);"
        "sys.exit(code if 'torch' not in sys.modules else 99)"
    )
    root = str(Path(package.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", code, "predict", *words], cwd=tmp_path, capture_output=True,
        text=True, env={**os.environ, "PYTHONPATH": root}, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr


def test_one_sample_is_called_one(
    panel: Path, frame: pd.DataFrame, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    frame.head(1).T.to_csv(tmp_path / "one.tsv", sep="\t")
    with caplog.at_level(logging.INFO):
        predict_folder(panel, {"expression": str(tmp_path / "one.tsv")}, tmp_path / "out")
    assert "expression: 1 sample, " in caplog.text
    assert "features in 1 sample: median |shift" in caplog.text
    assert "ratio of sd" not in caplog.text


def test_two_tables_of_one_modality_and_a_file_for_a_folder_are_refused(
    panel: Path, frame: pd.DataFrame, tmp_path: Path
) -> None:
    for name in ("expression.tsv", "EXPRESSION.txt"):
        frame.to_csv(tmp_path / name, sep="\t")
    with pytest.raises(MmdrpError, match="two tables of expression; keep one"):
        predict_folder(panel, tmp_path, tmp_path / "out")
    with pytest.raises(MmdrpError, match="is a file; name its modality: expression="):
        predict_folder(panel, tmp_path / "expression.tsv", tmp_path / "out")


def test_a_model_predicts_from_files_and_annotated_data(
    study: Study, frame: pd.DataFrame, tmp_path: Path
) -> None:
    anndata = pytest.importorskip("anndata")
    model = package.ResponseModel(modalities=["expression"], net=False, base="ridge")
    model.fit(study, measure="ic50")
    expected = model.predict({"expression": frame})
    frame.T.to_csv(tmp_path / "x.csv")
    plain = pd.DataFrame(frame.to_numpy(), list(frame.index), list(frame.columns), dtype="float32")
    plain.index, plain.columns = plain.index.astype(object), plain.columns.astype(object)
    anndata.AnnData(plain).write_h5ad(tmp_path / "x.h5ad")
    for given in (tmp_path / "x.csv", str(tmp_path / "x.h5ad"), frame.T):
        pd.testing.assert_frame_equal(model.predict({"expression": given}), expected)
