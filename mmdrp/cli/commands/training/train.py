"""``mmdrp train``: one study, one response, one fold, one checkpoint."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of, spec_of_config, study_of_config
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.io.folder import RESUME


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant, before what trains is loaded."""
    spec = spec_of_config(cfg)
    from mmdrp.cli.variants import check_variants
    from mmdrp.training.fit import check_run

    check_variants(cfg)
    check_run(spec)


def run(cfg: DictConfig, out: Path) -> Done:
    """Train, keep the best weights, predict validation and test, score, and say where it lies."""
    from mmdrp.cli import tracking, variants
    from mmdrp.cli.table import score_table, score_title
    from mmdrp.evaluation.quick import trained_scores
    from mmdrp.training import fit, runs

    if cfg.get("variants"):  # an experiment of many trainings, such as deepdr_table1
        return Done(variants.run_variants(cfg, out))
    spec, study = spec_of_config(cfg), study_of_config(cfg)
    logger = tracking.logger_of(cfg, out)
    done = fit.train(spec, study, logger=logger, resume=out / RESUME)
    if logger is None:  # a further process of the same run: the first one writes
        return Done()
    runs.write_run(out, done, study, plain_of(cfg), scores := trained_scores(done))
    show(score_table(scores, score_title(spec, study)))
    tracking.finish(cfg, out, logger, scores)
    return Done("Run folder", figures.of_training(spec, scores))
