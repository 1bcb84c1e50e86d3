"""The main figures of results, by name: what ``--json`` holds of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from mmdrp.attribution import AttributionResult
    from mmdrp.data.study import Study
    from mmdrp.evaluation.across.report import AcrossReport
    from mmdrp.evaluation.clinical.report import ClinicalReport
    from mmdrp.evaluation.report import EvaluationReport
    from mmdrp.experiments.tuning.result import TuneResult
    from mmdrp.prediction.predict import FolderPredictions
    from mmdrp.training.pretraining.encoders import Encoders
    from mmdrp.training.spec import Spec
    from mmdrp.tumours import Associations, Enrichment, Extremes

TOP = 5
"""features of a drug, tests, genes and terms that are listed"""
Figures = Mapping[str, Any]


def of_study(study: "Study") -> Figures:
    """Return the study's name and the size of its tables."""
    return {
        "study": study.name, "folder": str(study.root), "lines": len(study.cells),
        "drugs": len(study.drugs), "measures": {m: study.unit(m) for m in study.measures},
        "modalities": {
            name: {"lines": len(table.ids), "features": table.dim}
            for name, table in ((name, study.modality(name)) for name in study.modalities)
        },
        "notes": list(study.manifest.notes),
    }  # fmt: skip


def of_training(spec: "Spec", scores: Mapping[str, Mapping[str, float]]) -> Figures:
    """Return the test scores of a run, and of which fold they are."""
    return {"fold": spec.split.number, "split": spec.split.label, "scores": scores}


def of_predictions(done: "FolderPredictions") -> Figures:
    """Return how much was predicted, and of what."""
    return {
        "samples": len(done.samples), "drugs": len(done.drugs), "response": done.label,
        "unit": done.info.unit, "higher": done.info.higher,
    }  # fmt: skip


def of_evaluation(report: "EvaluationReport") -> Figures:
    """Return mean scores of each model, paired differences in MSE, and counts of leaks."""
    gaps = report.differences
    return {
        "over": str(report.over), "scores": report.metrics, "level": report.level,
        "differences": gaps[gaps["metric"] == "mse"] if len(gaps) else [],
        "leakage": report.leak_counts,
    }  # fmt: skip


def of_clinical(report: "ClinicalReport") -> Figures:
    """Return the scores of each treatment, and what they come to."""
    return {
        "scores": report.scores, "survival": report.survival, "left_out": len(report.left_out),
        "notes": report.notes, "verdict": report.verdict,
    }  # fmt: skip


def of_across(report: "AcrossReport") -> Figures:
    """Return both correlations of each source and target, what is lost, and the ceiling."""
    pairs = {m: report.matrix(m).rename_axis("source").reset_index() for m in ("r", "rho")}
    return {**pairs, "drop": report.drop, "ceiling": report.ceiling, "rule": report.rule}


def of_attribution(result: "AttributionResult") -> Figures:
    """Return the strongest features of each drug."""
    best = result.biomarkers
    chosen = [c for c in ("feature", "source", "direction", "importance", "q") if c in best]
    return {
        "method": result.method, "unit": result.unit, "drugs": len(result.drugs),
        "features": {
            result.titles[drug]: best.loc[best["drug"] == drug, chosen].head(TOP)
            for drug in result.drugs
        },
    }  # fmt: skip


def of_encoders(encoders: "Encoders") -> Figures:
    """Return what was learned of each modality."""
    return {"encoders": encoders.summary.reset_index()}


def of_search(result: "TuneResult") -> Figures:
    """Return the best options, their value, and how the trials ended."""
    return {
        "metric": result.metric, "best_value": result.best_value, "best": result.best,
        "trials": result.trials["state"].value_counts(), "importances": result.importances,
    }  # fmt: skip


def of_associations(found: "Associations") -> Figures:
    """Return counts of tests per cancer type, the strongest, and verdicts on known targets."""
    return {
        "summary": found.summary, "strongest": found.significant.head(TOP),
        "known_targets": found.targets["verdict"].value_counts(),
    }  # fmt: skip


def of_extremes(extremes: "Extremes", found: "Enrichment | None") -> Figures:
    """Return the sizes of both groups, cancer types, mutations and terms that differ most."""
    return {
        "drug": extremes.drug, "groups": extremes.labels.value_counts(),
        "types": extremes.types.head(TOP), "mutations": extremes.mutations.head(TOP),
        "enrichment": of_enrichment(found),
    }  # fmt: skip


def of_enrichment(found: "Enrichment | None") -> Figures:
    """Return how many terms were tested, and those under the limit."""
    if found is None:
        return {}
    terms: pd.DataFrame = found.significant
    return {"terms": len(found.table), "significant": len(terms), "strongest": terms.head(TOP)}
