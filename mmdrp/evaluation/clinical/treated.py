"""Each patient's row as scores of the drugs it was given: what could not be used is listed."""

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mmdrp.data.known.clinic import ClinicNames, Treatment, like
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.clinical.patients import finder

NAMED = re.compile(r"'[^']*'|\"[^\"]*\"")
"""what a reason names"""
RULES = {
    "each": "a combination counts for each of its drugs, by that drug's own prediction",
    "treatment": "a combination is a treatment of its own, scored by the drug that the patient is "
    "predicted to be most sensitive to (independent action: Palmer and Sorger, Cell 2017)",
    "single": "combinations are left out",
}
"""how combinations are handled"""


def treated(
    patients: pd.DataFrame, sensitivity: pd.DataFrame, combinations: str, where: str
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return one row per patient and treatment with its ``score``, and what was left out.

    The first: ``patient, sample, treatment, score, combination`` and the columns of ``patients``;
    score is the drug's sensitivity in standard deviations over all predicted samples. The second:
    ``row, patient, drug, reason``. A patient counts once per treatment, with its first row.
    """
    z = ((sensitivity - sensitivity.mean()) / sensitivity.std(ddof=0).replace(0, np.nan)).T
    names = ClinicNames(list(sensitivity.columns), sensitivity.attrs.get("names"))
    sample_of = finder(sensitivity.index)
    known: dict[str, Treatment] = {}
    rows, left = [], []
    for row, patient, text in zip(
        patients.index, patients["patient"], patients["drug"], strict=True
    ):
        gone = {"row": row, "patient": patient, "drug": text}
        if not (sample := sample_of(patient)):
            left.append({**gone, "reason": f"patient {patient[:40]!r} has no predictions (omics)"})
            continue
        given = known.setdefault(text, names.find(text))
        left += [{**gone, "reason": reason} for reason in _absent(given, text)]
        if given.is_combination and combinations == "single":
            left.append({**gone, "reason": "a combination"})
            continue
        for treatment, score in _scores(given, z[sample], combinations):
            one = {"row": row, "sample": sample, "treatment": treatment, "score": score}
            if np.isfinite(score):
                rows.append({**one, "combination": given.is_combination})
            else:
                left.append({**gone, "reason": f"the prediction for {treatment} never differs"})
    if not rows:
        why = left[0]["reason"] if left else "no row names a drug that acts on a tumour"
        raise MmdrpError(f"{where}: no row can be used ({len(patients)} read): {why}, row "
                         f"{left[0]['row'] if left else 1}")  # fmt: skip
    table = pd.DataFrame(rows).set_index("row").join(patients)
    again = table.reset_index().duplicated(["patient", "treatment"]).to_numpy()
    reason = "the patient's first row with this drug counts"
    for row, name, text in table.loc[again, ["patient", "drug"]].itertuples():
        left.append({"row": row, "patient": name, "drug": text, "reason": reason})
    columns = ["row", "patient", "drug", "reason"]
    return table[~again], pd.DataFrame(left, columns=columns)


def _absent(given: Treatment, text: str) -> list[str]:
    lacking = [f"there are no predictions for {word[:40]!r}" for word in given.absent]
    if not given.drugs and not lacking and not given.unknown:
        return [f"{text[:40]!r} is no drug that acts on a tumour"]
    return lacking + [f"no table knows the drug {w[:40]!r}{_hint(w)}" for w in given.unknown]


def _hint(word: str) -> str:
    return f" (did you mean {near}?)" if (near := like(word)) else ""


def _scores(given: Treatment, z: pd.Series, combinations: str) -> list[tuple[str, float]]:
    """Return the treatments that a row stands for, and their scores."""
    each = [(name, _mean(z[list(ids)])) for name, ids in given.drugs]
    if combinations != "treatment" or not given.is_combination or not each:
        return each
    if given.absent or given.unknown:  # part of it only is predicted: it is not this treatment
        return []
    return [(" + ".join(sorted(n for n, _ in each)), float(np.max([s for _, s in each])))]


def _mean(values: "pd.Series[float]") -> float:
    """Return the mean over the screens of a drug."""
    return float(np.mean(values.to_numpy(dtype=float)))


def reasons(left: pd.DataFrame, most: int = 5) -> Sequence[str]:
    """Return how often each kind of reason stands in a list, the most frequent first, with names.

    >>> reasons(pd.DataFrame({"reason": ["no drug 'x'", "empty", "no drug 'y'", "no drug 'x'"]}))
    ["3 rows: no drug 'x' (2), 'y'", '1 row: empty']
    """
    kinds: dict[str, Counter[str]] = {}
    for reason in left["reason"]:
        name = NAMED.search(str(reason))
        kind = NAMED.sub("{}", str(reason), count=1)
        kinds.setdefault(kind, Counter())[name[0] if name else ""] += 1
    said = []
    for kind, names in sorted(kinds.items(), key=lambda item: -item[1].total()):
        shown = [f"{name} ({n})" if n > 1 else name for name, n in names.most_common(most)]
        rest = len(names) - most
        more = f" and {rest} other{'s' if rest > 1 else ''}" if rest > 0 else ""
        rows = f"{names.total()} row{'s' if names.total() > 1 else ''}"
        said.append(f"{rows}: {kind.replace('{}', ', '.join(shown) + more)}")
    return said
