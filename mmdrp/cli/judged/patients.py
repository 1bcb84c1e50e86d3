"""``mmdrp evaluate clinical=TABLE``."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of
from mmdrp.cli.keywords import check_files, check_keywords, keywords
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.clinical.evaluating import evaluate_clinical
from mmdrp.evaluation.clinical.predicted import predict_patients

SKIP = ("predictions", "patients")


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, evaluate_clinical, skip=SKIP)
    check_files(cfg, "clinical", "predictions", "data")
    if cfg.predictions is not None and cfg.run is not None:
        raise MmdrpError("evaluate: give predictions=, or run= and the patients' omics, not both")
    if cfg.predictions is None and cfg.run is None:
        raise MmdrpError(
            "evaluate clinical=...: give predictions=FOLDER of mmdrp predict, or run=RUN and omics "
            "(data=FOLDER or expression=FILE)"
        )
    if cfg.run is not None and (cfg.data is None) == (not cfg.samples):
        raise MmdrpError("evaluate: give omics as data=FOLDER, or by file: expression=FILE ...")


def run(cfg: DictConfig, out: Path) -> Done:
    """Write the tables, and show them, what was left out, and what it comes to."""
    given: Any = cfg.predictions
    if given is None:
        omics = cfg.data or plain_of(cfg, without=("out",))["samples"]
        given = predict_patients(cfg.run, omics, **keywords(cfg, predict_patients, ("run", "data")))
    report = evaluate_clinical(given, cfg.clinical, **keywords(cfg, evaluate_clinical, skip=SKIP))
    report.write(out)
    show(report.table())
    show("Notes", report.notes)
    show(report.verdict)
    return Done("Per drug, what was left out, and notes", figures.of_clinical(report))
