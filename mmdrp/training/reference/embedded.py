"""Embeddings of drugs that a checkpoint keeps, so that it can be used without what made them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch

from mmdrp.batch import STRUCTURE
from mmdrp.data.chem.embedding import is_embedding
from mmdrp.data.known.embedded import Kept
from mmdrp.data.source import Table
from mmdrp.data.spec import DrugFeatures
from mmdrp.errors import MmdrpError, OptionError


def embedded_of(features: DrugFeatures | None, tables: Mapping[str, object]) -> dict[str, Any]:
    """Return what a checkpoint holds: source -> drugs and their rows (n, d)."""
    if features is None:
        return {}
    chosen = {"drug": features.fingerprint, STRUCTURE: features.structure}
    out = {}
    for source, part in chosen.items():
        table = tables.get(source)
        if part is not None and is_embedding(part) and isinstance(table, Table):
            values = torch.from_numpy(table.values.copy())
            out[source] = {"drugs": list(map(str, table.ids)), "values": values}
    return out


def kept_of(
    embedded: Mapping[str, Any],
    features: Mapping[str, Sequence[str]],
    smiles: Mapping[str, str],
    further: Path | None = None,
) -> dict[str, Kept]:
    """Return what a checkpoint holds, by source; ``features`` are those of each source.

    ``further`` is a table of other drugs.
    """
    tables = {
        source: Table("drug", held["drugs"], list(features[source]), held["values"].numpy())
        for source, held in embedded.items()
    }
    return {source: Kept(table, smiles, further) for source, table in tables.items()}


def further_table(embedding: str | Path | None, features: DrugFeatures | None) -> Path | None:
    """Return the table that ``embedding`` names; OptionError where the model reads none.

    >>> further_table(None, None) is None
    True
    """
    if embedding is None:
        return None
    chosen = () if features is None else (features.fingerprint, features.structure)
    if not any(part is not None and part.name == "table" for part in chosen):
        raise OptionError(f"embedding={embedding}: only a model trained with drug=table reads one")
    path = Path(embedding)
    if not path.is_file():
        raise OptionError(f"embedding={embedding}: there is no such file")
    return path


def check(raw: Mapping[str, Any], sources: Mapping[str, Any]) -> None:
    """Refuse what is not ``embedded_of``; MmdrpError names the flaw."""
    for source, held in raw.items():
        where = f"embedded.{source[:40]}"
        if source not in sources or not isinstance(held, Mapping):
            raise MmdrpError(f"{where}: there is no such source")
        drugs, values = held.get("drugs"), held.get("values")
        if not isinstance(drugs, list) or not all(isinstance(d, str) for d in drugs):
            raise MmdrpError(f"{where}.drugs: expected texts")
        shape = (len(drugs), len(sources[source].features))
        if (
            not isinstance(values, torch.Tensor)
            or tuple(values.shape) != shape
            or values.dtype != torch.float32
            or not bool(torch.isfinite(values).all())
        ):
            raise MmdrpError(f"{where}.values: expected one finite row per drug")
