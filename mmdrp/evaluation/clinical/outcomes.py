"""Responses of patients: RECIST's words in any spelling, 0/1, or changes in size of the tumour.

RECIST 1.1 (Eisenhauer et al., Eur J Cancer 2009): a complete or partial response responds, a
partial one being a decrease by 30 % or more; stable and progressive disease do not.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.errors import OptionError

WORDS = {
    "responds": (
        "CR", "PR", "complete response", "partial response", "complete remission",
        "partial remission", "complete remission/response", "partial remission/response",
        "complete metabolic response", "partial metabolic response", "pathologic complete response",
        "pathological complete response", "pCR", "sCR", "VGPR", "very good partial response",
        "CRi", "responder", "response", "responded", "R", "objective response", "CR/PR", "yes",
        "sensitive",
    ),
    "stable": ("SD", "stable disease", "minimal response", "minor response", "MR", "no change"),
    "resists": (
        "PD", "progressive disease", "clinical progressive disease", "progression",
        "radiographic progressive disease", "persistent disease", "disease progression",
        "non-responder", "no response", "nonresponse", "NR", "refractory", "SD/PD", "no",
        "residual disease", "RD", "resistant", "treatment failure",
    ),
    "none": (
        "", "NE", "not evaluable", "not applicable", "not available", "unknown", "not assessed",
        "NA", "N/A", "nan", "none", "inevaluable", "discrepancy", "not evaluated", "pending",
    ),
}  # fmt: skip
PARTIAL = -30.0
"""percent change in size from which on a tumour is a partial response"""


def _plain(word: object) -> str:
    return "".join(filter(str.isalpha, str(word).casefold()))


MEANING = {_plain(word): meaning for meaning, words in WORDS.items() for word in words}


@dataclass(frozen=True)
class Outcomes:
    """Responses read, one per row of the table."""

    responds: npt.NDArray[np.float64]
    """1, 0, or NaN where there is none"""
    reasons: list[str]
    """why there is none; "" elsewhere"""
    rule: str


def outcomes(
    given: pd.Series,
    stable: str = "resists",
    responds_below: float | None = None,
    responds_above: float | None = None,
) -> Outcomes:
    """Read a column of responses.

    ``stable`` says what stable disease counts as: ``resists``, ``responds`` or ``leave_out``.
    Numbers are 0 and 1 (responds), or, where some are negative, percent changes in size; others
    need ``responds_below`` or ``responds_above``.

    >>> outcomes(pd.Series(["CR", "Clinical Progressive Disease", "SD", "?!"])).responds
    array([ 1.,  0.,  0., nan])
    """
    number = np.array(pd.to_numeric(given, errors="coerce"), dtype=np.float64)
    number[~np.isfinite(number)] = np.nan
    responds, rule = _numbers(number, responds_below, responds_above)
    reasons = [""] * len(given)
    worth = {
        "responds": 1.0,
        "resists": 0.0,
        "stable": {"responds": 1.0, "resists": 0.0}.get(stable),
    }
    words = False
    for i, word in enumerate(given.tolist()):
        if np.isfinite(number[i]):
            continue
        text = "" if pd.isna(word) else str(word)
        meaning = MEANING.get(_plain(text))
        if meaning is None or (not _plain(text) and text.strip(" -.?[]")):
            reasons[i] = f"response {text[:40]!r} is neither RECIST nor a number"
        elif meaning == "none":
            reasons[i] = "no response stated"
        elif worth[meaning] is None:
            reasons[i] = "stable disease is left out"
        else:
            responds[i], words = float(worth[meaning] or 0.0), True
    said = {"resists": "does not respond", "responds": "responds", "leave_out": "is left out"}
    rules = [f"CR and PR respond, PD does not, SD {said[stable]}"] if words else []
    return Outcomes(responds, reasons, "; ".join([*rules, *([rule] if rule else [])]))


def _numbers(
    number: npt.NDArray[np.float64], below: float | None, above: float | None
) -> tuple[npt.NDArray[np.float64], str]:
    """Return which numbers respond, and by which rule."""
    there = np.isfinite(number)
    responds = np.full(len(number), np.nan)
    if below is not None and above is not None:
        raise OptionError("responds_below: give it or responds_above, not both")
    if not there.any():
        return responds, ""
    values = number[there]
    if below is not None:
        responds[there] = values <= below
        return responds, f"numbers respond at {below:g} and below"
    if above is not None:
        responds[there] = values >= above
        return responds, f"numbers respond at {above:g} and above"
    if np.isin(values, (0.0, 1.0)).all():
        responds[there] = values
        return responds, "1 responds, 0 does not"
    if values.min() < 0 and values.min() >= -100:
        responds[there] = values <= PARTIAL
        return responds, f"percent change in size: {PARTIAL:g} and below responds (RECIST)"
    raise OptionError(
        f"response: {values[~np.isin(values, (0.0, 1.0))][0]:g} is neither 0/1 nor a percent "
        "change in size; say which numbers respond: responds_above=... or responds_below=..."
    )
