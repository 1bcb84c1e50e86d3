"""Features that another study has too: what lines and tumours can be compared on."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)

S = TypeVar("S")


def shared(
    sources: Mapping[str, S], shared_with: Study | str | Path | None, min_shared: int
) -> dict[str, S]:
    """Return the sources with only those features that another study, or its folder, has too.

    None changes nothing. A modality that the other study lacks stays whole. Raises MmdrpError where
    fewer than ``min_shared`` features are left.
    """
    if not shared_with:
        return dict(sources)
    if not isinstance(shared_with, Study) and not Path(shared_with).is_dir():
        raise MmdrpError(
            f"shared_with={shared_with}: there is no such study folder; make it by mmdrp data "
            "(docs/data.md), or take all features by shared_with=null"
        )
    other = shared_with if isinstance(shared_with, Study) else Study.read(shared_with)
    folder = str(other.root or other.name)
    return {
        name: _restricted(name, source, other, folder, min_shared)  # type: ignore[misc]
        if isinstance(source, Table) and name in other.modalities
        else source
        for name, source in sources.items()
    }


def _restricted(name: str, table: Table, other: Study, folder: str, min_shared: int) -> Table:
    known = set(other.modality(name).features)
    features = [feature for feature in table.features if feature in known]
    log.info("%s: %d of %d features are in %s too", name, len(features), table.dim, folder)
    if len(features) < min_shared:
        raise MmdrpError(
            f"{name}: shares {len(features)} features with {folder}, fewer than "
            f"min_shared={min_shared}; are both named by gene symbol?"
        )
    return table.align(features)
