"""``mmdrp runs compare``: what differs between two runs."""

import json
from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done
from mmdrp.cli.screen import show
from mmdrp.cli.table import as_json, comparison_table
from mmdrp.evaluation.catalogue.comparing import compare_runs


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, compare_runs)


def run(cfg: DictConfig, _: Path) -> Done:
    """Show options, data and scores side by side."""
    frame = compare_runs(**keywords(cfg, compare_runs))
    show(as_json(frame) if cfg.json else comparison_table(frame))
    return Done(figures={"differences": json.loads(as_json(frame))})
