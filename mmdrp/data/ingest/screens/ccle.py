"""CCLE's 2015 dose-response file (Barretina et al. 2012): 24 drugs, the release's own measures."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mmdrp.data.ingest import depmap, maf, structures
from mmdrp.data.ingest.assemble import assemble, omics_options
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.limits import same_for_each
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

FILE = "CCLE_NP24.2009_Drug_data_2015.02.24.csv"
LINE, NAME, DRUG, DOSES = "CCLE Cell Line Name", "Primary Cell Line Name", "Compound", "Doses (uM)"
IC50, AREA, TARGET = "IC50 (uM)", "ActArea", "Target"
ACTIVITY = "Activity Data (median)"
"""percent change against the control at each dose, comma between; not all extracts have it"""
LICENCE = "CCLE terms of use (Broad Institute)"
MEASURES = {
    "ic50": {"unit": "ln uM, at most the highest dose", "higher": "resistant"},
    "actarea": {
        "unit": "activity area, 0 to the number of doses",
        "higher": "sensitive",
    },
    "auc": {"unit": "1 - ActArea / number of doses", "higher": "resistant"},
}


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | Literal["damaging_hotspot"] = maf.DEEPDR,
    lines: Literal["measured", "all"] = "measured",
) -> Study:
    """Write the study: IC50 and ActArea as released, auc as ActArea's complement in [0, 1].

    The points of the curves stand beside it in ``curves.csv``, where the file has them.
    """
    folder = Raw(raw)
    ids = CellIds.read(folder)
    path = folder.need((FILE,), "the responses of CCLE")
    table = Delimited.open(path, ",", [LINE, NAME, DRUG, DOSES, IC50, AREA, TARGET])
    frame = table.text([LINE, NAME, DRUG, DOSES, IC50, AREA, TARGET])
    notes: list[str] = []
    wide = _measures(path, table, frame)
    same_for_each(path, frame, LINE, NAME)
    used = frame[[LINE, NAME]].drop_duplicates(LINE)
    found = ids.resolve("CCLE", {"ccle": used[LINE].tolist(), "name": used[NAME].tolist()})
    notes.extend(found.notes)
    wide["cell"] = frame[LINE].map(dict(zip(used[LINE], found.cells, strict=True))).to_numpy()
    long = wide[wide["cell"] != ""].melt(
        id_vars=["cell", "drug"], value_vars=list(MEASURES), var_name="measure"
    )
    long = long.dropna(subset="value")
    mean = long.groupby(["measure", "cell", "drug"], as_index=False)["value"].agg(["mean", "size"])
    response = mean.set_axis(["measure", "cell", "drug", "value", "replicates"], axis=1)
    notes.append(f"{len(long) - len(response)} replicate values were averaged")
    drugs = _drugs(frame, structures.read(folder))
    notes.extend(structures.missing(drugs["drug"].tolist(), drugs["smiles"].tolist()))
    entry = Entry("", 0, 0, "", "", FILE, "2015-02-24", LICENCE, measures=MEASURES)
    omics = depmap.read(folder, ids, modalities, mutation)
    options = omics_options(modalities, mutation, lines)
    points = _points(path, table, frame, wide["cell"].tolist())
    return assemble(
        Path(root), "ccle", folder, ids, omics, response, drugs, entry, notes, options,
        None if points is None else {"curves": points},
    )  # fmt: skip


def _points(
    path: Path, table: Delimited, frame: pd.DataFrame, cells: Sequence[str]
) -> pd.DataFrame | None:
    """Return ``cell, drug, curve, dose, viability`` of lines that are known; dose in uM."""
    if ACTIVITY not in table.header:
        return None
    activity = table.text([ACTIVITY])[ACTIVITY]
    rows = []
    for i, (cell_id, drug, doses, said) in enumerate(
        zip(cells, frame[DRUG], frame[DOSES], activity, strict=True)
    ):
        try:
            points = [(float(a), 1 + float(b) / 100) for a, b in
                      zip(doses.split(","), said.split(","), strict=True)]  # fmt: skip
        except ValueError:
            raise MmdrpError(
                f"{cell(path, ACTIVITY, i)}: {said[:40]!r} is no number for each dose"
            ) from None
        if cell_id:
            rows += [(cell_id, drug, i, dose, viability) for dose, viability in points]
    return pd.DataFrame(rows, columns=["cell", "drug", "curve", "dose", "viability"])


def _measures(path: Path, table: Delimited, frame: pd.DataFrame) -> pd.DataFrame:
    """Columns drug, ic50, actarea, auc; one row per curve, NaN where the release has none."""
    for name in (LINE, DRUG):
        if (frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(np.argmax(frame[name] == '')))}: empty")
    ic50, area = table.column(frame, IC50), table.column(frame, AREA)
    doses = frame[DOSES].str.count(",").to_numpy() + 1
    highest = np.array([_highest(path, i, text) for i, text in enumerate(frame[DOSES])])
    for name, bad in (
        (IC50, (ic50 <= 0) | (ic50 > highest * 1.001)),
        (AREA, (area < 0) | (area > doses)),
    ):
        if bad.any():
            i = int(np.argmax(bad))
            raise MmdrpError(
                f"{cell(path, name, i)}: {frame[name].iloc[i]} cannot be; the doses are "
                f"{doses[i]}, up to {highest[i]:g} uM"
            )
    return pd.DataFrame(
        {"drug": frame[DRUG], "ic50": np.log(ic50), "actarea": area, "auc": 1 - area / doses}
    )


def _highest(path: Path, row: int, doses: str) -> float:
    """Return the highest of a text of doses, such as ``.0025,.008,.025,8``."""
    try:
        return max(float(dose) for dose in doses.split(","))
    except ValueError:
        raise MmdrpError(f"{cell(path, DOSES, row)}: {doses[:40]!r} are no numbers") from None


def _drugs(frame: pd.DataFrame, smiles: dict[str, str]) -> pd.DataFrame:
    rows = frame.drop_duplicates(DRUG).sort_values(DRUG)
    return pd.DataFrame(
        {
            "drug": rows[DRUG],
            "name": rows[DRUG],
            "smiles": [smiles.get(key_of(name), "") for name in rows[DRUG]],
            "target": rows[TARGET],
        }
    ).reset_index(drop=True)
