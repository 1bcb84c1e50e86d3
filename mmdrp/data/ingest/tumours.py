"""Files of TCGA tumours: MAF, counts per gene, TPM; each read a block of genes at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest import barcodes, maf, matrix, raw
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

Values = npt.NDArray[np.float32]
Block = tuple[list[str], Values]
"""genes, and their values in the tumours asked for, (genes, tumours)"""

MUTATIONS = "mutation_matrix.txt"
PROBES = "*.probemap"  # Xena's table of gene ids and symbols: id, gene, ...
LOG2_TPM = "log2(TPM + 1)"


@dataclass(frozen=True)
class Source:
    """One modality: barcodes known at once, values read for the tumours that are wanted."""

    source: str
    unit: str
    names: list[str]
    blocks: Callable[[Sequence[str]], Iterator[Block]]
    types: dict[str, str] = field(default_factory=dict)
    """cancer type of a case, where the file says"""


def mutations(folder: Path, classes: Sequence[str]) -> Source | None:
    """Open MAF files, all there are, or else a ready matrix of counts (genes in rows)."""
    return variants(folder, classes) or counts(folder)


def counts(folder: Path) -> Source | None:
    """Open a ready matrix of mutation counts."""
    path = raw.find(folder, (MUTATIONS,))
    unit = "1 if any non-silent mutation (as released)"
    return _genes_in_rows(path, unit, lambda x: (x > 0).astype(np.float32)) if path else None


def variants(folder: Path, classes: Sequence[str]) -> Source | None:
    """Read all MAF files; a cohort's name before the first dot is its tumours' cancer type."""
    paths = raw.glob(folder, "*.maf")
    if not paths:
        return None
    parts: list[pd.DataFrame] = []
    types: dict[str, str] = {}
    for path in paths:
        part = maf.read(path, ("Tumor_Sample_Barcode",), classes)
        cohort = raw.plain(path).split(".")[0]
        if cohort in barcodes.STUDIES.values():
            types |= {str(name)[:12]: cohort for name in part["sample"].unique()}
        parts.append(part)
    found = maf.matrix(pd.concat(parts, ignore_index=True))
    if not found.features:
        raise MmdrpError(f"{paths[0].name}: has no variant of the classes {', '.join(classes)}")
    source = ", ".join(raw.plain(path) for path in paths)
    unit = f"1 if any of {', '.join(classes)}"
    return _whole(source, unit, found.names["any"], found.features, found.values, types)


def expression(folder: Path) -> Source | None:
    """Open the first expression file there is, its values turned into log2(TPM + 1).

    Told by name: TumorMap's compendium (log2 already), Xena's Toil table (log2(TPM + 0.001)),
    any ``*_tpm.csv`` or ``*_tpm.tsv`` (plain), and ``expression_zscore.csv``, left as released.
    """
    kinds: tuple[tuple[str, str, Callable[[Values], Values]], ...] = (
        ("TumorCompendium_*_hugo_log2tpm_*.tsv", LOG2_TPM, lambda x: x),
        ("tcga_RSEM_gene_tpm", LOG2_TPM, _from_toil),
        ("*_tpm.tsv", LOG2_TPM, _log2p1),
        ("*_tpm.csv", LOG2_TPM, _log2p1),
        ("expression_zscore.csv", "z-score within cohort", lambda x: x),
    )
    for pattern, unit, convert in kinds:
        path = raw.find(folder, (pattern,))
        if path is not None:
            header = Delimited.open(path, None).header
            across = any(barcodes.PATTERN.fullmatch(name) for name in header[1:])
            symbols = _symbols(folder) if across else {}
            if across:
                return _genes_in_rows(path, unit, convert, symbols)
            return _tumours_in_rows(path, unit, convert)
    return None


def _genes_in_rows(
    path: Path,
    unit: str,
    convert: Callable[[Values], Values],
    symbols: dict[str, str] | None = None,
) -> Source:
    """Columns that are no TCGA tumour (other cohorts, normal tissue) are not read."""
    table = Delimited.open(path, None)
    first, *others = table.header
    found = {name: barcodes.PATTERN.fullmatch(name) for name in others}
    names = [name for name, m in found.items() if m and (m[3] or "") in barcodes.PREFERRED]
    if not names:
        raise MmdrpError(f"{path.name}: has no column named by a TCGA tumour barcode")

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        genes: list[str] = []
        for frame, values in table.blocks([first], wanted):
            _sound(path, values, list(wanted), len(genes), convert is _log2p1)
            here = frame[first].tolist()
            genes += here
            yield [(symbols or {}).get(g, g) for g in here], convert(values)
        check_key(path, [*genes], first)
        if not genes:
            raise MmdrpError(f"{path.name}: holds no rows")

    return Source(raw.plain(path), unit, names, blocks)


def _tumours_in_rows(path: Path, unit: str, convert: Callable[[Values], Values]) -> Source:
    table = Delimited.open(path, None)
    first = table.header[0]
    text = [first, *(n for n in ("cohort", "oncotree_code") if n in table.header)]
    frame, values = table.numbers(text)
    check_key(path, frame[first].tolist(), first)
    genes = [name for name in table.header if name not in text]
    if not genes or not len(values):
        raise MmdrpError(f"{path.name}: holds no {'genes' if len(values) else 'rows'}")
    _sound(path, values, genes, 0, convert is _log2p1)
    cohort = frame["cohort"] if "cohort" in frame else frame[first].map(lambda _: "")
    types = dict(zip(frame[first].str[:12], cohort, strict=True))
    names = frame[first].tolist()
    return _whole(raw.plain(path), unit, names, matrix.symbols(genes), convert(values), types)


def _whole(
    source: str,
    unit: str,
    names: list[str],
    genes: list[str],
    values: Values,
    types: dict[str, str],
) -> Source:
    place = {name: i for i, name in enumerate(names)}

    def blocks(wanted: Iterable[str]) -> Iterator[Block]:
        yield genes, values[[place[name] for name in wanted]].T

    return Source(source, unit, names, blocks, types)


def _sound(path: Path, values: Values, columns: list[str], before: int, positive: bool) -> None:
    """Refuse gaps, infinities and, for TPM, negative values."""
    bad = ~np.isfinite(values)
    if positive:
        bad |= values < 0
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        what = f"{values[i, j]:g}, not a number that can be here"
        raise MmdrpError(f"{cell(path, columns[j], before + i)}: {what}")


def _symbols(folder: Path) -> dict[str, str]:
    """Gene id -> symbol from a probe map, for symbols that one id has."""
    path = raw.find(folder, (PROBES,))
    if path is None:
        return {}
    frame = Delimited.open(path, "\t", ["id", "gene"]).text(["id", "gene"])
    often = Counter(frame["gene"])
    return {i: g for i, g in frame.itertuples(index=False) if g and often[g] == 1}


def _log2p1(tpm: Values) -> Values:
    out: Values = np.log2(tpm + 1)
    return out


def _from_toil(logged: Values) -> Values:
    """log2(TPM + 0.001), as Xena has it, to log2(TPM + 1); rounding may leave TPM below 0."""
    tpm: Values = np.maximum(np.exp2(logged) - np.float32(0.001), 0)
    return _log2p1(tpm)
