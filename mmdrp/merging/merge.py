"""``mmdrp.merge_shards``: what ``shard=`` divided is put together as one process would have it."""

from collections.abc import Sequence
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.io.folder import output_folder
from mmdrp.io.shards import read_shards
from mmdrp.options import checked


@checked
def merge_shards(
    parts: Sequence[str | Path],
    out: str | Path,
    *,
    figure: bool = True,
    overwrite: bool = False,
) -> Path:
    """Put the parts of one prediction together in ``out``; return it.

    ``parts`` are folders that `predict_folder`
    wrote with ``shard="1/16"`` to ``shard="16/16"``, in any order, or a folder of such. Files are
    those of one process, byte for byte. ``figure`` draws what the command draws.

    Raises MmdrpError, in one line that names it, where a part is missing, given twice, unfinished,
    changed since, or of another work: another model, other inputs, options or version.
    """
    folders, records = read_shards(parts)
    command = records[0].command
    if command not in ("predict",):
        raise MmdrpError(f"{folders[0]}: parts of mmdrp {command[:20]} cannot be put together")
    with output_folder(out, "merge", overwrite=overwrite) as folder:
        from mmdrp.prediction.merged import merge_predictions

        merge_predictions(folders, records, folder, figure)
    return Path(out)
