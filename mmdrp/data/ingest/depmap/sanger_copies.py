"""Copy number per gene of Cell Model Passports: PureCN, PURPLE (both sequenced), PICNIC (SNP6)."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from mmdrp.data.ingest.delimited import Delimited, first_rows
from mmdrp.data.ingest.matrix import Matrix
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import distinct_symbols

HEAD = ("model_name", "model_id", "source", "data_source", "dataset_name")
"""first cells of the lines of the heading, in any order; ``LAST`` end it"""
LAST = ("symbol", "gene_id", "gene_symbol")
CALLS = {"Deletion": -2, "Loss": -1, "Neutral": 0, "Gain": 1, "Amplification": 2}
LONG = ("model_id", "symbol", "total_copy_number", "source")
MOST = 10_000.0


def total(path: Path) -> Matrix:
    """Read total copies of genes x models."""
    table, genes, columns, ids = _wide(path)
    text = table.header[: len(table.header) - columns]
    frame, values = table.numbers(text)
    if (bad := (values < 0) | (values > MOST)).any():
        i, j = map(int, np.argwhere(bad)[0])
        where = cell(path, table.header[len(text) + j], i, frame[text[0]].iloc[i])
        raise MmdrpError(f"{where}: {values[i, j]:g} is no copy number, which is 0 or more")
    return _chosen(path, frame, genes, values, ids, "total copies, not relative to ploidy")


def calls(path: Path) -> Matrix:
    """Read calls of genes x models, in words (Deletion, ..., Amplification) or as -2 to 2."""
    table, genes, columns, ids = _wide(path)
    text = table.header[: len(table.header) - columns]
    codes = CALLS | {f"{c}": c for c in CALLS.values()} | {f"{c}.0": c for c in CALLS.values()}
    frame = table.text(text)
    values = _coded(table, table.header[len(text) :], codes)
    return _chosen(path, frame, genes, values, ids, "-2 deletion, -1 loss, 1 gain, 2 amplification")


def long(path: Path) -> Matrix:
    """Read a row per gene and model; genes that several segments cover are averaged."""
    table = Delimited.open(path, ",", LONG)
    sought: dict[str, dict[str, int]] = {"model": {}, "gene": {}}
    parts: list[npt.NDArray[np.int32]] = []
    values: list[npt.NDArray[np.float32]] = []
    at = 0
    for frame, block in table.blocks(["model_id", "symbol", "source"], ["total_copy_number"]):
        for name in ("model_id", "symbol"):
            if (blank := frame[name] == "").any():
                raise MmdrpError(f"{cell(path, name, at + int(blank.argmax()))}: empty")
        if (bad := (block[:, 0] < 0) | (block[:, 0] > MOST)).any():
            i = int(bad.argmax())
            where = cell(path, "total_copy_number", at + i)
            raise MmdrpError(f"{where}: {block[i, 0]:g} is no copy number, which is 0 or more")
        sanger = (frame["source"].str.casefold() == "sanger").to_numpy()
        codes = (
            _codes(frame["model_id"], sought["model"]),
            _codes(frame["symbol"], sought["gene"]),
        )
        parts.append(np.stack([*codes, sanger.astype(np.int32)]))
        values.append(block[:, 0])
        at += len(frame)
    if not parts:
        raise MmdrpError(f"{path.name}: holds no rows, only a header; download it again")
    model, gene, sanger_row = np.concatenate(parts, axis=1)
    copies = np.concatenate(values)
    models, genes = list(sought["model"]), list(sought["gene"])
    both = np.zeros(len(models), dtype=bool)
    both[model[sanger_row == 1]] = True
    kept = np.isfinite(copies) & ((sanger_row == 1) | ~both[model])
    place = model[kept].astype(np.int64) * len(genes) + gene[kept]
    size = len(models) * len(genes)
    count = np.bincount(place, minlength=size)
    mean = np.full(size, np.nan, dtype=np.float32)
    np.divide(np.bincount(place, copies[kept], size), count, out=mean, where=count > 0,
              casting="unsafe")  # fmt: skip
    detail = f"total copies, not relative to ploidy; {int((count > 1).sum())} averaged"
    return Matrix({"sanger": models}, genes, mean.reshape(len(models), len(genes)), detail)


def _coded(
    table: Delimited, columns: Sequence[str], codes: Mapping[str, float]
) -> npt.NDArray[np.float32]:
    """Return text columns as (rows, columns) of what ``codes`` gives for each word."""
    read = table.arrow({name: pa.string() for name in columns})
    known, numbers = pa.array(list(codes)), np.array([*codes.values(), np.nan], np.float32)
    values = np.empty((len(columns), read.num_rows), dtype=np.float32)
    for row, name in zip(values, columns, strict=True):
        words = read.column(name)
        place = pc.fill_null(pc.index_in(words, known), len(codes)).to_numpy()
        if (bad := (place == len(codes)) & words.is_valid().to_numpy()).any():
            i = int(bad.argmax())
            where = cell(table.path, name, i)
            raise MmdrpError(f"{where}: {words[i].as_py()[:30]!r} is none of {', '.join(CALLS)}")
        row[:] = numbers[place]
    return values.T


def _codes(names: pd.Series, known: dict[str, int]) -> npt.NDArray[np.int32]:
    codes, distinct = pd.factorize(names)
    place = [known.setdefault(name, len(known)) for name in distinct]
    return np.array(place, dtype=np.int32)[codes]


def _wide(path: Path) -> tuple[Delimited, str, int, dict[str, list[str]]]:
    """Return the table below its heading, the column of genes, the count of models, their ids."""
    rows: dict[str, list[str]] = {}
    lines = first_rows(path, len(HEAD) + 1)
    for text in lines:
        row = [part.strip() for part in next(csv.reader([text]), [])]
        first = row[0] if row else ""
        rows[first] = row
        if first in LAST or first not in HEAD:
            break
    if first not in LAST or "model_id" not in rows:
        raise MmdrpError(
            f"{path.name}: its first column begins with {', '.join(rows)[:60]}, expected "
            "model_name, model_id, source, symbol"
        )
    ids = rows["model_id"]
    start = next((j for j, name in enumerate(ids) if j and name), len(ids))
    if start == len(ids):
        raise MmdrpError(f"{path.name}: its line model_id names no model")
    about = [name for name in rows[first][:start] if name]
    if len(about) < start or "" in ids[start:]:
        raise MmdrpError(f"{path.name}: column {len(about) + 1} of its heading has no name")
    header = [*about, *(f"{model} {i}" for i, model in enumerate(ids[start:]))]
    names = {"sanger": ids[start:]}
    for key, kind in (("model_name", "name"), ("source", "source"), ("data_source", "source")):
        if len(rows.get(key, [])) == len(ids):
            names[kind] = rows[key][start:]
    return Delimited(path, ",", header, len(rows)), about[0], len(ids) - start, names


def _chosen(
    path: Path,
    frame: pd.DataFrame,
    key: str,
    values: npt.NDArray[np.float32],
    ids: dict[str, list[str]],
    detail: str,
) -> Matrix:
    """Keep one column of each model, Sanger's where both centres have one."""
    check_key(path, frame[key].tolist(), key)
    sources = ids.pop("source", [""] * len(ids["sanger"]))
    sanger = [source.casefold() == "sanger" for source in sources]
    chosen: dict[str, int] = {}
    for i, model in enumerate(ids["sanger"]):
        before = chosen.setdefault(model, i)
        if sanger[i] and not sanger[before]:
            chosen[model] = i
    if twice := len(ids["sanger"]) - len(chosen):
        detail += f"; {twice} further columns of a model are left out"
    columns = list(chosen.values())
    symbol = next((name for name in ("symbol", "gene_symbol") if name in frame), key)
    features = distinct_symbols(frame[key].tolist(), frame[symbol].tolist())
    names = {kind: [known[i] for i in columns] for kind, known in ids.items()}
    return Matrix(names, features, values[:, columns].T, detail)
