"""Options of ``mmdrp evaluate`` and ``mmdrp data split``, refused before a folder is made."""

from omegaconf import DictConfig

from mmdrp.errors import MmdrpError


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option of ``evaluate`` that cannot be meant."""
    if not 0 < cfg.level < 1:
        raise MmdrpError(f"level={cfg.level}: choose a share between 0 and 1, such as 0.95")
    if not -1 <= cfg.duplicate <= 1:
        raise MmdrpError(f"duplicate={cfg.duplicate}: choose a correlation, such as 0.8")


def check_split(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option of ``data split`` that cannot be meant."""
    if cfg.repeats < 1:
        raise MmdrpError(f"repeats={cfg.repeats}: give at least 1")
    if cfg.inner is not None and cfg.inner < 2:
        raise MmdrpError(f"inner={cfg.inner}: give at least 2 inner folds, or leave it out")
