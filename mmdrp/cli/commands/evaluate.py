"""``mmdrp evaluate``: runs beside baselines."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of
from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.screen import show
from mmdrp.cli.table import difference_table, interval_table, score_table
from mmdrp.evaluation import evaluate
from mmdrp.evaluation.evaluating import baseline_parts


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, evaluate)
    baseline_parts(_baselines(cfg))


def run(cfg: DictConfig, out: Path) -> str:
    """Score, compare, write every table, and show the means over folds."""
    runs = plain_of(cfg)["run"]
    report = evaluate(runs, baselines=_baselines(cfg), **keywords(cfg, evaluate))
    report.write(out)
    folds, seeds = report.folds, report.scores["seed"].nunique()
    over = f"{folds} fold{'s' if folds > 1 else ''}" + (f", {seeds} seeds" if seeds > 1 else "")
    show(score_table(report.metrics, f"Test scores, mean over {over}"))
    if intervals := interval_table(report.metrics):
        print(intervals)
    if differences := difference_table(report.differences, cfg.level):
        show(differences)
    return "Per fold, drug, line and tissue, differences and leakage"


def _baselines(cfg: DictConfig) -> dict[str, object]:
    """Return the chosen baselines with their options; none where ``baseline=[]``."""
    return dict(plain_of(cfg, without=("out",)).get("baseline") or {})
