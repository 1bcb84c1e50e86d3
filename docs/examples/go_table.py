"""Make the shipped table of the human Gene Ontology anew (Debian or Ubuntu, about 50 MB download).

python docs/examples/go_table.py          downloads the two packages and unpacks them aside
python docs/examples/go_table.py ORG GO   reads databases (org.Hs.eg.sqlite, GO.sqlite)
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from mmdrp.tumours.gene_ontology import build
from mmdrp.tumours.genesets import GO

PACKAGES = ("r-bioc-org.hs.eg.db", "r-bioc-go.db")


def unpacked(folder: Path) -> tuple[Path, Path]:
    """Download Debian's packages, unpack them without installing, and find the databases."""
    subprocess.run(["apt-get", "download", *PACKAGES], cwd=folder, check=True)
    for archive in folder.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", archive, folder], check=True)
    return next(folder.rglob("org.Hs.eg.sqlite")), next(folder.rglob("GO.sqlite"))


def main(words: list[str]) -> None:
    """Write ``mmdrp/tumours/go/``."""
    with tempfile.TemporaryDirectory() as scratch:
        org, go = map(Path, words) if words else unpacked(Path(scratch))
        found = build(org, go, GO)
    size = sum(path.stat().st_size for path in GO.glob("*.gz"))
    sys.stdout.write(f"{found['terms']} terms, {found['genes']} genes, {size / 1e6:.2f} MB: {GO}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
