"""One unit of expression to another, and several columns of one gene to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmdrp.data.expression.scale import CPM_NOTE, INTENSITY, PER_FEATURE, WITHIN, Scale

Array = npt.NDArray[np.float64]
TRANSCRIPTOME = 10_000
"""genes; the sum over fewer is not that of a transcriptome"""


@dataclass(frozen=True)
class Profile:
    """What training lines had, feature by feature: where z-scores are placed."""

    mean: Array
    sd: Array

    def spread(self, there: npt.NDArray[np.bool_]) -> tuple[Array, Array]:
        """Return mean and standard deviation over the features there, (samples,) each.

        Of z-scores within a line over all features these are 0 and 1; over a part of the features
        they are what a line of training has on average.
        """
        n = np.maximum(there.sum(1), 1)
        mean = there @ self.mean / n
        square = there @ (self.sd**2 + self.mean**2) / n
        return mean, np.sqrt(np.maximum(square - mean**2, 0))


def collapsed(
    values: npt.NDArray[Any], place: npt.NDArray[np.int64], features: int, how: str
) -> Array:
    """Return (samples, features) of (samples, names): names of one feature joined, NaN for none.

    ``place`` is the feature of each name, -1 for none; ``how`` is sum, mean or max.
    """
    out = np.full((len(values), features), np.nan)
    used = np.flatnonzero(place >= 0)
    often = np.bincount(place[used], minlength=features)
    single = used[often[place[used]] == 1]
    out[:, place[single]] = values[:, single]
    joins: dict[str, Any] = {"sum": np.nansum, "mean": np.nanmean, "max": np.nanmax}
    join = joins[how]
    for j in np.flatnonzero(often > 1):
        part = values[:, used[place[used] == j]].astype(np.float64)
        some = np.isfinite(part).any(axis=1)
        out[some, j] = join(part[some], axis=1)
    return out


def to_unit(
    values: npt.NDArray[Any],
    place: npt.NDArray[np.int64],
    profile: Profile,
    given: Scale,
    target: Scale,
) -> tuple[Array, list[str]] | None:
    """Return samples x features in the target's unit and what there is to say, None where no way.

    ``values`` are (samples, all genes of the file), ``place`` the feature of each gene. RNA-seq
    measures become each other by sums (parts of one gene are added), z-scores within a line come
    of any logarithm, and z-scores per feature are placed on ``profile``.
    """
    d, notes = len(profile.mean), list[str]()
    if not _needs_sums(given, target):  # 20,000 genes are read where a model may use 6,000
        values, place = values[:, place >= 0], place[place >= 0]
    if given.measure == PER_FEATURE and target.measure == WITHIN:
        return collapsed(values, place, d, "mean") * profile.sd + profile.mean, notes
    if not given.additive:
        if target.measure != WITHIN or given.measure not in (WITHIN, INTENSITY):
            return None
        return standardised(collapsed(values, place, d, "mean"), profile), notes
    measure = "TPM" if target.measure == WITHIN else target.measure
    linear = _measured(given.linear(values), given.measure, measure, notes)
    if linear is None:
        return None
    joined = collapsed(linear, place, d, "sum")
    if target.measure == WITHIN:
        return standardised(np.log2(joined + 1), profile), notes
    if target.base is None:
        return joined, notes
    return np.log(joined + target.offset) / np.log(target.base), notes


def _needs_sums(given: Scale, target: Scale) -> bool:
    """Whether genes that the model does not use matter: their sum does."""
    wanted = "TPM" if target.measure == WITHIN else target.measure
    return given.additive and given.measure not in ("", "TPM", "CPM", wanted)


def _measured(linear: Array, given: str, wanted: str, notes: list[str]) -> Array | None:
    """Return one linear measure as another: TPM of FPKM, counts per million of counts."""
    if given in ("", wanted):
        return linear
    if given in ("FPKM", "RPKM") and wanted == "TPM":
        return _per_million(linear, notes)
    if given in ("counts", "normalised counts", "CP10k") and wanted in ("TPM", "CPM"):
        if wanted == "TPM":
            notes.append(CPM_NOTE)
        return _per_million(linear, notes)
    if given == "CPM" and wanted == "TPM":
        notes.append(CPM_NOTE)
        return linear
    return None


def _per_million(linear: Array, notes: list[str]) -> Array:
    if linear.shape[1] < TRANSCRIPTOME:
        notes.append(f"scaled by the sum over the file's {linear.shape[1]:,} genes")
    sums = np.nansum(linear, axis=1, keepdims=True)
    return linear * (1e6 / np.where(sums > 0, sums, np.nan))


def standardised(x: Array, profile: Profile) -> Array:
    """Return z-scores of each sample over its measured features, placed as those of training."""
    there = np.isfinite(x)
    n = np.maximum(there.sum(1, keepdims=True), 1)
    every = bool(there.all())  # then nothing is left out of a sum, and no copy needed for it
    mean = (x if every else np.where(there, x, 0)).sum(1, keepdims=True) / n
    out: Array = x - mean
    square = out**2
    sd = np.sqrt((square if every else np.where(there, square, 0)).sum(1, keepdims=True) / n)
    level, width = profile.spread(there)
    out /= np.where(sd > 0, sd, np.nan)
    out *= width[:, None]
    out += level[:, None]
    return out


def nearest(samples: Array, profile: Profile, readings: Sequence[Scale]) -> list[Scale]:
    """Choose between z-scores within a line and per feature: does a sample resemble the lines?

    Within a line the commonly high genes are high; per feature they are 0 like all others.
    """
    if np.std(profile.mean) < 0.3:  # no gene is commonly high: both say the same
        return [scale for scale in readings if scale.measure == WITHIN]
    with np.errstate(invalid="ignore"):
        alike = [_correlation(row, profile.mean) for row in samples]
    r = float(np.nanmedian(alike)) if np.isfinite(alike).any() else 0.0
    if r > 0.5:
        return [Scale(WITHIN)]
    return [Scale(PER_FEATURE)] if r < 0.2 else list(readings)


def _correlation(row: Array, mean: Array) -> float:
    there = np.isfinite(row)
    if there.sum() < 3 or np.std(row[there]) == 0 or np.std(mean[there]) == 0:
        return float("nan")
    return float(np.corrcoef(row[there], mean[there])[0, 1])
