"""``mmdrp data fetch|build|validate|manifest``: make a study, check one, describe your own."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.options.data import check_action, next_of, study_of
from mmdrp.cli.options.portal import fetched
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.data.study.manifest import NAME
from mmdrp.io.marker import MARKER
from mmdrp.io.sums import check_folder
from mmdrp.io.text import plain


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_action(cfg)


def run(cfg: DictConfig, _: Path) -> Done:
    """Make, check or describe a study folder and say what is in it; check a folder of results."""
    if cfg.portal is not None:
        text, rows = fetched(cfg)
        show(text, rows)
        return Done(figures={"said": [text, *rows]})
    root = Path(cfg.path or cfg.study.path)
    if cfg.action == "validate" and not (root / NAME).is_file() and (root / MARKER).is_file():
        count = check_folder(root)
        show(f"{root}: {count} files are as they were written")
        return Done(figures={"checked": count}, out=root)
    study = study_of(cfg, root)
    notes = [f"note: {note}" for note in study.manifest.notes]
    show(plain(f"Study {study.name} in {study.root}"), [*study.validate(), *notes])
    return Done(figures=figures.of_study(study), out=root, follows=next_of(cfg, root))
