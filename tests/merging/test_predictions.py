"""Predictions in shards: together they are what one process writes, and only then."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import MARKER
from mmdrp.prediction import FolderPredictions, predict_folder

COUNT = 3


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=40, features=12)


@pytest.fixture(scope="module")
def run(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = mmdrp.ResponseModel(["expression", "mutation"], net=False).fit(small)
    return model.save(tmp_path_factory.mktemp("run") / "model.ckpt")


@pytest.fixture(scope="module")
def samples(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    for name in ("expression", "mutation"):
        frame = small.modality(name).frame()
        frame.to_csv(folder / f"{name}.csv", index_label="cell")
    return folder


def predict(run: Path, samples: Path, out: Path, **options: Any) -> FolderPredictions:
    return predict_folder(run, samples, out, **{"block": 4, **options})


@pytest.fixture(scope="module")
def parts(run: Path, samples: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("parts")
    for i in range(1, COUNT + 1):
        predict(run, samples, folder / f"p{i}", shard=f"{i}/{COUNT}")
    return [folder / f"p{i}" for i in range(1, COUNT + 1)]


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in (MARKER, "shard.json"))
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_shards_together_are_one_process_byte_for_byte(
    run: Path, samples: Path, parts: list[Path], tmp_path: Path
) -> None:
    whole = predict(run, samples, tmp_path / "whole")
    merged = mmdrp.merge_shards(parts[::-1], tmp_path / "merged", figure=False)
    assert content(merged) == content(tmp_path / "whole")
    assert {"predictions.csv", "top_drugs.csv"} < set(content(merged))
    sizes = [len(pd.read_parquet(part / "predictions.parquet")) for part in parts]
    assert sum(sizes) == len(pd.read_parquet(whole.path))
    assert max(sizes) < len(pd.read_parquet(whole.path)) / 2
    again = mmdrp.merge_shards([parts[0].parent], tmp_path / "again")  # the folder of all
    assert {"predicted.png", "predicted.svg"} <= set(content(again))
    with pytest.raises(MmdrpError, match="is finished already; overwrite=true"):
        mmdrp.merge_shards(parts, tmp_path / "merged")


def test_partitioned_files_are_one_table(run: Path, samples: Path, tmp_path: Path) -> None:
    whole = predict(run, samples, tmp_path / "whole", csv=False, top=0)
    options = {"partitioned": True, "csv": False, "top": 0}
    many = predict(run, samples, tmp_path / "many", **options)
    names = sorted(p.name for p in many.path.iterdir())
    assert names[:2] == ["block-000000.parquet", "block-000001.parquet"]
    pd.testing.assert_frame_equal(
        pd.read_parquet(many.path), pd.read_parquet(whole.path), check_categorical=False,
        check_dtype=False,
    )  # fmt: skip
    assert many.density() is not None
    for i in (1, 2):
        predict(run, samples, tmp_path / "parts" / str(i), shard=f"{i}/2", **options)
    merged = mmdrp.merge_shards([tmp_path / "parts"], tmp_path / "merged", figure=False)
    assert content(merged) == content(tmp_path / "many")


def test_without_a_level_there_are_no_intervals(run: Path, samples: Path, tmp_path: Path) -> None:
    bare = pd.read_parquet(predict(run, samples, tmp_path / "bare", level=None).path)
    full = pd.read_parquet(predict(run, samples, tmp_path / "full").path)
    assert set(full) - set(bare) == {"lower", "upper", "sd", "outside"}
    pd.testing.assert_frame_equal(bare, full[list(bare)])


def refused(parts: list[Path], out: Path, *words: str) -> None:
    with pytest.raises(MmdrpError) as caught:
        mmdrp.merge_shards(parts, out)
    line = str(caught.value)
    assert all(word in line for word in words), line
    assert "\n" not in line
    assert not out.exists()


def test_what_is_no_whole_work_is_refused_by_name(
    run: Path, samples: Path, small: Study, parts: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    refused(parts[:1], out, "2 are missing: 2, 3", "mmdrp predict ... shard=2/3")
    twin = tmp_path / "twin"
    shutil.copytree(parts[1], twin)
    refused([*parts, twin], out, str(parts[1]), str(twin), "both shard 2/3")
    refused([*parts, tmp_path], out, f"{tmp_path / 'twin'}")  # a folder of parts, one is double
    refused([tmp_path / "absent"], out, "there is no such folder")
    refused([samples], out, "is no part of a work")
    predict(run, samples, tmp_path / "other", block=5, shard="3/3")
    refused([*parts[:2], tmp_path / "other"], out, str(tmp_path / "other"), "block=5", "block=4")
    predict(run, samples, tmp_path / "four", shard="4/4")
    refused([*parts, tmp_path / "four"], out, "is shard 4/4", "is shard 1/3")
    model = mmdrp.ResponseModel(["expression", "mutation"], net=False, base="ridge").fit(small)
    path = model.save(tmp_path / "model.ckpt")
    predict(path, samples, tmp_path / "model", shard="3/3")
    refused([*parts[:2], tmp_path / "model"], out, str(tmp_path / "model"), "another model")
    (tmp_path / "few").mkdir()
    few = pd.read_csv(samples / "expression.csv").iloc[:30]
    few.to_csv(tmp_path / "few" / "expression.csv", index=False)
    predict(run, tmp_path / "few", tmp_path / "fewer", shard="3/3")
    refused([*parts[:2], tmp_path / "fewer"], out, str(tmp_path / "fewer"), "other inputs")


def test_a_part_that_changed_or_is_unfinished_is_refused(parts: list[Path], tmp_path: Path) -> None:
    for part in parts:
        shutil.copytree(part, tmp_path / part.name)
    mine, out = [tmp_path / part.name for part in parts], tmp_path / "out"
    table = mine[1] / "predictions.parquet"
    table.write_bytes(table.read_bytes()[:-1] + b"!")
    refused(mine, out, "p2/predictions.parquet", "has changed")
    marker = json.loads((mine[0] / MARKER).read_text())
    (mine[0] / MARKER).write_text(json.dumps({**marker, "complete": False}))
    refused(mine, out, "p1: is not finished")


@pytest.mark.parametrize("shard", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", "1/999999"])
def test_no_shard(shard: str, run: Path, samples: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=f"shard={shard}: expected NUMBER/COUNT"):
        predict(run, samples, tmp_path / "out", shard=shard)
    assert not (tmp_path / "out").exists()


def test_more_shards_than_blocks(run: Path, samples: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"shard=1/9: 4 blocks \(block=10\) cannot be divided"):
        predict(run, samples, tmp_path / "out", shard="1/9", block=10)
