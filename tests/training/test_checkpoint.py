"""A checkpoint gives back the model that was saved, or is refused in one line that says why."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training.checkpoint import restore
from mmdrp.training.model import load_model
from tests.training.conftest import KINDS, Fitted

ADVICE = ("weights_only", "torch.load", "safe_globals", "pickle", "Traceback")
MUTATED = ("panel", "pairs", "graph on base")


def refused(path: Path, said: str | None = None) -> None:
    with pytest.raises(MmdrpError, match=said) as caught:
        restore(path)
    line = str(caught.value)
    assert "not a checkpoint" in line
    assert path.name in line
    assert len(line) <= 200
    assert len(line.splitlines()) == 1
    assert not [word for word in ADVICE if word in line]


@pytest.fixture(scope="module")
def written(fitted: Fitted, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    def path(kind: str) -> Path:
        file = tmp_path_factory.getbasetemp() / f"{kind.replace(' ', '_')}.ckpt"
        return file if file.is_file() else fitted(kind).save(file)

    return path


Written = Callable[[str], Path]


def read(path: Path) -> dict[str, Any]:
    """What a file holds, without its checksum: written again, it is like one that has none."""
    raw: dict[str, Any] = torch.load(path, weights_only=True)
    assert len(raw.pop("sha256")) == 64
    return raw


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_loaded_predicts_what_was_saved(
    kind: str, fitted: Fitted, written: Written, small: Study
) -> None:
    model, again = fitted(kind), load_model(written(kind))
    one, two = model.predict(small), again.predict(small)
    assert one[["cell", "drug"]].equals(two[["cell", "drug"]])
    np.testing.assert_array_equal(one["pred"], two["pred"])
    assert again.info_.plain().keys() == model.info_.plain().keys()
    assert again.spec_ == model.spec_
    assert again.train_ids_ == model.train_ids_
    assert one["pred"].std() > 0


def test_a_file_holds_names_and_no_paths_of_code(written: Written) -> None:
    raw = read(written("two stages"))
    assert raw["mmdrp"]["format"] == 2
    spec = raw["mmdrp"]["spec"]
    assert (spec["base"]["name"], spec["cell_fusion"]["name"]) == ("kernel", "mean")
    assert "mmdrp." not in str(spec)


FLAWS: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "another format": (lambda c: c["mmdrp"].update(format=9), "checkpoint format 9, expected 2"),
    "no format": (lambda c: c["mmdrp"].pop("format"), "checkpoint format None"),
    "an extra key": (lambda c: c["mmdrp"].update(more=1), "more: a checkpoint has no such key"),
    "an extra option": (lambda c: c["mmdrp"]["spec"].update(code="x"), "code: there is no such"),
    "an extra option of a part": (
        lambda c: c["mmdrp"]["spec"]["base"].update(gama=1), "base.gama: there is no such option"),
    "a missing key": (lambda c: c["mmdrp"].pop("tasks"), "tasks: is missing"),
    "a wrong type": (lambda c: c["mmdrp"].update(tasks="drug"), "tasks=drug: expected a list"),
    "an option out of range": (
        lambda c: c["mmdrp"]["spec"].update(dropout=2), "dropout=2: expected a number"),
    "an unknown part": (
        lambda c: c["mmdrp"]["spec"].update(base={"name": "mine"}),
        "base=mine: choose among: kernel, mean, mean_effects, none, ridge"),
    "a source without a spec": (
        lambda c: c["mmdrp"]["spec"]["modality"].pop("mutation"), "the spec has no such source"),
    "another drug": (lambda c: c["mmdrp"]["tasks"].append("new"), "do not fit the network"),
    "no weight": (lambda c: c["state_dict"].popitem(), "do not fit the network: Missing key"),
    "a weight too many": (
        lambda c: c["state_dict"].update(x=torch.ones(1)),
        "do not fit the network: Unexpected key"),
    "a misshapen weight": (
        lambda c: c["state_dict"].update({"net.head.0.weight": torch.ones(2, 3)}),
        "do not fit the network: size mismatch"),
    "a weight that is no number": (
        lambda c: c["state_dict"]["net.head.0.weight"].fill_(torch.nan),
        "net.head.0.weight: holds"),
    "a weight that is no tensor": (
        lambda c: c["state_dict"].update({"net.head.0.weight": [1.0]}), "is no tensor"),
    "nothing": (lambda c: c.clear(), "it has no 'mmdrp'"),
}  # fmt: skip


@pytest.mark.parametrize("flaw", FLAWS)
def test_what_does_not_fit_is_named(flaw: str, written: Written, tmp_path: Path) -> None:
    change, said = FLAWS[flaw]
    raw = read(written("panel"))
    change(raw)
    torch.save(raw, tmp_path / "x.ckpt")
    refused(tmp_path / "x.ckpt", said)


class Harm:
    """What a pickle may hold: code that runs when it is read."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.target}",)


