"""One modality of tumours before it is laid out: barcodes at once, values block by block."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import plain
from mmdrp.data.ingest.tcga import barcodes
from mmdrp.data.tables import cell, check_key
from mmdrp.errors import MmdrpError

Values = npt.NDArray[np.float32]
TCGA = "TCGA open access"
Block = tuple[list[str], Values]
"""genes, and their values in the tumours asked for, (genes, tumours)"""


@dataclass(frozen=True)
class Source:
    """One modality: barcodes known at once, values read for the tumours that are wanted."""

    source: str
    unit: str
    """one of ``mmdrp.data.study.units.UNITS``"""
    names: list[str]
    blocks: Callable[[Sequence[str]], Iterator[Block]]
    types: dict[str, str] = field(default_factory=dict)
    """cancer type of a case, where the file says"""
    detail: str = ""
    """what the unit does not say"""
    notes: list[str] = field(default_factory=list)
    licence: str = TCGA


def genes_in_rows(
    path: Path,
    unit: str,
    convert: Callable[[Values], Values],
    name_genes: Callable[[pd.DataFrame], list[str]],
    gaps: bool = False,
    negative: bool = True,
    detail: str = "",
) -> Source:
    """Open a table of genes x tumours; ``name_genes`` is given its columns of text.

    Columns that are no TCGA tumour (other cohorts, normal tissue) are not read. ``gaps`` and
    ``negative`` say whether a value may be missing, or below 0.
    """
    table = Delimited.open(path, None)
    found = {name: barcodes.PATTERN.fullmatch(name) for name in table.header[1:]}
    names = [name for name, m in found.items() if m and (m[3] or "") in barcodes.PREFERRED]
    if not names:
        raise MmdrpError(f"{path.name}: has no column named by a TCGA tumour barcode")
    text = [table.header[0], *(n for n in ("Entrez_Gene_Id",) if n in table.header[1:])]
    genes = name_genes(table.text(text))
    check_key(path, [*genes], text[0])

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        done = 0
        for frame, values in table.blocks(text, wanted):
            _refuse_unsound(path, values, list(wanted), done, gaps, negative)
            yield genes[done : done + len(frame)], convert(values)
            done += len(frame)

    return Source(plain(path), unit, names, blocks, detail=detail)


def tumours_in_rows(
    path: Path,
    unit: str,
    convert: Callable[[Values], Values],
    gaps: bool,
    negative: bool,
    detail: str,
) -> Source:
    """Read a table of tumours x genes, with ``cohort`` and ``oncotree_code`` where they are."""
    table = Delimited.open(path, None)
    first = table.header[0]
    text = [first, *(n for n in ("cohort", "oncotree_code") if n in table.header)]
    frame, values = table.numbers(text)
    check_key(path, frame[first].tolist(), first)
    genes = [name for name in table.header if name not in text]
    if not genes:
        raise MmdrpError(f"{path.name}: holds no genes")
    _refuse_unsound(path, values, genes, 0, gaps, negative)
    cohort = frame["cohort"] if "cohort" in frame else frame[first].map(lambda _: "")
    types = dict(zip(frame[first].str[:12], cohort, strict=True))
    names = frame[first].tolist()
    return whole(plain(path), unit, names, genes, convert(values), types, detail)


def whole(
    source: str,
    unit: str,
    names: list[str],
    genes: list[str],
    values: Values,
    types: dict[str, str],
    detail: str = "",
    licence: str = TCGA,
) -> Source:
    """Return what is in memory, ``values`` (tumours, genes), as a source of one block."""
    place = {name: i for i, name in enumerate(names)}

    def blocks(wanted: Iterable[str]) -> Iterator[Block]:
        yield genes, values[[place[name] for name in wanted]].T

    return Source(source, unit, names, blocks, types, detail, licence=licence)


def joined(parts: Sequence[Source]) -> Source:
    """Join cohorts that were downloaded one by one: all their tumours, the genes of every one."""
    often = Counter(name for part in parts for name in part.names)
    name, count = often.most_common(1)[0]
    if count > 1:
        both = [part.source for part in parts if name in part.names]
        raise MmdrpError(
            f"{both[0]} and {both[1]}: tumour {name} is in both, the same release file twice? "
            "keep one of them"
        )
    sources = ", ".join(part.source for part in parts)
    owner = {name: i for i, part in enumerate(parts) for name in part.names}
    notes = [note for part in parts for note in part.notes]

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        frames = []
        for i, part in enumerate(parts):
            here = [name for name in wanted if owner[name] == i]
            read = [(g, v) for g, v in part.blocks(here)] if here else []
            genes = [gene for names, _ in read for gene in names]
            if read:
                frames.append(
                    pd.DataFrame(np.concatenate([v for _, v in read]), genes, here, copy=False)
                )
        common = frames[0].index
        for frame in frames[1:]:
            common = common[common.isin(frame.index)]
        if not len(common):
            raise MmdrpError(f"{sources}: the cohorts have no gene in common")
        table = pd.concat([frame.loc[common] for frame in frames], axis=1)[list(wanted)]
        lost = max(len(frame) for frame in frames) - len(common)
        if lost:
            notes.append(f"{lost} genes are not in every cohort and are left out")
        yield common.tolist(), table.to_numpy(np.float32)

    names = [name for part in parts for name in part.names]
    types = {case: kind for part in parts for case, kind in part.types.items()}
    return Source(sources, parts[0].unit, names, blocks, types, parts[0].detail, notes)


def checked_blocks(source: Source, check: Callable[[float, Values], None]) -> Source:
    """Return a source that, once all is read, shows ``check`` the largest value, (float), and the
    sum of each tumour, (tumours,): what tells one unit from another."""

    def blocks(wanted: Sequence[str]) -> Iterator[Block]:
        largest, sums = -np.inf, np.zeros(len(wanted))
        for genes, values in source.blocks(wanted):
            if values.size:
                largest = max(largest, float(np.nanmax(values, initial=-np.inf)))
                sums += np.nansum(np.exp2(np.minimum(values, 60).astype(np.float64)) - 1, axis=0)
            yield genes, values
        check(largest, sums.astype(np.float32))

    return Source(
        source.source, source.unit, source.names, blocks, source.types, source.detail, source.notes
    )


def _refuse_unsound(
    path: Path, values: Values, columns: list[str], before: int, gaps: bool, negative: bool
) -> None:
    bad = np.isinf(values) if gaps else ~np.isfinite(values)
    if not negative:
        bad |= values < 0
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        what = f"{values[i, j]:g}, not a number that can be here"
        raise MmdrpError(f"{cell(path, columns[j], before + i)}: {what}")
