"""TCGA tumours: mutations, expression and cancer type; a study without responses."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest import maf
from mmdrp.data.ingest.raw import Raw, told_unread
from mmdrp.data.ingest.tcga import barcodes
from mmdrp.data.ingest.tcga.expression import expression
from mmdrp.data.ingest.tcga.mutations import mutations
from mmdrp.data.ingest.tcga.source import Source
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import listed
from mmdrp.options import Range, checked

log = logging.getLogger(__name__)


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    classes: Sequence[str] = maf.DEEPDR,
    min_mean: Annotated[float, Range(least=0)] = 1.0,
    min_sd: Annotated[float, Range(least=0)] = 0.5,
    expression_unit: Literal["TPM", "log2(TPM + 1)"] | None = None,
) -> Study:
    """Write the study: one row per case (its primary tumour), no responses.

    ``classes`` of variants count in MAF files, which are taken before a ready matrix. Genes whose
    log2 expression has a mean under ``min_mean`` or a standard deviation under ``min_sd`` over the
    tumours are dropped, as are genes never mutated (DeepDR's filters, Chiu et al. 2019).
    ``expression_unit`` says what a ``*_tpm`` table is in, where its values do not tell.
    """
    folder = Raw(raw)
    found = {
        "mutation": mutations(folder, list(classes)),
        "expression": expression(folder, expression_unit),
    }
    parts = {name: part for name, part in found.items() if part is not None}
    if not parts:
        lying = listed([path.name for path in folder.unread()], shown=2)
        there = f" (there: {lying})" if lying else ""
        raise MmdrpError(
            f"{folder}: has no file of mutations or expression that is read{there}; see docs/raw.md"
        )
    pairs = {n: [barcodes.split(b, part.source) for b in part.names] for n, part in parts.items()}
    chosen, notes = barcodes.choose(pairs)
    notes += [f"{name}: no file in the raw folder" for name in found if name not in parts]
    tables: dict[str, Table] = {}
    stated: dict[str, str] = {}
    for name, part in parts.items():
        rows, others = barcodes.first_aliquots(part.names, pairs[name], chosen)
        if others:
            notes.append(f"{name}: {others} further aliquots of the same sample are left out")
        wanted = {case: part.names[i] for case, i in rows.items()}
        tables[name] = _filtered(name, part, wanted, min_mean, min_sd, notes)
        # The first file to say wins: a MAF's cohort (LGG) is finer than expression's (GBMLGG).
        stated = {case: kind for case, kind in part.types.items() if kind} | stated
    cases = sorted({case for table in tables.values() for case in table.ids})
    kinds, told = barcodes.cancer_types(folder, cases, stated)
    notes.extend(told)
    for note in notes:
        log.info("%s", note)
    notes += told_unread(folder)
    cells = pd.DataFrame({"cell": cases, "name": cases, "tissue": [kinds[c] for c in cases]})
    cells["sample_type"] = [chosen[c] for c in cases]
    drugs = pd.DataFrame({name: pd.Series(dtype="str") for name in ("drug", "name", "smiles")})
    entries = {
        n: Entry("", 0, 0, "", part.unit, part.source, "", part.licence, detail=part.detail)
        for n, part in parts.items()
    }
    options = {"classes": list(classes), "min_mean": min_mean, "min_sd": min_sd}
    options["expression_unit"] = expression_unit
    manifest = Manifest("tcga", entries, notes, options)
    return write_study(Path(root), manifest, {"cells": cells, "drugs": drugs}, tables)


def _filtered(
    name: str,
    part: Source,
    wanted: Mapping[str, str],
    min_mean: float,
    min_sd: float,
    notes: list[str],
) -> Table:
    """Read one modality, dropping uninformative genes block by block."""
    why = "mutated in no tumour"
    if name == "expression":
        logged = part.unit.startswith("log2(")
        why = (
            f"of mean < {min_mean:g} or st. dev. < {min_sd:g}"
            if logged
            else "(no filter on z-scores)"
        )
    genes: list[str] = []
    blocks = []
    total = 0
    for here, values in part.blocks(list(wanted.values())):
        keep = np.ones(len(here), dtype=bool)
        if name == "mutation":
            keep = (values != 0).any(axis=1)
        elif part.unit.startswith("log2("):
            keep = _informative(values.astype(np.float64), min_mean, min_sd)
        blocks.append(values[keep])
        genes += [gene for gene, kept in zip(here, keep, strict=True) if kept]
        total += len(here)
    notes += [f"{name}: {note}" for note in part.notes]
    notes.append(f"{name}: {len(wanted)} tumours; {total - len(genes)} of {total} genes {why}")
    if not genes:
        raise MmdrpError(f"{part.source}: no gene is left: all are {why}")
    return Table("cell", list(wanted), genes, np.concatenate(blocks).T)


def _informative(
    logged: npt.NDArray[np.float64], min_mean: float, min_sd: float
) -> npt.NDArray[np.bool_]:
    """Say which genes, (genes, tumours), have that mean and standard deviation; gaps left out."""
    known = np.isfinite(logged)
    n = known.sum(1)
    mean = np.where(known, logged, 0).sum(1) / np.maximum(n, 1)
    squares = np.where(known, (logged - mean[:, None]) ** 2, 0).sum(1)
    sd = np.where(n > 1, np.sqrt(squares / np.maximum(n - 1, 1)), np.inf)
    keep: npt.NDArray[np.bool_] = (n > 0) & (mean >= min_mean) & (sd >= min_sd)
    return keep