def test_files_of_other_kinds_run_nothing_and_are_refused(written: Written, tmp_path: Path) -> None:
    path, target = tmp_path / "x.ckpt", tmp_path / "harm"
    whole = written("panel").read_bytes()
    contents = {
        "text": b"a: 1\n", "empty": b"", "pickle": pickle.dumps(Harm(target)),
        "half": whole[: len(whole) // 2], "no head": whole[100:], "zip": whole[:4] + bytes(100),
    }  # fmt: skip
    for content in contents.values():
        path.write_bytes(content)
        refused(path, "damaged, or written by something else")
    raw = read(written("panel"))
    for place in (raw["mmdrp"], raw["state_dict"], raw["mmdrp"]["spec"]["base"]):
        place["harm"] = Harm(target)
        torch.save(raw, path)
        refused(path)
        del place["harm"]
    assert not target.exists()
    with pytest.raises(MmdrpError, match="there is no such checkpoint"):
        restore(tmp_path / "absent.ckpt")


def test_a_changed_value_is_refused_by_the_checksum(written: Written, tmp_path: Path) -> None:
    path = tmp_path / "x.ckpt"
    changes: list[Callable[[dict[str, Any]], Any]] = [
        lambda c: c["state_dict"]["net.head.0.weight"].view(-1)[3:4].mul_(1.0001),
        lambda c: c["mmdrp"].update(unit="uM"),
        lambda c: c["mmdrp"]["tasks"].reverse(),
    ]
    for change in changes:
        raw: dict[str, Any] = torch.load(written("panel"), weights_only=True)
        change(raw)
        torch.save(raw, path)
        refused(path, "damaged, or written by something else")
        del raw["sha256"]  # an earlier version wrote none: what it holds is believed
        torch.save(raw, path)
        restore(path)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_flipped_bytes_are_refused_or_change_nothing(
    data: st.DataObject, written: Written, fitted: Fitted, small: Study, tmp_path: Path
) -> None:
    whole = bytearray(written("panel").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] ^= data.draw(st.integers(1, 255))
    path = tmp_path / "x.ckpt"
    path.write_bytes(whole)
    try:
        model = load_model(path)
    except MmdrpError as error:
        said = str(error)
    else:
        pred = model.predict(small)["pred"]
        np.testing.assert_allclose(pred, fitted("panel").predict(small)["pred"], rtol=1e-5)
        return
    assert not [word for word in ADVICE if word in said]


@pytest.mark.parametrize("option", ["fusion", "base", "loss", "split", "lines", "dropout"])
@pytest.mark.parametrize("size", [0, 1, 2])
def test_a_tensor_is_no_option(option: str, size: int, written: Written, tmp_path: Path) -> None:
    raw = read(written("pairs"))
    raw["mmdrp"]["spec"][option] = torch.zeros(size)
    torch.save(raw, path := tmp_path / "x.ckpt")
    with pytest.raises(MmdrpError, match=f"{option}: Tensor is no option's value"):
        load_model(path)


PLAIN = (
    st.none() | st.booleans() | st.integers(-3, 300) | st.sampled_from([10**15, -(10**15)])
    | st.floats() | st.text(max_size=5) | st.sampled_from(["mlp", "graph", "drug", "by_pair"])
    | st.lists(st.integers(-3, 9) | st.text(max_size=3), max_size=3)
    | st.dictionaries(st.text(max_size=3) | st.integers(), st.integers() | st.text(), max_size=2)
    | st.builds(lambda n: torch.zeros(n), st.integers(0, 3))
)  # fmt: skip


@pytest.mark.parametrize("kind", MUTATED)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_of_what_it_knows_is_accepted_or_refused_in_one_line(
    kind: str, data: st.DataObject, written: Written, tmp_path: Path
) -> None:
    raw = read(written(kind))
    place: Any = raw["mmdrp"]
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        key = data.draw(st.sampled_from(keys))
        inner = place[key]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.integers(0, 3)) == 0:
            break
        place = inner
    how = data.draw(st.sampled_from(["replace", "remove", "add"]))
    if how == "remove":
        del place[key]
    elif how == "add" and isinstance(place, dict):
        place[data.draw(st.text(max_size=3) | st.integers())] = data.draw(PLAIN)
    else:
        place[key] = data.draw(PLAIN)
    path = tmp_path / "x.ckpt"
    torch.save(raw, path)
    try:
        load_model(path)
    except MmdrpError as error:
        assert len(str(error).splitlines()) == 1  # noqa: PT017
