"""Checkpoints: a network's weights and all that is needed to use it, as plain containers."""

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmdrp.batch import Batch
from mmdrp.errors import MmdrpError, failures_in_one_line
from mmdrp.io.marker import check_finished
from mmdrp.io.tensors import read_tensors, write_tensors
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale
from mmdrp.training.factory import network_of, offset_of, scaler_of
from mmdrp.training.info import CheckpointInfo, SourceInfo

RENAMED = (
    ("net.", ""), ("guess.", "offset."), ("completed", "imputed_response"),
    ("known", "X_fit_"), ("_rest.", "_trunk."),
)  # fmt: skip
"""parts of weight names in checkpoints of format 1, and what they are called now"""


@dataclass(frozen=True)
class Restored:
    """A trained network and what it needs to be used: no data, no configuration files."""

    net: ResponseNet
    info: CheckpointInfo


def checkpoint_of(path: str | Path) -> Path:
    """Return the checkpoint that a run folder holds, or the file itself."""
    path = Path(path)
    file = path / "model.ckpt" if path.is_dir() else path
    if not file.is_file():
        raise MmdrpError(f"{file}: there is no such checkpoint; give a run folder of mmdrp train")
    return file


def save(path: str | Path, net: ResponseNet, info: CheckpointInfo) -> None:
    """Write a checkpoint, whole or not at all."""
    state = {f"net.{name}": value for name, value in net.state_dict().items()}
    write_tensors(path, {"state_dict": state, "mmdrp": info.plain()})


@failures_in_one_line()
def restore(path: str | Path) -> Restored:
    """Load a checkpoint safely: its network, ready to predict.

    Only plain containers and tensors are read (``weights_only``), and only registered parts are
    built. Raises MmdrpError where anything is missing, unknown, misshapen or not finite.
    """
    if Path(path).is_dir():
        check_finished(path)
    file = checkpoint_of(path)
    raw, state = load_plain(file, "a checkpoint of mmdrp", "mmdrp", "state_dict")
    try:
        info = CheckpointInfo.read(raw)
        return Restored(_network(info, state), info)
    except MmdrpError as error:
        said = " ".join(str(error).split())
        raise MmdrpError(f"{file}: not a checkpoint that can be used: {said}") from error


def load_plain(path: Path, what: str, *keys: str) -> list[dict[str, Any]]:
    """Return the dictionaries under ``keys`` of a file of tensors and plain containers."""
    try:
        raw = read_tensors(path)
    except Exception as error:  # a damaged file raises nearly anything
        # The library's own text may advise to load the file unsafely: it is not repeated.
        raise MmdrpError(f"{path}: not {what}: damaged, or written by something else") from error
    for key in keys:
        if not isinstance(raw, dict) or not isinstance(raw.get(key), dict):
            raise MmdrpError(f"{path}: not {what}: it has no {key!r}")
    return [raw[key] for key in keys]


def _network(info: CheckpointInfo, state: Mapping[str, Any]) -> ResponseNet:
    """Build the network that the weights belong to; they must fit it, and each other."""
    weights = {}
    for name, value in state.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise MmdrpError(f"{str(name)[:60]}: is no tensor")
        if value.is_floating_point() and not bool(torch.isfinite(value).all()):
            raise MmdrpError(f"{name}: holds a value that is not finite")
        for old, new in RENAMED:
            name = name.replace(old, new)
        if not name.startswith("loss."):
            weights[name] = value
    if unknown := sorted(_scaled(info).keys() - info.spec.model.sources.keys()):
        raise MmdrpError(f"sources.{unknown[0]}: the spec has no such source")
    try:
        with torch.device("meta"), warnings.catch_warnings(action="ignore"):
            # Shapes alone: what a file asks for takes no memory before the weights are seen to fit.
            _empty(info).load_state_dict(weights)
        net = _empty(info)
        net.load_state_dict(weights)
        _tried(net.eval(), info)
    except MmdrpError:
        raise
    except Exception as error:  # shapes that do not fit raise whatever the operation raises
        line = next((row.strip() for row in str(error).splitlines()[1:] if row.strip()), "")
        raise MmdrpError(f"the weights do not fit the network: {line[:120]}") from error
    return net


def _scaled(info: CheckpointInfo) -> dict[str, SourceInfo]:
    """Return the sources that the network looks at."""
    return {name: source for name, source in info.sources.items() if source.kept}


def _empty(info: CheckpointInfo) -> ResponseNet:
    """Build the network that a checkpoint describes, its weights as drawn."""
    model = info.spec.model
    axis = {name: source.axis for name, source in info.sources.items()}
    scale = {n: scaler_of(model, n, len(s.features), s.kept) for n, s in _scaled(info).items()}
    return network_of(
        model,
        axis,
        scale,
        ResponseScale(len(info.tasks)),
        offset_of(model, axis, info.spec.data.drug),
    )


@torch.inference_mode()
def _tried(net: ResponseNet, info: CheckpointInfo) -> None:
    """Predict one line that lacks everything: weights that do not fit each other show here."""
    inputs, present = {}, {}
    for name, source in info.sources.items():
        if name == "drug" and info.spec.data.drug is not None and info.spec.data.drug.graph:
            return  # a graph is no table that could stand there empty
        inputs[name] = torch.full((1, len(source.features)), torch.nan)
        present[name] = torch.zeros(1, dtype=torch.bool)
    index = {a: torch.zeros(1, dtype=torch.int64) for a in ("cell", "drug")}
    train_index = {"cell": torch.tensor([-1]), "drug": torch.zeros(1, dtype=torch.int64)}
    y = torch.full((1, len(info.tasks)), torch.nan)
    batch = Batch(inputs, present, index, train_index, y, torch.ones_like(y), index["cell"])
    pred = net(batch)
    if pred.shape != y.shape or not bool(torch.isfinite(pred).all()):
        raise MmdrpError("the weights do not fit the network: its prediction is not finite")
    outputs, drugs = 0 if net.offset is None else len(net.offset.base.mean), len(info.drugs)
    if net.offset is not None and outputs != drugs:
        raise MmdrpError(f"the base has {outputs} drugs, the checkpoint names {drugs}")
