"""Sources whose rows change places: what a model learns then, it did not learn from them."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)


def permuted(sources: Mapping[str, Any], names: Sequence[str], seed: int) -> dict[str, Any]:
    """Return the sources, the named ones with their rows dealt out anew among the ids they have.

    Training, validation and test lines alike get another line's values (DrEval's randomisation
    tests). Who has the source stays as it was.
    """
    out = dict(sources)
    for place, name in enumerate(names):
        table = out.get(name)
        if not isinstance(table, Table):
            known = ", ".join(n for n, t in out.items() if isinstance(t, Table))
            raise MmdrpError(
                f"randomise.permute: {name!r} is no table of this run; it has: {known}"
            )
        order = np.random.default_rng([seed, place]).permutation(len(table.ids))
        out[name] = replace(table, ids=[table.ids[i] for i in order])
        log.info("%s: its %d rows are permuted; this run is a test", name, len(order))
    return out
