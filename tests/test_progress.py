"""Bars off a terminal are lines, or nothing; none is left dead before the next message."""

import sys

import pytest

from mmdrp import progress
from mmdrp.progress import bar


def test_a_short_loop_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert list(bar(range(5), "steps")) == [0, 1, 2, 3, 4]
    print("next", file=sys.stderr)
    assert capsys.readouterr().err == "next\n"


def test_a_long_one_says_whole_lines(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "EVERY", 1e-9)
    list(bar(range(5), "steps"))
    print("next", file=sys.stderr)
    said = capsys.readouterr().err
    assert "\r" not in said
    *lines, last, empty = said.split("\n")
    assert (last, empty) == ("next", "")
    assert lines
    assert all(line.startswith("steps:") for line in lines)
