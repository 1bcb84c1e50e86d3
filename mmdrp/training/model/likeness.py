"""Whether new samples are in the unit that a model learned: by their word, or by their values."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mmdrp.data.source import Table
from mmdrp.data.study.units import BINARY, UNITS, UNKNOWN, check_values, guess, stated
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.info import SourceInfo
from mmdrp.training.reference import Array, Reference

log = logging.getLogger(__name__)
SCORES = {"z-score within line", "z-score per feature"}
"""alike enough to be predicted from, with a warning"""
COHORT = 10
"""samples, from which on moving their distribution to that of the lines means something"""
FEW = 20
"""fewer values say little of their unit"""


@dataclass(frozen=True)
class Given:
    """What a user says of new samples."""

    units: Mapping[str, str] = field(default_factory=dict)
    """modality -> unit, one of ``mmdrp.data.study.units.UNITS``"""
    max_outside: float = 0.5
    """share of values outside the range of training; more is refused, 1 refuses nothing"""
    binarise: Sequence[str] = ()
    """0/1 modalities in which any value but 0 is read as 1"""
    align: str = "none"
    """how features are moved to their distribution in training afterwards: any unit will do"""
    hints: Mapping[str, str] = field(default_factory=dict)
    """modality -> a name of the file or column that may hold the unit's"""
    lengths: Mapping[str, npt.NDArray[np.float32]] = field(default_factory=dict)
    """modality -> bases of each feature of its table, by which counts become TPM"""


def fitting(name: str, source: SourceInfo, used: npt.NDArray[np.int64], table: Table,
            given: Given) -> Table:  # fmt: skip
    """Return a table whose features are the model's, refusing another unit than it learned.

    ``used`` are the features that the network keeps. A unit that is stated is compared with the
    one learned; one that is not is judged by the values. MmdrpError says which, and what to do.
    """
    plain = source.reference
    reference = None if plain is None else Reference.read(source.features, plain)
    by_values = reference is not None and reference.binary and not stated(source.unit)
    binary = source.unit == BINARY or by_values
    if name in given.binarise and not binary:
        raise OptionError(f"binarise: {name} is no 0/1 modality of the model")
    if binary:
        return _binary(name, table, name in given.binarise)
    unit = given.units.get(name, UNKNOWN)
    check_values(table, unit, name)
    if stated(unit) and stated(source.unit):
        if unit == source.unit:
            return table
        flaw = f"{name}: is in {unit}, the model learned {source.unit}"
        mild, hint = {unit, source.unit} <= SCORES, _remedy(table.values, False)
    else:
        x, fewer = _measured(table, used)
        if reference is None or not x.size or given.max_outside >= 1:
            return table
        judged, by_range = _judged(x, _part(reference, fewer), given.max_outside)
        if not judged:
            return table
        learned = source.unit if stated(source.unit) else guess(reference.quantiles[[0, -1]])
        flaw = f"{name[:30]}: {judged}; the model learned {learned}"
        mild, hint = False, _remedy(x, by_range) + f", or say its unit: units={{{name}:...}}"
    if not mild and given.align == "none":
        raise MmdrpError(f"{flaw}; {hint}")
    log.warning("%s%s", flaw, "" if given.align == "none" else f"; moved by align={given.align}")
    return table


def _remedy(x: npt.NDArray[Any], by_range: bool) -> str:
    """Say what to do with values in another unit; what would only hide it is not offered."""
    if UNITS[BINARY].flaw(x[np.isfinite(x)]) is None:
        return "name the modality that it is, such as mutation=FILE"
    ways = ["convert it"]
    ways += ["align=quantile or zscore"] if len(x) >= COHORT else []
    ways += ["max_outside=1 where the unit is right"] if by_range else []
    return ", or ".join(ways)


def _binary(name: str, table: Table, binarise: bool) -> Table:
    place = UNITS[BINARY].flaw(table.values)
    if place is None:
        return table
    if binarise:
        x = table.values
        log.info("%s: any value but 0 is read as 1", name)
        return replace(table, values=np.where(np.isnan(x), x, x != 0).astype(np.float32))
    i, j = divmod(place, table.dim)
    raise MmdrpError(
        f"{name}: feature {table.features[j][:40]!r} ({table.ids[i][:40]}): {table.values[i, j]:g} "
        f"is neither 0 nor 1; mend it, or binarise=[{name}] to read all but 0 as 1"
    )


def _measured(table: Table, used: npt.NDArray[np.int64]) -> tuple[Array, npt.NDArray[np.int64]]:
    """Return the features that the network keeps and the samples have, and their places."""
    x = table.values[:, used].astype(np.float64)
    there = np.isfinite(x).any(axis=0)
    return x[:, there], used[there]


def _part(reference: Reference, places: npt.NDArray[np.int64]) -> Reference:
    return Reference(
        [reference.features[j] for j in places], reference.mean[places], reference.sd[places],
        reference.quantiles[:, places],
    )  # fmt: skip


def _judged(x: Array, learned: Reference, max_outside: float) -> tuple[str, bool]:
    """Say what is wrong with values (samples, features), or "": unit by sign, scale and range.

    Return as well whether only their range says so.
    """
    finite = np.isfinite(x)
    values, low, high = x[finite], learned.quantiles[0], learned.quantiles[-1]
    slack = 1e-6 * np.maximum(np.abs(low), np.abs(high))  # float32 in the checkpoint
    beyond = finite & ((x < low - slack) | (x > high + slack))
    outside = beyond.sum() / len(values)
    looks = f"looks like {guess(values)}"
    if _other_scale(x, finite, learned):
        return looks, False
    if len(values) < FEW:
        return "", False
    other = _other_kind(values, learned)
    if other or outside > max_outside:
        return f"{looks}, {100 * outside:.0f} % outside the range of training", not other
    strange = beyond.sum(1) > max_outside * np.maximum(finite.sum(1), 1)
    if strange.any():
        log.warning(
            "%d samples have more than %.0f %% of their values outside the range of training: "
            "are they in the same unit as the others?", strange.sum(), 100 * max_outside,
        )  # fmt: skip
    return "", False


def _other_scale(x: Array, finite: npt.NDArray[np.bool_], learned: Reference) -> bool:
    """Whether the largest value of most samples is far above, or below, all of training."""
    size = np.abs(learned.quantiles[[0, -1]])
    largest = np.where(finite, np.abs(x), 0).max(axis=1)
    typical = float(np.median(largest[finite.any(axis=1)]))
    if typical > 3 * float(size.max()) + 10 * float(np.median(learned.sd)):
        return True
    # Thousands in training, and nothing above a twentieth of its commonest feature: logarithms.
    level = float(np.abs(learned.mean).max())
    return level > 100 and finite.sum() >= FEW and typical < level / 20


def _other_kind(values: Array, learned: Reference) -> bool:
    """Whether values are whole, or never negative, where those of training were not; or reverse."""
    edges: Any = learned.quantiles[[0, -1]][:, learned.sd > 0]
    whole = bool((values == np.rint(values)).all())
    learned_whole = bool(edges.size) and bool((edges == np.rint(edges)).all())
    varied = len(np.unique(values)) > 1
    if whole and varied and not learned_whole:
        return True
    if learned_whole and (values != np.rint(values)).mean() > 0.01:
        return True
    if learned.quantiles[0].min() >= 0:
        return bool((values < -1).mean() > 0.02 or (values < 0).mean() > 0.2)
    expected = (learned.quantiles < 0).mean() * (values != 0).sum()
    return len(learned.features) >= 10 and expected >= 30 and not (values < 0).any() and varied
