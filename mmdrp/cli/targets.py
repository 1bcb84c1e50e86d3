"""Known targets in predicted responses: a small table of drugs, marks and directions."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

import mmdrp
from mmdrp.data import tables
from mmdrp.data.cohort import Cohort, named
from mmdrp.errors import MmdrpError
from mmdrp.plots.box import Comparison, shown
from mmdrp.stats.targets import Check, check, upper_half

Array = npt.NDArray[np.float64]
SHIPPED = Path(mmdrp.__file__).parent / "data" / "known_targets.csv"
COLUMNS = ("drug", "mark", "kind", "cancers", "expected", "origin")
KINDS = ("mutation", "expression", "annotation")
NAMES = {
    "mutation": ("mutated", "wild-type"),
    "expression": ("upper half", "lower half"),
    "annotation": ("positive", "negative"),
}
POSITIVE = ("positive", "pos", "+", "1", "yes", "true")
NEGATIVE = ("negative", "neg", "-", "0", "no", "false")
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Targets:
    """The table of verdicts, and the box plot of each target that could be tested."""

    table: pd.DataFrame
    panels: list[Comparison]


def known_targets(cfg: DictConfig, cohort: Cohort) -> Targets:
    """Check each row of the table of targets; what cannot be tested says why."""
    wanted = read_targets(Path(cfg.targets) if cfg.targets else SHIPPED)
    levels = _expression(Path(cfg.data), wanted)
    rows, panels = [], []
    for row in wanted.to_dict("records"):
        told = {str(k): str(v) for k, v in row.items()}
        for drug in named(told["drug"], cohort.drugs) or [""]:
            result, panel = _row(told, drug, cohort, levels, cfg.higher)
            rows.append({**told, "drug": drug or told["drug"], **result})
            panels += [panel] if panel else []
    columns = [*COLUMNS, *(f.name for f in fields(Check)), "verdict", "note"]
    return Targets(pd.DataFrame(rows, columns=columns), panels)


def read_targets(path: Path) -> pd.DataFrame:
    """Read ``drug, mark, kind, cancers, expected, origin``; no cancers means all."""
    table = tables.read_arrow(path, text=COLUMNS)
    tables.check_header(path, table.column_names, COLUMNS[:5])
    frame: pd.DataFrame = table.to_pandas()
    frame = frame.reindex(columns=list(COLUMNS), fill_value="").fillna("")
    allowed = {"kind": KINDS, "expected": ("sensitive", "resistant")}
    for column, choices in allowed.items():
        wrong = ~frame[column].isin(choices).to_numpy()
        if wrong.any():
            i = int(np.argmax(wrong))
            raise MmdrpError(
                f"{tables.cell(path, column, i)}: {frame[column].iloc[i]!r}; "
                f"choose {' or '.join(choices)}"
            )
    return frame


def _expression(folder: Path, wanted: pd.DataFrame) -> pd.DataFrame:
    path = tables.find(folder, "expression")
    genes = list(dict.fromkeys(wanted.loc[wanted["kind"] == "expression", "mark"]))
    return pd.DataFrame() if path is None else tables.read_columns(path, "cell", genes)


def _row(
    told: Mapping[str, str], drug: str, cohort: Cohort, levels: pd.DataFrame, higher: str
) -> tuple[dict[str, object], Comparison | None]:
    mark, kind = told["mark"], told["kind"]
    types = [t for t in told["cancers"].split(";") if t]
    present = [t for t in types if t in set(cohort.kind)]
    rows = np.isin(cohort.kind, types) if types else np.ones(len(cohort.cells), dtype=bool)
    if not drug:
        return _untestable("the predictions have no such drug"), None
    if not rows.any():
        return _untestable(f"no compared tumour is of type {' or '.join(types)}"), None
    carrier = _carriers(kind, mark, cohort, levels)
    if isinstance(carrier, str):
        return _untestable(carrier), None
    carrier = np.where(rows, carrier, np.nan)
    if kind == "expression":
        carrier = upper_half(carrier)
    response = cohort.response[:, list(cohort.drugs).index(drug)]
    found = check(carrier, response, higher)
    if isinstance(found, str):
        return _untestable(found), None
    verdict = "no difference"
    if found.p_welch < SIGNIFICANT:
        verdict = "as expected" if found.found == told["expected"] else "opposite"
    there = np.isfinite(response)
    panel = Comparison(
        f"{mark}, {'+'.join(present) or 'all types'}", response[there & (carrier == 1)],
        response[there & (carrier == 0)], NAMES[kind],
        f"{drug}\n{verdict}, {shown(found.p_welch)}",
    )  # fmt: skip
    return {**asdict(found), "verdict": verdict, "note": ""}, panel


def _carriers(kind: str, mark: str, cohort: Cohort, levels: pd.DataFrame) -> Array | str:
    """Return 1 carrier, 0 not, NaN unknown (of expression: the level), or what is lacking."""
    if kind == "mutation":
        genes = list(cohort.mutations.genes)
        if mark not in genes:
            return f"the mutation table has no gene {mark}"
        i = genes.index(mark)
        out: Array = cohort.mutations.mutated[[i]].toarray()[0].astype(float)
        out[cohort.mutations.unknown[[i]].indices] = np.nan
        return out
    if kind == "expression":
        if mark not in levels:
            return f"the study has no expression of {mark}"
        return levels[mark].reindex(list(cohort.cells)).to_numpy(dtype=np.float64)
    if mark not in cohort.annotation:
        return f"the cells table has no column {mark}"
    text = cohort.annotation[mark].astype(str).str.strip().str.casefold()
    return np.select([text.isin(POSITIVE), text.isin(NEGATIVE)], [1.0, 0.0], np.nan)


def _untestable(why: str) -> dict[str, object]:
    return {"verdict": "not testable", "note": why}
