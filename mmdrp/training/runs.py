"""Run folders: what ``train`` leaves and the other commands read."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.io.files import versions, whole, write_json
from mmdrp.io.folder import output_folder
from mmdrp.io.marker import MARKER, check_finished
from mmdrp.io.sums import check_unchanged
from mmdrp.io.text import write_csv
from mmdrp.training.checkpoint import save
from mmdrp.training.fit import Trained
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.legacy import as_written
from mmdrp.training.plain import as_decided, config_of, spec_of
from mmdrp.training.run_files.reading import (
    COLUMNS,
    CONFIG,
    FOLD,
    METRICS,
    MODEL,
    PREDICTIONS,
    RUN,
    read_config,
    read_predictions,
)  # fmt: skip
from mmdrp.training.spec import Spec

__all__ = [
    "COLUMNS", "CONFIG", "FOLD", "METRICS", "MODEL", "PREDICTIONS", "RUN", "Run", "described",
    "find_runs", "read_config", "read_predictions", "selected_features", "write_config",
    "write_run",
]  # fmt: skip


@dataclass(frozen=True)
class Run:
    """A finished run of ``mmdrp train``."""

    folder: Path

    @cached_property
    def config(self) -> dict[str, Any]:
        """Return the resolved configuration as plain containers."""
        return read_config(self.folder / CONFIG)

    @cached_property
    def spec(self) -> Spec:
        """Return what it was trained with."""
        try:
            spec = spec_of(as_written(self.config))
        except MmdrpError as error:
            raise MmdrpError(f"{self.folder / CONFIG}: {error}") from error
        check_unchanged(self.folder / CONFIG)  # last: what is wrong with it says more
        return spec

    @cached_property
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
        if not path.is_file():
            return False
        try:
            refit = bool(json.loads(path.read_text(encoding="utf-8")).get("refit"))
        except (ValueError, AttributeError, OSError, RecursionError) as error:
            raise MmdrpError(f"{path}: not the record of a run") from error
        check_unchanged(path)
        return refit

    @property
    def predictions(self) -> pd.DataFrame:
        """Return ``fold, part, cell, drug, y, pred``; MmdrpError where the file holds others."""
        return read_predictions(self.folder / PREDICTIONS)

    def study(self) -> Study:
        """Open the study that it learned from."""
        given = self.config.get("study")
        path = Path(str(given.get("path"))) if isinstance(given, Mapping) else Path()
        if not isinstance(given, Mapping) or not path.is_dir():
            raise MmdrpError(
                f"{path}: the study of {self.folder} is not there; run from the same folder as "
                f"training, or set study.path in {self.folder / CONFIG}"
            )
        check_unchanged(self.folder / CONFIG)
        return Study.read(path)


def find_runs(path: str | Path) -> list[Run]:
    """Return the run that a folder is, or the runs of a sweep folder, in order."""
    path = Path(path)
    if not path.is_dir():
        raise MmdrpError(f"run={path}: there is no such folder")
    check_finished(path, "run=")
    folders = [path]
    if not (path / MODEL).is_file():
        inside = sorted(p for p in path.iterdir() if p.is_dir())
        finished = [p for p in inside if (p / MARKER).is_file() and check_finished(p, "run=")]
        folders = [
            p
            for p in inside
            if (p / MODEL).is_file() and (p in finished or not (p / MARKER).is_file())
        ]
    if not folders:
        raise MmdrpError(f"run={path}: holds no run of mmdrp train (no {MODEL})")
    for folder in folders:
        for name in (CONFIG, FOLD, PREDICTIONS):
            if not (folder / name).is_file():
                raise MmdrpError(f"{folder}: not a finished run, {name} is missing")
    return [Run(folder) for folder in folders]


def write_run(
    folder: Path,
    done: Trained,
    study: Study,
    config: Mapping[str, Any] | None = None,
    scores: Mapping[str, Any] | None = None,
    *,
    overwrite: bool = False,
) -> None:
    """Write a run folder; ``config`` is what decided it, by default the model's spec.

    ``run.json``, which says that the run is complete, is written last. The folder is held
    meanwhile; a finished one is refused unless ``overwrite``, which replaces it in one step.
    """
    with output_folder(folder, "train", overwrite=overwrite) as held:
        _write(held, done, study, config, scores)


def _write(
    folder: Path,
    done: Trained,
    study: Study,
    config: Mapping[str, Any] | None,
    scores: Mapping[str, Any] | None,
) -> None:
    info = done.module.info
    assert info is not None
    where = {"name": study.name, "path": str(study.root) if study.root else None}
    config = {"study": where, **config_of(info.spec)} if config is None else config
    write_config(folder, as_decided(config, info.spec))
    done.fold.write(folder / FOLD)
    save(folder / MODEL, done.module.net, info)
    with whole(folder / PREDICTIONS) as half:
        table = pa.Table.from_pandas(done.predictions, preserve_index=False)
        pq.write_table(table.replace_schema_metadata(described(info, table)), half)
    markers = selected_features(done)
    if len(markers):
        with whole(folder / "markers.csv") as half:
            write_csv(markers, half, index=False, float_format="%.5g")
    if scores is not None:
        write_json(folder / METRICS, scores)
    record = {
        "complete": True,
        "seed": info.spec.train.seed,
        "epochs": len(done.history),
        "best_validation_loss": done.best_validation_loss,
        "network": done.selection,
        "refit": done.refit,
        "seconds": done.seconds,
        "versions": versions(),
    }
    write_json(folder / RUN, record)


def described(info: CheckpointInfo, table: pa.Table) -> dict[bytes, bytes]:
    """Return a table's metadata with ``mmdrp.measure``, ``.unit``, ``.higher`` and ``.units``.

    ``mmdrp.units`` is JSON: modality -> unit that the model learned from.
    """
    said = {"measure": info.spec.data.measure, "unit": info.unit, "higher": info.higher}
    said["units"] = json.dumps(info.units)
    own = {f"mmdrp.{key}".encode(): value.encode() for key, value in said.items()}
    return {**(table.schema.metadata or {}), **own}


def write_config(folder: Path, config: Mapping[str, Any]) -> None:
    """Write ``config.yaml``."""
    with whole(folder / CONFIG) as half:
        half.write_text(yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True))


def selected_features(done: Trained) -> pd.DataFrame:
    """Return the single features that the base selected: drug, source, feature, effect, t."""
    columns = ["drug", "source", "feature", "effect", "t"]
    offset, data = done.module.net.offset, done.data
    if offset is None:
        return pd.DataFrame(columns=columns)
    tasks = data.train_ids["drug"] if offset.pair is not None else data.dataset.examples.tasks
    rows = [
        (tasks[task], source, data.dataset.sources[source].features[feature], effect, t)
        for task, source, feature, effect, t in offset.base.selected()
    ]
    return pd.DataFrame(rows, columns=columns)
