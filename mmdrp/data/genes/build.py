"""Make ``genes.tsv.xz`` anew from the annotation database that Debian packages.

``apt-get download r-bioc-org.hs.eg.db && dpkg -x r-bioc-org.hs.eg.db_*.deb u``, then
``python -m mmdrp.data.genes.build u/usr/lib/R/site-library/org.Hs.eg.db/extdata/org.Hs.eg.sqlite``.
"""

import lzma
import sqlite3
import sys
from collections import defaultdict
from contextlib import closing
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole

TABLE = Path(__file__).with_name("genes.tsv.xz")
LEFT_OUT = ("biological-region", "tRNA")
"""types of NCBI's that are no genes one measures: enhancers, recombination regions, tRNAs"""
KEYS = ("EGSOURCENAME", "EGSOURCEDATE", "ENSOURCENAME", "ENSOURCEDATE")


def build(database: Path, table: Path = TABLE) -> int:
    """Write ``entrez, symbol, ensembl, aliases`` (the last two joined by ``|``); return the rows.

    Raises MmdrpError where the file is no database of this kind.
    """
    if not database.is_file():
        raise MmdrpError(f"{database}: there is no such file")
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as found:
            lines, source = _lines(found), dict(found.execute("select name, value from metadata"))
    except sqlite3.Error as error:
        raise MmdrpError(f"{database.name}: is no org.Hs.eg.sqlite ({error})") from error
    said = "; ".join(f"{key}={source.get(key, '')}" for key in KEYS)
    text = "\n".join([f"# org.Hs.eg.db (Artistic-2.0): {said}", *lines, ""])
    with whole(table) as half:
        half.write_bytes(lzma.compress(text.encode(), preset=9 | lzma.PRESET_EXTREME))
    return len(lines) - 1


def _lines(found: sqlite3.Connection) -> list[str]:
    ensembl, aliases = _ensembl(found), _by_gene(found, "alias", "alias_symbol")
    marks = ",".join("?" * len(LEFT_OUT))
    rows = found.execute(
        "select _id, gene_id, symbol from genes join gene_info using (_id) "
        "join genetype using (_id) "
        f"where gene_type not in ({marks}) order by cast(gene_id as integer)", LEFT_OUT,
    )  # fmt: skip
    out = ["entrez\tsymbol\tensembl\taliases"]
    for key, entrez, symbol in rows:
        others = [name for name in aliases[key] if name != symbol]
        out.append("\t".join([entrez, symbol, "|".join(ensembl[key]), "|".join(others)]))
    return out


def _ensembl(found: sqlite3.Connection) -> dict[int, list[str]]:
    """Return gene -> Ensembl ids; an id of several genes is that of the one protein-coding gene."""
    rows = found.execute(
        "select ensembl_id, _id, gene_type = 'protein-coding' from ensembl "
        "join genetype using (_id)"
    )
    of_id: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, key, coding in rows:
        of_id[name].append((key, coding))
    out: dict[int, list[str]] = defaultdict(list)
    for name, owners in sorted(of_id.items()):
        coding_only = [owner for owner in owners if owner[1]]
        for key, _ in coding_only if len(coding_only) == 1 else owners:
            out[key].append(name)
    return out


def _by_gene(found: sqlite3.Connection, table: str, column: str) -> dict[int, list[str]]:
    out: dict[int, list[str]] = defaultdict(list)
    for key, name in found.execute(f"select _id, {column} from {table} order by _id, {column}"):
        out[key].append(name)
    return out


if __name__ == "__main__":
    sys.stdout.write(
        f"{TABLE.name}: {build(Path(sys.argv[1]))} genes, {TABLE.stat().st_size} bytes\n"
    )
