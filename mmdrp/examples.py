"""The responses that a run learns from and is tested on, and the fold that parts them."""

import logging
from pathlib import Path

import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.data.response import Examples, complete, in_unit, lay_out
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.parts import TISSUE
from mmdrp.sources import Sources

log = logging.getLogger(__name__)


def examples_of(cfg: DictConfig, study: Study, sources: Sources) -> Examples:
    """Lay out the response; what no chosen source describes is left out and counted."""
    long = _asked(cfg, study)
    if cfg.get("complete"):
        long = complete(long, [sources[name] for name in cfg.modality])
    for axis in ("cell", "drug"):
        tables = [t for n, t in sources.items() if t.axis == axis and n != TISSUE]
        if not tables:
            continue
        known = set().union(*(t.ids for t in tables))
        lost = sorted(set(long[axis]) - known)
        if lost:
            log.info(
                "Left out, for they have none of the chosen sources: %d %s (%s%s)",
                len(lost),
                {"cell": "lines", "drug": "drugs"}[axis],
                ", ".join(lost[:5]),
                ", ..." if len(lost) > 5 else "",
            )
            long = long[~long[axis].isin(lost)]
    return lay_out(long, cfg.response.measure, cfg.response.layout)


def fold_of(cfg: DictConfig, study: Study, sources: Sources) -> Fold:
    """Draw the fold, or read the one that ``fold_file`` names.

    It is drawn over all lines and drugs with a response, those included that lack the chosen
    modalities: so runs on other modalities hold out the same ones and can be compared.
    """
    if cfg.fold_file:
        return Fold.read(Path(cfg.fold_file))
    everything = everything_of(cfg, study, sources)
    fold: Fold = instantiate(cfg.split)(everything, study.cells, cfg.fold, study.drugs)
    return fold


def everything_of(cfg: DictConfig, study: Study, sources: Sources) -> Examples:
    """Lay out all that has a response, whatever is known of it: what folds are drawn over."""
    return lay_out(_asked(cfg, study), cfg.response.measure, cfg.response.layout)


def unit_of(cfg: DictConfig, study: Study, stored: bool = False) -> str:
    """Return the unit of the response, as the study has it or as ``response.log`` makes it."""
    entry = study.manifest.tables.get("response")
    unit = str((entry.measures if entry else {}).get(cfg.response.measure, {}).get("unit", ""))
    wanted = None if stored else cfg.response.get("log")
    return f"{wanted} {unit.removeprefix('ln ')}" if wanted and unit.startswith("ln ") else unit


def _asked(cfg: DictConfig, study: Study) -> pd.DataFrame:
    """Return the responses that the configuration asks for, whatever is known of their lines."""
    long = study.response(cfg.response.measure)
    if cfg.lines:
        long = long[long["cell"].isin(_listed(Path(cfg.lines), study))]
    return in_unit(long, unit_of(cfg, study, stored=True), cfg.response.get("log"))


def _listed(path: Path, study: Study) -> list[str]:
    if not path.is_file():
        raise MmdrpError(f"lines={path}: there is no such file")
    names = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    known = set(study.cells.index)
    for row, name in enumerate(names, 1):
        if name not in known:
            raise MmdrpError(f"{path.name}: row {row}: {name!r} is not a line of the study")
    return names
