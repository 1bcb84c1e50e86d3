"""Makes the parity fixture for over-representation; needs gseapy, which nothing else here does.

python -m venv scratch && scratch/bin/pip install gseapy==1.3.1
scratch/bin/python tests/tumours/enrichment/by_gseapy.py

writes, beside this file, sets.gmt (60 sets), chosen.txt, background.txt and gseapy.csv: what
``gseapy.enrich(gene_list, gene_sets, background)`` says of them, offline. Some chosen genes and
set members are outside the background, some sets have no hit. Made with gseapy 1.3.1.
"""

import random
from pathlib import Path

HERE = Path(__file__).parent


def example(seed: int = 7) -> tuple[dict[str, list[str]], list[str], list[str]]:
    """Sets of 5 to 120 of 900 genes, 80 chosen ones that favour the first sets, a background."""
    rng = random.Random(seed)
    genes = [f"G{i:03d}" for i in range(900)]
    sets = {f"SET{i:02d}": sorted(rng.sample(genes, rng.randint(5, 120))) for i in range(60)}
    favoured = sorted({g for name in ("SET00", "SET01", "SET02") for g in sets[name]})
    chosen = sorted({*rng.sample(favoured, 45), *rng.sample(genes, 40)})
    return sets, chosen, sorted(rng.sample(genes, 700))


def main() -> None:
    """Write the four files."""
    import gseapy  # type: ignore[import-not-found]

    sets, chosen, background = example()
    rows = ["\t".join([name, "na", *members]) for name, members in sets.items()]
    (HERE / "sets.gmt").write_text("\n".join(rows) + "\n")
    (HERE / "chosen.txt").write_text("\n".join(chosen) + "\n")
    (HERE / "background.txt").write_text("\n".join(background) + "\n")
    found = gseapy.enrich(gene_list=chosen, gene_sets=sets, background=background, outdir=None)
    found.results.sort_values("Term").to_csv(HERE / "gseapy.csv", index=False)


if __name__ == "__main__":
    main()
