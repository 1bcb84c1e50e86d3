"""Runs of ``mmdrp train``: what was run, how it learned, what it predicted."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from mmdrp.reporting.charts import agreement, curves, histogram
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.numbers import figure, table_of
from mmdrp.reporting.page import Block, Code, Figure, Head, Picker, Section, Table, Text
from mmdrp.reporting.svg import ticks
from mmdrp.training.runs import CONFIG, read_config

MAX_POINTS = 200_000
"""points that the page holds for drawing one drug at a time"""
LEAST = 10
"""measured test lines that a drug needs for a correlation"""
Array = npt.NDArray[np.float64]


def training(runs: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of a run, or of the runs of one sweep."""
    given = [run.frame("predictions.parquet", "part", "cell", "drug", "y", "pred") for run in runs]
    together = pd.concat([frame for frame in given if frame is not None])
    test = together[together["part"] == "test"]
    unit = unit_of(runs)
    sections = [Section("What was run", _what(runs)), Section("Learning curves", _learning(runs))]
    if test.empty:
        return [*sections, Section("Held-out predictions", [_none("lines were held out as test")])]
    sections.append(Section("Predicted against measured", _agreement(test, unit)))
    if not any(folder.kind == "evaluate" for folder in every):
        sections.append(Section("Scores per drug", _per_drug(test, unit)))
    sections.append(Section("Intervals: calibration and coverage", _intervals(test)))
    sections.append(Section("Markers that the base selected", _markers(runs)))
    return sections


def unit_of(folders: Sequence[Folder]) -> str:
    """Return the unit that the first folder to say so states."""
    units = [folder.said.get("unit", "") for folder in folders]
    return next(filter(None, units), "unit of the response")


def _none(what: str) -> Text:
    return Text(f"Not in this folder: no {what}.", missing=True)


def _what(runs: Sequence[Folder]) -> list[Block]:
    config, said = read_config(runs[0].path / CONFIG), runs[0].said
    rows = [
        ("study", _name(config.get("study"))),
        ("response", f"{said.get('measure', '?')}, in {said.get('unit') or '?'}; higher means "
                     f"{said.get('higher') or '?'}"),
        ("modalities", ", ".join(config.get("modality") or {}) or "?"),
        ("drugs described by", _drugs(config)),
        ("split", _name(config.get("split")) or "given folds"),
        ("base", _name(config.get("base")) or "none"),
        ("network", "on" if config.get("net", True) else "off"),
        ("fusion", _name(config.get("fusion")) or "none"),
    ]  # fmt: skip
    blocks: list[Block] = [Table("What was run", [Head("option"), Head("value")], rows)]
    blocks.append(table_of(pd.DataFrame([_run_row(run) for run in runs]), "Runs and test scores",
                           dict.fromkeys(_run_row(runs[0]), "") | ABOUT_SCORES))  # fmt: skip
    versions = runs[0].json("run.json").get("versions") or {}
    if isinstance(versions, dict) and versions:
        pairs = [(str(k), str(v)) for k, v in versions.items()]
        blocks.append(Table("Versions", [Head("software"), Head("version")], pairs))
    text = (runs[0].path / CONFIG).read_text(encoding="utf-8")
    return [*blocks, Code(text, "All options (config.yaml)")]


ABOUT_SCORES = {
    "mse": "mean squared error; lower is better",
    "drug mean mse": "of predicting each drug's training mean: a model not below it learned "
    "nothing about lines",
    "r per drug": "Pearson's r within each drug, mean over drugs",
    "coverage": "per cent of responses inside the interval; meant to be 90",
}


def _run_row(run: Folder) -> dict[str, Any]:
    record, scores = run.json("run.json"), run.json("metrics.json")
    model, mean = (scores.get(key) or {} for key in ("model", "drug_mean"))
    network = record.get("network")
    kept = network.get("kept") if isinstance(network, dict) else None
    said = {True: "yes", False: "no, the base alone"}.get(kept is True, "")
    said = said if isinstance(kept, bool) else "not asked"
    seconds = record.get("seconds")
    return {
        "run": run.name, "seed": record.get("seed"), "epochs": record.get("epochs"),
        "network kept": said,
        "seconds": seconds, "mse": model.get("mse"), "drug mean mse": mean.get("mse"),
        "r per drug": model.get("pearson_per_drug"), "coverage": model.get("coverage"),
    }  # fmt: skip


def _drugs(config: dict[str, Any]) -> str:
    response, drug = config.get("response"), config.get("drug")
    if isinstance(response, dict) and response.get("layout") == "by_cell":
        return "nothing: one output per drug (a panel)"
    inner = drug.get("fingerprint") if isinstance(drug, dict) else None
    return _name(inner) or _name(drug) or "nothing"


def _name(part: Any) -> str:
    if isinstance(part, dict):
        return str(part.get("name") or part.get("path") or ", ".join(map(str, part)))
    return "" if part is None else str(part)


def _learning(runs: Sequence[Folder]) -> list[Block]:
    blocks: list[Block] = []
    for run in runs:
        history = run.frame("metrics.csv", "epoch")
        lines = {}
        for name in ("train/loss", "val/loss") if history is not None else ():
            if history is not None and name in history:
                part = history.dropna(subset=[name])
                if len(part):
                    lines[name] = (part["epoch"].tolist(), part[name].tolist())
        if lines:
            title = f"Loss per epoch of {run.name}"
            losses = ", ".join(f"{k} from {figure(v[1][0])} to {figure(v[1][-1])}"
                               for k, v in lines.items())  # fmt: skip
            blocks.append(Figure(curves(lines, "epoch", "loss", title), f"{title}: {losses}."))
    return blocks or [_none("losses per epoch: the base alone was fitted, or logger=csv was off")]


