"""Known pharmacogenomic markers: the table, and what of it a study can test."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from mmdrp.data.known.names import synonyms
from mmdrp.errors import MmdrpError
from mmdrp.io.text import exact

FOLDER = Path(__file__).parent / "known"
COLUMNS = ("drug", "source", "feature", "direction")
DIRECTIONS = ("sensitivity", "resistance")
SOURCES = {"protein": ("rppa", "proteomics")}
"""the modalities of a study that measure a source of the table; others are named alike"""
SYMBOLS = {"NAPRT1": "NAPRT", "HER2": "ERBB2"}
"""earlier or common names of genes -> the symbol that the table uses"""
ANTIBODIES = {
    "Bcl-2": "BCL2", "Bcl-xL": "BCL2L1", "c-Kit": "KIT", "c-Met": "MET", "Caveolin-1": "CAV1",
    "E-Cadherin": "CDH1", "ER-alpha": "ESR1", "N-Cadherin": "CDH2", "N-Ras": "NRAS",
    "Cyclin_D1": "CCND1", "Cyclin_E1": "CCNE1", "p21": "CDKN1A", "p53": "TP53", "Rb": "RB1",
}  # fmt: skip
"""proteins by the names of CCLE's reverse-phase arrays"""


def read_markers(path: str | Path | None = None) -> pd.DataFrame:
    """Return the shipped table, or that of a CSV file: one row per drug, source and feature.

    ``direction`` says what a high value, or a mutation, means; ``also`` (a tuple) are further names
    of the drug; ``evidence`` is lines, clinic, or class (shown for a drug of the same mechanism).
    """
    path = FOLDER / "markers.csv" if path is None else Path(path)
    if not path.is_file():
        raise MmdrpError(f"markers={path}: there is no such file")
    # A table of results that is given back, such as known_markers.csv, has apostrophes.
    table = pd.read_csv(path, dtype=str, keep_default_na=False).map(exact)
    return check_markers(table, path.name)


def check_markers(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """Return a table of markers with further names of its drugs; ``where`` is its name in errors.

    Raises MmdrpError that names the row for an empty value, a direction there is not, or a marker
    that stands there twice.
    """
    table = table.reset_index(drop=True)
    for column in COLUMNS:
        if column not in table:
            raise MmdrpError(f"{where}: lacks the column {column!r}")
    keys = table[list(COLUMNS[:3])]
    for row, direction in enumerate(table["direction"], 1):
        if direction not in DIRECTIONS:
            raise MmdrpError(
                f"{where}: row {row}, column direction: {direction!r}; write "
                f"{' or '.join(DIRECTIONS)}"
            )
        if keys.iloc[row - 1].eq("").any():
            raise MmdrpError(f"{where}: row {row}: drug, source and feature must be given")
    if keys.duplicated().any():
        row = int(keys.duplicated().to_numpy().argmax()) + 1
        raise MmdrpError(f"{where}: row {row}: this marker stands in the table already")
    table["also"] = [synonyms(drug) for drug in table["drug"]]
    return table


def spelled(name: str) -> str:
    """Return a drug's name without case, blanks and punctuation.

    >>> spelled("Nutlin-3a (-)")
    'nutlin3a'
    """
    return re.sub(r"[^a-z0-9]", "", str(name).casefold())


def genes(feature: str) -> set[str]:
    """Return the genes that a feature stands for.

    A symbol is itself; ``cnaPANCAN301 (CDK12,ERBB2)``, a segment, is each gene in the brackets;
    ``HER2_pY1248_Caution``, an antibody, is its protein's gene, in any state; and
    ``MGMT_10_131264949_131265949``, a promoter, is its gene.

    >>> sorted(genes("HER2_pY1248_Caution"))
    ['ERBB2', 'HER2_pY1248_Caution']
    """
    bracket = re.search(r"\(([^)]*)\)", feature)
    inside = re.split(r"[,;\s]+", bracket[1]) if bracket else []
    promoter = re.fullmatch(r"(.+?)_(?:\d+|X|Y)_\d+_\d+", feature)
    plain = promoter[1] if promoter else feature
    plain = re.sub(r"(_p[STY]\d+(_[STY]\d+)*)?([ _]Caution)?$", "", plain).strip()
    plain = ANTIBODIES.get(plain, plain)
    return {SYMBOLS.get(name, name) for name in (feature, plain, *inside) if name}


def places(
    drugs: Mapping[str, str], features: Mapping[str, Sequence[str]], table: pd.DataFrame
) -> pd.DataFrame:
    """Say where each marker stands in a study; ``drugs`` is id -> name, ``features`` per source.

    One row per marker and screen of its drug: the table's columns, ``screen`` (the drug's id),
    ``place`` (positions among all features, one source after the other), and ``reason``, empty
    where the marker can be tested.
    """
    screens = _screens(drugs)
    by_gene, offset = {}, 0
    for source, names in features.items():
        by_gene[source] = _by_gene(names, offset)
        offset += len(names)
    rows = []
    for marker in table.to_dict("records"):
        keys = [spelled(name) for name in (marker["drug"], *marker["also"])]
        tested = sorted({drug for key in keys for drug in screens.get(key, ())})
        place, reason = _place(marker["source"], marker["feature"], by_gene)
        reason = reason if tested else "the run has no such drug"
        rows += [{**marker, "screen": s, "place": place, "reason": reason} for s in tested or [""]]
    return pd.DataFrame(rows)


def _place(
    source: str, feature: str, by_gene: Mapping[str, Mapping[str, tuple[int, ...]]]
) -> tuple[tuple[int, ...], str]:
    here = [name for name in SOURCES.get(source, (source,)) if name in by_gene]
    if not here:
        return (), f"the run has no {source}"
    place = tuple(j for name in here for j in by_gene[name].get(feature, ()))
    return place, "" if place else f"not among the features of {' or '.join(here)}"


def _screens(drugs: Mapping[str, str]) -> dict[str, set[str]]:
    """Return spelled name -> ids: a drug may have been screened more than once."""
    out: dict[str, set[str]] = {}
    for drug, name in drugs.items():
        for key in (spelled(drug), spelled(name)):
            out.setdefault(key, set()).add(drug)
    return out


def _by_gene(names: Sequence[str], offset: int) -> dict[str, tuple[int, ...]]:
    by_gene: dict[str, tuple[int, ...]] = {}
    for j, name in enumerate(names, offset):
        for gene in genes(str(name)):
            by_gene[gene] = (*by_gene.get(gene, ()), j)
    return by_gene
