"""Does predicted sensitivity tell who lives, or stays free of progression, longer?"""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import norm

from mmdrp.evaluation.clinical.cox import cox, log_rank

Array = npt.NDArray[np.float64]
HAPPENED = {
    **dict.fromkeys(("1", "1.0", "true", "yes", "dead", "deceased", "died", "progressed"), 1.0),
    **dict.fromkeys(("1:deceased", "1:progression", "recurred", "event", "progression"), 1.0),
    **dict.fromkeys(("0", "0.0", "false", "no", "alive", "living", "censored"), 0.0),
    **dict.fromkeys(("0:living", "0:censored", "0:alive or dead tumor free"), 0.0),
}
"""what says that the event was seen, or that it was not"""
COLUMNS = ["treatment", "n", "events", "hazard_ratio", "low", "high", "p_cox", "p_logrank", "why"]


def events_of(patients: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return rows with a time and an event as numbers, and per row why it has none ("" elsewhere).

    >>> told = pd.DataFrame({"time": ["12", "-3", "9"], "event": ["dead", "1", "perhaps"]})
    >>> events_of(told)[1]
    ['', "time '-3' is no time", "event 'perhaps' is neither seen (1, dead) nor not (0, alive)"]
    """
    time = np.array(pd.to_numeric(patients["time"], errors="coerce"), dtype=np.float64)
    words = [HAPPENED.get(str(v).strip().casefold(), np.nan) for v in patients["event"]]
    event = np.array(words, dtype=np.float64)
    timed = np.isfinite(time) & (time >= 0)
    reasons = [
        f"time {_shown(t)} is no time" if not good
        else f"event {_shown(e)} is neither seen (1, dead) nor not (0, alive)" if np.isnan(seen)
        else ""
        for t, e, good, seen in zip(patients["time"], patients["event"], timed, event, strict=True)
    ]  # fmt: skip
    return patients.assign(time=time, event=event)[timed & np.isfinite(event)], reasons


def _shown(value: object) -> str:
    return "'' (empty)" if pd.isna(value) or not str(value).strip() else repr(str(value)[:40])  # type: ignore[call-overload]


def survival_of(rows: pd.DataFrame, min_events: int, level: float) -> dict[str, Any]:
    """Compare the times of one treatment's patients by their ``score``.

    Cox's hazard ratio is that of one standard deviation of predicted sensitivity, below 1 where the
    sensitive do better; baselines differ by cancer type (strata). The log-rank test compares the
    halves above and below the median of their cancer type, within types (ties belong below).
    """
    events = int(rows["event"].sum())
    out: dict[str, Any] = {"n": len(rows), "events": events}
    score = rows["score"].to_numpy(float)
    if events < min_events or len(rows) - 1 < min_events or np.ptp(score) == 0:
        return {**out, "why": f"fewer than {min_events} events, or scores that do not differ"}
    time, event = (rows[c].to_numpy(float) for c in ("time", "event"))
    kinds = pd.factorize(rows["type"])[0].astype(np.int_)
    above = score > rows.groupby("type")["score"].transform("median").to_numpy(float)
    out["p_logrank"] = log_rank(above, time, event, kinds)
    (beta, error), why = cox((score - score.mean()) / score.std(ddof=1), time, event, kinds)
    if why:
        return {**out, "why": why}
    low, high = np.exp(beta + np.array([-1, 1]) * norm.ppf(0.5 + level / 2) * error)
    p = 2 * norm.sf(abs(beta) / error)
    ratio = {"hazard_ratio": float(np.exp(beta)), "low": float(low), "high": float(high)}
    return {**out, **ratio, "p_cox": float(p)}
