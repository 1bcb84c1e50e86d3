"""Tables that are costly to make, kept in the study's folder under a hash of what made them."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from mmdrp.data import tables
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

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
    if path.is_file():
        try:
            return tables.read_matrix(path, axis, axis, missing=True)
        except MmdrpError as error:
            log.debug("%s is made anew: %s", path, error)
    table = make()
    try:
        _keep(path, axis, table)
    except OSError as error:
        log.debug("Not kept in %s: %s", path.parent, error)
    return table


def _keep(path: Path, axis: str, table: Table) -> None:
    path.parent.mkdir(exist_ok=True)
    scratch = path.with_name(f".{path.stem}.{uuid4().hex}.part")
    try:
        tables.write_matrix(scratch, axis, table)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
