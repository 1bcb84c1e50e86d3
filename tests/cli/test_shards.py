"""``shard=`` and ``mmdrp merge`` on the command line."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mmdrp.data.study import Study


def test_parts_are_merged_and_mistakes_are_one_line(
    mmdrp: Callable[..., int], panel: Path, study: Study, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    words = ["predict", f"run={panel}", f"data={study.folder}", "block=60"]
    for i in (1, 2):
        assert mmdrp(*words, f"shard={i}/2", f"out={tmp_path}/parts/{i}") == 0
    assert mmdrp(*words, f"out={tmp_path}/whole") == 0
    parts = [str(tmp_path / "parts" / name) for name in "12"]
    assert mmdrp("merge", *parts, f"out={tmp_path}/merged") == 0
    own = {".mmdrp", "predict.log", "merge.log"}
    names = {p.name for p in (tmp_path / "whole").iterdir()} - own
    assert names == {p.name for p in (tmp_path / "merged").iterdir()} - own
    for name in names:
        same = (tmp_path / "whole" / name, tmp_path / "merged" / name)
        assert same[0].read_bytes() == same[1].read_bytes(), name
    capsys.readouterr()
    for given, said in (
        ([*words, "shard=3/2"], "shard=3/2: expected NUMBER/COUNT"),
        (["merge"], "mmdrp merge needs the parts"),
        (["merge", parts[0]], "of 2 shards 1 are missing: 2"),
        (["merge", f"{tmp_path}/whole"], "is no part of a work"),
    ):
        assert mmdrp(*given, f"out={tmp_path}/bad") == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert said in line
        assert len(line) <= 200
        assert not (tmp_path / "bad").exists()
