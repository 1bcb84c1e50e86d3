"""``mmdrp train``: one study, one response, one fold, one checkpoint."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli import tracking, variants
from mmdrp.cli.config import plain_of, spec_of_config, study_of_config
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.cli.table import score_table, score_title
from mmdrp.evaluation.quick import trained_scores
from mmdrp.io.folder import RESUME
from mmdrp.training.fit import check_run, train
from mmdrp.training.runs import write_run


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    if cfg.get("variants"):
        variants.check_variants(cfg)
    check_run(spec_of_config(cfg))


def run(cfg: DictConfig, out: Path) -> Done:
    """Train, keep the best weights, predict validation and test, score, and say where it lies."""
    if cfg.get("variants"):  # an experiment of many trainings, such as deepdr_table1
        return Done(variants.run_variants(cfg, out))
    spec, study = spec_of_config(cfg), study_of_config(cfg)
    logger = tracking.logger_of(cfg, out)
    done = train(spec, study, logger=logger, resume=out / RESUME)
    if logger is None:  # a further process of the same run: the first one writes
        return Done()
    scores = trained_scores(done)
    write_run(out, done, study, plain_of(cfg), scores)
    show(score_table(scores, score_title(spec, study)))
    tracking.finish(cfg, out, logger, scores)
    return Done("Run folder", figures.of_training(spec, scores))
