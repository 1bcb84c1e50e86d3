"""Parts of an attribution put together, as one process would have written it."""

import inspect
from collections.abc import Sequence
from pathlib import Path

from mmdrp.attribution.attributing import attribute, attributed, finished, request_of
from mmdrp.attribution.result import AttributionResult
from mmdrp.attribution.shards.work import PIECES, Work
from mmdrp.attribution.subject import subjects
from mmdrp.errors import MmdrpError
from mmdrp.io.folder import RESUME
from mmdrp.io.pieces import link
from mmdrp.io.shards import ShardRecord


def merge_attributions(
    parts: Sequence[Path], records: Sequence[ShardRecord], out: Path, pictures: int = 6
) -> AttributionResult:
    """Write all tables and pictures into ``out``; nothing is attributed again.

    Averages, tests over all drugs and pictures are computed here, so model and study are opened.
    Raises MmdrpError where they are not there, or not what the parts were made of.
    """
    options, facts = dict(records[0].options), records[0].facts
    if unknown := set(options) - set(inspect.signature(attribute).parameters):
        raise MmdrpError(f"{parts[0]}: has an option {min(unknown)[:40]!r} that is none")
    for part in parts:
        for path in sorted((part / PIECES).rglob("*")):
            target = out / RESUME / path.relative_to(part / PIECES)
            if path.is_file() and not target.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                link(path, target)
    work = Work(out, merged=True)
    stable = options.pop("stable")
    chosen = subjects([Path(path) for path in facts["models"]], facts["study"])
    result = finished(attributed(chosen, request_of(**options), work, stable), out)
    result.write(out, pictures)
    return result
