"""Encoders learned without responses: an autoencoder's training, its file, its use as a start."""

import logging
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf, open_dict
from pytorch_lightning import LightningModule
from torch import Tensor, nn
from torch.optim import Optimizer

from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.nn.scale import Standardize

log = logging.getLogger(__name__)

FORMAT = 1
ABSENT = ("zero", "keep")
SHAPE = ("_target_", "hidden", "output_dim", "activation")
"""what of an encoder's configuration its weights depend on"""


class AutoencoderModule(LightningModule):
    """Trains an ``Autoencoder`` on rows of raw features (n, d)."""

    def __init__(self, net: Autoencoder, optimizer: Callable[..., Optimizer]) -> None:
        super().__init__()
        self.net = net
        self._optimizer = optimizer

    def training_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Return the reconstruction loss of a training batch."""
        return self._step(batch, "train")

    def validation_step(self, batch: Tensor, batch_idx: int) -> Tensor:
        """Log the reconstruction loss of held-out rows."""
        return self._step(batch, "val")

    def configure_optimizers(self) -> Optimizer:
        """Build the optimizer over all parameters."""
        return self._optimizer(self.parameters())

    def _step(self, batch: Tensor, stage: str) -> Tensor:
        loss = self.net.loss(batch)
        self.log(
            f"{stage}/loss", loss.detach(), batch_size=len(batch), on_epoch=True, on_step=False
        )
        return loss


@dataclass(frozen=True)
class Pretrained:
    """An encoder as its file holds it."""

    path: Path
    modality: str
    study: str
    features: list[str]
    """names of the columns of its first layer"""
    ids: frozenset[str]
    """the samples it has seen, validation included"""
    told: bool
    """it was made with ``held_out=true``: allowed to have seen held-out lines"""
    encoder: dict[str, Any]
    """its configuration"""
    weights: dict[str, Tensor]

    @classmethod
    def read(cls, path: Path) -> "Pretrained":
        """Read what ``write`` saved, safely (``weights_only``)."""
        if not path.is_file():
            raise MmdrpError(f"pretrained={path}: there is no such file; make it by mmdrp pretrain")
        try:
            raw = torch.load(path, map_location="cpu", weights_only=True)
            spec = raw["mmdrp_pretrain"]
            if spec["format"] != FORMAT:
                raise MmdrpError(f"{path}: format {spec['format']}, expected {FORMAT}")
            return cls(
                path, spec["modality"], spec["study"], spec["features"], frozenset(spec["ids"]),
                spec["told"], spec["encoder"], raw["encoder"],
            )  # fmt: skip
        except MmdrpError:
            raise
        except Exception as error:  # a damaged file raises nearly anything
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise MmdrpError(f"{path}: not an encoder of mmdrp pretrain: {reason}") from error


def write(path: Path, net: Autoencoder, spec: Mapping[str, Any]) -> None:
    """Save an autoencoder whole or not at all; ``spec`` has the fields of ``Pretrained``.

    Beside the encoder the file holds the decoder and the scaling of its samples.
    """
    kept = [spec["features"][int(j)] for j in net.scale.keep]
    content = {
        "mmdrp_pretrain": {**spec, "format": FORMAT, "features": kept},
        "encoder": net.encoder.state_dict(),
        "decoder": net.decoder.state_dict(),
        "scale": net.scale.state_dict(),
    }
    half = path.with_name(f".{path.name}.part")
    torch.save(content, half)
    os.replace(half, path)


def find(given: Any, modalities: Sequence[str]) -> dict[str, Pretrained]:
    """Return the encoders that ``pretrained=`` names, for those of the chosen modalities.

    ``given`` is null, a folder of mmdrp pretrain, one file, or modality -> file.
    """
    if not given:
        return {}
    if isinstance(given, (dict, DictConfig)):
        paths = {str(m): Path(str(path)) for m, path in given.items() if path and m in modalities}
        found = {m: Pretrained.read(path) for m, path in paths.items()}
    elif Path(given).is_dir():
        there = {path.stem: path for path in sorted(Path(given).glob("*.ckpt"))}
        found = {m: Pretrained.read(there[m]) for m in modalities if m in there}
        if not found:
            has = ", ".join(there) or "none"
            raise MmdrpError(
                f"pretrained={given}: holds no encoder of {', '.join(modalities)}; it has: {has}"
            )
    else:
        one = Pretrained.read(Path(given))
        found = {one.modality: one}
    for modality, one in found.items():
        if one.modality != modality or modality not in modalities:
            raise MmdrpError(
                f"pretrained: {one.path} is of {one.modality}, which is not "
                + ("among the chosen modalities" if one.modality == modality else modality)
            )
    return found


def adopt(cfg: DictConfig, given: Mapping[str, Pretrained]) -> None:
    """Let the encoders of a configuration take the shape of the files."""
    with open_dict(cfg):
        for modality, one in given.items():
            own = cfg.modality[modality].encoder
            shape = {k: one.encoder[k] for k in SHAPE if k in one.encoder}
            rest = {
                k: v for k, v in own.items() if k in one.encoder and k not in shape
            }  # dropout is a matter of training, not of shape
            cfg.modality[modality].encoder = OmegaConf.create({**one.encoder, **rest, **shape})


def refuse_held_out(given: Mapping[str, Pretrained], held: frozenset[str]) -> None:
    """Refuse encoders that saw lines of validation or test, unless they were told they may."""
    for modality, one in given.items():
        seen = sorted(one.ids & held)
        if not seen:
            continue
        what = f"{one.path.name} has seen {len(seen)} lines of validation and test ({seen[0]}, ...)"
        if not one.told:
            raise MmdrpError(
                f"pretrained: {what}; pre-train with fold_file= of this fold, or with "
                "held_out=true if that is meant"
            )
        log.warning("%s: %s, as held_out=true allowed: scores are too good", modality, what)


def warm_start(
    encoder: nn.Module, scale: Standardize, features: Sequence[str], one: Pretrained, absent: str
) -> int:
    """Copy an encoder's weights, first-layer columns by feature name; return how many matched.

    Features that it does not know get columns of zeros (``absent=zero``: the encoder computes what
    it did) or stay as initialised (``keep``).
    """
    if absent not in ABSENT:
        raise MmdrpError(f"pretrained_absent={absent}: choose {' or '.join(ABSENT)}")
    kept = [features[int(j)] for j in scale.keep]
    column = {name: j for j, name in enumerate(one.features)}
    here = [j for j, name in enumerate(kept) if name in column]
    if not here:
        raise MmdrpError(
            f"pretrained: {one.path.name} shares no feature with {one.modality} of the study "
            f"(it has {one.features[0]}, ...; the study {kept[0]}, ...)"
        )
    there = [column[kept[j]] for j in here]
    state = dict(encoder.state_dict())
    own = state["project.weight"].clone()
    if absent == "zero":
        own.zero_()
    own[:, here] = one.weights["project.weight"][:, there]
    encoder.load_state_dict({**state, **one.weights, "project.weight": own})
    log.info(
        "%s: encoder of %s (%d samples); %d of %d features of the lines are among its %d",
        one.modality, one.path.name, len(one.ids), len(here), len(kept), len(one.features),
    )  # fmt: skip
    return len(here)
