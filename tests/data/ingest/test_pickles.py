"""Pickles from elsewhere: tables and tensors come through, nothing in them runs."""

import collections
import io
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from mmdrp.data.ingest.gdsc import pickles
from mmdrp.errors import MmdrpError

PLAIN = {
    "A549": [0.5, -1.25, 3.0],
    "β": (1, None, True, "x", b"raw"),
    "nested": {"deep": [[], {}]},
}


class Call:
    """Pickles as a call that unpickling would make."""

    def __init__(self, call: Callable[..., Any], *args: Any) -> None:
        self.reduced = (call, args)

    def __reduce__(self) -> Any:
        return self.reduced


def refusal(raw: bytes) -> str:
    with pytest.raises(MmdrpError) as caught:
        pickles.load(raw, "lines.pkl")
    said = str(caught.value)
    assert said.startswith("lines.pkl: ")
    assert "\n" not in said
    return said


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_plain_containers_come_through(protocol: int) -> None:
    assert pickles.load(pickle.dumps(PLAIN, protocol), "lines.pkl") == PLAIN
    ordered = collections.OrderedDict(b=1, a=2)
    found = pickles.load(pickle.dumps(ordered, protocol), "lines.pkl")
    assert list(found.items()) == [("b", 1), ("a", 2)]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.bool])
@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_tensors_come_through(dtype: torch.dtype, protocol: int) -> None:
    whole = (torch.arange(12).reshape(3, 4) - 5).to(dtype)
    tables = {"whole": whole, "part": whole[1:, ::2], "turned": whole.T, "none": whole[:0]}
    found = pickles.load(pickle.dumps(tables, protocol), "lines.pkl")
    for name, table in tables.items():
        assert isinstance(found[name], Tensor)
        assert found[name].dtype == dtype
        assert torch.equal(found[name], table)


@pytest.mark.parametrize(
    ("evil", "name"),
    [
        (Call(os.system, "touch ran"), f"{os.system.__module__}.system"),
        (Call(eval, "open('ran', 'w')"), "builtins.eval"),
        (Call(exec, "open('ran', 'w')"), "builtins.exec"),
        (Call(__import__, "os"), "builtins.__import__"),
        (Call(getattr, "x", "upper"), "builtins.getattr"),
        (Call(torch.load, "ran"), "torch.serialization.load"),
        (np.arange(3), "numpy"),
        (torch.nn.Parameter(torch.ones(2)), "torch._utils._rebuild_parameter"),
        (Path("ran"), "pathlib"),
    ],
)
def test_anything_else_is_refused_by_name(
    evil: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for wrapped in (evil, {"A549": [1.0, evil]}):
        said = refusal(pickle.dumps(wrapped))
        assert name in said
        assert "not allowed" in said
    assert not (tmp_path / "ran").exists()


def test_a_call_hidden_in_a_tensors_storage_does_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    hidden = io.BytesIO()
    torch.save(Call(os.system, "touch ran"), hidden)
    for inner in (hidden.getvalue(), pickle.dumps(Call(os.system, "touch ran"))):
        refusal(pickle.dumps(Call(torch.storage._load_from_bytes, inner)))
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("table", [PLAIN, {"A549": torch.arange(4.0)}], ids=["plain", "tensor"])
def test_every_truncation_is_told_in_one_line(table: Any) -> None:
    raw = pickle.dumps(table)
    for size in range(0, len(raw), max(1, len(raw) // 60)):
        refusal(raw[:size])


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.integers(0, 255))
def test_damage_is_read_or_told(where: int, byte: int) -> None:
    raw = bytearray(pickle.dumps({"A549": torch.arange(4.0), "x": [1, "a"]}))
    raw[where % len(raw)] = byte
    try:
        pickles.load(bytes(raw), "lines.pkl")
    except MmdrpError as error:
        assert "\n" not in str(error)


def test_other_bytes_are_no_pickle() -> None:
    for raw in (b"", b"cell,x\nA549,1\n", bytes(range(256))):
        assert "pickle" in refusal(raw)
