"""Every name a cell line goes by, in one table; two lines are never silently merged."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from mmdrp.data import tables
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain

FILES = ("Model.csv", "sample_info.csv", "model_list_*.csv")
"""DepMap's table of lines: until 22Q2 sample_info, later Model; or Sanger's list of models"""
COLUMNS: dict[str, tuple[str, ...]] = {  # ours: as releases 20Q2, 21Q2 and later spell it
    "cell": ("DepMap_ID", "ModelID", "BROAD_ID"),
    "name": (
        "cell_line_name",
        "CellLineName",
        "stripped_cell_line_name",
        "StrippedCellLineName",
        "model_name",
    ),
    "stripped": ("stripped_cell_line_name", "StrippedCellLineName", "model_name"),
    "ccle": ("CCLE_Name", "CCLE Name", "CCLEName", "CCLE_ID"),
    "cosmic": ("COSMIC_ID", "COSMICID"),
    "sanger": ("Sanger_model_ID", "Sanger_Model_ID", "SangerModelID", "model_id"),
    "rrid": ("RRID",),
    "alias": ("alias", "Alias", "ModelIDAlias", "synonyms"),
    "tissue": ("lineage", "OncotreeLineage", "tissue"),
    "subtissue": ("lineage_subtype", "Subtype", "OncotreeSubtype"),
    "disease": ("disease", "primary_disease", "OncotreePrimaryDisease", "cancer_type"),
    "sex": ("sex", "Sex", "gender"),
}
EXACT = ("cell", "ccle", "cosmic", "sanger", "rrid")  # identifiers, compared as they stand


@dataclass(frozen=True)
class Resolved:
    """What a source's lines are called here, and which of them could not be told."""

    cells: list[str]
    """DepMap id of each line asked for, "" where there is none"""
    notes: list[str]
    unmapped: list[str]


