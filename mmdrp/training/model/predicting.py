"""A trained network applied to samples and drugs: grids, or pairs in the order asked."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.batch import is_omics
from mmdrp.data.batches.dataset import ResponseDataset
from mmdrp.data.response import Examples
from mmdrp.data.sources import Sources
from mmdrp.errors import MmdrpError
from mmdrp.io.text import few
from mmdrp.nn.answers import COLUMNS, Answers, Array, answers
from mmdrp.nn.interval import LEVEL
from mmdrp.training.checkpoint import Restored
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.reference import MeasuredDrugs

log = logging.getLogger(__name__)
Ids = Mapping[str, Sequence[str]]
MARGIN = 0.05
"""share of the range of measured responses by which a prediction may pass it"""


def predict_grid(
    restored: Restored, sources: Sources, cells: Sequence[str], drugs: Sequence[str],
    train_ids: Ids, level: float | None = LEVEL,
) -> pd.DataFrame:  # fmt: skip
    """Predict lines x drugs as a long table ``cell, drug, pred``, drugs in the order asked.

    ``train_ids`` are the lines and drugs that the base takes for those of training. Further columns
    are those of ``Answers``: none where ``level`` is None.
    """
    n, m = len(cells), len(drugs)
    if restored.info.pairs:
        ids = {"cell": np.repeat(np.array(cells, str), m), "drug": np.tile(drugs, n)}
        found = _predicted(restored, sources, ids, train_ids, level)
        columns = found.columns(lambda x: x[:, 0])
    else:
        place = {drug: i for i, drug in enumerate(restored.info.tasks)}
        wanted = [place[drug] for drug in drugs]
        found = _predicted(restored, sources, {"cell": np.array(cells, str)}, train_ids, level)
        columns = found.columns(lambda x: x[:, wanted].reshape(-1))
    keys = {"cell": np.repeat(np.array(cells, object), m), "drug": np.tile(drugs, n)}
    return pd.DataFrame({**keys, **columns}).astype({"cell": str, "drug": str})


def predict_pairs(
    restored: Restored, sources: Sources, pairs: pd.DataFrame, train_ids: Ids, block: int,
    level: float | None = LEVEL,
) -> dict[str, Array]:  # fmt: skip
    """Predict each pair of ``cell, drug`` in its place: ``pred`` and what ``Answers`` has, (n,).

    Lines are taken ``block`` at a time. A pair is computed with the other pairs of its line, whose
    features are gathered once.
    """
    parts: list[tuple[Any, dict[str, Array]]] = []
    code, cells = pd.factorize(pairs["cell"].astype(str))
    drugs = pairs["drug"].astype(str).to_numpy()
    place = {drug: i for i, drug in enumerate(restored.info.tasks)}
    order = np.argsort(code, kind="stable")
    edges = np.searchsorted(code[order], range(0, len(cells) + block, block))
    for start, stop in pairwise(edges):
        rows = order[start:stop]
        if not len(rows):
            continue
        cell = cells[code[rows]].to_numpy(str)
        if restored.info.pairs:
            ids = {"cell": cell, "drug": drugs[rows].astype(str)}
            found = _predicted(restored, sources, ids, train_ids, level)
            parts.append((rows, found.columns(lambda x: x[:, 0])))
        else:
            distinct, which = np.unique(cell, return_inverse=True)
            found = _predicted(restored, sources, {"cell": distinct}, train_ids, level)
            at = which, [place[d] for d in drugs[rows]]
            parts.append((rows, found.columns(partial(_picked, at))))
    if not parts:
        return {"pred": np.empty(0, dtype=np.float32)}
    back = np.argsort(np.concatenate([rows for rows, _ in parts]), kind="stable")
    return {name: np.concatenate([c[name] for _, c in parts])[back] for name in parts[0][1]}


def _picked(at: Any, x: Array) -> Array:
    out: Array = x[at]
    return out


def samples_of(restored: Restored, sources: Sources, complete: bool | None = None) -> list[str]:
    """Return the samples to predict: with any modality, or with all where ``complete`` says so.

    None: with all where the model was trained so.
    """
    ids = [set(t.ids) for n, t in sources.items() if is_omics(n, t.axis)]
    every, whole = set().union(*ids), set.intersection(*ids)
    if complete is None:
        complete = restored.info.spec.data.complete
    if not complete:
        return sorted(every)
    if len(whole) < len(every):
        log.info(
            "%d samples lack a modality and are left out; complete=false predicts them as well",
            len(every) - len(whole),
        )
    if not whole:
        raise MmdrpError("complete: no sample has every modality; complete=false predicts all")
    return sorted(whole)


def warn_undescribed(restored: Restored, sources: Sources, cells: Iterable[str]) -> None:
    """Say how many samples have none of the modalities, and so get the mean of each drug."""
    if lacking := sorted(set(cells) - set(samples_of(restored, sources, False))):
        log.warning(
            "%d samples (%s, ...) have none of the modalities: what they get is the mean of each "
            "drug", len(lacking), lacking[0],
        )  # fmt: skip


def known_to_base(restored: Restored, cells: Sequence[str], known_lines: bool) -> Ids:
    """Return the ids of training; without ``known_lines`` every line of pairs is a new one."""
    train_ids = restored.info.train_ids
    if not restored.info.pairs:
        return train_ids
    same = sorted(set(train_ids["cell"]) & set(cells))
    if same and known_lines:
        log.info(
            "%d samples have the name of a line of training (%s, ...): the base uses the responses "
            "measured there; known_lines=false takes them as new",
            len(same),
            same[0],
        )
    return train_ids if known_lines else {**train_ids, "cell": []}


def _predicted(
    restored: Restored, sources: Sources, ids: dict[str, npt.NDArray[np.str_]], train_ids: Ids,
    level: float | None,
) -> Answers:  # fmt: skip
    tasks = tuple(restored.info.tasks)
    n = len(ids["cell"])
    examples = Examples(ids, np.full((n, len(tasks)), np.nan, dtype=np.float32), tasks)
    batch = ResponseDataset(examples, sources, train_ids).__getitems__(range(n))
    return answers(restored.net, batch, level)


def warn_outside(frame: pd.DataFrame) -> None:
    """Say how many samples are unlike all lines of training."""
    if "outside" in frame and frame["outside"].any():
        say_outside(list(dict.fromkeys(frame.loc[frame["outside"].astype(bool), "cell"])))


def say_outside(samples: Sequence[str]) -> None:
    """Warn of samples whose intervals do not hold."""
    if samples:
        log.warning(
            "%d sample%s unlike all lines of training (%s): no interval holds there; the column "
            "outside says which", len(samples), " is" if len(samples) == 1 else "s are",
            few(samples), extra={"names": samples},
        )  # fmt: skip


def extrapolated(info: CheckpointInfo, pred: npt.NDArray[np.floating]) -> npt.NDArray[np.bool_]:
    """Return which predictions lie beyond all responses of training, by a twentieth of their range.

    None does where the checkpoint does not say what was measured.
    """
    if not info.measured:
        return np.zeros(len(pred), dtype=bool)
    low, high = info.measured[0], info.measured[-1]
    margin = MARGIN * (high - low)
    return (pred < low - margin) | (pred > high + margin)


def warn_extrapolated(info: CheckpointInfo, count: int, total: int) -> None:
    """Say how many predictions lie beyond all responses of training."""
    if count:
        log.warning(
            "%d of %d predictions (extrapolated) lie outside all that was measured in training, "
            "%.4g to %.4g %s", count, total, info.measured[0], info.measured[-1], info.unit,
        )  # fmt: skip


def standing(frame: pd.DataFrame, info: CheckpointInfo) -> pd.DataFrame:
    """Add where each prediction stands: ``percentile``, ``z`` and ``extrapolated``.

    Percentile (0 to 100) and z are those among the responses of that drug in training, NaN for a
    drug that training did not have; ``extrapolated`` marks those beyond all responses of training.
    """
    pred = frame["pred"].to_numpy()
    measured = MeasuredDrugs.read(info.measured_drugs)
    percentile, z = measured.place(frame["drug"].to_numpy(), pred)
    frame = frame.assign(percentile=percentile, z=z, extrapolated=extrapolated(info, pred))
    last = [c for c in COLUMNS if c in frame]
    return frame[[*(c for c in frame if c not in last), *last]]


def labelled(frame: pd.DataFrame, info: CheckpointInfo) -> pd.DataFrame:
    """Add where predictions stand, and say what numbers are: attrs measure, unit, higher.

    ``attrs["units"]`` are those of the modalities that the model learned from.
    """
    frame = standing(frame, info)
    warn_extrapolated(info, int(frame["extrapolated"].sum()), len(frame))
    warn_outside(frame)
    said = {"measure": info.spec.data.measure, "unit": info.unit, "higher": info.higher}
    frame.attrs |= {**said, "units": info.units}
    return frame
