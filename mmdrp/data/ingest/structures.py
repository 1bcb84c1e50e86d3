"""SMILES for releases that name their drugs but do not draw them (GDSC, CCLE)."""

from mmdrp.data.chem.standardise import standardise
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.ingest.screens import ctrpv2
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

FILE = "smiles.csv"


def read(folder: Raw) -> dict[str, str]:
    """Return stripped drug name -> standardised SMILES.

    From ``smiles.csv`` (columns ``drug``, ``smiles``), which the user makes; what it does not name
    is looked up among CTRPv2's compounds where their table is in the same raw folder.
    """
    found: dict[str, str] = {}
    if folder.find((ctrpv2.COMPOUNDS,)):
        compounds = ctrpv2.compounds(folder, [])
        found = {key_of(n): s for n, s in zip(compounds["drug"], compounds["smiles"], strict=True)}
    path = folder.find((FILE,))
    if path is None:
        return found
    frame = Delimited.open(path, ",", ["drug", "smiles"]).text(["drug", "smiles"])
    check_key(path, frame["drug"].tolist(), "drug")
    for i, (name, smiles) in enumerate(frame.itertuples(index=False)):
        try:
            found[key_of(name)] = standardise(smiles)
        except ValueError as error:
            raise MmdrpError(f"{cell(path, 'smiles', i, name)}: {error}") from None
    return found


def missing(drugs: list[str], smiles: list[str]) -> list[str]:
    """Say which drugs stay without a structure: they serve the panel, not pairs."""
    bare = [d for d, s in zip(drugs, smiles, strict=True) if not s]
    if not bare:
        return []
    return [
        f"{len(bare)} of {len(drugs)} drugs have no SMILES ({FILE} may give them), so pairs leave "
        f"them out: {', '.join(bare)}"
    ]
