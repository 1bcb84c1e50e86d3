"""Options of ``drug=``, tried before ``mmdrp train`` makes a folder."""

from hydra.utils import instantiate
from omegaconf import DictConfig


def check(cfg: DictConfig) -> None:
    """Build the drug's featuriser and encoder once, small: each refuses what it cannot be."""
    if cfg.response.layout != "by_pair":
        return
    for part in ("fingerprint", "graph", "structure"):
        if part in cfg.drug:
            instantiate(cfg.drug[part])
    instantiate(cfg.drug.encoder, input_dim=(1, 1) if "graph" in cfg.drug else 1)
