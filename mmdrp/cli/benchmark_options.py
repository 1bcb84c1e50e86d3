"""Options of ``mmdrp attribute benchmark``, refused before a folder is made."""

from pathlib import Path

from omegaconf import DictConfig, ListConfig

from mmdrp.errors import MmdrpError

METHODS = ("attribution", "correlation", "ridge", "forest")
"""what may stand beside the model"""


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    if not isinstance(cfg.methods, ListConfig):
        raise MmdrpError(f"methods={cfg.methods}: give a list, such as methods=[correlation,ridge]")
    for name in cfg.methods:
        if name not in METHODS:
            raise MmdrpError(f"methods: no {name!r}; there are: {', '.join(METHODS)}")
    if cfg.noise <= 0:
        raise MmdrpError(f"noise={cfg.noise}: give a number above 0, such as 32")
    for key in ("least", "trees"):
        if cfg[key] < 1:
            raise MmdrpError(f"{key}={cfg[key]}: give at least 1")
    if cfg.markers is not None and not Path(str(cfg.markers)).is_file():
        raise MmdrpError(f"markers={cfg.markers}: there is no such file")
