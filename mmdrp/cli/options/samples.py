"""Samples of ``mmdrp predict``: a folder, or files by modality."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.errors import MmdrpError


def check_samples(cfg: DictConfig) -> None:
    """Raise MmdrpError where there are none, both kinds, or a file that is not there."""
    if (cfg.data is None) == (not cfg.samples):
        raise MmdrpError("predict: give samples as data=FOLDER, or by file: expression=FILE ...")
    for name, path in cfg.samples.items():
        if not isinstance(path, str) or not Path(path).is_file():
            raise MmdrpError(f"{name}={path}: there is no such file")
