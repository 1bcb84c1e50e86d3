"""A study's tables as the sources that a model looks at."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdkit

import mmdrp.data.parts  # noqa: F401  # registers the fingerprints that a spec names
from mmdrp.batch import PATHWAYS, STRUCTURE, TARGETS, TISSUE
from mmdrp.data.chem.embedding import is_embedding
from mmdrp.data.chem.standardise import parent
from mmdrp.data.context import context_sources
from mmdrp.data.known.embedded import Kept, embedding_table
from mmdrp.data.known.pathways import pathways_table
from mmdrp.data.molecules import Molecules
from mmdrp.data.source import Source, Table
from mmdrp.data.spec import DataSpec, DrugFeatures
from mmdrp.data.study import Study
from mmdrp.data.study.cache import cached
from mmdrp.data.targets import targets_table
from mmdrp.errors import MmdrpError
from mmdrp.registry import Part, build

log = logging.getLogger(__name__)
Sources = dict[str, Any]
"""name -> ``Table``, or ``Molecules`` where drugs are graphs"""


def sources_of(data: DataSpec, study: Study, kept: Mapping[str, Kept] | None = None) -> Sources:
    """Read the chosen modalities, and what describes the drugs where drugs are an axis.

    ``kept`` are embeddings that a checkpoint holds.
    """
    sources: Sources = {name: study.modality(name) for name in data.modalities}
    if data.tissue and "tissue" in study.cells:
        sources[TISSUE] = tissue_table(study.cells["tissue"])
    sources |= context_sources(data, study)
    if data.layout == "by_pair":
        sources |= described_drugs(data, study, kept)
    return sources


def described_drugs(
    data: DataSpec, study: Study, kept: Mapping[str, Kept] | None = None
) -> Sources:
    """Read what describes the drugs of a study that have a structure; see ``sources_of``."""
    assert data.drug is not None
    known, names = smiles_of(study), names_of(study)
    sources = drug_sources(data.drug, known, cache=study.root, names=names, kept=kept)
    if data.drug_targets:
        for name, made in ((TARGETS, targets_table), (PATHWAYS, pathways_table)):
            table = made(study.drugs, list(sources["drug"].ids))
            sources |= {} if table is None else {name: table}
    return sources


def tissue_table(tissue: pd.Series) -> Table:
    """Return tissues as a one-hot source that only the base looks at."""
    known = tissue[tissue.notna() & tissue.ne("")].astype(str)
    wide = pd.get_dummies(known, dtype=np.float32)
    return Table("cell", wide.index.tolist(), wide.columns.tolist(), wide.to_numpy())


def smiles_of(study: Study) -> dict[str, str]:
    """Return the SMILES of each drug that has one."""
    if "smiles" not in study.drugs:
        raise MmdrpError(
            f"study {study.manifest.name!r}: its drugs table has no column 'smiles', which "
            "response.layout=by_pair needs"
        )
    smiles = study.drugs["smiles"].fillna("").astype(str)
    return {str(drug): text for drug, text in smiles.items() if text}


def names_of(study: Study) -> dict[str, str]:
    """Return the name of each drug that has one."""
    if "name" not in study.drugs:
        return {}
    names = study.drugs["name"].fillna("").astype(str)
    return {str(drug): name for drug, name in names.items() if name}


def drug_sources(
    features: DrugFeatures,
    smiles: Mapping[str, str],
    known: Sequence[str] | None = None,
    cache: Path | None = None,
    names: Mapping[str, str] | None = None,
    kept: Mapping[str, Kept] | None = None,
) -> Sources:
    """Describe drugs (drug -> SMILES): a source "drug", at times another.

    A graph comes with a fingerprint beside it, "structure", by which the base compares drugs;
    others may. Of drugs described by name alone, only those that are ``known`` (None: all) get a
    row. ``cache`` is a study's folder, in which fingerprints are kept; ``names`` are those of
    drugs, ``kept`` the embeddings of a checkpoint, by source.
    """

    def described(chosen: Part, source: str) -> Table:
        if not is_embedding(chosen):
            return _fingerprint(features, chosen, smiles, cache)
        texts = _standardised(features, smiles)
        return embedding_table(chosen, texts, names or {}, cache, (kept or {}).get(source))

    beside: Sources = {}
    if features.structure is not None:
        beside = {STRUCTURE: described(features.structure, STRUCTURE)}
    if features.graph is not None:
        graphs = build("graph", features.graph)
        parents = _standardised(features, smiles)
        atoms, bonds = graphs.atom_features, graphs.bond_features
        molecules = Molecules("drug", list(parents), graphs(parents), atoms, bonds)
        beside = beside or {STRUCTURE: described(Part("morgan"), STRUCTURE)}
        return {"drug": molecules, **beside}
    assert features.fingerprint is not None
    if by_name(features):
        drugs = list(smiles) if known is None else list(known)
        seen = {d: text for d, text in smiles.items() if d in set(drugs)}
        identity = build("fingerprint", features.fingerprint, known=drugs)
        return {"drug": Table("drug", list(seen), drugs, identity(seen)), **beside}
    log.info("drugs are described by %s", features.fingerprint.name)
    return {"drug": described(features.fingerprint, "drug"), **beside}


def by_name(features: DrugFeatures) -> bool:
    """Whether drugs are told apart by name alone, without structure."""
    return features.fingerprint is not None and features.fingerprint.name == "identity"


def known_only(
    features: DrugFeatures | None, sources: Mapping[str, Source], drugs: Sequence[str]
) -> Sources:
    """Leave only ``drugs``, those of training, to a source that knows drugs by name alone."""
    table = sources.get("drug")
    if features is None or not by_name(features) or not isinstance(table, Table):
        return dict(sources)
    return {**sources, "drug": table.select(drugs).align(list(drugs))}


def structure_of(sources: Mapping[str, Source]) -> Table | None:
    """Return the table by which drugs can be compared, if drugs are a source."""
    table = sources.get(STRUCTURE, sources.get("drug"))
    return table if isinstance(table, Table) else None


def _fingerprint(
    features: DrugFeatures, chosen: Part, smiles: Mapping[str, str], cache: Path | None
) -> Table:
    kind = build("fingerprint", chosen)

    def make() -> Table:
        rows = kind(_standardised(features, smiles))
        return Table("drug", list(smiles), kind.features, rows)

    if cache is None:
        return make()
    key = {
        "fingerprint": chosen.plain(),
        "standardise": features.standardise,
        "smiles": dict(smiles),
        "rdkit": rdkit.__version__,
    }
    return cached(cache, "drug", key, make).select(list(smiles))


def _standardised(features: DrugFeatures, smiles: Mapping[str, str]) -> Mapping[str, str]:
    if not features.standardise:
        return smiles
    return {name: parent(text, name) for name, text in smiles.items()}
