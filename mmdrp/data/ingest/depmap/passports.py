"""Cell Model Passports (Sanger): RNA-seq in genes x models, and the summary of mutations."""

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from mmdrp.data.ingest import maf
from mmdrp.data.ingest.delimited import Delimited, first_rows
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.data.tables import check_header, check_key
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import distinct_symbols

HEAD = ("model_id", "model_name", "dataset_name", "data_source", "gene_id")
"""the first cell of each line of the heading"""
MUTATIONS = ("model_id", "gene_symbol", "effect")


def logged(path: Path) -> Matrix:
    """Read TPM or FPKM and return log2(x + 1)."""
    table = rnaseq(path)
    if float(np.nanmin(table.values, initial=0)) < 0:
        raise MmdrpError(f"{path.name}: {np.nanmin(table.values):g} cannot be, in TPM or FPKM")
    if float(np.nanmax(table.values, initial=0)) <= np.log2(1e6):
        raise MmdrpError(
            f"{path.name}: no value is above {np.nanmax(table.values):.3g}: logged already? Cell "
            "Model Passports publish TPM and FPKM as they are"
        )
    values = np.log2(table.values + 1).astype(np.float32)
    return Matrix(table.names, table.features, values, "made log2(x + 1)")


def rnaseq(path: Path) -> Matrix:
    """Read a table with five lines of heading; a model of both centres is that of Sanger."""
    rows = [next(csv.reader([line])) for line in first_rows(path, len(HEAD))]
    first = [row[0].strip() if row else "" for row in rows]
    if first != list(HEAD):
        raise MmdrpError(
            f"{path.name}: its first column begins with {', '.join(first)[:60]}, expected "
            f"{', '.join(HEAD)}"
        )
    models, names, sources = rows[0][2:], rows[1][2:], rows[3][2:]
    header = ["gene_id", "symbol", *(f"{model} {i}" for i, model in enumerate(models))]
    frame, values = Delimited(path, ",", header, len(HEAD)).numbers(header[:2])
    check_key(path, frame["gene_id"].tolist(), "gene_id")
    chosen: dict[str, int] = {}
    for i, (model, source) in enumerate(zip(models, sources, strict=True)):
        if model not in chosen or source.casefold() == "sanger":
            chosen[model] = i
    columns = list(chosen.values())
    features = distinct_symbols(frame["gene_id"].tolist(), frame["symbol"].tolist())
    ids = {"sanger": list(chosen), "name": [names[i] for i in columns]}
    return Matrix(ids, features, values[:, columns].T)


def mutations(path: Path, classes: Sequence[str]) -> Matrix:
    """Read ``mutations_summary`` (or ``mutations_all``): 0/1 per model and gene."""
    table = Delimited.open(path, ",")
    check_header(path, table.header, MUTATIONS)
    frame = table.text(list(MUTATIONS)).set_axis(["sample", "gene", "effect"], axis=1)
    frame["counted"] = maf.counted(frame["effect"], classes) & (frame["gene"] != "")
    found = maf.matrix(frame[frame["sample"] != ""])
    return Matrix({"sanger": found.names["any"]}, found.features, found.values)
