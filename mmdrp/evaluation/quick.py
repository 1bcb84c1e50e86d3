"""A model's test predictions beside two means, without features: what ``mmdrp train`` shows."""

import pandas as pd

from mmdrp.errors import MmdrpError
from mmdrp.evaluation.metrics import effects, group_mean, scores
from mmdrp.training.fit import Trained


def quick_scores(train: pd.DataFrame, test: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Score a model beside the drug mean and the mean effects, on identical rows.

    ``train`` has the measured training rows ``cell, drug, y``; ``test`` the measured test rows
    ``cell, drug, y, pred``. Returns model (``model``, ``drug_mean``, ``mean_effects``) ->
    metric -> value; see ``mmdrp.evaluation.metrics.scores``. Raises MmdrpError where a column is
    missing or a table is empty. ``mmdrp.evaluate`` adds models that learn from features.

    >>> train = pd.DataFrame({"cell": list("ABAB"), "drug": list("xxyy"), "y": [1.0, 3, 5, 7]})
    >>> test = pd.DataFrame({"cell": ["C", "C"], "drug": ["x", "y"], "y": [2.0, 7], "pred": 4.0})
    >>> {model: values["mse"] for model, values in quick_scores(train, test).items()}
    {'model': 6.5, 'drug_mean': 0.5, 'mean_effects': 0.5}
    """
    for name, frame, extra in (("train", train, ()), ("test", test, ("pred",))):
        lacking = [c for c in ("cell", "drug", "y", *extra) if c not in frame]
        if lacking:
            raise MmdrpError(f"quick_scores: {name} has no column {lacking[0]!r}")
        if not len(frame):
            raise MmdrpError(f"quick_scores: {name} has no row")
    mean_effects = effects(train, test)
    beside = {"drug_mean": group_mean(train, test, "drug"), "mean_effects": mean_effects}
    bare = test[["cell", "drug", "y"]]  # the intervals are the model's
    return {
        "model": scores(test, mean_effects),
        **{name: scores(bare.assign(pred=pred), mean_effects) for name, pred in beside.items()},
    }


def trained_scores(done: Trained) -> dict[str, dict[str, float]]:
    """Score a training on its test rows, beside means of the very rows that it learned from."""
    table = done.predictions
    measured = done.data.measured.take(done.data.rows["train"]).frame().dropna(subset="y")
    return quick_scores(measured, table[table["part"] == "test"])
