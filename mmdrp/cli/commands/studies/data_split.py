"""``mmdrp data split``: fold files, repeated and nested, for ``mmdrp train fold_file=...``."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import spec_of_config, study_of_config
from mmdrp.cli.keywords import check_keywords
from mmdrp.cli.output import Done
from mmdrp.cli.tracking import check_logger
from mmdrp.evaluation import make_folds
from mmdrp.training.build import check_split

NOT_OURS = ("split", "measure", "layout", "lines")
"""options of ``make_folds`` that the configuration of a training says in its own way"""


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_split(spec_of_config(cfg))
    check_logger(cfg)
    check_keywords(cfg, make_folds, skip=NOT_OURS)


def run(cfg: DictConfig, out: Path) -> Done:
    """Write ``seedS/foldF.json``, and ``seedS/foldF/innerI.json`` where ``inner`` asks for it."""
    spec = spec_of_config(cfg)
    folds = make_folds(
        study_of_config(cfg), spec.split.split, measure=spec.data.measure, layout=spec.data.layout,
        lines=spec.data.lines, repeats=cfg.repeats, inner=cfg.inner,
    )  # fmt: skip
    for name, fold in folds.items():
        path = out / f"{name}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        fold.write(path)
    outer = sum("/inner" not in name for name in folds)
    nested = f", each with {cfg.inner} inner ones" if cfg.inner else ""
    return Done(f"{outer} folds{nested}", {"folds": list(folds)})
