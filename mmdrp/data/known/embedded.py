"""Embeddings of drugs as a source: made, kept in the study's cache, or read from a checkpoint."""

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mmdrp.data.chem.embedding import MiniMol, Rows, TableEmbedding
from mmdrp.data.chem.standardise import parent
from mmdrp.data.source import Table
from mmdrp.data.study.cache import cached
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import few
from mmdrp.registry import Part, build

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Kept:
    """Embeddings that a checkpoint holds, and the SMILES of their drugs."""

    table: Table
    smiles: Mapping[str, str]
    further: Path | None = None
    """a table as in training, of drugs that it did not have"""


def embedding_table(
    chosen: Part,
    smiles: Mapping[str, str],
    names: Mapping[str, str],
    cache: Path | None = None,
    kept: Kept | None = None,
) -> Table:
    """Return the embedding of drugs (drug -> SMILES), those of which there is one.

    Rows that are ``kept`` are taken as they are, whatever is installed here; those of other drugs
    come from what is installed, or from the ``further`` table.
    """
    if kept is not None:
        return _with_kept(chosen, smiles, names, kept)
    kind = build("fingerprint", chosen)

    def make() -> Table:
        return Table("drug", list(smiles), kind.features, kind(smiles, names))

    if isinstance(kind, MiniMol) and cache is not None:
        key: dict[str, Any] = {"embedding": kind.made_by, "smiles": dict(smiles)}
        return _those_with(cached(cache, "drug", key, make).select(list(smiles)), chosen)
    return _those_with(make(), chosen)


def _those_with(table: Table, chosen: Part) -> Table:
    """Leave out drugs that have no row, and say how many."""
    here = [bool(row.all()) for row in np.isfinite(table.values)]
    if not any(here):
        raise MmdrpError(
            f"drug={chosen.name}: none of the study's {len(here)} drugs has a row; name them by "
            "id, name or SMILES"
        )
    if not all(here):
        gone = [drug for drug, there in zip(table.ids, here, strict=True) if not there]
        log.warning(
            "drug=%s: %d of %d drugs have no row: %s", chosen.name, len(gone), len(here),
            few(gone), extra={"names": gone},
        )  # fmt: skip
    return table.select([drug for drug, there in zip(table.ids, here, strict=True) if there])


def _with_kept(
    chosen: Part, smiles: Mapping[str, str], names: Mapping[str, str], kept: Kept
) -> Table:
    place = {parent(text, drug): drug for drug, text in kept.smiles.items()}
    stored = set(kept.table.ids)
    taken = {
        drug: drug if same is None and drug in stored else same
        for drug, text in smiles.items()
        if (same := place.get(parent(text, drug))) in stored or drug in stored
    }
    rest = {drug: text for drug, text in smiles.items() if drug not in taken}
    values = kept.table.select([str(d) for d in taken.values()]).values
    found = Table("drug", list(taken), kept.table.features, values)
    if not rest:
        return found
    if chosen.name == "minimol":
        new = build("fingerprint", chosen)(rest, names)
    else:
        new = _of_table(kept, rest, names, len(smiles))
    both = np.concatenate([values, new])
    return Table("drug", [*taken, *rest], kept.table.features, both).select(list(smiles))


def _of_table(kept: Kept, smiles: Mapping[str, str], names: Mapping[str, str], asked: int) -> Rows:
    """Return the rows (n, d) of drugs, of ``asked`` ones, in the further table, columns by name."""
    if kept.further is None:
        raise OptionError(
            f"drugs: {_some(smiles)}: have no embedding in the model ({len(smiles)} of {asked}); "
            "give a table that has them: embedding=FILE"
        )
    kind, wanted = TableEmbedding(str(kept.further)), list(kept.table.features)
    if missing := [name for name in wanted if name not in set(kind.features)]:
        raise OptionError(
            f"embedding={kept.further.name}: has no column {missing[0][:40]!r} ({len(missing)} of "
            f"{len(wanted)} are missing); give the numbers that the model learned from"
        )
    place = {name: j for j, name in enumerate(kind.features)}
    rows = kind(smiles, names)[:, [place[name] for name in wanted]]
    without = [drug for drug, row in zip(smiles, rows, strict=True) if not np.isfinite(row).all()]
    if without:
        raise OptionError(
            f"embedding={kept.further.name}: has no row of {_some(without)} ({len(without)} in "
            "all); name them by id, name or SMILES, or leave them out"
        )
    return rows


def _some(drugs: Iterable[str]) -> str:
    return ", ".join(list(drugs)[:3])[:60]
