"""Mutation annotation files: one row per variant in, one row per sample out."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.matrix import DEFAULT, Matrix, is_default
from mmdrp.data.tables import check_header
from mmdrp.errors import MmdrpError

DEEPDR = ("Missense_Mutation", "Nonsense_Mutation", "Frame_Shift_Del", "Frame_Shift_Ins")
"""the classes that DeepDR (Chiu et al. 2019) counts"""
GENE, CLASS = "Hugo_Symbol", "Variant_Classification"
DEPMAP_GENE = "HugoSymbol"  # OmicsSomaticMutations.csv
DEPMAP_EFFECTS = ("MolecularConsequence", "VariantInfo")
DEPMAP_JUDGED = ("LikelyLoF", "Hotspot", "CCLEDeleterious", "HessDriver", "CosmicHotspot")
DEPMAP_LINES = ("ModelID", "DepMap_ID")
CONSEQUENCES: dict[str, tuple[str, ...]] = {  # terms of the Sequence Ontology -> MAF classes
    "missense_variant": ("Missense_Mutation",),
    "stop_gained": ("Nonsense_Mutation",),
    "frameshift_variant": ("Frame_Shift_Del", "Frame_Shift_Ins"),
    "inframe_deletion": ("In_Frame_Del",),
    "inframe_insertion": ("In_Frame_Ins",),
    "stop_lost": ("Nonstop_Mutation",),
    "start_lost": ("Translation_Start_Site",),
    "splice_acceptor_variant": ("Splice_Site",),
    "splice_donor_variant": ("Splice_Site",),
    "synonymous_variant": ("Silent",),
    "frameshift": ("Frame_Shift_Del", "Frame_Shift_Ins"),  # Cell Model Passports
    "ess_splice": ("Splice_Site",),
    "missense": ("Missense_Mutation",),  # DepMap 22Q4 to 23Q2, in capitals
    "nonsense": ("Nonsense_Mutation",),
    "nonstop": ("Nonstop_Mutation",),
}
HOTSPOT = ("isDeleterious", "isTCGAhotspot", "isCOSMIChotspot")  # columns of DepMap's file


def read(path: Path, sample: Sequence[str], classes: Sequence[str] | None) -> pd.DataFrame:
    """Return ``sample, gene, counted`` of each variant of a MAF, tabs or commas.

    ``sample`` are the names its sample column may have. ``classes`` None counts what DepMap calls
    deleterious or a hotspot; otherwise variants of these classes count.
    """
    table = Delimited.open(path, None)
    if DEPMAP_GENE in table.header:
        return _read_depmap(path, table, classes)
    wanted = [GENE, *((CLASS,) if classes is not None else HOTSPOT)]
    check_header(path, table.header, wanted)
    column = next((name for name in sample if name in table.header), None)
    if column is None:
        raise MmdrpError(f"{path.name}: has no column {' or '.join(map(repr, sample))}")
    frame = table.text([column, *wanted])
    if classes is not None:
        counts = counted(frame[CLASS], classes)
    else:
        counts = (frame[list(HOTSPOT)].apply(lambda c: c.str.lower()) == "true").any(axis=1)
    out = pd.DataFrame({"sample": frame[column], "gene": frame[GENE], "counted": counts})
    _refuse_blank(path, out, (column, GENE))
    return out


def counted(effects: pd.Series, classes: Sequence[str]) -> pd.Series:
    """Say which effects are of the classes: names of MAF classes, or of the Sequence Ontology.

    An effect may name several (``missense_variant&splice_region_variant``). A frame shift of the
    Ontology does not say whether it deletes or inserts: it counts where either class does.

    >>> counted(pd.Series(["missense_variant", "Silent", "stop_gained"]), DEEPDR).tolist()
    [True, False, True]
    """
    wanted = {name.casefold() for name in classes}
    known = {
        effect: any(
            part in wanted or wanted & {name.casefold() for name in CONSEQUENCES.get(part, ())}
            for part in re.split(r"[&,;]", effect.casefold())
        )
        for effect in effects.unique()
    }
    return effects.map(known).astype(bool)


def _read_depmap(path: Path, table: Delimited, classes: Sequence[str] | None) -> pd.DataFrame:
    """Read DepMap's variants of 22Q4 and later; of a line that was sequenced several times, those
    of its default entry."""
    line = next((name for name in DEPMAP_LINES if name in table.header), None)
    if line is None:
        raise MmdrpError(f"{path.name}: has no column {' or '.join(map(repr, DEPMAP_LINES))}")
    names = DEPMAP_EFFECTS if classes is not None else DEPMAP_JUDGED
    told = [name for name in names if name in table.header]
    if not told:
        raise MmdrpError(f"{path.name}: has no column {' or '.join(map(repr, names[:2]))}")
    told = told[:1] if classes is not None else told
    chosen = [name for name in DEFAULT if name in table.header][:1]
    frame = table.text([line, DEPMAP_GENE, *told, *chosen])
    if chosen:
        frame = frame[is_default(frame[chosen[0]])]
    if classes is not None:
        counts = counted(frame[told[0]], classes)
    else:
        counts = (frame[told].apply(lambda c: c.str.lower()).isin(["true", "yes", "y"])).any(axis=1)
    out = pd.DataFrame({"sample": frame[line], "gene": frame[DEPMAP_GENE], "counted": counts})
    out["counted"] &= out["gene"] != ""  # between genes
    _refuse_blank(path, out, (line, DEPMAP_GENE))
    return out


def read_effects(path: Path, classes: Sequence[str]) -> pd.DataFrame:
    """Return ``sample, gene, counted`` of each variant of a table as Xena has it: columns
    ``sample``, ``gene``, ``effect``."""
    table = Delimited.open(path, "\t", ["gene", "effect"])
    sample = next((n for n in ("sample", "Sample_ID") if n in table.header), None)
    if sample is None:
        raise MmdrpError(f"{path.name}: has no column 'sample'")
    frame = table.text([sample, "gene", "effect"])
    out = pd.DataFrame({"sample": frame[sample], "gene": frame["gene"]})
    out["counted"] = counted(frame["effect"], classes)
    _refuse_blank(path, out, (sample, "gene"))
    return out


def _refuse_blank(path: Path, variants: pd.DataFrame, names: tuple[str, str]) -> None:
    blank = (variants["sample"] == "") | (variants["counted"] & (variants["gene"] == ""))
    if blank.any():
        i = int(np.argmax(blank))
        name = names[0] if variants["sample"].iloc[i] == "" else names[1]
        raise MmdrpError(f"{path.name}: column {name!r}, row {i + 1}: empty")


def matrix(variants: pd.DataFrame) -> Matrix:
    """Lay variants out as 0/1; genes never mutated are dropped, samples without any kept."""
    samples = sorted(set(variants["sample"]))
    hits = variants[variants["counted"]]
    genes = sorted(set(hits["gene"]))
    values = np.zeros((len(samples), len(genes)), dtype=np.float32)
    row = pd.Categorical(hits["sample"], categories=samples).codes
    column = pd.Categorical(hits["gene"], categories=genes).codes
    values[row, column] = 1
    return Matrix({"any": samples}, genes, values)
