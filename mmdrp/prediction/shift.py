"""How new samples differ from the lines of training, and how to make them alike."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.sources import Sources
from mmdrp.data.study import Study
from mmdrp.options import checked
from mmdrp.prediction.align import align, shift
from mmdrp.training.checkpoint import Restored
from mmdrp.training.model import ResponseModel, as_model
from mmdrp.training.model.inputs import matched, units_given
from mmdrp.training.model.samples import handed
from mmdrp.training.reference import Reference

log = logging.getLogger(__name__)
Method = Literal["none", "zscore", "quantile", "combat"]


@checked
def align_samples(
    model: ResponseModel | str,
    samples: Study | Mapping[str, Any],
    *,
    method: Method = "quantile",
    groups: pd.Series | Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Move each feature of new samples to its distribution in the lines of training.

    ``samples`` are a study, or modality -> frame. ``zscore`` moves mean and standard deviation,
    ``quantile`` the whole distribution by rank, ``combat`` location and scale shrunk by empirical
    Bayes, with the lines of training as reference batch; 0/1 modalities stay. With ``groups``
    (sample -> cohort, such as the cancer type) each cohort is moved by itself, so that differences
    between cohorts vanish; groups of fewer than ten samples are moved together. Samples may be in
    another unit than the model learned, with a warning; ``units`` (modality -> unit) are those of
    frames.
    ``none`` moves nothing, and refuses another unit. Returns the aligned frames,
    features as the model has them, and the shift of every feature, before and after.
    """
    model = as_model(model)
    restored = Restored(model.net_, model.info_)
    names = list(model.info_.units)
    found = handed(samples, model.info_)
    units_said = units_given(samples, model.info_, units)
    said = found.said(units_said, align=method)
    given = matched(restored, found.tables, 0.0, given=said)
    kinds = None if groups is None else {str(k): str(v) for k, v in dict(groups).items()}
    moved, table = shifted(restored, given, method, kinds)
    return {name: moved[name].frame() for name in names if len(moved[name].ids)}, table


def shifted(
    restored: Restored, sources: Sources, method: Method, groups: Mapping[str, str] | None = None
) -> tuple[Sources, pd.DataFrame]:
    """Return the sources, aligned where ``method`` says so, and the shift of every feature.

    The shift is empty where the checkpoint says nothing of its lines' features.
    """
    parts: list[pd.DataFrame] = []
    out: Sources = dict(sources)
    for name, table, reference, used in _described(restored, sources):
        given = shift(reference, table, used).assign(source=name, stage="given")
        parts.append(given)
        _say(name, given, table, "")
        if method == "none" or reference.binary:
            continue
        moved = align(reference, table, method, groups)
        after = shift(reference, moved, used).assign(source=name, stage=method)
        parts.append(after)
        _say(name, after, table, f", after align={method}")
        out[name] = moved
    if not parts:
        log.info("The checkpoint says nothing of its lines' features: no shift is reported")
        return out, pd.DataFrame(columns=["source", "stage", "feature"])
    frame = pd.concat(parts, ignore_index=True)
    first = ["source", "stage"]
    return out, frame[[*first, *(c for c in frame if c not in first)]]


def _described(
    restored: Restored, sources: Sources
) -> Iterator[tuple[str, Table, Reference, npt.NDArray[np.int64]]]:
    for name, info in restored.info.sources.items():
        table = sources.get(name)
        if info.reference is None or not isinstance(table, Table) or not len(table.ids):
            continue
        used = restored.net.scale[name].keep.numpy()  # type: ignore[operator]
        yield name, table, Reference.read(info.features, info.reference), used


def _say(name: str, frame: pd.DataFrame, table: Table, when: str) -> None:
    if frame.empty:
        return
    outside = float((frame["outside"] * frame["n"]).sum() / frame["n"].sum())
    spread = ""
    if len(table.ids) > 1:  # one sample has none
        ratio = frame["sd_new"] / frame["sd_lines"].where(frame["sd_lines"] > 0)
        spread = f", median ratio of sd {ratio.median():.2f}"
    log.info(
        "%s: against the lines of training, %d features in %d sample%s%s: median |shift of the "
        "mean| %.2f sd%s, %.1f %% of values outside the lines' range",
        name, len(frame), len(table.ids), "" if len(table.ids) == 1 else "s", when,
        frame["shift"].abs().median(), spread, 100 * outside,
    )  # fmt: skip
