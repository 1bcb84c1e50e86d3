"""Tables of scores, runs and differences as text for the screen, or as JSON."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from mmdrp.data.study import Study
from mmdrp.io.text import columns, padded, plain, short

if TYPE_CHECKING:  # `mmdrp runs` makes tables, too, and needs no torch
    from mmdrp.training.spec import Spec

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

SHOWN = {
    "run": "run", "command": "command", "state": "state", "started": "started",
    "modality": "modalities", "base": "base", "fold": "fold", "seed": "seed", "mse": "MSE",
    "pearson_per_drug": "r per drug",
}  # fmt: skip
WIDEST = 40


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


def score_title(spec: "Spec", study: Study) -> str:
    """Return what the scores of a run are of: fold, split, measure and unit."""
    split, measure = spec.split, spec.data.measure
    drawn = split.label if split.fold_file else f"split={split.split.name}"
    return f"Test scores, fold {split.number} ({drawn}), {measure} in {study.unit(measure)}"


def interval_table(scores: Mapping[str, Mapping[str, float]]) -> str:
    """Return a row per model that has intervals; "" where none has.

    >>> print(interval_table({"a": dict.fromkeys(INTERVAL, 0.5), "b": {}}))
    Intervals of 90 %
                          coverage %         width         score          CRPS
      a                          0.5        0.5000        0.5000        0.5000
    """
    rows = {m: v for m, v in scores.items() if all(key in v for key in INTERVAL)}
    if not rows:
        return ""
    width = max([14, *(len(model) + 1 for model in rows)])
    text = ["Intervals of 90 %"]
    text.append(f"  {'':<{width}}" + "".join(f"{label:>14}" for label in INTERVAL.values()))
    for model, values in rows.items():
        cells = (f"{values[key]:>14.{1 if key == 'coverage' else 4}f}" for key in INTERVAL)
        text.append(f"  {padded(plain(model), width)}" + "".join(cells))
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


def run_table(frame: pd.DataFrame, folder: str) -> str:
    """Return one row per run; what failed, and why, below."""
    if frame.empty:
        return f"{folder}: no run"
    head = list(SHOWN.values())
    rows = [[_value(row[name]) for name in SHOWN] for row in frame.to_dict("records")]
    text = _aligned([head, *rows])
    text += [f"{row['run']}: {row['why']}" for row in frame.to_dict("records") if row["why"]]
    count = frame["state"].value_counts()
    text.append(", ".join(f"{n} {state}" for state, n in count.items()))
    return "\n".join(text)


def comparison_table(frame: pd.DataFrame) -> str:
    """Return one row per difference, by kind."""
    rows = [["", "a", "b", "b - a"]]
    for kind, group in frame.groupby("kind", sort=False):
        rows.append([f"{kind}s" if kind != "data" else "data", "", "", ""])
        for row in group.to_dict("records"):
            rows.append([f"  {row['name']}", *(_value(row[k]) for k in ("a", "b", "difference"))])
    lines = _aligned(rows)
    differs = frame.loc[(frame["kind"] == "data") & frame["name"].isin(["measure", "unit"]), "name"]
    if len(differs):
        lines.append(f"no differences of scores: another {' and '.join(differs)} of response")
    return "\n".join(lines)


def as_json(frame: pd.DataFrame) -> str:
    """Return a frame's rows as a JSON list of objects; what is missing is null."""
    rows = [
        {name: None if _missing(value) else value for name, value in row.items()}
        for row in frame.to_dict("records")
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False, default=str)


def _value(value: Any) -> str:
    if _missing(value):
        return "-"
    fraction = isinstance(value, float) and not value.is_integer()
    text = (
        f"{value:.4f}" if fraction else plain(f"{value:g}" if isinstance(value, float) else value)
    )
    # The end of a path says more than its beginning.
    return text if columns(text) <= WIDEST else f"...{text[3 - WIDEST:]}" if "/" in text else (
        short(text, WIDEST)
    )  # fmt: skip


def _missing(value: Any) -> bool:
    return value is None or value == "" or (isinstance(value, float) and value != value)


def _aligned(rows: list[list[str]]) -> list[str]:
    widths = [max(columns(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ("  ".join(padded(c, w) for c, w in zip(row, widths, strict=True)) for row in rows)
    return [line.rstrip() for line in lines]
