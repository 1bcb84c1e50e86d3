"""Several models attributed: their rankings averaged, and how stable they are."""

from collections.abc import Sequence

import pandas as pd

from mmdrp.attribution.result import BEST, AttributionResult
from mmdrp.attribution.stability import agreement, combined
from mmdrp.attribution.store import RANKING, Store
from mmdrp.attribution.target import TEXT
from mmdrp.errors import MmdrpError
from mmdrp.training.info import CheckpointInfo


def average(models: Sequence[AttributionResult], store: Store, stable: int) -> AttributionResult:
    """Average the rankings of several models, drug by drug, into a store.

    A feature counts as ``selected`` where it is among the ``stable`` leading ones of a model.
    """
    first = models[0]
    drugs = [d for d in first.drugs if all(d in other.drugs for other in models)]
    if not drugs:
        raise MmdrpError("model: the models share no drug that each of them can attribute")
    best, stability = [], []
    with store:
        for drug in drugs:
            tables = [model.ranking_of(drug) for model in models]
            mean = combined(tables, stable)
            stability.append({"drug": drug, "runs": len(models), **agreement(tables, stable)})
            store.add(RANKING, mean)
            best.append(mean.head(BEST).astype(TEXT))
    gaps = [model.completeness.assign(run=i) for i, model in enumerate(models)]
    return AttributionResult(
        drugs=drugs,
        names=first.names,
        method=first.method,
        steps=first.steps,
        unit=first.unit,
        higher=first.higher,
        biomarkers=pd.concat(best, ignore_index=True),
        completeness=pd.concat(gaps, ignore_index=True),
        shares=pd.concat([model.shares for model in models], ignore_index=True),
        stability=pd.DataFrame(stability),
        models=list(models),
        adds_up=first.adds_up,
        store=store,
        line_values=first.line_values,
    )


def check_alike(a: CheckpointInfo, b: CheckpointInfo) -> None:
    """Refuse models of different studies, measures or layouts: their means say nothing."""
    pairs = {
        "study": (a.study, b.study),
        "measure": (a.spec.data.measure, b.spec.data.measure),
        "layout": (a.spec.data.layout, b.spec.data.layout),
        "unit": (a.unit, b.unit),
    }
    for what, (one, two) in pairs.items():
        if one != two:
            raise MmdrpError(
                f"model: the models differ in {what} ({one}, {two}); attribute them one by one"
            )
