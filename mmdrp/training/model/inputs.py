"""Samples to predict: tables of any kind matched by name to the features of a model."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.batch import PATHWAYS, TARGETS, TISSUE, is_base_only, is_context
from mmdrp.data.chem.compare import check_structures
from mmdrp.data.context import context_of_samples
from mmdrp.data.known.pathways import pathways_table
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources, drug_sources, tissue_table
from mmdrp.data.study import Study
from mmdrp.data.study.units import parse_all
from mmdrp.data.targets import targets_table
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.checkpoint import Restored
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.likeness import Given, fitting
from mmdrp.training.model.matching import aligned
from mmdrp.training.reference.embedded import further_table, kept_of

log = logging.getLogger(__name__)


def units_given(
    data: object, info: CheckpointInfo, units: Mapping[str, str] | None
) -> dict[str, str]:
    """Return what is said of the units of samples: by a study, and before that by the user."""
    own = data.units if isinstance(data, Study) else {}
    return {n: own[n] for n in info.units if n in own} | parse_all(units, info.units)


def matched(
    restored: Restored,
    tables: Mapping[str, Table],
    min_features: float = 0.5,
    cells: pd.DataFrame | None = None,
    given: Given | None = None,
) -> Sources:
    """Return the cell sources of a model, features matched by name; what is not there is missing.

    A modality that has less than ``min_features`` of the features that the model uses is refused,
    and one that is in another unit than the model learned (``given`` says what is known of it).
    ``cells`` annotates the samples: columns ``tissue``, and those of the model's context.
    """
    given = given or Given()
    for name in (*given.units, *given.binarise):
        if name not in restored.info.units:
            have = ", ".join(restored.info.units)
            raise OptionError(f"{name[:40]}: is no modality of the model, which reads: {have}")
    sources: Sources = {}
    for name, info in restored.info.sources.items():
        if info.axis != "cell":
            continue
        if name == TISSUE:
            tissue = None if cells is None or TISSUE not in cells else cells[TISSUE]
            sources[name] = tissues_of(tissue, info.features)
        elif is_context(name):
            sources[name] = context_of_samples(name, cells, info.features)
        elif name not in tables:
            log.info("%s: not given, taken as missing", name)
            sources[name] = nothing("cell", info.features)
        else:
            used = restored.net.scale[name].keep.numpy()  # type: ignore[operator]
            table, unit = aligned(name, info, used, tables[name], min_features, given)
            units = {**given.units, name: unit}
            table = _with_values(name, table, used)
            sources[name] = fitting(name, info, used, table, replace(given, units=units))
    omics = {name: table for name, table in sources.items() if not is_base_only(name)}
    if not any(len(t.ids) for t in omics.values()):
        raise MmdrpError(f"data: has none of the model's modalities ({', '.join(omics)})")
    return sources


def _with_values(name: str, table: Table, used: npt.NDArray[np.int64]) -> Table:
    """Leave out the samples that have no value in any feature that the network keeps."""
    rows = zip(table.ids, table.values, strict=True)
    valued = table.select([i for i, row in rows if not _empty(row[used])])
    left = set(valued.ids)
    if gone := [i for i in table.ids if i not in left]:
        log.warning("%s: %d samples (%s, ...) have no value there", name, len(gone), gone[0])
    return valued if gone else table


def _empty(row: npt.NDArray[np.float32]) -> bool:
    return bool(np.isnan(row).all())


def tissues_of(tissue: pd.Series | None, features: Sequence[str]) -> Table:
    """Return tissues of samples as a one-hot source; an unknown tissue is like none, and named."""
    if tissue is None:
        log.info("tissue: not given, taken as missing")
        return nothing("cell", features)
    said = tissue[tissue.notna() & tissue.ne("")].astype(str)
    other = said[~said.isin(list(features))]
    if len(other):
        names = ", ".join(map(repr, list(dict.fromkeys(other))[:4]))
        log.warning(
            "tissue: of %d samples it is unknown to the model (%s), and counts as missing; it "
            "learned: %s", len(other), names, ", ".join(features)[:200],
        )  # fmt: skip
    return tissue_table(tissue[tissue.isin(list(features))]).align(list(features)).filled(0.0)


def nothing(axis: str, features: Sequence[str]) -> Table:
    """Return a table without rows: a source that nobody has."""
    return Table(axis, [], list(features), np.zeros((0, len(features)), dtype=np.float32))


def drugs_described(
    restored: Restored,
    smiles: Mapping[str, str],
    drugs: pd.DataFrame | None = None,
    embedding: str | Path | None = None,
) -> Sources:
    """Return the drug sources of a pair model for drugs with a SMILES; targets where known.

    ``embedding`` is a table of drugs that the one of training did not have.
    """
    info = restored.info
    assert info.spec.data.drug is not None
    check_structures(smiles, info.smiles)
    frame = pd.DataFrame() if drugs is None else drugs
    names = {str(d): str(n) for d, n in frame["name"].dropna().items()} if "name" in frame else {}
    further = further_table(embedding, info.spec.data.drug)
    kept = kept_of(info.embedded, info.features, info.smiles, further)
    known = info.train_ids["drug"]
    sources = drug_sources(info.spec.data.drug, smiles, known, names=names, kept=kept)
    for source, made in ((TARGETS, targets_table), (PATHWAYS, pathways_table)):
        if source in info.sources:
            features = info.sources[source].features
            table = made(frame, list(smiles), features)
            sources[source] = nothing("drug", features) if table is None else table
    return sources
