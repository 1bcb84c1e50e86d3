"""Expression of tumours: which file holds which unit, and its values as a logarithm."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tcga import barcodes
from mmdrp.data.ingest.tcga.genes import symbols_of
from mmdrp.data.ingest.tcga.source import (
    Source,
    Values,
    checked_blocks,
    genes_in_rows,
    joined,
    tumours_in_rows,
    whole,
)
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import symbols

LOG2_TPM, ZSCORE = "log2(TPM + 1)", "z-score per feature"
LOGGED, MOST_TPM = 20.0, 3e6
"""no log2(TPM + 1) is larger; the TPM of a tumour sum to a million"""


def _as_is(values: Values) -> Values:
    return values


def _log2p1(values: Values) -> Values:
    return np.log2(np.maximum(values, 0) + np.float32(1))


def _from_toil(logged: Values) -> Values:
    """log2(TPM + 0.001), as Xena has it, to log2(TPM + 1); rounding may leave TPM below 0."""
    return _log2p1(np.exp2(np.minimum(logged, 30)) - np.float32(0.001))


@dataclass(frozen=True)
class Kind:
    """Files of one layout: what they hold, and how that becomes ``unit``."""

    patterns: tuple[str, ...]
    unit: str
    convert: Callable[[Values], Values] = _as_is
    holds: str = ""
    """unit of the file itself, where that is another"""
    gaps: bool = False
    negative: bool = True
    """whether the file may hold values below 0"""


KINDS = (
    Kind(("TumorCompendium_*_hugo_log2tpm_*.tsv",), LOG2_TPM, negative=False),
    Kind(("tcga_RSEM_gene_tpm",), LOG2_TPM, _from_toil, "log2(TPM + 0.001)"),
    Kind(("*.star_tpm.tsv",), LOG2_TPM, negative=False),
    Kind(("*_tpm.tsv", "*_tpm.csv", "data_mrna_seq_tpm.txt"), LOG2_TPM, _log2p1, "TPM",
         negative=False),
    Kind(("EB++AdjustPANCAN_IlluminaHiSeq_RNASeqV2*.xena",), "log2(normalised counts + 1)",
         gaps=True),
    Kind(("EBPlusPlusAdjustPANCAN_IlluminaHiSeq_RNASeqV2*.tsv",), "log2(normalised counts + 1)",
         _log2p1, "normalised counts", gaps=True),
    Kind(("data_mrna_seq_v2_rsem.txt", "data_RNA_Seq_v2_expression_median.txt"),
         "log2(normalised counts + 1)", _log2p1, "normalised counts", gaps=True),
    Kind(("HiSeqV2", "TCGA.*.sampleMap_HiSeqV2"), "log2(normalised counts + 1)"),
    Kind(("*.star_fpkm.tsv", "*.htseq_fpkm.tsv"), "log2(FPKM + 1)", negative=False),
    Kind(("*.star_counts.tsv", "*.htseq_counts.tsv"), "log2(counts + 1)", negative=False),
    Kind(("expression_zscore.csv",), ZSCORE),
)  # fmt: skip
"""the first that has a file counts"""


def expression(folder: Raw, holds: str | None = None) -> Source | None:
    """Open the expression files of the first kind there is; several cohorts are joined.

    ``holds`` says what a ``*_tpm`` table is in, ``TPM`` or ``log2(TPM + 1)``, where its values do
    not tell.
    """
    for kind in KINDS:
        for pattern in kind.patterns:
            paths = folder.glob(pattern)
            if paths:
                parts = [_open(folder, path, kind, holds) for path in paths]
                return parts[0] if len(parts) == 1 else joined(parts)
    return None


def _open(folder: Raw, path: Path, kind: Kind, holds: str | None) -> Source:
    """Open one file, its values checked against what the kind says of them."""
    plain_tpm = kind.holds == "TPM" and holds != LOG2_TPM
    convert = kind.convert if plain_tpm or kind.holds != "TPM" else _as_is

    def check(largest: float, sums: Values) -> None:
        if plain_tpm and holds is None and largest <= np.log2(LOGGED + 1):
            raise MmdrpError(
                f"{plain(path)}: no value is above {2**largest - 1:.3g}: TPM, or log2(TPM + 1)? "
                "say study.raw.expression_unit=TPM, or 'log2(TPM + 1)'"
            )
        if kind.unit != LOG2_TPM:
            return
        if largest > LOGGED + 1e-3:
            raise MmdrpError(
                f"{plain(path)}: log2(TPM + 1) of {largest:.4g} cannot be: is it TPM, not logged?"
            )
        if len(sums) and float(np.median(sums)) > MOST_TPM:
            raise MmdrpError(
                f"{plain(path)}: the TPM of a tumour sum to {float(np.median(sums)):.3g}, not to a "
                "million: counts?"
            )

    header = Delimited.open(path, None).header
    detail = f"made from {kind.holds}" if kind.holds else ""
    if any(barcodes.PATTERN.fullmatch(name) for name in header[1:]):
        name_genes = symbols_of(folder)
        source = genes_in_rows(
            path, kind.unit, convert, name_genes, kind.gaps, kind.negative, detail
        )
    else:
        found = tumours_in_rows(path, kind.unit, convert, kind.gaps, kind.negative, detail)
        genes, values = next(found.blocks(found.names))
        short = symbols(genes)
        source = whole(found.source, kind.unit, found.names, short, values.T, found.types, detail)
    cohort = plain(path).split(".")[0].removeprefix("TCGA-")
    if not source.types and cohort in barcodes.STUDIES.values():  # Xena: TCGA-LUAD.star_tpm.tsv
        source = replace(source, types={name[:12]: cohort for name in source.names})
    return checked_blocks(source, check)
