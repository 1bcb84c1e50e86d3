"""``mmdrp merge PART...``: what ``shard=`` divided, put together."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done
from mmdrp.errors import MmdrpError
from mmdrp.merging import merge_shards


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, merge_shards, skip=("parts", "out"))
    if not cfg.folders:
        raise MmdrpError("mmdrp merge needs the parts: mmdrp merge PART PART ... out=FOLDER")


def run(cfg: DictConfig, out: Path) -> Done:
    """Write what one process would have written."""
    folders = [str(folder) for folder in cfg.folders]
    merge_shards(folders, out, **keywords(cfg, merge_shards, skip=("parts", "out")))
    return Done("All parts together", {"parts": len(folders)})
