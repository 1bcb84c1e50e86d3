"""``mmdrp evaluate across=[A,B]``."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of
from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.data.ingest.named import load_study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.across.evaluating import evaluate_across
from mmdrp.evaluation.evaluating import baseline_parts
from mmdrp.training.model import ResponseModel

FETCHED = "gdsc"
"""a study that is downloaded where it is not there"""


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    config = plain_of(cfg, without=("out",))
    names = config["across"]
    if not isinstance(names, list) or not all(isinstance(n, str) and n for n in names):
        raise MmdrpError(f"across={str(names)[:60]}: give a list, such as across=[gdsc,ctrpv2]")
    if len(set(names)) < 2:
        raise MmdrpError("across: give at least two studies, such as across=[gdsc,ctrpv2]")
    baseline_parts(config.get("baseline") or {})
    check_keywords(cfg, evaluate_across)


def run(cfg: DictConfig, out: Path) -> Done:
    """Write the matrix and every fold, and show what they come to."""
    config = plain_of(cfg)
    names = list(dict.fromkeys(config["across"]))
    # What may have to be fetched comes last: a name that is wrong is said before.
    opened = {n: load_study(n, config["data_dir"]) for n in sorted(names, key=FETCHED.__eq__)}
    studies = {}
    for name in names:
        label = Path(name).name
        studies[label if label not in studies else name] = opened[name]
    model = ResponseModel(modalities=["expression"], net=False)
    report = evaluate_across(
        model, studies, baselines=config.get("baseline") or {}, **keywords(cfg, evaluate_across)
    )
    report.write(out)
    for metric in ("r", "rho"):
        show(f"{metric} within drug, sources in rows, targets in columns (diagonal: own folds)")
        show(report.matrix(metric).round(3).to_string())
    show("Each model beside the target's own on equal rows")
    show(report.table())
    show("Notes", [*report.compared(), *report.rule.split("; ")])
    made = figures.of_across(report)
    return Done("Every fold, pairs, ceilings, drugs, the matrix and its picture", made)
