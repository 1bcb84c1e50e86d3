"""Responses of two studies brought to one measure: areas over the doses that both tested."""

import numpy as np
import pandas as pd

from mmdrp.evaluation.across.curves import area, reach

DECADES = 0.5
"""of dose that two studies must share for areas to be compared"""
WITHIN = "z values and ranks within drug"


def shared_areas(
    source: pd.DataFrame, target: pd.DataFrame, curves: pd.DataFrame | None,
    others: pd.DataFrame | None, same: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, str]]:  # fmt: skip
    """Return responses of both studies to the drugs in ``same``, and how each is compared.

    Drugs are named as the source does (``drug``; ``other`` is the target's). Where both have curves
    of a drug whose tested doses overlap by half a decade, the response is the mean viability over
    that range; elsewhere it is what the study measured, of which only correlations within drug are
    meaningful. A curve whose tested doses do not reach over the range is left out.
    """
    a = source[source["drug"].isin(same["drug"])]
    b = target.assign(drug=target["drug"].map(dict(same[["other", "drug"]].to_numpy())))
    b = b.dropna(subset="drug")
    said = dict.fromkeys(same["drug"], WITHIN)
    if curves is None or others is None:
        return a, b, said
    parts_a, parts_b = [a], [b]
    for drug, other in same[["drug", "other"]].itertuples(index=False):
        own, theirs = curves[curves["drug"] == drug], others[others["drug"] == other]
        if not len(own) or not len(theirs):
            continue
        low, high = (max(reach(own)[0], reach(theirs)[0]), min(reach(own)[1], reach(theirs)[1]))
        if high <= 0 or low <= 0 or np.log10(high / low) < DECADES:
            continue
        found = [_values(c, drug, low, high, set(x["cell"])) for c, x in ((own, a), (theirs, b))]
        if min(map(len, found)) == 0:
            continue
        parts_a.append(found[0])
        parts_b.append(found[1])
        said[drug] = f"mean viability from {low:.3g} to {high:.3g} uM"
    done = {drug for drug, how in said.items() if how != WITHIN}
    parts_a[0], parts_b[0] = a[~a["drug"].isin(done)], b[~b["drug"].isin(done)]
    return (
        pd.concat(parts_a, ignore_index=True),
        pd.concat(parts_b, ignore_index=True),
        said,
    )


def _values(
    curves: pd.DataFrame, drug: str, low: float, high: float, cells: set[str]
) -> pd.DataFrame:
    """Return ``cell, drug, value``, replicate curves averaged."""
    areas = area(curves, low, high)
    areas = areas[areas["cell"].isin(cells)].dropna(subset="value")
    mean = areas.groupby("cell", as_index=False)["value"].mean()
    return pd.DataFrame({"cell": mean["cell"], "drug": drug, "value": mean["value"]})
