"""An encoder learned without responses: features, weights and samples, in memory and on file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.io.tensors import write_tensors
from mmdrp.options import check
from mmdrp.registry import Part, build, part
from mmdrp.training.checkpoint import load_plain
from mmdrp.training.legacy import upgraded

FORMAT = 2
State = Mapping[str, Tensor]


@dataclass(frozen=True, eq=False)
class Pretrained:
    """An encoder of one modality, and what it learned from."""

    modality: str
    study: str
    features: list[str]
    """names of the columns of its first layer"""
    ids: frozenset[str]
    """the samples it has seen, validation included"""
    held_out_allowed: bool
    """it was made with ``held_out=True``: allowed to have seen held-out lines"""
    encoder: Part
    """its name and options"""
    weights: State
    decoder: State = field(repr=False)
    scale: State = field(repr=False)
    """weights of the other half of the autoencoder, and the scaling of its samples"""
    path: Path | None = None
    """its file; None: it is in memory only"""
    losses: pd.DataFrame | None = field(default=None, repr=False)
    """``epoch, train, validation, modality``; None where it was read from a file"""
    summary: Mapping[str, Any] | None = field(default=None, repr=False)
    """samples, features, epochs, best_epoch, validation_loss, mean_loss, seconds"""

    @property
    def name(self) -> str:
        """Return its file's name, or what else to call it."""
        return f"the encoder of {self.modality}" if self.path is None else self.path.name

    def save(self, path: str | Path) -> None:
        """Write its file, whole or not at all."""
        spec = {
            "format": FORMAT, "modality": self.modality, "study": self.study,
            "features": list(self.features), "ids": sorted(self.ids),
            "held_out_allowed": self.held_out_allowed, "encoder": self.encoder.plain(),
        }  # fmt: skip
        content = {
            "mmdrp_pretrain": spec, "encoder": dict(self.weights), "decoder": dict(self.decoder),
            "scale": dict(self.scale),
        }  # fmt: skip
        write_tensors(path, content)

    @classmethod
    def read(cls, path: str | Path) -> "Pretrained":
        """Read what ``save`` wrote, safely: plain containers, tensors, a registered encoder."""
        path = Path(path)
        if not path.is_file():
            raise MmdrpError(f"pretrained={path}: there is no such file; make it by mmdrp pretrain")
        spec, *states = load_plain(
            path, "an encoder of mmdrp pretrain", "mmdrp_pretrain", "encoder", "decoder", "scale"
        )
        try:
            return cls._read(path, spec, states)
        except MmdrpError as error:
            raise MmdrpError(f"{path}: not an encoder that can be used: {error}") from error

    @classmethod
    def _read(cls, path: Path, spec: dict[str, Any], states: list[dict[str, Any]]) -> "Pretrained":
        if spec.get("format") not in (1, FORMAT):
            raise MmdrpError(f"format {str(spec.get('format'))[:20]}, expected {FORMAT}")
        allowed = spec.get("held_out_allowed", spec.get("told"))  # told: format 1
        fields = {"modality": str, "study": str, "features": list[str], "ids": list[str]}
        for name, hint in fields.items():
            check(spec.get(name), hint, name)
        check(allowed, bool, "held_out_allowed")
        config = spec.get("encoder")
        if not isinstance(config, Mapping):
            raise MmdrpError("encoder: expected its name and options")
        for state in states:
            for name, value in state.items():
                if not isinstance(value, Tensor) or not bool(torch.isfinite(value).all()):
                    raise MmdrpError(f"{str(name)[:60]}: is no tensor, or not finite")
        encoder = part("encoder", upgraded({"encoder": config})["encoder"])
        # _rest: format 1
        weights = {name.replace("_rest.", "_trunk."): value for name, value in states[0].items()}
        features, ids = list(spec["features"]), frozenset(spec["ids"])
        _check_weights(encoder, len(features), weights)
        return cls(
            spec["modality"], spec["study"], features, ids, bool(allowed), encoder, weights,
            states[1], states[2], path,
        )  # fmt: skip


def _check_weights(encoder: Part, features: int, weights: State) -> None:
    """Refuse weights that are missing, too many or misshapen for the encoder they come with."""
    try:
        with torch.random.fork_rng():  # looking at a file must not change what is drawn next
            build("encoder", encoder, input_dim=features).load_state_dict(dict(weights))
    except RuntimeError as error:
        line = next((row.strip() for row in str(error).splitlines()[1:] if row.strip()), "")
        raise MmdrpError(f"the weights do not fit the encoder: {line[:120]}") from error
