"""Features that another study has too: what lines and tumours can be compared on."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from omegaconf import DictConfig

from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)

S = TypeVar("S")


def shared(cfg: DictConfig, sources: Mapping[str, S]) -> dict[str, S]:
    """Return the sources with only those features that the study ``shared_with`` has too.

    It is a study's name below ``data_dir``, or its folder; null changes nothing. A modality that
    it lacks stays whole. Raises MmdrpError where fewer than ``min_shared`` features are left.
    """
    if not cfg.get("shared_with"):
        return dict(sources)
    other = Study.read(_folder(cfg))
    return {
        name: _restricted(cfg, name, source, other)  # type: ignore[misc]
        if isinstance(source, Table) and name in other.modalities
        else source
        for name, source in sources.items()
    }


def _restricted(cfg: DictConfig, name: str, table: Table, other: Study) -> Table:
    known = set(other.modality(name).features)
    features = [feature for feature in table.features if feature in known]
    log.info("%s: %d of %d features are in %s too", name, len(features), table.dim, cfg.shared_with)
    if len(features) < cfg.min_shared:
        raise MmdrpError(
            f"{name}: shares {len(features)} features with {cfg.shared_with}, fewer than "
            f"min_shared={cfg.min_shared}; are both named by gene symbol?"
        )
    return table.align(features)


def _folder(cfg: DictConfig) -> Path:
    given = Path(str(cfg.shared_with))
    folder = given if given.is_dir() else Path(cfg.data_dir) / given
    if not folder.is_dir():
        raise MmdrpError(
            f"shared_with={cfg.shared_with}: there is no such study folder; make it by mmdrp data "
            "(docs/data.md), or take all features by shared_with=null"
        )
    return folder
