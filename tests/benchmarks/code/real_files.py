"""Every real release file of a folder: ids that do not map, their share, and seconds to read it.

Lines are looked up in DepMap's table of lines (``sample_info.csv`` or ``Model.csv``), genes among
symbols, aliases, Ensembl and Entrez ids, drugs by whether they have a structure. ``MMDRP_RAW``
names the folder; files that no reader takes are named as not read.
"""

import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from mmdrp.data.genes import genes
from mmdrp.data.ingest import depmap, maf, structures
from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.gdsc import compounds
from mmdrp.data.ingest.ids import FILES, CellIds
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.screens import ccle, ctrpv2
from mmdrp.data.ingest.tcga.expression import expression
from mmdrp.data.ingest.tcga.mutations import mutations
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import visible
from tests.benchmarks._real import raw

GENES = ("expression", "mutation", "cnv")
LEFT_OUT = re.compile(r": (\d+) lines (?:have no DepMap id|could mean|would become)")


@dataclass(frozen=True)
class Ids:
    """One kind of ids of a file: how many there are, and how many mean nothing here."""

    kind: str
    count: int
    unmapped: int

    def words(self) -> str:
        share = 100 * (1 - self.unmapped / max(self.count, 1))
        return f"{self.count:,} {self.kind} | {self.unmapped:,} | {share:.2f} %"


def main() -> dict[str, float | int | str]:
    root = raw()
    ids = CellIds.read(Raw(root))
    found: list[Ids] = []
    unread: list[str] = []
    total = 0.0
    print("| file | ids | do not map | map | seconds |\n|---|---|---|---|---|")
    for path in sorted(_files(root)):
        start = time.perf_counter()
        some = look(path, ids)
        seconds = time.perf_counter() - start
        total += seconds
        if some is None:
            unread.append(str(path.relative_to(root)))
            continue
        for i, each in enumerate(some):
            first, last = (f"`{path.relative_to(root)}`", f"{seconds:.2f}") if not i else ("", "")
            print(f"| {first} | {each.words()} | {last} |")
        found += some
    print(f"not read: {', '.join(unread) or 'nothing'}")
    figures: dict[str, float | int | str] = {"not_read": len(unread), "seconds": total}
    for kind in ("lines", "genes", "tumours"):
        part = [each for each in found if each.kind == kind]
        count = sum(each.count for each in part)
        figures[f"{kind}_unmapped"] = sum(each.unmapped for each in part)
        figures[f"{kind}_share"] = 1 - sum(e.unmapped for e in part) / max(count, 1)
    return figures


def _files(root: Path) -> Iterator[Path]:
    for path in visible(root):
        yield from (p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]


def look(path: Path, ids: CellIds) -> list[Ids] | None:
    """Read one file and return what its ids are, None where no reader takes it."""
    for pattern, reader in READERS.items():
        if fnmatch(plain(path), pattern):
            return reader(path, ids)
    with alone(path) as folder:
        try:
            omics = depmap.read(folder, ids)
        except MmdrpError:
            if folder.found:
                raise
        else:
            return _omics(omics)
        return _tumours(folder)


@contextmanager
def alone(path: Path) -> Iterator[Raw]:
    """Lend a raw folder that holds one file only, so that it is read by itself."""
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / path.name).symlink_to(path)
        yield Raw(scratch)


def _omics(omics: depmap.Omics) -> list[Ids]:
    (name,), (table,) = omics.tables, omics.tables.values()
    lost = sum(int(m[1]) for note in omics.notes if (m := LEFT_OUT.search(note)))
    out = [Ids("lines", len(table.ids) + lost, lost)]
    return [*out, _genes(table.features)] if name in GENES else out


def _tumours(folder: Raw) -> list[Ids] | None:
    """Tumours by barcode; a file that holds another one is refused by its reader."""
    source = mutations(folder, list(maf.DEEPDR)) or expression(folder)
    if source is None:
        return None
    names: list[str] = []
    for here, _ in source.blocks(source.names):
        names += here
    return [Ids("tumours", len(source.names), 0), _genes(names)]


