"""What a PharmacoSet says of its lines and drugs, and how its tables name them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import r_tables
from mmdrp.data.ingest.tools.smiles import smiles_of
from mmdrp.data.tables import check_key

LINE, DRUG = ("sampleid", "cellid"), ("treatmentid", "drugid")
"""what PharmacoGx calls a line and a drug, since version 3 and before"""


@dataclass(frozen=True)
class Columns:
    """Which columns of a table name lines and drugs, "" for none."""

    line: str
    drug: str

    @classmethod
    def of(cls, header: Sequence[str] | set[str]) -> "Columns":
        """Return which columns of a table name lines and drugs, the newer names first."""
        return cls(*(next((n for n in names if n in header), "") for names in (LINE, DRUG)))

    @property
    def both(self) -> bool:
        """Whether each row names a line and a drug."""
        return bool(self.line and self.drug)


def samples(folder: Raw, notes: list[str]) -> pd.DataFrame | None:
    """Return tissue and Cellosaurus id by line, from the table of samples where there is one."""

    def is_samples(names: set[str]) -> bool:
        there = Columns.of(names)
        return bool(there.line) and not there.drug and "tissueid" in names

    path = r_tables.only(r_tables.with_headings(folder, is_samples), "samples")
    if path is None:
        return None
    table = r_tables.open_r(path)
    key = Columns.of(table.header).line
    kept = {"tissueid": "tissue", "Cellosaurus.Accession.id": "rrid"}
    there = [name for name in kept if name in table.header]
    frame = table.text([key, *there])
    check_key(path, frame[key].tolist(), key)
    notes.append(f"tissues from {plain(path)}")
    return frame.set_index(key).rename(columns=kept).assign(name=frame[key].to_numpy())


def drugs_of(folder: Raw, names: list[str], notes: list[str]) -> pd.DataFrame:
    """Return the table of drugs, structures from the table of treatments where there is one."""

    def is_treatments(names: set[str]) -> bool:
        there = Columns.of(names)
        return bool(there.drug) and not there.line and "smiles" in {n.casefold() for n in names}

    drugs = pd.DataFrame({"drug": names, "name": names, "smiles": ""})
    path = r_tables.only(r_tables.with_headings(folder, is_treatments), "treatments")
    if path is None:
        return drugs
    table = r_tables.open_r(path)
    key = Columns.of(table.header).drug
    column = next(name for name in table.header if name.casefold() == "smiles")
    found = smiles_of(path, table.text([key, column]), key, column, notes)
    return drugs.assign(smiles=[found.get(name, "") for name in names])
