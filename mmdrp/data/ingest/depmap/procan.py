"""ProCan's and Sanger's proteomics (Goncalves et al. 2022): 949 lines, thousands of proteins."""

from pathlib import Path

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

ID = "Project_Identifier"


def read(path: Path) -> Matrix:
    """Read lines in rows (``SIDM00018;K052``) and proteins in columns (``P37108;SRP14_HUMAN``).

    Proteins are named ``SRP14_HUMAN (P37108)``: the first is UniProt's entry, no symbol of a gene.
    Gaps, a third of the values, stay.
    """
    table = Delimited.open(path, "\t")
    first = table.header[0]
    if first not in (ID, ""):
        raise MmdrpError(f"{path.name}: its first column is {first[:40]!r}, expected {ID!r}")
    frame, values = table.numbers([first])
    check_key(path, frame[first].tolist(), first or ID)
    parts = frame[first].str.extract(r"^(SIDM\d+)\s*;\s*(.+)$")
    if (bad := parts[0].isna().to_numpy()).any():
        i = int(bad.argmax())
        raise MmdrpError(
            f"{cell(path, first or ID, i)}: {frame[first].iloc[i][:30]!r} is not SIDM....;LINE"
        )
    features = [_protein(name) for name in table.header[1:]]
    if not features:
        raise MmdrpError(f"{path.name}: holds no features")
    names = {"sanger": parts[0].tolist(), "name": parts[1].tolist()}
    return Matrix(names, features, values, "log2 of MaxLFQ intensity, replicates averaged")


def _protein(column: str) -> str:
    accession, _, entry = column.partition(";")
    return f"{entry} ({accession})" if entry else accession
