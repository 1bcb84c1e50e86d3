"""Which samples an encoder may see: all without responses, else those that a fold trains on."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdrp.data.examples import everything_of
from mmdrp.data.source import Table
from mmdrp.data.spec import DataSpec
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import Part, build, part
from mmdrp.training.model.samples import as_table

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Samples:
    """What may be seen of a study: its tables, whose name, and whether held-out lines are among."""

    tables: Mapping[str, Table]
    study: str
    held_out_allowed: bool


def visible_samples(
    study: Study | Mapping[str, Any],
    modalities: Sequence[str],
    held_out: bool,
    drawn: tuple[Any, Any, str, Any, int],
) -> Samples:
    """Return the tables to learn from: all where nothing is predicted, else a fold's training."""
    if isinstance(study, Mapping):
        if lacking := [name for name in modalities if name not in study]:
            raise OptionError(f"modalities: {lacking[0]!r} is not given; there are: {list(study)}")
        tables = {name: as_table(study[name], name) for name in modalities}
        return Samples(tables, "frames", False)
    if not isinstance(study, Study):
        raise OptionError(f"study={type(study).__name__}: expected a study, or modality -> frame")
    tables = {name: study.modality(name) for name in modalities}
    if not study.measures:
        log.info("%s has no responses: no sample of it is held out", study.name)
        return Samples(tables, study.name, False)
    if held_out:
        log.warning("held_out=true: lines that training holds out are seen")
        return Samples(tables, study.name, True)
    fold = _fold(study, *drawn)
    if "cell" not in fold.train.ids:
        raise MmdrpError("pretrain: this fold holds out no lines, so it does not say which to see")
    ids = sorted(fold.train.ids["cell"])
    log.info("%d lines of the fold's training part are seen, no others", len(ids))
    return Samples({n: t.select(ids) for n, t in tables.items()}, study.name, False)


def _fold(
    study: Study,
    fold: Any,
    split: str | Mapping[str, Any] | Part,
    measure: str,
    lines: Any,
    seed: int,
) -> Fold:
    if isinstance(fold, Fold):
        return fold.check_known(study.cells.index, study.drugs.index)
    if isinstance(fold, str | Path):
        return Fold.read(Path(fold), study.cells.index, study.drugs.index)
    if isinstance(fold, bool) or not isinstance(fold, int):
        raise OptionError(f"fold={fold!r}: expected a number, a Fold, or its file")
    chosen = {"name": split, "seed": seed} if isinstance(split, str) else split
    drawn: Fold = build("split", part("split", chosen))(
        everything_of(DataSpec(measure=measure, lines=lines), study), study.cells, fold, study.drugs
    )
    return drawn
