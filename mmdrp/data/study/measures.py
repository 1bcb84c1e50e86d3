"""What is known of response measures by their names and units: direction, and range of values."""

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mmdrp.data.study.direction import Direction

_RESISTANT = ("ic50", "lnic50", "logic50", "ec50", "gi50", "lnec50", "log10ic50", "log2ic50")
_SENSITIVE = ("aac", "actarea", "dss", "pic50", "pec50", "activityarea")
_INVERSE = re.compile(r"-\s*(ln|log)|^p[A-Z]|^1 -|^minus", re.I)
"""units in which more of a concentration is less of a number"""
_LN, _LOG10, _FRACTION = (-40.0, 40.0), (-20.0, 20.0), (-1.0, 10.0)


def contradiction(measure: str, unit: str, higher: Direction) -> str | None:
    """Say why a measure cannot have this direction, or return None.

    >>> contradiction("ic50", "ln uM", Direction.SENSITIVE)
    'a higher ic50 means resistance: say resistant, or give the measure another name'
    >>> contradiction("ic50", "-log10 M", Direction.SENSITIVE)
    """
    name = re.sub(r"[^a-z0-9]", "", measure.casefold())
    if name in _RESISTANT and higher is Direction.SENSITIVE and not _INVERSE.search(unit):
        return f"a higher {measure} means resistance: say resistant, or give the measure " + (
            "another name"
        )
    if name in _SENSITIVE and higher is Direction.RESISTANT:
        return f"a higher {measure} means sensitivity: say sensitive, or give the measure " + (
            "another name"
        )
    return None


def out_of_range(
    frame: pd.DataFrame, measures: Mapping[str, Mapping[str, str]]
) -> tuple[int, str] | None:
    """Return the place of the first value that its measure's unit cannot have, and why.

    ``frame`` is long: measure, value. A unit that is no logarithm of a concentration and no
    fraction says nothing of its values.
    """
    values, names = frame["value"].to_numpy(float), frame["measure"].to_numpy(str)
    for measure, said in measures.items():
        found = _range(said.get("unit", ""))
        if found is None:
            continue
        (least, most), advice = found
        rows = np.flatnonzero(names == measure)
        bad = rows[(values[rows] < least) | (values[rows] > most)]
        if len(bad):
            unit = said["unit"][:40]
            return int(bad[0]), f"{values[bad[0]]:.6g} is no {measure} in {unit}; {advice}"
    return None


def _range(unit: str) -> tuple[tuple[float, float], str] | None:
    if re.match(r"fraction\b|1 - ", unit):
        return _FRACTION, "of percent, take a hundredth"
    if re.match(r"-?\s*(ln|log_?e)\b", unit):
        return _LN, "take the natural logarithm of concentrations"
    if re.match(r"-?\s*log(10|2)?\b", unit):
        return _LOG10, "take the logarithm of concentrations"
    return None