@dataclass(frozen=True)
class CellIds:
    """DepMap's ``sample_info``: DepMap, CCLE, COSMIC, Sanger, RRID, stripped names, aliases."""

    frame: pd.DataFrame
    """one row per line, the columns of ``COLUMNS``, "" where unknown"""
    source: str = "sample_info.csv"
    """the file that it was read from"""
    _index: dict[str, dict[str, set[str]]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        index: dict[str, dict[str, set[str]]] = {
            kind: _index(self.frame["cell"], self.frame[kind]) for kind in EXACT
        }
        index["name"] = _index(self.frame["cell"], self.frame["stripped"].map(key_of))
        whole = _index(self.frame["cell"], self.frame["ccle"].map(key_of))  # TTTHYROID
        aliases = self.frame["alias"].str.split(r"[,;|]")
        pairs = self.frame.assign(alias=aliases).explode("alias")
        other = _index(pairs["cell"], pairs["alias"].fillna("").map(key_of))
        index["alias"] = _merge(whole, other)
        object.__setattr__(self, "_index", index)

    @classmethod
    def read(cls, folder: Raw) -> "CellIds":
        """Read ``Model.csv`` or ``sample_info.csv`` from a raw folder."""
        path = folder.need(FILES, "the names of the cell lines")
        table = Delimited.open(path, ",")
        found = {
            ours: next((name for name in names if name in table.header), None)
            for ours, names in COLUMNS.items()
        }
        for ours in ("cell", "stripped", "ccle"):
            if found[ours] is None:
                tables.check_header(path, table.header, [COLUMNS[ours][0]])
        read = table.text(sorted({name for name in found.values() if name}))
        key = str(found["cell"])
        if key == "BROAD_ID":  # models that DepMap does not have go by Sanger's id
            broad = read[key].where(read[key].str.fullmatch(r"ACH-\d+"), "")
            once = ~broad.duplicated(keep=False)
            read[key] = broad.where(once & broad.ne(""), read[str(found["sanger"])])
        tables.check_key(path, read[key].tolist(), key)
        frame = pd.DataFrame({o: read[n] if n else "" for o, n in found.items()}, dtype=object)
        frame["cosmic"] = frame["cosmic"].map(_whole)
        return cls(frame.assign(tissue=_tissues(frame)), plain(path))

    def resolve(self, source: str, names: Mapping[str, Sequence[str]]) -> Resolved:
        """Map lines to DepMap ids; ``names`` holds their ids by kind, the most trusted first.

        Kinds are those of ``EXACT``, ``name`` (any spelling) and ``any``. An identifier wins over
        a stripped name, that over an alias. A name that means several lines maps to none, and of
        several lines that would become one only the one surest by kind is kept; each is listed.
        """
        labels = [next((n for n in row if n), "") for row in zip(*names.values(), strict=True)]
        chosen: list[tuple[int, str]] = []
        vague: list[str] = []
        for label, row in zip(labels, zip(*names.values(), strict=True), strict=True):
            rank, found = self._look_up(dict(zip(names, row, strict=True)))
            if len(found) > 1:
                vague.append(f"{label} ({' or '.join(sorted(found))})")
            chosen.append((rank, next(iter(found)) if len(found) == 1 else ""))
        clashes = _clashes(labels, chosen)
        cells = [
            "" if (label, c) in clashes else c for label, (_, c) in zip(labels, chosen, strict=True)
        ]
        clashing = [f"{label} (as {cell})" for label, cell in sorted(clashes)]
        known = {label.split(" (")[0] for label in vague} | {label for label, _ in clashes}
        lost = [n for n, c in zip(labels, cells, strict=True) if not c and n not in known]
        lost = list(dict.fromkeys(lost))
        notes = _note(source, f"have no DepMap id in {self._lines} and are left out", lost)
        notes += _note(source, "could mean several lines and are left out", vague)
        notes += _note(source, "would become a line that another one is surely; left out", clashing)
        return Resolved(cells, notes, [*lost, *dict.fromkeys(vague), *clashing])

    def annotation(self, cells: Sequence[str]) -> pd.DataFrame:
        """Return the study's ``cells`` table for these DepMap ids, in their order."""
        rows = self.frame.set_index("cell", drop=False).loc[list(cells)].reset_index(drop=True)
        kept = rows[["cell", "name", "tissue", "subtissue", "disease", "sex"]]
        return kept.assign(
            ccle_name=rows["ccle"],
            cosmic_id=rows["cosmic"],
            sanger_id=rows["sanger"],
            rrid=rows["rrid"],
        )

    @property
    def _lines(self) -> str:
        return self.source.removesuffix(".csv")

    def _look_up(self, names: Mapping[str, str]) -> tuple[int, set[str]]:
        """Return how sure (0: by an identifier) and which lines; identifiers that contradict each
        other mean all the lines that they name."""
        best: tuple[int, set[str]] = (9, set())
        exact: list[set[str]] = []
        for kind, text in names.items():
            for rank, table in _ladder(kind):
                key = text if table in EXACT else key_of(text)
                found = self._index[table].get(_whole(key) if table == "cosmic" else key)
                if key and found and rank < best[0]:
                    best = (rank, found)
                if key and found and rank == 0:
                    exact.append(found)
        if exact:
            return 0, set.intersection(*exact) or set.union(*exact)
        return best


def _ladder(kind: str) -> list[tuple[int, str]]:
    by_name = [(1, "name"), (2, "alias")]
    if kind == "any":
        return [(0, "cell"), (0, "ccle"), *by_name]
    return by_name if kind == "name" else [(0, kind)]


def _clashes(labels: Sequence[str], chosen: Sequence[tuple[int, str]]) -> set[tuple[str, str]]:
    """Of different labels that would become one line, all but the single surest."""
    claims: dict[str, dict[str, int]] = defaultdict(dict)
    for label, (rank, cell) in zip(labels, chosen, strict=True):
        if cell:
            claims[cell][label] = min(rank, claims[cell].get(label, rank))
    lost = set()
    for cell, ranks in claims.items():
        surest = [label for label, rank in ranks.items() if rank == min(ranks.values())]
        kept = surest if len(surest) == 1 else []
        lost |= {(label, cell) for label in ranks if label not in kept}
    return lost


def _index(cells: pd.Series, keys: pd.Series) -> dict[str, set[str]]:
    index: dict[str, set[str]] = defaultdict(set)
    for cell, key in zip(cells, keys, strict=True):
        if key:
            index[key].add(cell)
    return dict(index)


def _merge(a: dict[str, set[str]], b: dict[str, set[str]]) -> dict[str, set[str]]:
    return {key: a.get(key, set()) | b.get(key, set()) for key in {*a, *b}}


def _whole(text: str) -> str:
    """COSMIC ids come out of spreadsheets as 906800.0."""
    return re.sub(r"\.0+$", "", text)


def _tissues(frame: pd.DataFrame) -> pd.Series:
    """Lineage; where it is empty, the lineage most lines of the same CCLE tissue have."""
    site = frame["ccle"].str.split("_", n=1).str[1].fillna("").str.lower()
    lineage = frame["tissue"]
    usual = {s: lineage[site.eq(s) & lineage.ne("")].mode() for s in set(site) if s}
    first = {s: (modes.iloc[0] if len(modes) else s) for s, modes in usual.items()}
    return lineage.where(lineage.ne(""), site.map(first).fillna(""))


def _note(source: str, what: str, names: Sequence[str]) -> list[str]:
    distinct = list(dict.fromkeys(names))
    return [f"{source}: {len(distinct)} lines {what}: {', '.join(distinct)}"] if distinct else []
