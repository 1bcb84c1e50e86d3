"""Does predicted sensitivity tell who lives, or stays free of progression, longer?"""

import importlib
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import CensoredData, logrank

Array = npt.NDArray[np.float64]
HAPPENED = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "dead", "deceased", "died", "progressed"), 1.0),
    **dict.fromkeys(("1:deceased", "1:progression", "recurred", "event", "progression"), 1.0),
    **dict.fromkeys(("0", "0.0", "false", "no", "alive", "living", "censored"), 0.0),
    **dict.fromkeys(("0:living", "0:censored", "0:alive or dead tumor free"), 0.0),
}
"""what says that the event was seen, or that it was not"""
LACKING = "Cox regression needs lifelines: pip install 'mmdrp[clinical]'"
COLUMNS = ["treatment", "n", "events", "hazard_ratio", "low", "high", "p_cox", "p_logrank", "why"]


def has_lifelines() -> bool:
    """Whether Cox regression can be done here."""
    return importlib.util.find_spec("lifelines") is not None


def events_of(patients: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return rows with a time and an event as numbers, and how many had none that is readable."""
    time = np.array(pd.to_numeric(patients["time"], errors="coerce"), dtype=np.float64)
    words = [HAPPENED.get(str(v).strip().casefold(), np.nan) for v in patients["event"]]
    event = np.array(words, dtype=np.float64)
    good = np.isfinite(time) & (time >= 0) & np.isfinite(event)
    return patients.assign(time=time, event=event)[good], int((~good).sum())


def survival_of(rows: pd.DataFrame, min_events: int, level: float) -> dict[str, Any]:
    """Compare the times of one treatment's patients by their ``score``.

    Cox's hazard ratio is that of one standard deviation of predicted sensitivity, below 1 where the
    sensitive do better; baselines differ by cancer type (strata). The log-rank test compares the
    halves above and below the median of their cancer type (scipy; ties belong below).
    """
    events = int(rows["event"].sum())
    out: dict[str, Any] = {"n": len(rows), "events": events}
    score = rows["score"].to_numpy(float)
    if events < min_events or len(rows) - 1 < min_events or np.ptp(score) == 0:
        return {**out, "why": f"fewer than {min_events} events, or scores that do not differ"}
    return {**out, "p_logrank": _logrank(rows), **_cox(rows, level)}


def _logrank(rows: pd.DataFrame) -> float:
    median = rows.groupby("type")["score"].transform("median")
    above = (rows["score"] > median).to_numpy()
    if not above.any() or above.all():
        return float("nan")
    with np.errstate(all="ignore"):
        return float(logrank(_censored(rows[above]), _censored(rows[~above])).pvalue)


def _censored(rows: pd.DataFrame) -> CensoredData:
    seen = rows["event"].to_numpy() == 1
    time = rows["time"].to_numpy(float)
    return CensoredData(uncensored=time[seen], right=time[~seen])


def _cox(rows: pd.DataFrame, level: float) -> Mapping[str, Any]:
    if not has_lifelines():
        return {"why": LACKING}
    lifelines = importlib.import_module("lifelines")
    score = rows["score"]
    frame = rows[["time", "event", "type"]].assign(score=(score - score.mean()) / score.std())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model = lifelines.CoxPHFitter(alpha=1 - level)
            model.fit(frame, "time", "event", strata=["type"])
    except Exception as error:  # of its own kinds: separation, no convergence
        return {"why": f"Cox: {str(error).splitlines()[0][:60]}"}
    fitted = model.summary.loc["score"]
    bounds = [c for c in fitted.index if c.startswith("exp(coef) ") and c.endswith("%")]
    low, high = sorted(float(fitted[c]) for c in bounds)
    ratio = {"hazard_ratio": float(fitted["exp(coef)"]), "low": low, "high": high}
    return {**ratio, "p_cox": float(fitted["p"])}
