"""Parts of a prediction (``shard=``) put together, as one process would have written it."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from mmdrp.io.figures import save
from mmdrp.io.shards import ShardRecord
from mmdrp.prediction.density import predicted_density
from mmdrp.prediction.ranked import ReadableTables
from mmdrp.prediction.written import PREDICTIONS, blocks_in, gather

SHIFT = "shift.csv"


def merge_predictions(
    parts: Sequence[Path], records: Sequence[ShardRecord], out: Path, figure: bool = True
) -> None:
    """Write ``predictions.parquet`` and what stands beside it, a block at a time, into ``out``.

    ``parts`` are the folders of all shards in order, ``records`` what they say.
    """
    facts, options = records[0].facts, records[0].options
    readable = ReadableTables(
        out, facts["unit"], facts["higher"], bool(facts["csv"]), int(options["top"])
    )
    blocks = (block for part in parts for block in blocks_in(part / PREDICTIONS))
    gather(out, blocks, readable, bool(options["partitioned"]))
    if (parts[0] / SHIFT).is_file():
        shutil.copyfile(parts[0] / SHIFT, out / SHIFT)
    if figure:
        counts = int(facts["samples"]), int(facts["drugs"])
        drawn = predicted_density(out / PREDICTIONS, facts["measured"], facts["label"], *counts)
        if drawn is not None:
            save(drawn, out, "predicted")
