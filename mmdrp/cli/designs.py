"""``mmdrp train experiment=deepdr_table1``: designs of one model over shuffles of the lines."""

import logging
import os
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from mmdrp import build
from mmdrp.cli import runs
from mmdrp.cli.design_tables import write_tables
from mmdrp.cli.shuffle import MEANS, PARTS, Shared, Shuffle, predicted
from mmdrp.cli.studies import open_study
from mmdrp.cli.train import quiet
from mmdrp.data.impute import impute
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.shared import shared
from mmdrp.stats.components import CLASSICAL

log = logging.getLogger(__name__)

OWN = ("out", "shuffles", "designs", "closed", "figure_of")
"""options of the comparison; all others are the designs'"""
SHOWN = "figure2.parquet"


def run(cfg: DictConfig, out: Path) -> None:
    """Run every shuffle that is not there yet, then write tables and Figure 2 over all."""
    quiet()
    configs = configurations(cfg)
    study = open_study(cfg.study)
    _same_question(cfg, out)
    shared = shared_of(cfg, study, configs)
    done = [out / "shuffles" / f"{number:04d}.csv" for number in range(cfg.shuffles)]
    (out / "shuffles").mkdir(exist_ok=True)
    waiting = [n for n, path in enumerate(done) if not path.is_file()]
    if len(waiting) < len(done):
        log.info("%d of %d shuffles are there already", len(done) - len(waiting), len(done))
    logging.getLogger("mmdrp").setLevel(logging.WARNING)  # each of hundreds of trainings speaks
    try:
        for number in bar(waiting, "shuffles"):
            frame = one(cfg, out, configs, shared, number)
            half = done[number].with_suffix(".part")
            frame.to_csv(half, index=False)
            os.replace(half, done[number])
    finally:
        logging.getLogger("mmdrp").setLevel(logging.NOTSET)
        shutil.rmtree(out / "work", ignore_errors=True)
    table = pd.concat([pd.read_csv(path) for path in done], ignore_index=True)
    shown = out / SHOWN
    figure = pd.read_parquet(shown) if shown.is_file() else None
    write_tables(cfg, out, table, figure, build.unit_of(cfg, study))


def configurations(cfg: DictConfig) -> dict[str, DictConfig]:
    """Compose each design: the options of this run, then what the design changes."""
    given = [w for w in HydraConfig.get().overrides.task if _key(w) not in OWN]
    found = {}
    for name, changes in cfg.designs.items():
        if changes is None:
            continue
        keys = {_key(change) for change in changes}
        words = [w for w in given if _key(w) not in keys] + list(changes)
        found[str(name)] = compose("train", [*words, f"out={cfg.out}"])
        build.check(found[str(name)])
    unknown = set(cfg.closed) - {*CLASSICAL, *MEANS}
    if unknown:
        choices = ", ".join([*CLASSICAL, *MEANS])
        raise MmdrpError(f"closed: no {min(unknown)!r}; choose among: {choices}")
    if set(cfg.closed) & set(CLASSICAL) and "pca" not in found:
        raise MmdrpError("closed: linear_regression and svm read the components of the design pca")
    if not found or cfg.shuffles < 1:
        raise MmdrpError("nothing to do: give shuffles=1 or more, and at least one of designs")
    return found


def shared_of(cfg: DictConfig, study: Study, configs: dict[str, DictConfig]) -> Shared:
    """Read every table once; the lines are those that have all modalities of this run."""
    names = {str(name) for one in [cfg, *configs.values()] for name in one.modality}
    tables = shared(cfg, {name: study.modality(name) for name in sorted(names)})
    examples = build.examples_of(cfg, study, {n: tables[str(n)] for n in cfg.modality})
    if examples.layout != "by_cell":
        raise MmdrpError("designs compare panels; use response=ic50")
    paper = impute(pd.DataFrame(examples.y.T), cfg.impute or 5).to_numpy().T
    log.info("%d lines x %d drugs", *examples.y.shape)
    return Shared(study, tables, examples, paper)


def one(
    cfg: DictConfig, out: Path, configs: dict[str, DictConfig], shared: Shared, number: int
) -> pd.DataFrame:
    """Run all designs on one shuffle: seed + number decides lines, weights and batches."""
    seed = cfg.seed + number
    reference = cfg.copy()
    reference.seed = seed
    sources = {str(n): shared.tables[str(n)] for n in cfg.modality}
    fold = build.fold_of(reference, shared.study, sources)
    shuffle = Shuffle(number, shared, fold, cfg.impute or 5)
    rows: list[dict[str, Any]] = []
    for name, design in configs.items():
        mine = design.copy()
        mine.seed = seed
        row, module = shuffle.learn(name, mine, out / "work")
        rows.append(row)
        if number == 0 and name == cfg.figure_of:
            _keep(shuffle, mine, module, out / SHOWN)
    rows += shuffle.closed(list(cfg.closed))
    return pd.DataFrame(rows)


def _keep(shuffle: Shuffle, cfg: DictConfig, module: Any, path: Path) -> None:
    """Save what Figure 2 shows: measured, imputed and predicted responses of all lines."""
    data, parts = shuffle.data(cfg), []
    for part in PARTS:
        rows = data.rows[part]
        examples = shuffle.shared.examples.take(rows)
        frame = examples.frame(predicted(module, data, part))
        parts.append(frame.assign(part=part, imputed=shuffle.shared.paper[rows].reshape(-1)))
    pd.concat(parts, ignore_index=True).to_parquet(path, index=False)


def _same_question(cfg: DictConfig, out: Path) -> None:
    """Refuse to go on in a folder whose shuffles were made with other options."""
    path = out / runs.CONFIG
    now = _comparable(cfg)
    if path.is_file() and any((out / "shuffles").glob("*.csv")):
        before = _comparable(OmegaConf.load(path))
        # An option that only one version of mmdrp knows makes no other question.
        other = sorted(k for k in now.keys() & before.keys() if now[k] != before[k])
        if other:
            raise MmdrpError(
                f"{out}: its shuffles were made with another {other[0]}; give another out="
            )
    OmegaConf.save(cfg, path, resolve=True)


def _comparable(cfg: Any) -> dict[str, Any]:
    plain = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(plain, dict)
    loose = ("shuffles", "out", "data_dir", "figure_of")
    return {str(k): v for k, v in plain.items() if k not in loose}


def _key(word: str) -> str:
    return word.split("=", 1)[0].lstrip("+~")
