"""Samples read some at a time: the same predictions, in any order and format of the file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.data.samples.rows import RowReader
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.prediction import predict_folder


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=40, features=12)


@pytest.fixture(scope="module")
def run(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = mmdrp.ResponseModel(["expression", "mutation"], net=False).fit(small)
    return model.save(tmp_path_factory.mktemp("run") / "model.ckpt")


def frame_of(small: Study, name: str) -> pd.DataFrame:
    return small.modality(name).frame().rename_axis("cell").reset_index()


@pytest.fixture(params=["parquet", "feather"])
def samples(request: pytest.FixtureRequest, small: Study, tmp_path: Path) -> Path:
    folder = tmp_path / "samples"
    folder.mkdir()
    expression, mutation = frame_of(small, "expression"), frame_of(small, "mutation").iloc[5:30]
    expression.loc[3, expression.columns[1:]] = np.nan  # a sample without a value
    for name, frame in (("expression", expression), ("mutation", mutation)):
        mixed = frame.sample(frac=1, random_state=0).reset_index(drop=True)
        if request.param == "parquet":
            mixed.to_parquet(folder / f"{name}.parquet", row_group_size=7)
        else:
            mixed.to_feather(folder / f"{name}.feather", chunksize=9, compression="uncompressed")
    return folder


def test_predictions_are_those_of_whole_tables(run: Path, samples: Path, tmp_path: Path) -> None:
    whole = predict_folder(run, samples, tmp_path / "whole", block=4)
    some = predict_folder(run, samples, tmp_path / "some", block=4, chunk=9)
    first, second = pd.read_parquet(whole.path), pd.read_parquet(some.path)
    pd.testing.assert_frame_equal(first, second[second["cell"].isin(set(first["cell"]))], rtol=1e-5)
    parts = tmp_path / "parts"
    for i in (1, 2):
        predict_folder(run, samples, parts / str(i), block=4, chunk=9, shard=f"{i}/2")
    merged = mmdrp.merge_shards([parts], tmp_path / "merged", figure=False)
    assert (merged / "predictions.parquet").read_bytes() == some.path.read_bytes()


def test_rows_are_found_wherever_they_are(samples: Path) -> None:
    path = next(samples.glob("expression.*"))
    reader = RowReader(path)
    read = pd.read_parquet if path.suffix == ".parquet" else pd.read_feather
    frame = read(path).set_index("cell").astype(np.float32)
    wanted = sorted(frame.index)[10:20]
    table = reader.read([*wanted, "absent"])
    pd.testing.assert_frame_equal(
        table.frame().loc[wanted], frame.loc[wanted], check_names=False, check_dtype=False
    )
    assert reader.ids == list(frame.index)
    assert reader.read(["absent"]).values.shape == (0, frame.shape[1])


def test_what_needs_whole_tables_is_refused(
    run: Path, small: Study, samples: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    with pytest.raises(OptionError, match="align=zscore: needs all samples at once"):
        predict_folder(run, samples, out, chunk=8, align="zscore")
    with pytest.raises(OptionError, match="chunk: give samples as a folder"):
        predict_folder(run, {"expression": frame_of(small, "expression")}, out, chunk=8)
    text = tmp_path / "text"
    text.mkdir()
    frame_of(small, "expression").to_csv(text / "expression.csv", index=False)
    with pytest.raises(MmdrpError, match=r"expression\.csv: text is read whole; write it as Parq"):
        predict_folder(run, text, out, chunk=8)
    twice = pd.concat([frame_of(small, "expression").head(3)] * 2)
    twice.to_parquet(text / "expression.parquet")
    with pytest.raises(MmdrpError, match=r"row 4 .*: duplicate of row 1"):
        predict_folder(run, text, out, chunk=8)
    assert not out.exists()
