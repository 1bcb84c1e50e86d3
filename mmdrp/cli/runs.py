"""Run folders: what ``train`` leaves and the other commands read."""

import json
import platform
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf

from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError

CONFIG, FOLD, PREDICTIONS, METRICS, MODEL, RUN = (
    "config.yaml", "fold.json", "predictions.parquet", "metrics.json", "model.ckpt", "run.json",
)  # fmt: skip
PACKAGES = ("mmdrp", "torch", "pytorch-lightning", "rdkit", "numpy", "pandas", "captum")


@dataclass(frozen=True)
class Run:
    """A finished run of ``mmdrp train``."""

    folder: Path

    @cached_property
    def config(self) -> DictConfig:
        """Return the resolved configuration, read once: parsing YAML takes its time."""
        cfg = OmegaConf.load(self.folder / CONFIG)
        assert isinstance(cfg, DictConfig)
        return cfg

    @property
    def fold(self) -> Fold:
        """Return the ids of training, validation and test."""
        return Fold.read(self.folder / FOLD)

    @property
    def learned(self) -> Part:
        """Return what the model learned from: training, with validation where it was refitted."""
        return (self.fold.with_validation() if self.refit else self.fold).train

    @property
    def refit(self) -> bool:
        """Return whether the model learned from validation, too, once it was chosen."""
        path = self.folder / RUN
        return path.is_file() and bool(json.loads(path.read_text()).get("refit"))

    @property
    def predictions(self) -> pd.DataFrame:
        """Return ``fold, part, cell, drug, y, pred``."""
        return pd.read_parquet(self.folder / PREDICTIONS)

    def study(self) -> Study:
        """Open the study that it learned from."""
        path = Path(self.config.study.path)
        if not path.is_dir():
            raise MmdrpError(
                f"{path}: the study of {self.folder} is not there; run from the same folder as "
                f"training, or set study.path in {self.folder / CONFIG}"
            )
        return Study.read(path)


def find_runs(path: str | Path) -> list[Run]:
    """Return the run that a folder is, or the runs of a sweep folder, in order."""
    path = Path(path)
    if not path.is_dir():
        raise MmdrpError(f"run={path}: there is no such folder")
    folders = (
        [path] if (path / MODEL).is_file() else sorted(p.parent for p in path.glob(f"*/{MODEL}"))
    )
    if not folders:
        raise MmdrpError(f"run={path}: holds no run of mmdrp train (no {MODEL})")
    for folder in folders:
        for name in (CONFIG, FOLD, PREDICTIONS):
            if not (folder / name).is_file():
                raise MmdrpError(f"{folder}: not a finished run, {name} is missing")
    return [Run(folder) for folder in folders]


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a dictionary as JSON; NaN becomes null."""
    path.write_text(json.dumps(_plain(content), indent=2, ensure_ascii=False) + "\n")


def versions() -> dict[str, str]:
    """Return versions of what a result depends on."""
    found = {name: version(name) for name in PACKAGES}
    return {"python": sys.version.split()[0], "platform": platform.platform(), **found}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if isinstance(value, float):
        return None if value != value else value
    return value
