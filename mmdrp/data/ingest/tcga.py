"""TCGA tumours: mutations, expression and cancer type; a study without responses."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest import barcodes, maf, tumours
from mmdrp.data.manifest import Entry, Manifest
from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)

LICENCE = "TCGA open access"


def build(
    root: str | Path,
    raw: str | Path,
    classes: Sequence[str] = maf.DEEPDR,
    min_mean: float = 1.0,
    min_sd: float = 0.5,
) -> Study:
    """Write the study: one row per case (its primary tumour), no responses.

    ``classes`` of variants count in MAF files, which are taken before a ready matrix. Genes whose
    log2(TPM + 1) has a mean under ``min_mean`` or a standard deviation under ``min_sd`` over the
    tumours are dropped, as are genes never mutated (DeepDR's filters, Chiu et al. 2019).
    """
    folder = Path(raw)
    found = {
        "mutation": tumours.mutations(folder, list(classes)),
        "expression": tumours.expression(folder),
    }
    parts = {name: part for name, part in found.items() if part is not None}
    if not parts:
        raise MmdrpError(
            f"{folder}: has no *.maf, {tumours.MUTATIONS} or expression file; see docs/raw.md"
        )
    pairs = {n: [barcodes.split(b, part.source) for b in part.names] for n, part in parts.items()}
    chosen, notes = barcodes.choose(pairs)
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
    cells = pd.DataFrame({"cell": cases, "name": cases, "tissue": [kinds[c] for c in cases]})
    cells["sample_type"] = [chosen[c] for c in cases]
    drugs = pd.DataFrame({name: pd.Series(dtype="str") for name in ("drug", "name", "smiles")})
    entries = {
        n: Entry("", 0, 0, "", part.unit, part.source, "", LICENCE) for n, part in parts.items()
    }
    manifest = Manifest("tcga", entries, notes)
    return write_study(Path(root), manifest, {"cells": cells, "drugs": drugs}, tables)


def _filtered(
    name: str,
    part: tumours.Source,
    wanted: Mapping[str, str],
    min_mean: float,
    min_sd: float,
    notes: list[str],
) -> Table:
    """Read one modality, dropping uninformative genes block by block."""
    why = "mutated in no tumour"
    if name == "expression":
        logged = part.unit == tumours.LOG2_TPM
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
        elif part.unit == tumours.LOG2_TPM:
            wide = values.astype(np.float64)
            sd = wide.std(1, ddof=1) if wide.shape[1] > 1 else np.full(len(wide), np.inf)
            keep = (wide.mean(1) >= min_mean) & (sd >= min_sd)
        blocks.append(values[keep])
        genes += [gene for gene, kept in zip(here, keep, strict=True) if kept]
        total += len(here)
    notes.append(f"{name}: {len(wanted)} tumours; {total - len(genes)} of {total} genes {why}")
    if not genes:
        raise MmdrpError(f"{part.source}: no gene is left: all are {why}")
    return Table("cell", list(wanted), genes, np.concatenate(blocks).T)
