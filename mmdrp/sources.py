"""A study's tables as the sources that a network looks at."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.parts import TISSUE


def sources_of(cfg: DictConfig, study: Study, layout: str) -> dict[str, Table]:
    """Read the chosen modalities, and the drugs' fingerprints where drugs are an axis."""
    sources = {name: study.modality(name) for name in cfg.modality}
    if cfg.base.get("tissue") and "tissue" in study.cells:
        sources[TISSUE] = tissue_table(study.cells["tissue"])
    if layout == "by_pair":
        sources["drug"] = drug_table(cfg.drug, smiles_of(study))
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


def drug_table(cfg: DictConfig, smiles: Mapping[str, str]) -> Table:
    """Featurise drugs as a source."""
    fingerprint = instantiate(cfg.fingerprint)
    return Table("drug", list(smiles), fingerprint.features, fingerprint(smiles))
