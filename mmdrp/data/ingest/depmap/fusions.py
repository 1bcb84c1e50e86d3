"""DepMap's fused genes (``OmicsFusionFiltered.csv``, ``CCLE_fusions.csv``) as 0/1 per line."""

from dataclasses import replace
from pathlib import Path

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.maf import matrix
from mmdrp.data.ingest.matrix import DEFAULT, Matrix, is_default
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError

NAMES = ("CanonicalFusionName", "FusionName", "#FusionName")
"""25Q2 and later; before; as STAR-Fusion has it"""
LINES = ("ModelID", "DepMap_ID", "ProfileID")
LEAST = 2
"""lines that must have a fusion: one that a single line has tells lines apart by name only"""


def read(path: Path) -> Matrix:
    """Read a row per call and return lines x fusions (``BCR--ABL1``): 1 where it was called.

    Of a line sequenced several times the default entry counts. Lines without any call are not in
    the file, and hence not in the table. Fusions of fewer than ``LEAST`` lines are counted in
    ``detail`` and left out: most are of one line.
    """
    table = Delimited.open(path, ",")
    line = next((name for name in LINES if name in table.header), None)
    fusion = next((name for name in NAMES if name in table.header), None)
    for found, names in ((line, LINES), (fusion, NAMES)):
        if found is None:
            raise MmdrpError(f"{path.name}: has no column {' or '.join(map(repr, names[:2]))}")
    assert line is not None
    assert fusion is not None
    chosen = [name for name in DEFAULT if name in table.header][:1]
    frame = table.text([line, fusion, *chosen])
    if chosen:
        frame = frame[is_default(frame[chosen[0]])]
    for name in (line, fusion):
        if (blank := frame[name] == "").any():
            raise MmdrpError(f"{cell(path, name, int(frame.index[blank][0]))}: empty")
    calls = frame[[line, fusion]].set_axis(["sample", "gene"], axis=1).drop_duplicates()
    often = calls["gene"].value_counts()
    calls["counted"] = calls["gene"].map(often) >= LEAST
    if not calls["counted"].any():
        raise MmdrpError(
            f"{path.name}: none of its {len(often)} fusions is in {LEAST} lines or more; leave the "
            "file out"
        )
    lost = int((often < LEAST).sum())
    detail = f"1 if called; {lost} fusions of fewer than {LEAST} lines are left out"
    return replace(matrix(calls), detail=detail)