def _genes(names: Sequence[str]) -> Ids:
    table = genes()
    return Ids("genes", len(names), sum(len(table.find(name)[1]) != 1 for name in names))


def _texts(path: Path, sep: str, columns: Sequence[str]) -> Iterable[tuple[str, ...]]:
    frame = Delimited.open(path, sep, columns).text(columns)
    return zip(*(frame[name] for name in columns), strict=True)


def _resolved(ids: CellIds, **names: Sequence[str]) -> Ids:
    found = ids.resolve("lines", names)
    return Ids("lines", len(found.cells), sum(not cell for cell in found.cells))


def _table_of_lines(path: Path, ids: CellIds) -> list[Ids]:
    with alone(path) as folder:
        frame = CellIds.read(folder).frame
    return [Ids("lines by tissue", len(frame), int((frame["tissue"] == "").sum()))]


def _ctrp_lines(path: Path, ids: CellIds) -> list[Ids]:
    return [_resolved(ids, name=[name for (name,) in _texts(path, "\t", ["ccl_name"])])]


def _ctrp_experiments(path: Path, ids: CellIds) -> list[Ids]:
    lines = path.with_name(ctrpv2.LINES)
    known = {key for (key,) in _texts(lines, "\t", ["master_ccl_id"])}
    pairs = set(_texts(path, "\t", ["experiment_id", "master_ccl_id"]))
    return [Ids("experiments", len(pairs), sum(line not in known for _, line in pairs))]


def _ctrp_curves(path: Path, ids: CellIds) -> list[Ids]:
    """Curves map where their experiment is known and their compound has a structure."""
    known = {e for (e,) in _texts(path.with_name(ctrpv2.EXPERIMENTS), "\t", ["experiment_id"])}
    drawn = set(ctrpv2.compounds(Raw(path.parent), [])["master_cpd_id"])
    rows = list(_texts(path, "\t", ["experiment_id", "master_cpd_id"]))
    return [
        Ids("curves by experiment", len(rows), sum(e not in known for e, _ in rows)),
        Ids("curves by structure", len(rows), sum(c not in drawn for _, c in rows)),
    ]


def _ctrp_compounds(path: Path, ids: CellIds) -> list[Ids]:
    rows = list(_texts(path, "\t", ["master_cpd_id"]))
    drawn = ctrpv2.compounds(Raw(path.parent), [])
    return [Ids("drugs", len(rows), len(rows) - len(drawn))]


def _ccle(path: Path, ids: CellIds) -> list[Ids]:
    pairs = sorted(set(_texts(path, ",", [ccle.LINE, ccle.NAME])))
    drugs = {drug for (drug,) in _texts(path, ",", [ccle.DRUG])}
    lines = _resolved(ids, ccle=[line for line, _ in pairs], name=[name for _, name in pairs])
    return [lines, _structures(path, drugs)]


def _gdsc_compounds(path: Path, ids: CellIds) -> list[Ids]:
    return [_structures(path, {name for (name,) in _texts(path, ",", ["DRUG_NAME"])})]


def _structures(path: Path, names: set[str]) -> Ids:
    """Count drugs without a structure by their name, among CTRPv2's or in ``smiles.csv``."""
    known = structures.read(Raw(raw()))
    return Ids("drugs", len(names), sum(key_of(name) not in known for name in names))


READERS: dict[str, Callable[[Path, CellIds], list[Ids]]] = {
    **dict.fromkeys(FILES, _table_of_lines),
    ctrpv2.LINES: _ctrp_lines,
    ctrpv2.EXPERIMENTS: _ctrp_experiments,
    ctrpv2.CURVES: _ctrp_curves,
    ctrpv2.COMPOUNDS: _ctrp_compounds,
    ccle.FILE: _ccle,
    **dict.fromkeys(compounds.FILES, _gdsc_compounds),
}
