"""``mmdrp associate``: predicted response beside mutations, cancer types and expression."""

from collections.abc import Callable
from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli import associations, enrichment, extremes
from mmdrp.cli.associate_options import check

MODES: dict[str, Callable[[DictConfig, Path], None]] = {
    "associations": associations.run,
    "extremes": extremes.run,
    "enrichment": enrichment.run,
}


def run(cfg: DictConfig, out: Path) -> None:
    """Run one mode; each writes its tables, figures and a JSON file with the command."""
    check(cfg)
    MODES[cfg.mode](cfg, out)
