"""``metrics.csv``: losses per epoch, also those of before an interruption."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from pytorch_lightning.loggers import Logger
from pytorch_lightning.utilities import rank_zero_only

from mmdrp.io.files import whole
from mmdrp.io.text import write_csv

FILE = "metrics.csv"


class OwnLogger(Logger):
    """A logger of ours: it has one version, and no use for hyperparameters, which files hold."""

    @property
    def name(self) -> str:
        """Return what Lightning calls it."""
        return type(self).__name__

    @property
    def version(self) -> str:
        """Return nothing: there is one."""
        return ""

    def log_hyperparams(self, *args: Any, **kwargs: Any) -> None:
        """Do nothing."""


class EpochLog(OwnLogger):
    """Writes what an epoch logs, a row each time, whole or not at all.

    Lightning's own begins a new file where a training goes on.
    """

    def __init__(self, folder: str | Path) -> None:
        super().__init__()
        self._path = Path(folder) / FILE
        self.rows: list[dict[str, float]] = []

    @rank_zero_only
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Add a row."""
        row = {key: int(v) if key == "epoch" else float(v) for key, v in metrics.items()}
        self.rows.append({**row, "step": len(self.rows) if step is None else int(step)})

    @rank_zero_only
    def save(self) -> None:
        """Write all rows."""
        if self.rows:
            frame = pd.DataFrame(self.rows)
            columns = sorted(map(str, frame))
            with whole(self._path) as half:
                write_csv(frame[columns], half, index=False)

    @rank_zero_only
    def finalize(self, status: str) -> None:
        """Write all rows."""
        self.save()


def log_of(loggers: Sequence[Logger | None]) -> EpochLog | None:
    """Return the one of ours, where there is one."""
    return next((logger for logger in loggers if isinstance(logger, EpochLog)), None)
