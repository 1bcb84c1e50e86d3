"""Mutations of tumours: MAF files, variants as Xena and cBioPortal have them, ready matrices."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest import maf
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tcga import barcodes, icgc
from mmdrp.data.ingest.tcga.genes import first_column
from mmdrp.data.ingest.tcga.source import TCGA, Source, Values, genes_in_rows, whole
from mmdrp.data.study.units import BINARY
from mmdrp.errors import MmdrpError

MUTATIONS = "mutation_matrix.txt"
READY = (MUTATIONS, "*.nonsilentGene.xena", "mc3_gene_level*.txt", "*_mc3_gene_level.txt")
Reader = Callable[[Path, Sequence[str]], pd.DataFrame]
VARIANTS: tuple[tuple[tuple[str, ...], Reader], ...] = (
    (("*.maf",), lambda p, c: maf.read(p, ("Tumor_Sample_Barcode",), c)),
    (
        ("data_mutations.txt", "data_mutations_extended.txt", "data_mutations_mskcc.txt"),
        lambda p, c: maf.read(p, ("Tumor_Sample_Barcode",), c),
    ),
    (
        ("mc3.*.PUBLIC.xena", "*.somaticmutation_*.tsv", "*.mutect2_snv.tsv"),
        lambda p, c: maf.read_effects(p, c),
    ),
    (icgc.PATTERNS, lambda p, c: icgc.read(p, c)),
)
"""patterns, the first that has files, and what reads them: MAF, cBioPortal's, Xena's, ICGC's"""


def mutations(folder: Raw, classes: Sequence[str]) -> Source | None:
    """Open files of variants, all of one kind, or else a ready matrix (genes in rows)."""
    return variants(folder, classes) or counts(folder)


def counts(folder: Raw) -> Source | None:
    """Open a ready matrix: counts of mutations, or 0/1."""
    path = folder.find(READY)
    if path is None:
        return None
    said = "1 if any non-silent mutation (as released)"
    return genes_in_rows(path, BINARY, _mutated, first_column, detail=said)


def variants(folder: Raw, classes: Sequence[str]) -> Source | None:
    """Read all files of variants; a cohort's name before the first dot is their cancer type."""
    for patterns, read in VARIANTS:
        paths = sorted({p for pattern in patterns for p in folder.glob(pattern)})
        if paths:
            return _laid_out(paths, read, classes)
    return None


def _laid_out(paths: Sequence[Path], read: Reader, classes: Sequence[str]) -> Source:
    parts: list[pd.DataFrame] = []
    types: dict[str, str] = {}
    for path in paths:
        part = read(path, classes)
        case = {str(name): barcodes.split(str(name), path.name)[0] for name in set(part["sample"])}
        if "type" in part:
            types |= dict(zip(part["sample"].map(case), part["type"], strict=True))
        # ESCA.maf, TCGA-ESCA.maf, and GDC's TCGA.ESCA.mutect.UUID.DR-10.0.somatic.maf
        names = [name.removeprefix("TCGA-") for name in plain(path).split(".")[:2]]
        cohort = next((name for name in names if name in barcodes.STUDIES.values()), None)
        if cohort is not None:
            types |= dict.fromkeys(case.values(), cohort)
        parts.append(part)
    found = maf.matrix(pd.concat(parts, ignore_index=True))
    if not found.features:
        raise MmdrpError(f"{paths[0].name}: has no variant of the classes {', '.join(classes)}")
    source = ", ".join(plain(path) for path in paths)
    said = f"1 if any of {', '.join(classes)}"
    licence = icgc.LICENCE if "type" in parts[0] else TCGA
    laid = whole(
        source, BINARY, found.names["any"], found.features, found.values, types, said, licence
    )
    bare = sum(gene.startswith("ENSG") for gene in found.features)
    if bare:
        laid.notes.append(f"{bare} of {len(found.features)} genes have no symbol and keep their id")
    return laid


def _mutated(counts: Values) -> Values:
    return (counts > 0).astype(np.float32)
