"""Dose-response curves: read from a table, and their area over any range of doses."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data import tables
from mmdrp.errors import MmdrpError

Array = npt.NDArray[np.float64]
FILE = "curves"
"""stem of the table in a study's folder"""
NAMES = {
    "cell": ("cell", "line", "sample"), "drug": ("drug",), "curve": ("curve",),
    "ec50": ("ec50", "ec50_um"), "hill": ("hill", "slope", "hs"),
    "bottom": ("e_inf", "einf", "bottom", "lower_limit"), "top": ("e_0", "e0", "top",
    "upper_limit"), "least": ("min_dose", "min_conc"), "most": ("max_dose", "max_conc"),
    "dose": ("dose", "dose_um"), "viability": ("viability",),
}  # fmt: skip
"""what is read -> headings it may have, in any case"""
FITTED = ("ec50", "hill", "bottom", "least", "most")
POINTS = ("dose", "viability")


def read_curves(given: pd.DataFrame | str | Path, where: str) -> pd.DataFrame:
    """Return curves, fitted or as points; doses in uM, viability a fraction of the control's.

    Fitted: ``cell, drug, ec50, hill, e_inf, min_dose, max_dose`` (and ``e_0``, else 1), a row per
    curve: viability = e_inf + (e_0 - e_inf) / (1 + (dose / ec50)^hill). Points: ``cell, drug, dose,
    viability`` (and ``curve``, where a pair was measured twice). Raises MmdrpError that names
    column and row.
    """
    if not isinstance(given, pd.DataFrame):
        path = Path(given)
        if not path.is_file():
            raise MmdrpError(f"curves of {where}: {path}: there is no such file")
        given, where = tables.read_frame(path, None, ("cell", "drug")), path.name
    plain = {str(c).casefold(): c for c in given.columns}
    found = {k: next((plain[n] for n in names if n in plain), None) for k, names in NAMES.items()}
    kinds = [k for k in (FITTED, POINTS) if all(found[name] is not None for name in k)]
    lacking = [k for k in ("cell", "drug") if found[k] is None]
    if lacking or not kinds:
        need = lacking[0] if lacking else "ec50, hill, e_inf, min_dose, max_dose or dose, viability"
        raise MmdrpError(f"curves of {where}: has no column {need}")
    out = pd.DataFrame({k: given[found[k]].astype(str).to_numpy() for k in ("cell", "drug")})
    names = [*kinds[0], *(["top"] if found["top"] is not None and kinds[0] == FITTED else [])]
    for name in names:
        out[name] = pd.to_numeric(given[found[name]], errors="coerce").to_numpy(float)
        bad = ~np.isfinite(out[name].to_numpy(float))
        if name in ("ec50", "least", "most", "dose"):
            bad |= out[name].to_numpy(float) <= 0
        if bad.any():
            row = int(np.argmax(bad)) + 1
            raise MmdrpError(f"curves of {where}: column {found[name]!r}, row {row}: no such value")
    shares = out["viability" if kinds[0] == POINTS else "bottom"]
    if len(shares) and float(shares.abs().median()) > 2:
        raise MmdrpError(
            f"curves of {where}: viability is a fraction of 1; of percent, a hundredth"
        )
    if kinds[0] == POINTS:
        pair = out["cell"] + "\t" + out["drug"]
        out["curve"] = pair if found["curve"] is None else pair + "\t" + given[
            found["curve"]].astype(str).to_numpy()  # fmt: skip
        return out.sort_values(["curve", "dose"], ignore_index=True)
    return out if "top" in out else out.assign(top=1.0)


def reach(curves: pd.DataFrame) -> tuple[float, float]:
    """Return the lowest and highest dose (uM) that half of the curves were tested at."""
    if "dose" in curves:
        ends = curves.groupby("curve")["dose"].agg(["min", "max"])
        return float(ends["min"].median()), float(ends["max"].median())
    return float(curves["least"].median()), float(curves["most"].median())


def area(curves: pd.DataFrame, low: float, high: float) -> pd.DataFrame:
    """Return ``cell, value`` per curve: mean viability over log dose from ``low`` to ``high`` uM.

    NaN where the tested doses do not reach over the range (by more than a tenth of their width).
    """
    if "dose" in curves:
        rows = [(g["cell"].iloc[0], _of_points(g, low, high)) for _, g in curves.groupby("curve")]
        return pd.DataFrame(rows, columns=["cell", "value"])
    ec50, hill, bottom, top = (curves[c].to_numpy(float) for c in ("ec50", "hill", "bottom", "top"))
    value = mean_viability(ec50, hill, bottom, top, low, high)
    inside = _covers(curves["least"].to_numpy(float), curves["most"].to_numpy(float), low, high)
    return pd.DataFrame(
        {"cell": curves["cell"].to_numpy(), "value": np.where(inside, value, np.nan)}
    )


def mean_viability(
    ec50: Array, hill: Array, bottom: Array, top: Array, low: float, high: float
) -> Array:
    """Return the mean over log dose of log-logistic curves (n,), in closed form.

    With x = ln dose, m = ln ec50: bottom + (top - bottom) [1 - (s(high) - s(low)) / (hill (ln high
    - ln low))], s(x) = ln(1 + exp(hill (x - m))); the middle of bottom and top where hill is 0.

    >>> one = np.ones(1)
    >>> mean_viability(one, one, 0 * one, one, 0.1, 10.0).round(6).tolist()
    [0.5]
    """
    width = np.log(high) - np.log(low)
    flat = np.abs(hill) < 1e-9
    h = np.where(flat, 1.0, hill)
    rise = [np.logaddexp(0.0, h * (np.log(x) - np.log(ec50))) for x in (low, high)]
    share = np.where(flat, 0.5, 1 - (rise[1] - rise[0]) / (h * width))
    mean: Array = bottom + (top - bottom) * share
    return mean


def _of_points(curve: pd.DataFrame, low: float, high: float) -> float:
    """Return the mean of the straight lines between points of log dose; replicates averaged."""
    mean = curve.groupby("dose")["viability"].mean()
    x, y = np.log(mean.index.to_numpy(float)), mean.to_numpy(float)
    if len(x) < 2 or not _covers(np.exp(x[:1]), np.exp(x[-1:]), low, high)[0]:
        return float("nan")
    ends = np.clip(np.log([low, high]), x[0], x[-1])
    knots = np.unique([*ends, *x[(x > ends[0]) & (x < ends[1])]])
    return float(np.trapezoid(np.interp(knots, x, y), knots) / (knots[-1] - knots[0]))


def _covers(least: Array, most: Array, low: float, high: float) -> npt.NDArray[np.bool_]:
    slack = 0.1 * (np.log(high) - np.log(low))
    covered: npt.NDArray[np.bool_] = (np.log(least) <= np.log(low) + slack) & (
        np.log(most) >= np.log(high) - slack
    )
    return covered
