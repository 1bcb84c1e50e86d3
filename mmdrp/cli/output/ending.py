"""The last lines of a command: what it wrote, where, and what one would do next."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.output.as_json import files_in, told
from mmdrp.cli.output.done import Done, following, rows_of
from mmdrp.cli.screen import show


def ended(
    command: str, done: Done, out: Path | None, cfg: DictConfig | None, sweep: bool = False
) -> None:
    """Say on the screen, and keep for ``--json``, how a command ended.

    ``out`` is the folder that it wrote, ``cfg`` its options (None where they were only shown).
    """
    folder = done.out or out
    if cfg is None or (not done.label and not done.figures and folder is out):
        return
    follows = done.follows
    if folder is not None and not follows:
        follows = following(
            command, folder, {str(k): v for k, v in cfg.items_ex(resolve=False)}, sweep
        )
    if done.label:
        show(f"{done.label}: {folder}")
    for row in rows_of(follows):
        show(row)
    where = {} if folder is None else {"folder": folder, "files": files_in(folder)}
    told().end = {**where, "figures": done.figures, "next": list(follows)}
