"""ICGC's somatic mutations: a row per variant and transcript, genes by Ensembl id.

Columns as the data portal gave them (release 28): ``icgc_donor_id``, ``icgc_sample_id``,
``submitted_sample_id``, ``project_code``, ``consequence_type``, ``gene_affected``.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from mmdrp.data.genes import symbols_of
from mmdrp.data.ingest import maf
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.tcga import barcodes
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError

LICENCE = "ICGC open access"
PATTERNS = ("simple_somatic_mutation.open*.tsv", "simple_somatic_mutation.*.tsv")
DONOR, SAMPLE, SUBMITTED = "icgc_donor_id", "icgc_sample_id", "submitted_sample_id"
EFFECT, GENE, PROJECT = "consequence_type", "gene_affected", "project_code"


def read(path: Path, classes: Sequence[str]) -> pd.DataFrame:
    """Return ``sample, gene, counted, type`` of each variant whose effect is of the classes.

    A sample is ``DONOR/SAMPLE``, or its TCGA barcode where it is a tumour of TCGA; of every sample
    one row at least is kept. Genes become symbols; ids without one stay. ``type`` is the cancer
    type of TCGA's projects, the project's code of others.
    """
    header = Delimited.open(path, "\t", [DONOR, EFFECT, GENE])
    text = [DONOR, EFFECT, GENE, *(n for n in (SAMPLE, SUBMITTED, PROJECT) if n in header.header)]
    parts = []
    done = 0
    for frame, _ in header.blocks(text, []):
        if (empty := (frame[DONOR] == "").to_numpy()).any():
            raise MmdrpError(f"{cell(path, DONOR, done + int(np.argmax(empty)))}: empty")
        done += len(frame)
        out = pd.DataFrame({"sample": _samples(frame), "gene": frame[GENE]})
        out["counted"] = maf.counted(frame[EFFECT], classes) & (frame[GENE] != "")
        out["type"] = [_type(code) for code in frame.get(PROJECT, [""] * len(frame))]
        out["gene"] = out["gene"].where(out["counted"], "")
        parts.append(out.drop_duplicates())
    if not parts:
        raise MmdrpError(f"{path.name}: holds no rows, only a header; download it again")
    found = pd.concat(parts, ignore_index=True).drop_duplicates(ignore_index=True)
    ids = sorted(set(found["gene"]) - {""})
    names, _ = symbols_of(ids)
    found["gene"] = found["gene"].map(dict(zip(ids, names, strict=True)) | {"": ""})
    return found


def _samples(frame: pd.DataFrame) -> list[str]:
    """Name the samples of rows; a donor of TCGA goes by the barcode that was submitted."""
    samples = frame.get(SAMPLE, frame[DONOR])
    named = frame[DONOR] + "/" + samples
    submitted = frame.get(SUBMITTED)
    if submitted is None:
        return named.tolist()
    known = {s: s for s in set(submitted) if barcodes.PATTERN.fullmatch(s)}
    return submitted.map(known).fillna(named).tolist()


def _type(code: str) -> str:
    cohort = code.split("-")[0]
    return cohort if code.endswith("-US") and cohort in barcodes.STUDIES.values() else code
