"""Mutation annotation files: one row per variant in, one row per sample out."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.errors import MmdrpError

DEEPDR = ("Missense_Mutation", "Nonsense_Mutation", "Frame_Shift_Del", "Frame_Shift_Ins")
"""the classes that DeepDR (Chiu et al. 2019) counts"""
GENE, CLASS = "Hugo_Symbol", "Variant_Classification"
HOTSPOT = ("isDeleterious", "isTCGAhotspot", "isCOSMIChotspot")  # columns of DepMap's file


def read(path: Path, sample: Sequence[str], classes: Sequence[str] | None) -> pd.DataFrame:
    """Return ``sample, gene, counted`` of each variant of a MAF, tabs or commas.

    ``sample`` are the names its sample column may have. ``classes`` None counts what DepMap calls
    deleterious or a hotspot; otherwise variants of these classes count.
    """
    wanted = [GENE, *((CLASS,) if classes is not None else HOTSPOT)]
    table = Delimited.open(path, None, wanted)
    column = next((name for name in sample if name in table.header), None)
    if column is None:
        raise MmdrpError(f"{path.name}: has no column {' or '.join(map(repr, sample))}")
    frame = table.text([column, *wanted])
    if classes is not None:
        counted = frame[CLASS].isin(list(classes))
    else:
        counted = (frame[list(HOTSPOT)].apply(lambda c: c.str.lower()) == "true").any(axis=1)
    blank = (frame[column] == "") | (counted & (frame[GENE] == ""))
    if blank.any():
        i = int(np.argmax(blank))
        name = column if frame[column].iloc[i] == "" else GENE
        raise MmdrpError(f"{path.name}: column {name!r}, row {i + 1}: empty")
    return pd.DataFrame({"sample": frame[column], "gene": frame[GENE], "counted": counted})


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
