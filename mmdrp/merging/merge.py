"""``mmdrp.merge_shards``: what ``shard=`` divided is put together as one process would have it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal

from mmdrp.errors import MmdrpError
from mmdrp.io.folder import output_folder
from mmdrp.io.shards import read_shards
from mmdrp.options import Range, checked


@checked
def merge_shards(
    parts: Sequence[str | Path],
    out: str | Path,
    *,
    figure: bool = True,
    pictures: Annotated[int, Range(least=0)] = 6,
    rows: Literal["significant", "all"] = "significant",
    panels: Annotated[int, Range(least=0)] = 12,
    overwrite: bool = False,
) -> Path:
    """Put the parts of one prediction, attribution or association together in ``out``; return it.

    ``parts`` are folders that `predict_folder`, `attribute` or `tumours.associate_shard` wrote
    with ``shard="1/16"`` to ``shard="16/16"``, in any order, or a folder of such. Files are those
    of one process, byte for byte. ``figure`` draws predictions as the command does, ``pictures``
    are how many drugs of an attribution are drawn, ``rows`` and ``panels`` those of
    `Associations.write`. What attributions and associations were made of is opened where it lay.

    Raises MmdrpError, in one line that names it, where a part is missing, given twice, unfinished,
    changed since, or of another work: another model, other inputs, options or version.
    """
    folders, records = read_shards(parts)
    command = records[0].command
    if command not in ("predict", "attribute", "associate"):
        raise MmdrpError(f"{folders[0]}: parts of mmdrp {command[:20]} cannot be put together")
    with output_folder(out, "merge", overwrite=overwrite) as folder:
        if command == "predict":
            from mmdrp.prediction.merged import merge_predictions

            merge_predictions(folders, records, folder, figure)
        elif command == "associate":
            from mmdrp.tumours.shards.parts import merge_associations

            merge_associations(folders, records, folder, rows, panels)
        else:
            from mmdrp.attribution.shards.merged import merge_attributions

            merge_attributions(folders, records, folder, pictures)
    return Path(out)
