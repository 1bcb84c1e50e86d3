"""Which units the values of an expression table can be in, by range, sums, zeros and spread."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmdrp.data.expression.scale import INTENSITY, PER_FEATURE, WITHIN, Scale

MILLION = 1e6
LOGS = 50.0
"""no logarithm of expression is above, and no transcriptome's largest TPM below"""
NEAR = 0.01
"""relative distance of a sum from a million that rounding may leave"""
PART = 0.6
"""share of a million that protein-coding genes have of a sample's TPM, and FPKM do not reach"""
FLOOR = 0.01
"""share of values that stand for zeros of a measure, where a small offset was added"""
GENES, SAMPLES = 50, 8
"""fewer say nothing of sums over genes, or of spread over samples"""
LOOKED_AT = 200
"""samples, evenly spread over a table, that decide; all of a table are of one kind"""
Array = npt.NDArray[np.float64]


def readings(values: npt.NDArray[Any], hint: str = "") -> list[Scale]:
    """Return the scales that samples x genes can be in: none, one, or those one cannot tell apart.

    All genes of the file should be there: the sum over a transcriptome tells TPM from FPKM.
    ``hint`` is a name of the file or column; it decides only between readings that values allow.

    >>> rng = np.random.default_rng(0)
    >>> tpm = rng.lognormal(1, 2, (3, 500))
    >>> tpm *= 1e6 / tpm.sum(1, keepdims=True)
    >>> [words(readings(x)) for x in (tpm, np.log2(tpm + 1), tpm[:, 9:] * 0.4)]
    ['TPM', 'log2(TPM + 1)', 'TPM or FPKM']
    """
    x = values[:: max(1, -(-len(values) // LOOKED_AT))].astype(np.float64)
    x = x[np.isfinite(x).any(axis=1)]  # a sample may have no value at all
    finite = x[np.isfinite(x)]
    if not finite.size:
        return []
    if finite.min() < 0:
        found = _with_negatives(x, finite)
    elif finite.max() > LOGS:
        found = _linear(x, finite)
    else:
        found = _logged(x, finite)
    named = [scale for scale in found if scale.measure and _hinted(scale.measure, hint)]
    return named if len(named) == 1 else found


def _linear(x: Array, finite: Array) -> list[Scale]:
    if _whole(finite):
        return [Scale("counts")]
    sums = np.nansum(x, axis=1)
    if _all_near(sums, MILLION):
        return [Scale("TPM")]
    if np.median(sums) > 1.1 * MILLION:
        return [Scale("counts")]  # RSEM's and Salmon's expected counts are not whole
    if np.median(sums) > PART * MILLION:
        return [Scale("TPM")]
    return [Scale("TPM"), Scale("FPKM")]


def _logged(x: Array, finite: Array) -> list[Scale]:
    if _whole(finite):
        return []
    zeros = float((finite == 0).mean())
    if not zeros and finite.min() > 1 and finite.max() > 8:
        return [Scale(INTENSITY)]
    fitting = [Scale("", base) for base in (2.0, float(np.e), 10.0)]
    for scale in fitting:
        if found := _measure(scale, x):
            return [found]
    return fitting[:1] if finite.max() > 7 or x.shape[1] < GENES else fitting


def _measure(scale: Scale, x: Array) -> Scale | None:
    """Return a scale with its measure, where undoing the logarithm shows it."""
    if x.shape[1] < GENES or scale.base is None or np.nanmax(x) * np.log(scale.base) > 40:
        return None
    linear = scale.linear(x)
    sums = np.nansum(linear, axis=1)
    if _all_near(sums, MILLION):
        return Scale("TPM", scale.base, scale.offset)
    if _all_near(sums, 1e4):
        return Scale("CP10k", scale.base, scale.offset)
    seen = linear[np.isfinite(linear)]
    if (
        seen.max() > 20
        and (np.abs(seen - np.rint(seen)) < 1e-3 * np.maximum(seen, 1)).mean() > 0.999
    ):
        small = seen[(seen > 0.5) & (seen < 200)]
        if small.size and (np.abs(small - np.rint(small)) < 0.02).mean() > 0.99:
            return Scale("counts", scale.base, scale.offset)
    return None


def _with_negatives(x: Array, finite: Array) -> list[Scale]:
    low = finite.min()
    if finite.max() > LOGS or _whole(finite):
        return []
    found = []
    if x.shape[1] >= GENES and _standard(x, 1):
        found.append(Scale(WITHIN))
    if len(x) >= SAMPLES and _standard(x, 0):
        found.append(Scale(PER_FEATURE))
    offset = 2.0**low
    # A floor is common to all samples, as that of z-scores is not: those of absent genes.
    floors = (np.nanmin(x, axis=1) == low).mean() > 0.8 and (finite == low).mean() > FLOOR
    if not found and floors and low > -40 and abs(offset - _round(offset)) < 1e-3 * offset:
        scale = Scale("", 2.0, _round(offset))
        return [_measure(scale, x) or scale]
    return found


def _standard(x: Array, axis: int) -> bool:
    """Whether mean and standard deviation along an axis are about 0 and 1 nearly everywhere."""
    some = np.isfinite(x).sum(axis) > 2
    part = x[some] if axis == 1 else x[:, some]
    if not part.size:
        return False
    mean, sd = np.nanmean(part, axis), np.nanstd(part, axis)
    level = sd > 0
    if not level.any():
        return False
    return bool(
        np.median(np.abs(mean[level])) < 0.15 and np.quantile(np.abs(sd[level] - 1), 0.8) < 0.2
    )


def _whole(x: Array) -> bool:
    return bool((x == np.rint(x)).all())


def _all_near(sums: Array, target: float) -> bool:
    return bool((np.abs(sums / target - 1) < NEAR).all())


def _round(value: float) -> float:
    return float(f"{value:.1g}")


def _hinted(measure: str, hint: str) -> bool:
    words = {"normalised counts": "normalized", "CP10k": "cp10k"}
    return words.get(measure, measure).lower() in hint.lower()


def words(found: Sequence[Scale]) -> str:
    """Name readings: ``TPM or FPKM``."""
    return " or ".join(scale.words() for scale in found)
