"""``mmdrp data split``: fold files, repeated and nested, for ``mmdrp train fold_file=...``."""

from dataclasses import replace
from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp import build
from mmdrp.cli.studies import open_study
from mmdrp.data.response import Examples
from mmdrp.data.split import Fold, Split
from mmdrp.data.study import Study
from mmdrp.examples import everything_of


def run(cfg: DictConfig, out: Path) -> None:
    """Write ``seedS/foldF.json``, and ``seedS/foldF/innerI.json`` where ``inner`` asks for it."""
    build.check(cfg)
    study = open_study(cfg.study)
    sources = build.sources_of(cfg, study, cfg.response.layout)
    examples = everything_of(cfg, study, sources)
    first: Split = instantiate(cfg.split)
    count = 0
    for seed in range(first.seed, first.seed + cfg.repeats):
        split = replace(first, seed=seed)
        folder = out / f"seed{seed}"
        folder.mkdir(exist_ok=True)
        for number in range(split.folds):
            fold = split(examples, study.cells, number, study.drugs)
            fold.write(folder / f"fold{number}.json")
            count += 1
            if cfg.inner is not None:
                nested = inner(examples, study, split, fold, cfg.inner)
                (folder / f"fold{number}").mkdir(exist_ok=True)
                for i, one in enumerate(nested):
                    one.write(folder / f"fold{number}" / f"inner{i}.json")
    print(
        f"{count} folds" + (f", each with {cfg.inner} inner ones" if cfg.inner else "") + f": {out}"
    )


def inner(examples: Examples, study: Study, split: Split, fold: Fold, folds: int) -> list[Fold]:
    """Return the folds of what is training or validation: the outer test is in none of them."""
    rest = examples.take(fold.train.mask(examples) | fold.validation.mask(examples))
    nested = replace(split, folds=folds)
    return [nested(rest, study.cells, i, study.drugs) for i in range(folds)]
