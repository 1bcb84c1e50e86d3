"""A study's tables as the sources that a network looks at."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rdkit
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from mmdrp.chem.standardise import parent
from mmdrp.data.cache import cached
from mmdrp.data.molecules import Molecules
from mmdrp.data.source import Source, Table
from mmdrp.data.study import Study
from mmdrp.data.targets import targets_table
from mmdrp.errors import MmdrpError
from mmdrp.parts import STRUCTURE, TARGETS, TISSUE

Sources = dict[str, Any]
"""name -> ``Table``, or ``Molecules`` where drugs are graphs"""


def sources_of(cfg: DictConfig, study: Study, layout: str) -> Sources:
    """Read the chosen modalities, and what describes the drugs where drugs are an axis."""
    sources: Sources = {name: study.modality(name) for name in cfg.modality}
    if cfg.base.get("tissue") and "tissue" in study.cells:
        sources[TISSUE] = tissue_table(study.cells["tissue"])
    if layout == "by_pair":
        sources |= drug_sources(cfg.drug, smiles_of(study), cache=study.root)
        if cfg.get("drug_targets"):
            known = targets_table(study.drugs, list(sources["drug"].ids))
            sources |= {} if known is None else {TARGETS: known}
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


def drug_sources(
    drug: DictConfig,
    smiles: Mapping[str, str],
    known: Sequence[str] | None = None,
    cache: Path | None = None,
) -> Sources:
    """Describe drugs (drug -> SMILES) as ``conf/drug`` says: a source "drug", at times another.

    A graph comes with a fingerprint beside it, "structure", by which the base compares drugs. Of
    drugs described by name alone, only those that are ``known`` (None: all) get a row. ``cache``
    is a study's folder, in which fingerprints are kept.
    """
    if drug.get("graph"):
        graphs = instantiate(drug.graph)
        parents = _standardised(drug, smiles)
        atoms, bonds = graphs.atom_features, graphs.bond_features
        molecules = Molecules("drug", list(parents), graphs(parents), atoms, bonds)
        return {
            "drug": molecules,
            STRUCTURE: _fingerprint(drug, drug.structure, smiles, cache),
        }
    if "known" in drug.fingerprint:
        names = list(smiles) if known is None else list(known)
        seen = {d: text for d, text in smiles.items() if d in set(names)}
        identity = instantiate(drug.fingerprint, known=names)
        return {"drug": Table("drug", list(seen), names, identity(seen))}
    return {"drug": _fingerprint(drug, drug.fingerprint, smiles, cache)}


def known_only(drug: DictConfig, sources: Mapping[str, Source], drugs: Sequence[str]) -> Sources:
    """Leave only ``drugs``, those of training, to a source that knows drugs by name alone."""
    table = sources.get("drug")
    if "known" not in drug.get("fingerprint", {}) or not isinstance(table, Table):
        return dict(sources)
    return {**sources, "drug": table.select(drugs).align(list(drugs))}


def structure_of(sources: Mapping[str, Source]) -> Table | None:
    """Return the table by which drugs can be compared, if drugs are a source."""
    table = sources.get(STRUCTURE, sources.get("drug"))
    return table if isinstance(table, Table) else None


def _fingerprint(
    drug: DictConfig, options: DictConfig, smiles: Mapping[str, str], cache: Path | None
) -> Table:
    kind = instantiate(options)

    def make() -> Table:
        return Table("drug", list(smiles), kind.features, kind(_standardised(drug, smiles)))

    if cache is None:
        return make()
    key = {
        "fingerprint": OmegaConf.to_container(options, resolve=True),
        "standardise": bool(drug.get("standardise")),
        "smiles": dict(smiles),
        "rdkit": rdkit.__version__,
    }
    return cached(cache, "drug", key, make).select(list(smiles))


def _standardised(drug: DictConfig, smiles: Mapping[str, str]) -> Mapping[str, str]:
    if not drug.get("standardise"):
        return smiles
    return {name: parent(text, name) for name, text in smiles.items()}
