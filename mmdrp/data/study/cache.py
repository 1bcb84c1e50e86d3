"""Tables that are costly to make, kept in the study's folder under a hash of what made them."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mmdrp.data import tables
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.sums import is_sealed, seal

log = logging.getLogger(__name__)
FOLDER = "cache"


def cached(study: Path, axis: str, key: Mapping[str, Any], make: Callable[[], Table]) -> Table:
    """Return the table that ``key`` (JSON) describes: read from ``study/cache``, or made and kept.

    The manifest does not know the cache, which may be deleted at any time. A file appears whole or
    not at all, so runs may share it; a broken one is made anew; where nothing can be written, the
    table is made and not kept.
    """
    text = json.dumps(key, sort_keys=True, ensure_ascii=False)
    path = study / FOLDER / f"{hashlib.sha256(text.encode()).hexdigest()[:32]}.feather"
    if is_sealed(path):
        try:
            return tables.read_matrix(path, axis, axis, missing=True)
        except MmdrpError as error:
            log.debug("%s is made anew: %s", path, error)
    table = make()
    try:
        _keep(path, axis, table)
    except (OSError, MmdrpError) as error:
        log.debug("Not kept in %s: %s", path.parent, error)
    return table


def _keep(path: Path, axis: str, table: Table) -> None:
    path.parent.mkdir(exist_ok=True)
    with whole(path) as half:
        tables.write_matrix(half, axis, table)
    seal(path)
