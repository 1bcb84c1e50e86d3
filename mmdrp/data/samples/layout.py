"""Which way round a table lies: samples and features found by their names."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
import numpy.typing as npt

from mmdrp.data.genes import are_genes, match
from mmdrp.data.samples.sheet import Sheet
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

NOT_SAMPLES = {
    "length", "effective_length", "effectivelength", "eff_length", "entrez_gene_id", "entrezid",
    "entrez", "geneid", "gene_id", "start", "end", "chr", "chrom", "chromosome", "strand",
    "hgnc_id", "gene_length", "width", "exon_length",
}  # fmt: skip
"""headings of numbers that say something of genes, in small letters"""
ONE_SAMPLE = {
    "tpm": "TPM", "tpm_unstranded": "TPM", "fpkm": "FPKM", "fpkm_unstranded": "FPKM",
    "expected_count": "counts", "est_counts": "counts", "numreads": "counts",
    "unstranded": "counts",
}  # fmt: skip
"""columns of files of one sample, the best first: RSEM, Salmon, kallisto, STAR at the GDC"""
LENGTHS = ("length", "gene_length", "exon_length", "effective_length", "effectivelength",
           "eff_length")  # fmt: skip
"""headings of the bases of a gene that reads are counted on, as featureCounts writes them"""
SUMMARY = re.compile(r"N_(unmapped|multimapping|noFeature|ambiguous)|__\w+")
"""rows of STAR and HTSeq that are no genes"""
TRANSCRIPT = re.compile(r"ENST\d{11}(\.\d+)?")
ENOUGH = 0.02
"""share of names that must mean features for a table to be read"""


@dataclass(frozen=True)
class SampleTable:
    """Samples x features; a feature may stand there more than once."""

    table: Table
    hint: str
    """names of file and column, in which a unit may be named"""
    notes: list[str]
    lengths: npt.NDArray[np.float32] | None = None
    """of each feature, in bases, where counts have them beside them; NaN where not positive"""


def laid_out(sheet: Sheet, features: Sequence[str], sample: str | None = None) -> SampleTable:
    """Return samples x features of a sheet whose samples stand in rows or in columns.

    ``features`` are those of the model; genes may have any of their names. ``sample`` names the
    sample of a file of one sample. MmdrpError where neither rows nor columns are features.
    """
    genomic, known = are_genes(features), set(features)

    def hits(names: Sequence[str]) -> int:
        """Return how many names mean a feature, 0 where hardly any does."""
        some = [n for n in names if n]
        if genomic:
            count = int((match(some, features).place >= 0).sum())
        else:
            count = sum(n in known for n in some)
        return count if count >= ENOUGH * min(len(some), len(features)) else 0

    sheet = _without_row_numbers(sheet)
    rows = {heading: hits(names) for heading, names in sheet.texts.items()}
    heading = max(rows, key=lambda h: rows[h])
    across = hits(sheet.columns)
    if not max(rows[heading], across):
        _refuse(sheet, heading, features)
    if rows[heading] > across:
        return _features_in_rows(sheet, heading, sample)
    return _samples_in_rows(sheet)


def _samples_in_rows(sheet: Sheet) -> SampleTable:
    heading = next(iter(sheet.texts))
    ids = sheet.texts[heading]
    _check_samples(sheet, ids, f"column {heading!r}")
    left = [h for h in sheet.texts if h != heading]
    notes = [f"columns of texts not used: {', '.join(left)[:60]}"] if left else []
    return SampleTable(Table("cell", ids, sheet.columns, sheet.values), sheet.name, notes)


def _features_in_rows(sheet: Sheet, heading: str, sample: str | None) -> SampleTable:
    sheet, notes = _numbers_first(sheet, heading), list[str]()
    names = sheet.texts[heading]
    rows = [i for i, n in enumerate(names) if n and not SUMMARY.fullmatch(n)]
    if (first := next((n for n in names if TRANSCRIPT.fullmatch(n)), None)) is not None:
        _refuse_transcripts(sheet, first)
    lower = {column.lower(): j for j, column in enumerate(sheet.columns)}
    one = next((c for c in ONE_SAMPLE if c in lower), None)
    if one is not None:
        columns, ids = [lower[one]], [sample or re.split(r"\.", sheet.name)[0]]
        hint = ONE_SAMPLE[one]
        notes = [f"one sample, {ids[0]}: column {sheet.columns[lower[one]]}"]
    else:
        columns = [j for j, c in enumerate(sheet.columns) if c.lower() not in NOT_SAMPLES]
        ids, hint = [sheet.columns[j] for j in columns], sheet.name
        left = [column for column in sheet.columns if column not in set(ids)]
        left += [name for name in sheet.texts if name not in ("", heading)]
        notes += [f"columns that are no samples: {', '.join(left)[:80]}"] if left else []
    if not ids:
        raise MmdrpError(f"{sheet.name}: holds genes and no sample; its columns have no numbers")
    _check_samples(sheet, ids, "a heading")
    wide = sheet.values.T  # as it lies in memory: a file of whole columns is not copied
    if (len(columns), len(rows)) != wide.shape:
        wide = wide[np.ix_(columns, rows)]
    values = np.ascontiguousarray(wide)
    notes.append(f"features in rows, {len(ids)} sample{'' if len(ids) == 1 else 's'} in columns")
    table = Table("cell", ids, [names[i] for i in rows], values)
    place = next((lower[heading] for heading in LENGTHS if heading in lower), None)
    if one is not None or place is None:
        return SampleTable(table, hint, notes)
    bases = sheet.values[rows, place]
    return SampleTable(table, hint, notes, np.where(bases > 0, bases, np.nan).astype(np.float32))


def _numbers_first(sheet: Sheet, heading: str) -> Sheet:
    """Return the sheet with its first column among the numbers, where the names stand in another.

    Whole numbers that hardly repeat are ids, such as Entrez ids, and stay names.
    """
    first = next(iter(sheet.texts))
    if first in ("", heading) or first.lower() in NOT_SAMPLES:
        return sheet
    try:
        values = np.array([float(text or "nan") for text in sheet.texts[first]], dtype=np.float32)
    except ValueError:
        return sheet
    seen = values[np.isfinite(values)]
    if (seen == np.rint(seen)).all() and len(np.unique(seen)) > 0.9 * len(seen):
        return sheet
    texts = {name: names for name, names in sheet.texts.items() if name != first}
    both = np.column_stack([values, sheet.values])
    return Sheet(sheet.name, texts, [first, *sheet.columns], both)


def _without_row_numbers(sheet: Sheet) -> Sheet:
    """Leave out a first column without a name that counts the rows: an index saved with a table."""
    first, *others = sheet.texts
    counted = re.fullmatch(r"|Unnamed: 0|index", first) is not None
    numbers = [str(i) for i in range(len(sheet.values) + 1)]
    if not counted or sheet.texts[first] not in (numbers[:-1], numbers[1:]) or len(numbers) < 3:
        return sheet
    if not others:
        raise MmdrpError(
            f"{sheet.name}: the first column counts the rows, and no other holds names; save it "
            "with the names of its rows"
        )
    return Sheet(sheet.name, {h: sheet.texts[h] for h in others}, sheet.columns, sheet.values)


def _check_samples(sheet: Sheet, ids: Sequence[str], where: str) -> None:
    often = Counter(ids)
    for name, n in often.items():
        if not name:
            raise MmdrpError(f"{sheet.name}: {where} names no sample; give each a name")
        if n > 1:
            raise MmdrpError(f"{sheet.name}: sample {name[:60]!r} stands there {n} times ({where})")


def _refuse_transcripts(sheet: Sheet, name: str) -> NoReturn:
    raise MmdrpError(
        f"{sheet.name}: {name} is a transcript; sum transcripts to genes first (tximport)"
    )


def _refuse(sheet: Sheet, heading: str, features: Sequence[str]) -> None:
    row = next((n for n in sheet.texts[heading] if n), "")
    if TRANSCRIPT.fullmatch(row):
        _refuse_transcripts(sheet, row)
    column = sheet.columns[0] if sheet.columns else ""
    raise MmdrpError(
        f"{sheet.name}: neither rows (such as {row[:25]!r}) nor columns ({column[:25]!r}) are "
        f"features of the model (such as {features[0][:25]!r})"
    )
