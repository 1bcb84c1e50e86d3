"""Lines of another study as lines of this one, by their ids and names."""

import logging

import pandas as pd

from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.study import Study

log = logging.getLogger(__name__)
COLUMNS: dict[str, tuple[str, ...]] = {
    "depmap": ("depmap_id", "modelid", "broad_id", "depmap"),
    "sanger": ("sanger_id", "sanger_model_id", "sangermodelid", "model_id", "sanger"),
    "cosmic": ("cosmic_id", "cosmicid", "cosmic"),
    "rrid": ("rrid",),
    "ccle": ("ccle_name", "cclename", "ccle_id", "ccle"),
    "name": ("name", "cell_line_name", "celllinename", "model_name"),
}
"""kind of id -> names that its column of a cells table may have, in any case"""


def matched_lines(own: Study, other: Study) -> dict[str, str]:
    """Return line of the other study -> the line of this one that it is; others are left out.

    The study's own ids and those of DepMap, Sanger, COSMIC, Cellosaurus (RRID) and CCLE are
    compared as they stand, names without case and hyphens; an id wins over a name. A line whose
    ids contradict each other, or that could be two lines, is left out and counted.

    >>> rna = pd.DataFrame({"TP53": [1.0, 2.0]}, index=["ACH-1", "ACH-2"])
    >>> ids = pd.DataFrame({"cosmic_id": ["905938", ""], "name": ["HL60", "HEL"]}, rna.index)
    >>> own = Study.from_frames(None, {"expression": rna}, samples=ids)
    >>> given = pd.DataFrame({"COSMIC_ID": [905938, 1]}, index=["HL-60", "K-562"])
    >>> rna = rna.set_axis(given.index)
    >>> matched_lines(own, Study.from_frames(None, {"expression": rna}, samples=given))
    {'HL-60': 'ACH-1'}
    """
    mine, theirs = _named(own.cells), _named(other.cells)
    frame = pd.DataFrame(
        {
            "cell": mine["id"], "name": mine["name"], "ccle": mine["ccle"],
            "stripped": mine["name"].where(mine["name"].ne(""), mine["id"]),
            "cosmic": mine["cosmic"], "sanger": mine["sanger"], "rrid": mine["rrid"],
            "alias": mine["id"],
        }, dtype=object,
    )  # fmt: skip
    by_id = dict(zip(mine["depmap"], mine["id"], strict=True)) | {i: i for i in mine["id"]}
    depmap = [by_id.get(i or own_id, "") if i or own_id else ""
              for i, own_id in zip(theirs["depmap"], theirs["id"], strict=True)]  # fmt: skip
    kinds = ("sanger", "cosmic", "rrid", "ccle", "name")
    names = {"any": theirs["id"].tolist(), "cell": depmap}
    names |= {kind: theirs[kind].tolist() for kind in kinds}
    found = CellIds(frame, own.name).resolve(other.name, names)
    matched = {a: b for a, b in zip(theirs["id"], found.cells, strict=True) if b}
    log.info(
        "%s: %d of its %d lines are lines of %s; %d more could be, and are left out",
        other.name, len(matched), len(theirs), own.name,
        sum(not c and any(note.startswith(f"{i} (") for note in found.unmapped)
            for i, c in zip(theirs["id"], found.cells, strict=True)),
    )  # fmt: skip
    return matched


def _named(cells: pd.DataFrame) -> pd.DataFrame:
    """Return what each line is called, kind by kind, "" where that is not known."""
    by_name = {str(column).lower(): column for column in cells}
    out = pd.DataFrame({"id": [str(i) for i in cells.index]}, dtype=object)
    for kind, columns in COLUMNS.items():
        column = next((by_name[c] for c in columns if c in by_name), None)
        out[kind] = "" if column is None else [_text(value) for value in cells[column]]
    return out


def _text(value: object) -> str:
    """Return an id as text; what spreadsheets made 906800.0 of is 906800."""
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return str(value).strip().removesuffix(".0")
