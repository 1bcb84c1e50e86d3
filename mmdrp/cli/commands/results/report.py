"""``mmdrp report RUN...``: what finished folders hold, as one HTML page."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done
from mmdrp.errors import MmdrpError
from mmdrp.reporting import report


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, report)
    if not cfg.folders and cfg.predictions is None:
        raise MmdrpError("mmdrp report needs finished folders: mmdrp report RUN EVALUATION ...")


def run(cfg: DictConfig, out: Path) -> Done:
    """Write ``report.html``."""
    made = report(**keywords(cfg, report))
    path = made.write(out)
    size = path.stat().st_size
    told = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"
    return Done(f"{path.name}, {told}, one file", {"file": path.name, "bytes": size})
