"""Known targets in predicted responses: a small table of drugs, marks and directions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.drugs import resolve
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import exact, plain
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.comparison import Comparison, p_text
from mmdrp.tumours.stats.targets import TargetTest, compare_carriers, upper_half

Array = npt.NDArray[np.float64]
SHIPPED = Path(__file__).parent / "known_targets.csv"
COLUMNS = ("drug", "mark", "kind", "cancers", "expected", "origin")
CHOICES = {
    "kind": ("mutation", "expression", "annotation"),
    "expected": ("sensitive", "resistant"),
}
NAMES = {
    "mutation": ("mutated", "wild-type"),
    "expression": ("upper half", "lower half"),
    "annotation": ("positive", "negative"),
}
POSITIVE = ("positive", "pos", "+", "1", "yes", "true")
NEGATIVE = ("negative", "neg", "-", "0", "no", "false")
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class KnownTargets:
    """The table of verdicts, and the two groups of each target that could be tested."""

    table: pd.DataFrame
    panels: list[Comparison]


def check_targets(cohort: Cohort, targets: pd.DataFrame | str | Path | None = None) -> KnownTargets:
    """Compare carriers of each mark with the others; what cannot be tested says why.

    ``targets`` is a table of `read_targets`, a file of it, or None for the shipped list. A
    verdict counts from p < 0.05 (Welch, unadjusted).
    """
    wanted = targets if isinstance(targets, pd.DataFrame) else read_targets(targets)
    rows, panels = [], []
    for record in _valid(wanted, "targets").to_dict("records"):
        target = {str(k): str(v) for k, v in record.items()}
        for drug in _drugs_of(target["drug"], cohort) or [""]:
            result, panel = _checked(target, drug, cohort)
            rows.append({**target, "drug": drug or target["drug"], **result})
            panels += [panel] if panel else []
    columns = [*COLUMNS, *(f.name for f in fields(TargetTest)), "verdict", "note"]
    return KnownTargets(pd.DataFrame(rows, columns=columns).assign(unit=cohort.unit), panels)


def read_targets(path: str | Path | None = None) -> pd.DataFrame:
    """Read ``drug, mark, kind, cancers, expected, origin``; None: the shipped list.

    ``kind`` is mutation, expression or annotation; ``cancers`` are parted by ``;``, none means
    all. Raises MmdrpError that names file, column and row.

    >>> read_targets().loc[0, ["drug", "mark", "expected"]].tolist()
    ['Gefitinib', 'EGFR', 'sensitive']
    """
    if path is None:
        return pd.read_csv(SHIPPED, dtype=str, keep_default_na=False)
    from mmdrp.data import tables

    table = tables.read_arrow(Path(path), text=COLUMNS)
    tables.check_header(Path(path), table.column_names, COLUMNS[:5])
    frame: pd.DataFrame = table.to_pandas().map(exact).astype(object)
    return _valid(frame, Path(path).name)


def expression_marks(targets: pd.DataFrame) -> list[str]:
    """Return the genes whose expression the targets ask for."""
    return list(dict.fromkeys(targets.loc[targets["kind"] == "expression", "mark"]))


def _valid(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    lacking = [name for name in COLUMNS[:5] if name not in frame]
    if lacking:
        raise OptionError(f"{where}: has no column {lacking[0]!r}; expected {', '.join(COLUMNS)}")
    frame = frame.reindex(columns=list(COLUMNS), fill_value="").fillna("")
    for column, choices in CHOICES.items():
        wrong = ~frame[column].isin(choices).to_numpy()
        if wrong.any():
            i = int(np.argmax(wrong))
            raise OptionError(
                f"{where}: column {column!r}, row {i + 1}: {frame[column].iloc[i]!r}; "
                f"choose {' or '.join(choices)}"
            )
    return frame


def _drugs_of(name: str, cohort: Cohort) -> list[str]:
    try:
        return resolve(name, cohort.drugs)
    except MmdrpError:
        return []


def _checked(
    target: Mapping[str, str], drug: str, cohort: Cohort
) -> tuple[dict[str, object], Comparison | None]:
    mark, kind = target["mark"], target["kind"]
    types = [t for t in target["cancers"].split(";") if t]
    of_type = cohort.cancer_type.isin(types).to_numpy() if types else None
    if not drug:
        return _untestable("the predictions have no such drug"), None
    if of_type is not None and not of_type.any():
        return _untestable(f"no compared tumour is of type {' or '.join(types)}"), None
    carrier = _carriers(kind, mark, cohort)
    if isinstance(carrier, str):
        return _untestable(carrier), None
    if of_type is not None:
        carrier = np.where(of_type, carrier, np.nan)
    if kind == "expression":
        carrier = upper_half(carrier)
    response = cohort.response[drug].to_numpy()
    test = compare_carriers(carrier, response, cohort.higher)
    if isinstance(test, str):
        return _untestable(test), None
    verdict = "no difference"
    if test.p_welch < SIGNIFICANT:
        verdict = "as expected" if test.found == target["expected"] else "opposite"
    measured = np.isfinite(response)
    present = [t for t in types if t in set(cohort.cancer_type)]
    panel = Comparison(
        f"{mark}, {'+'.join(present) or 'all types'}", response[measured & (carrier == 1)],
        response[measured & (carrier == 0)], NAMES[kind],
        f"{plain(drug)}\n{verdict}, {p_text(test.p_welch)}",
    )  # fmt: skip
    return {**asdict(test), "verdict": verdict, "note": ""}, panel


def _carriers(kind: str, mark: str, cohort: Cohort) -> Array | str:
    """Return 1 carrier, 0 not, NaN unknown (of expression: the level), or what is lacking."""
    if kind == "mutation":
        if mark not in set(cohort.mutations.genes):
            return f"the mutation table has no gene {mark}"
        return cohort.mutations.status(mark)
    if kind == "expression":
        if cohort.expression is None or mark not in cohort.expression:
            return f"the study has no expression of {mark}"
        return cohort.expression[mark].to_numpy(dtype=np.float64)
    if mark not in cohort.annotation:
        return f"the cells table has no column {mark}"
    text = cohort.annotation[mark].astype(str).str.strip().str.casefold()
    return np.select([text.isin(POSITIVE), text.isin(NEGATIVE)], [1.0, 0.0], np.nan)


def _untestable(why: str) -> dict[str, object]:
    return {"verdict": "not testable", "note": why}
