"""A checkpoint made into a network again: no data, no configuration files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from omegaconf import DictConfig, OmegaConf

from mmdrp.errors import MmdrpError
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale
from mmdrp.parts import guess_of, network_of, scaler_of

SPEC_FORMAT = 1


@dataclass(frozen=True)
class Restored:
    """A trained network and what it needs to be used: no data, no configuration files."""

    net: ResponseNet
    spec: dict[str, Any]

    @property
    def features(self) -> dict[str, list[str]]:
        """Return the input features of each source, by name."""
        return {name: source["features"] for name, source in self.spec["sources"].items()}

    @property
    def config(self) -> DictConfig:
        """Return the configuration that it was trained with."""
        cfg: DictConfig = OmegaConf.create(self.spec["config"])
        return cfg


def checkpoint_of(path: str | Path) -> Path:
    """Return the checkpoint that a run folder holds, or the file itself."""
    path = Path(path)
    found = path / "model.ckpt" if path.is_dir() else path
    if not found.is_file():
        raise MmdrpError(f"{found}: there is no such checkpoint; give a run folder of mmdrp train")
    return found


def restore(path: str | Path) -> Restored:
    """Load a checkpoint safely (``weights_only``): its network, ready to predict."""
    found = checkpoint_of(path)
    try:
        raw = torch.load(found, map_location="cpu", weights_only=True)
        spec: dict[str, Any] = raw["mmdrp"]
        weights = {k.removeprefix("net."): v for k, v in raw["state_dict"].items()}
    except Exception as error:  # a damaged file raises nearly anything
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise MmdrpError(f"{found}: not a checkpoint of mmdrp: {reason}") from error
    if spec.get("format") != SPEC_FORMAT:
        raise MmdrpError(f"{found}: checkpoint format {spec.get('format')}, expected {SPEC_FORMAT}")
    cfg = OmegaConf.create(spec["config"])
    scale = {
        name: scaler_of(cfg, name, len(source["features"]), source["kept"])
        for name, source in spec["sources"].items()
        if source["kept"]
    }
    axis = {name: source["axis"] for name, source in spec["sources"].items()}
    guess = guess_of(cfg, axis)
    net = network_of(cfg, axis, scale, ResponseScale(len(spec["tasks"])), guess)
    net.load_state_dict({k: v for k, v in weights.items() if not k.startswith("loss.")})
    return Restored(net.eval(), spec)
