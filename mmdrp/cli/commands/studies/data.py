"""``mmdrp data fetch|build|validate|manifest``: make a study, check one, describe your own."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.options.data import check_action, study_of
from mmdrp.cli.options.portal import fetched
from mmdrp.cli.screen import show
from mmdrp.data.study.manifest import NAME
from mmdrp.io.marker import MARKER
from mmdrp.io.sums import check_folder
from mmdrp.io.text import plain


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_action(cfg)


def run(cfg: DictConfig, _: Path) -> None:
    """Make, check or describe a study folder and say what is in it; check a folder of results."""
    if cfg.portal is not None:
        show(*fetched(cfg))
        return
    root = Path(cfg.path or cfg.study.path)
    if cfg.action == "validate" and not (root / NAME).is_file() and (root / MARKER).is_file():
        show(f"{root}: {check_folder(root)} files are as they were written")
        return
    study = study_of(cfg, root)
    notes = [f"note: {note}" for note in study.manifest.notes]
    show(plain(f"Study {study.name} in {study.root}"), [*study.validate(), *notes])
