"""One page per sample: drugs it is unusually sensitive to, and the features behind them."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import shown
from mmdrp.prediction import top_drugs
from mmdrp.reporting.chapters.samples import DRUGS
from mmdrp.reporting.charts import bars
from mmdrp.reporting.folders import Folder, found_in
from mmdrp.reporting.numbers import figure, table_of
from mmdrp.reporting.page import Block, Chapter, Code, Figure, Page, Section, Text

WARNING = (
    "Research, not medical advice. These are predictions of a model that learned from cell lines; "
    "such models predict patients poorly. Nothing here says which treatment anybody should have."
)
TOP, BEHIND, EACH = 20, 8, 6
UNUSUAL = 10
"""percentile under which a prediction counts as unusual"""


def patient_page(
    predictions: str | Path, sample: str, others: Sequence[Folder], title: str | None
) -> Page:
    """Return the page of a sample; ``others`` may hold attributions. MmdrpError if it is absent."""
    folder = next((f for f in found_in(predictions) if f.kind == "predict"), None)
    if folder is None:
        raise MmdrpError(f"predictions={predictions}: is no folder of mmdrp predict")
    table = folder.frame("predictions.parquet", "cell", "drug", "pred", "percentile", "z")
    assert table is not None
    own = table[table["cell"].astype(str) == sample]
    if own.empty:
        there = ", ".join(shown(c) for c in table["cell"].astype(str).unique()[:3])
        raise OptionError(f"sample={shown(sample)}: the predictions have not; they have: {there}")
    own = own.astype(dict.fromkeys(("cell", "drug"), str))
    higher = folder.said.get("higher") or "resistant"
    best = top_drugs(own, higher, TOP)
    unit = folder.said.get("unit") or "unit of the response"
    sections = [
        Section("Drugs it is unusually sensitive to", _drugs(own, best, unit, higher)),
        Section("Features behind them", _features(best, sample, others)),
        Section("All drugs", [table_of(own.drop(columns="cell").sort_values("z"), "Every drug",
                                       _heads(own))]),
        Section("How to make this again", [Code(folder.command or "The folder does not say.")]),
    ]  # fmt: skip
    lead = f"{len(own)} drugs, {folder.said.get('measure', 'response')} in {unit}; a higher value "
    lead += f"means more {higher}. Folder {folder.path}, {folder.made}."
    name = title or f"Sample {sample}"
    return Page(name, lead, [Chapter(f"Sample {sample}", _state(own), sections)], WARNING)


def _heads(own: pd.DataFrame) -> dict[str, str]:
    name = own["name"].astype(str) if "name" in own else own["drug"]
    hidden = {"cell", "rank"} | ({"name"} if (name == own["drug"]).all() else set())
    return {key: about for key, about in DRUGS.items() if key not in hidden}


def _state(own: pd.DataFrame) -> str:
    if "outside" not in own or own["outside"].isna().all():
        return "The predictions do not say whether the sample is like the lines of training."
    if bool((own["outside"] == 1).any()):
        return "This sample is unlike all lines of training: its intervals are not to be trusted."
    return "The sample lies within what the model has seen in training."


def _drugs(own: pd.DataFrame, best: pd.DataFrame, unit: str, higher: str) -> list[Block]:
    if best.empty:
        return [Text("None: every prediction is on the insensitive side.", missing=True)]
    percentile = own["percentile"].to_numpy(np.float64)
    unusual = int((percentile <= UNUSUAL).sum() if higher == "resistant"
                  else (percentile >= 100 - UNUSUAL).sum())  # fmt: skip
    verb = "lies" if unusual == 1 else "lie"
    said = f"{unusual} of {len(own)} drugs {verb} in the most sensitive {UNUSUAL} % of what was "
    said += "measured in cell lines. Drugs differ in potency, so percentile and z compare with "
    said += "responses to the same drug."
    if not unusual:
        said += " Nothing is unusual about this sample; the list is what comes closest."
    title = f"z of the {len(best)} drugs furthest on the sensitive side"
    names = [f"{d} (pct {figure(float(p))})" for d, p in
             zip(best["drug"], best["percentile"].round(), strict=True)]  # fmt: skip
    drawn = bars(names, best["z"].tolist(), "z: standard deviations from the lines' mean", title)
    return [
        Text(said),
        table_of(
            best, f"The {len(best)} most sensitive for their drug (response in {unit})", _heads(own)
        ),
        Figure(drawn, f"{title}; pct: percentile among the lines' measured responses."),
    ]


def _features(best: pd.DataFrame, sample: str, others: Sequence[Folder]) -> list[Block]:
    given = [folder for folder in others if folder.kind == "attribute"]
    if not given:
        said = "Not given: a folder of mmdrp attribute run=RUN beside the predictions adds them."
        return [Text(said, missing=True)]
    blocks: list[Block] = []
    for drug in best["drug"].head(BEHIND):
        for folder in given:
            blocks += _of_sample(folder, drug, sample) or _of_drug(folder, drug)
    return blocks or [Text("The attributions hold none of these drugs.", missing=True)]


def _of_sample(folder: Folder, drug: str, sample: str) -> list[Block]:
    """Return what carries this very sample's prediction, where it was attributed."""
    for path in sorted((folder.path / "attributions.parquet").glob("*.parquet")):
        name = f"attributions.parquet/{path.name}"
        frame = folder.frame(name, "cell", "drug", "source", "feature", "value")
        if frame is None or frame.empty or str(frame["drug"].iloc[0]) != drug:
            continue
        part = _own(frame[frame["cell"].astype(str) == sample])
        part = part.loc[part["value"].abs().sort_values(ascending=False).index].head(EACH)
        if part.empty:
            return []
        title = f"{drug}: what moves the prediction of {sample}"
        drawn = bars([f"{f} ({s})" for s, f in zip(part["source"], part["feature"], strict=True)],
                     part["value"].tolist(), "part in the prediction", title)  # fmt: skip
        return [Figure(drawn, f"{title}; to the left is more sensitive where higher is resistant.")]
    return []


def _own(features: pd.DataFrame) -> pd.DataFrame:
    """Leave out how lines were grown: a patient has no culture medium."""
    context = features["source"].astype(str).str.startswith(("context:", "batch:"))
    return features[~context]


def _of_drug(folder: Folder, drug: str) -> list[Block]:
    """Return the drug's strongest features over the lines of training."""
    table = folder.frame("biomarkers.csv", "drug", "source", "feature", "rank",
                         text=("drug", "source", "feature"))  # fmt: skip
    part = None if table is None else _own(table[table["drug"] == drug]).nsmallest(EACH, "rank")
    if part is None or part.empty:
        return []
    about = {"feature": "", "source": "modality", "high_means": "what a high value goes with",
             "mean_abs": "mean size of its part", "correlation": "plain Pearson's r"}  # fmt: skip
    caption = f"{drug}: strongest features over the lines of training, not of this sample"
    return [table_of(part, caption, about)]
