"""Attributions in shards of drugs: together they are what one process writes."""

import shutil
from pathlib import Path

import pytest

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import MARKER
from mmdrp.io.shards.record import SHARD

OPTIONS = {"permutations": 3, "steps": 2, "drugs": [f"drug-0{i}" for i in range(4)]}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=40, features=12)


@pytest.fixture(scope="module")
def runs(small: Study, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("runs")
    models = [
        mmdrp.ResponseModel(["expression", "mutation"], net=False, base=base)
        for base in ("kernel", "ridge")
    ]
    return [m.fit(small).save(folder / f"{i}.ckpt") for i, m in enumerate(models)]


def content(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file() and p.name not in (MARKER, SHARD))
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.mark.parametrize("several", [False, True])
def test_shards_together_are_one_process_byte_for_byte(
    several: bool, runs: list[Path], small: Study, tmp_path: Path
) -> None:
    model, study = runs if several else runs[0], str(small.folder)
    whole = mmdrp.attribute(model, study, out=tmp_path / "whole", **OPTIONS)  # type: ignore[arg-type]
    whole.write(tmp_path / "whole", pictures=0)
    parts = tmp_path / "parts"
    for i in (2, 1):
        out = parts / str(i)
        part = mmdrp.attribute(model, study, out=out, shard=f"{i}/2", **OPTIONS)  # type: ignore[arg-type]
        assert len(part.drugs) == 2
    merged = mmdrp.merge_shards([parts], tmp_path / "merged", pictures=0)
    assert content(merged) == content(tmp_path / "whole")
    with pytest.raises(MmdrpError, match="1 are missing: 2; such as mmdrp attribute"):
        mmdrp.merge_shards([parts / "1"], tmp_path / "again")


def test_what_cannot_be_divided_or_has_changed(
    runs: list[Path], small: Study, tmp_path: Path
) -> None:
    for options, said in (
        ({"shard": "1/2"}, "give out="),
        ({"shard": "1/2", "out": tmp_path / "x", "by": "line"}, "by=line: gathers over all"),
        ({"shard": "3/2", "out": tmp_path / "x"}, "expected NUMBER/COUNT"),
        ({"shard": "1/9", "out": tmp_path / "x", "drugs": ["drug-00"]}, "1 drugs cannot be"),
    ):
        with pytest.raises(OptionError, match=said):
            mmdrp.attribute(runs[0], str(small.folder), **options)
    with pytest.raises(OptionError, match="give the study as its folder"):
        mmdrp.attribute(runs[0], small, out=tmp_path / "x", shard="1/1")
    path = Path(shutil.copy(runs[0], tmp_path / "model.ckpt"))
    mmdrp.attribute(
        path, str(small.folder), out=tmp_path / "part", shard="1/1", steps=1, drugs=["drug-00"]
    )
    shutil.copy(runs[1], path)
    with pytest.raises(MmdrpError, match="merge: the study, the model or torch is not as it was"):
        mmdrp.merge_shards([tmp_path / "part"], tmp_path / "merged")
    path.unlink()
    with pytest.raises(MmdrpError, match=r"model\.ckpt"):
        mmdrp.merge_shards([tmp_path / "part"], tmp_path / "merged")