def _agreement(test: pd.DataFrame, unit: str) -> list[Block]:
    y, pred = (test[name].to_numpy(np.float64) for name in ("y", "pred"))
    r = float(np.corrcoef(y, pred)[0, 1]) if y.std() > 0 and pred.std() > 0 else float("nan")
    said = f"{len(test)} responses of {test['cell'].nunique()} held-out lines to "
    said += f"{test['drug'].nunique()} drugs"
    caption = f"{said}; the stronger the colour, the more. On the dashed line both agree. "
    caption += f"r = {figure(r)}: high for any model that knows the drugs' potency."
    title = f"Predicted against measured response, {said}, r = {figure(r)}"
    return [Figure(agreement(y, pred, unit, title), caption), _picker(test, unit)]


def _picker(test: pd.DataFrame, unit: str) -> Picker:
    both = test[["y", "pred"]].to_numpy(np.float64)
    low, high = map(float, (both.min(), both.max()))
    high = high if high > low else low + 1.0
    scaled = np.rint((both - low) / (high - low) * 999).astype(int)
    step = -(-len(test) // MAX_POINTS)
    groups = test.reset_index(drop=True).groupby("drug", sort=True).indices
    points = {
        str(drug): scaled[np.asarray(rows)[::step]][:, ::-1].ravel().tolist()
        for drug, rows in groups.items()
    }
    few = "" if step == 1 else f" Every {step}th response is drawn."
    caption = f"One drug at a time (with JavaScript); a point is a held-out line.{few}"
    data = {"unit": unit, "low": low, "high": high, "ticks": ticks(low, high), "points": points}
    return Picker(caption, data)


def _per_drug(test: pd.DataFrame, unit: str) -> list[Block]:
    frame = pd.DataFrame([_drug_row(str(d), part) for d, part in test.groupby("drug")])
    about = {"drug": "", "n": "held-out lines measured", "rmse": f"root mean squared error, {unit}",
             "r": "Pearson's r of predicted and measured", "coverage": "per cent inside the "
             "interval"}  # fmt: skip
    blocks: list[Block] = [table_of(frame.sort_values("r", ascending=False), "Scores per drug",
                                    about)]  # fmt: skip
    r = frame["r"].dropna().to_numpy(np.float64)
    if len(r):
        title = f"Pearson's r within each of {len(r)} drugs, median {figure(float(np.median(r)))}"
        blocks.insert(0, Figure(histogram(r, "Pearson's r within a drug", title), f"{title}."))
    blocks.append(_none("baselines: mmdrp evaluate run=RUN scores them on the same rows"))
    return blocks


def _drug_row(drug: str, part: pd.DataFrame) -> dict[str, Any]:
    y, pred = part["y"].to_numpy(np.float64), part["pred"].to_numpy(np.float64)
    some = len(y) >= LEAST and y.std() > 0 and pred.std() > 0
    row = {"drug": drug, "n": len(y), "rmse": float(np.sqrt(np.mean((y - pred) ** 2))),
           "r": float(np.corrcoef(y, pred)[0, 1]) if some else float("nan")}  # fmt: skip
    if "lower" in part and part["lower"].notna().any():
        inside = (part["y"] >= part["lower"]) & (part["y"] <= part["upper"])
        row["coverage"] = 100 * float(inside.mean())
    return row


def _intervals(test: pd.DataFrame) -> list[Block]:
    if not {"lower", "upper", "sd"} <= {*test} or test["sd"].isna().all():
        return [_none("intervals: the model has no base that gives them")]
    known = test.dropna(subset=["lower", "upper", "sd"])
    inside = 100 * float(((known["y"] >= known["lower"]) & (known["y"] <= known["upper"])).mean())
    width = float((known["upper"] - known["lower"]).mean())
    levels = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95])
    error = ((known["y"] - known["pred"]).abs() / known["sd"].clip(lower=1e-12)).to_numpy(float)
    held = [100 * float((error <= norm.ppf(0.5 + level / 2)).mean()) for level in levels]
    text = f"Intervals meant to hold 90 % of responses hold {figure(inside)} % of {len(known)}; "
    text += f"their mean width is {figure(width)}."
    lines = {"held": (list(100 * levels), held)}
    title = "Share of responses inside an interval of each level"
    drawn = curves(lines, "level (%)", "responses inside (%)", title, diagonal=True)
    caption = "On the dashed line, intervals hold what they promise; below it they are too narrow. "
    return [Text(text), Figure(drawn, f"{title}, from the predicted standard deviation. {caption}")]


def _markers(runs: Sequence[Folder]) -> list[Block]:
    given = [f for run in runs
             if (f := run.frame("markers.csv", "drug", "source", "feature", "effect", "t",
                                text=("drug", "source", "feature"))) is not None]  # fmt: skip
    if not given:
        return [_none("single features selected by the base")]
    frame = given[0] if len(given) == 1 else pd.concat(given).drop_duplicates(
        ["drug", "source", "feature"])  # fmt: skip
    about = {"drug": "", "source": "modality", "feature": "", "effect": "change of the response "
             "per unit of the feature, in the response's unit", "t": "effect in its standard "
             "errors"}  # fmt: skip
    return [table_of(frame, "Features that the base reads by themselves", about)]
