"""``mmdrp evaluate``: runs (and drevalpy's) beside baselines, or predictions beside patients."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of
from mmdrp.cli.judged import kind_of
from mmdrp.cli.keywords import baselines_of, check_keywords, keywords
from mmdrp.cli.output import Done, done_of, figures
from mmdrp.cli.screen import show
from mmdrp.cli.table import difference_table, interval_table, score_table
from mmdrp.data.ingest.named import load_study
from mmdrp.evaluation import evaluate
from mmdrp.evaluation.evaluating import baseline_parts


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    if (judged := kind_of(cfg)) is not None:
        judged.check(cfg)
        return
    check_keywords(cfg, evaluate)
    baseline_parts(baselines_of(cfg))


def run(cfg: DictConfig, out: Path) -> Done:
    """Score, compare, write every table, and show the means over folds."""
    if (judged := kind_of(cfg)) is not None:
        return done_of(judged.run(cfg, out))
    config, options = plain_of(cfg), keywords(cfg, evaluate)
    named = config["dreval_study"]
    study = named and load_study(named, config["data_dir"])
    report = evaluate(config["run"], study, baselines=baselines_of(cfg), **options)
    report.write(out)
    show(score_table(report.metrics, f"Test scores, mean over {report.over}"))
    for table in (interval_table(report.metrics), difference_table(report.differences, cfg.level)):
        if table:
            show(table)
    return Done("Scores, differences and leakage", figures.of_evaluation(report))
