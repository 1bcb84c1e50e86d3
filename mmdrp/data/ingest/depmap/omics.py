"""DepMap and CCLE omics: one entry per modality, by the names of its release files, old and new."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from mmdrp.data.ingest import maf, matrix
from mmdrp.data.ingest.depmap import (
    copies,
    fusions,
    passports,
    procan,
    profiles,
    releases,
    sanger_copies,
    signatures,
)
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.source import Table
from mmdrp.data.study.manifest import Entry
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import listed

log = logging.getLogger(__name__)

DEPMAP = "CC BY 4.0 (DepMap, Broad Institute)"
CCLE = "CCLE terms of use (Broad Institute)"


@dataclass(frozen=True)
class Kind:
    """A modality: which file holds it, what its values are, how it is read."""

    files: tuple[str, ...]
    unit: str
    licence: str
    read: Callable[[Path], Matrix] = matrix.wide


KINDS: dict[str, Kind] = {
    "expression": Kind(
        (
            "OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv",  # 25Q2 and later
            "OmicsExpressionProteinCodingGenesTPMLogp1.csv",  # 22Q4 to 25Q1
            "OmicsExpression*ProteinCodingGenes*TPM*.csv",
            "OmicsExpressionTPM*ProteinCodingGenes.csv",
            "OmicsExpressionTPM*ProteinCodingGenesStranded.csv",
            "OmicsExpressionTPMLogp1HumanAllGenes.csv",
            "OmicsExpressionAllGenesTPMLogp1.csv",
            "CCLE_expression.csv",
        ),
        "log2(TPM + 1)",
        DEPMAP,
    ),
    "cnv": Kind(
        (
            "OmicsCNGene.csv",
            "OmicsCNGeneWGS.csv",
            "PortalOmicsCNGeneLog2.csv",
            "OmicsCNGeneMC_WES.csv",
            "CCLE_gene_cn.csv",
        ),
        copies.UNIT,
        DEPMAP,
        copies.read,
    ),
    "proteomics": Kind(
        ("protein_quant_current_normalized.csv",),
        "log2 ratio, normalised",
        "Nusinow et al. 2020 (Gygi lab)",
        matrix.proteomics,
    ),
    "mirna": Kind(("CCLE_miRNA_20181103.gct",), "normalised count", CCLE, matrix.gct),
    "metabolomics": Kind(("CCLE_metabolomics_20190502.csv",), "log10 abundance", CCLE),
    "histone": Kind(
        ("CCLE_GlobalChromatinProfiling_20181130.csv",), "log2 fold change, normalised", CCLE
    ),
    "rppa": Kind(("CCLE_RPPA_20181003.csv",), "log2, normalised", CCLE),
    "methylation": Kind(
        ("CCLE_methylation.csv", "CCLE_methylation_808.csv"), "fraction methylated", CCLE
    ),
    "gene_fusion": Kind(
        ("OmicsFusionFiltered.csv", "CCLE_fusions.csv"), "0/1", DEPMAP, fusions.read
    ),
    "signatures": Kind(
        ("OmicsSignatures.csv", "OmicsSignaturesProfile.csv"), "arbitrary", DEPMAP, signatures.read
    ),
}
CALLS = Kind(("CCLE_gene_cn_calls.csv",), "-1 deletion, 0 neutral, 1 amplification", DEPMAP)
PASSPORTS = "Cell Model Passports (Wellcome Sanger Institute), free for research"
OTHERS: dict[str, tuple[Kind, ...]] = {  # where a modality has no file of DepMap
    "cnv": (
        CALLS,
        Kind(
            (
                "WES_pureCN_CNV_genes_total_copy_number_*.csv",
                "WGS_purple_genes_total_copy_number_*.csv",
                "cnv_abs_copy_number_picnic_*.csv",
            ),
            "copies",
            PASSPORTS,
            sanger_copies.total,
        ),
        Kind(
            (
                "WES_pureCN_CNV_genes_cn_category_*.csv",
                "WGS_purple_genes_cn_category_*.csv",
                "cnv_gistic_*.csv",
            ),
            "GISTIC",
            PASSPORTS,
            sanger_copies.calls,
        ),
        Kind(
            ("WES_pureCN_CNV_genes_[2l]*.csv", "WGS_purple_CNV_genes_[2l]*.csv"),
            "copies",
            PASSPORTS,
            sanger_copies.long,
        ),
    ),
    "proteomics": (
        Kind(
            ("ProCan-DepMapSanger_protein_matrix_*averaged.txt",),
            "log2 intensity",
            "CC BY 4.0 (Goncalves et al. 2022, ProCan and Sanger)",
            procan.read,
        ),
    ),
    "expression": (
        Kind(("rnaseq_tpm_*.csv",), "log2(TPM + 1)", PASSPORTS, passports.logged),
        Kind(("rnaseq_fpkm_*.csv",), "log2(FPKM + 1)", PASSPORTS, passports.logged),
        Kind(("rnaseq_read_count_*.csv",), "counts", PASSPORTS, passports.rnaseq),
    ),
}
SUMMARY = ("mutations_summary_*.csv", "mutations_all_*.csv")
MODALITIES = ("expression", "mutation", *list(KINDS)[1:])
MAF = ("OmicsSomaticMutations.csv", "CCLE_mutations.csv")
READY = (  # sets of ready matrices, each joined by "or"
    ("OmicsSomaticMutationsMatrixDamaging.csv", "OmicsSomaticMutationsMatrixHotspot.csv"),
    ("CCLE_mutation_damaging_hotspot.csv",),
    ("CCLE_mutations_bool_damaging.csv", "CCLE_mutations_bool_hotspot.csv"),
)


@dataclass(frozen=True)
class Omics:
    """The modalities found in a raw folder."""

    tables: dict[str, Table]
    entries: dict[str, Entry]
    notes: list[str]


def read(
    folder: Raw,
    ids: CellIds,
    modalities: Sequence[str] | None = None,
    mutation: Sequence[str] | str = maf.DEEPDR,
) -> Omics:
    """Read every modality whose file is there; ``modalities`` names those that must be.

    ``mutation``: variant classes that count in a MAF, or ``damaging_hotspot`` for DepMap's own
    judgement, which the ready binary matrices hold as well.
    """
    unknown = sorted(set(modalities or ()) - set(MODALITIES))
    if unknown:
        raise MmdrpError(f"modalities: {unknown[0]!r} is none of {', '.join(MODALITIES)}")
    omics = Omics({}, {}, [])
    for name in modalities or MODALITIES:
        found = _mutation(folder, mutation) if name == "mutation" else _plain(folder, name)
        if found is None:
            if modalities:
                raise MmdrpError(f"{folder}: has no file of {name}; leave it out of modalities")
            omics.notes.append(f"{name}: no file in the raw folder")
            continue
        path, unit, licence, wide = found
        wide = profiles.of_lines(folder, wide, plain(path))
        table, notes = wide.resolve(ids, f"{name} ({plain(path)})")
        if not table.ids:
            first = next(iter(wide.names.values()))[0]
            raise MmdrpError(
                f"{plain(path)}: none of its {len(wide.values)} lines (such as {first[:40]!r}) is "
                f"in {ids.source}; are its ids of another kind?"
            )
        log.info("%s: %d lines x %d features", plain(path), len(table.ids), table.dim)
        omics.tables[name] = table
        release = releases.dated(path)
        release = release or (releases.of(folder, path) if licence == DEPMAP else releases.UNKNOWN)
        omics.entries[name] = Entry(
            "", 0, 0, "", unit, plain(path), release, licence, detail=wide.detail
        )
        if wide.detail:
            notes = [*notes, f"{name} ({plain(path)}): {wide.detail}"]
        omics.notes.extend(notes)
    if not omics.tables:
        raise MmdrpError(
            f"{folder}: has no omics file, such as {KINDS['expression'].files[0]}{_hint(folder)}"
        )
    return omics


def _plain(folder: Raw, name: str) -> tuple[Path, str, str, Matrix] | None:
    for kind in (KINDS[name], *OTHERS.get(name, ())):
        path = folder.find(kind.files)
        if path is not None:
            return path, kind.unit, kind.licence, kind.read(path)
    return None


def _mutation(folder: Raw, wanted: Sequence[str] | str) -> tuple[Path, str, str, Matrix] | None:
    if isinstance(wanted, str) and wanted != "damaging_hotspot":
        raise MmdrpError(f"mutation={wanted}: give damaging_hotspot or a list of variant classes")
    classes = None if isinstance(wanted, str) else list(wanted)
    path = folder.find(MAF)
    if path is not None:
        unit = f"1 if any of {', '.join(classes)}" if classes else "1 if damaging or a hotspot"
        return path, unit, DEPMAP, maf.matrix(maf.read(path, ("DepMap_ID",), classes))
    for names in READY:
        paths = [p for name in names if (p := folder.find((name,)))]
        if paths:
            both = len(paths) == len(names)
            unit = f"1 if {'damaging or a hotspot' if both else f'in {plain(paths[0])}'}"
            return paths[0], unit, DEPMAP, matrix.calls(paths)
    path = folder.find(SUMMARY)
    if path is not None and classes is not None:
        unit = f"1 if any of {', '.join(classes)}"
        return path, unit, PASSPORTS, passports.mutations(path, classes)
    return None


def _hint(folder: Raw) -> str:
    there = [path.name for path in folder.unread()]
    return f"; not read: {listed(there, shown=2)}" if there else ""
