"""Tables of scores as text for the screen."""

from collections.abc import Mapping

import pandas as pd

from mmdrp.io.text import columns, padded, plain

COLUMNS = {
    "mse": "MSE",
    "rmse": "RMSE",
    "pearson": "r",
    "pearson_per_drug": "r per drug",
    "spearman_per_drug": "rho per drug",
    "pearson_normalised": "r normalised",
}
INTERVAL = {
    "coverage": "coverage %", "width": "width", "interval_score": "score", "crps": "CRPS",
}  # fmt: skip


def score_table(scores: Mapping[str, Mapping[str, float]], title: str) -> str:
    """Return the title and one row per model; ``scores`` is model -> metric -> value.

    >>> print(score_table({"ridge": dict.fromkeys(COLUMNS, 0.5)}, "Test scores"))
    Test scores
                               MSE          RMSE             r    r per drug  rho per drug ...
      ridge                 0.5000        0.5000        0.5000        0.5000        0.5000 ...
    """
    width = max([14, *(columns(plain(model)) + 1 for model in scores)])
    rows = [title, f"  {'':<{width}}" + "".join(f"{label:>14}" for label in COLUMNS.values())]
    for model, values in scores.items():
        cells = "".join(f"{values[key]:>14.4f}" for key in COLUMNS)
        rows.append(f"  {padded(plain(model), width)}{cells}")
    return "\n".join(rows)


def interval_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Return a row per model that has intervals; "" where none has.

    >>> print(interval_table({"a": dict.fromkeys(INTERVAL, 0.5), "b": {}}))
    Intervals of 90 %
                          coverage %         width         score          CRPS
      a                       0.5000        0.5000        0.5000        0.5000
    """
    rows = {m: v for m, v in scores.items() if all(key in v for key in INTERVAL)}
    if not rows:
        return ""
    width = max([14, *(len(model) + 1 for model in rows)])
    text = ["Intervals of 90 %"]
    text.append(f"  {'':<{width}}" + "".join(f"{label:>14}" for label in INTERVAL.values()))
    for model, values in rows.items():
        text.append(f"  {model:<{width}}" + "".join(f"{values[key]:>14.4f}" for key in INTERVAL))
    return "\n".join(text)


def difference_table(differences: pd.DataFrame, level: float) -> str:
    """Return the paired differences in MSE of the first model from every other one.

    ``differences`` are those of an EvaluationReport; "" where one fold leaves no interval.
    """
    if differences.empty:
        return ""
    first = differences["model"].iloc[0]
    rows = differences[(differences["metric"] == "mse") & (differences["model"] == first)]
    if rows["low"].isna().all():
        return ""
    text = [f"MSE, {plain(first)} minus the other, {level:.0%} interval over folds"]
    text += [
        f"  {padded(plain(row.other), 14)}{row.difference:>14.4f}  "
        f"[{row.low:.4f}, {row.high:.4f}]  p={row.p:.2g}"
        for row in rows.itertuples()
    ]
    return "\n".join(text)
