"""``mmdrp runs``: the runs of a folder, as a table or as JSON."""

import json
from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done
from mmdrp.cli.screen import show
from mmdrp.cli.table import as_json, run_table
from mmdrp.evaluation.catalogue.listing import list_runs


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, list_runs)


def run(cfg: DictConfig, _: Path) -> Done:
    """Show what lies in the folder."""
    frame = list_runs(**keywords(cfg, list_runs))
    show(as_json(frame) if cfg.json else run_table(frame, cfg.folder))
    return Done(figures={"runs": json.loads(as_json(frame))})
