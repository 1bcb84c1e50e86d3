"""Hydra started for one command in this process: one run, or a sweep's runs one by one."""

import contextlib
import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mmdrp.cli.commands import module_of
from mmdrp.cli.config import config_dir
from mmdrp.cli.output.as_json import told
from mmdrp.cli.output.done import Done, done_of
from mmdrp.cli.screen import close_log_files, keep_log_files, log_plainly, show
from mmdrp.cli.sweep import Outcome
from mmdrp.io.folder import output_folder
from mmdrp.io.marker import accept_incomplete, read_marker

log = logging.getLogger(__name__)
Body = Callable[[DictConfig, Path], Done | str | None]
"""what runs a command: its configuration, the folder it writes to; gives what it did"""
HELD = "MMDRP_HELD_FOLDER"
"""environment variable: a process's id and the folder it holds for the further ones of its run"""


def started(command: str, words: list[str], many: bool) -> Outcome:
    """Run Hydra on a command's words and return how its runs ended.

    ``many``: each run holds a folder of its own, is left out where it is finished there already,
    and does not keep the others from running where it fails.
    """
    outcome = Outcome()
    before = sys.argv

    def job(cfg: DictConfig) -> None:
        # Hydra prints a line of its own for an exception that leaves a job: so none does.
        keep_log_files()
        log_plainly()
        try:
            body: Body = module_of(command).run
            # What Lightning starts again for each further process: this job, not the whole sweep.
            sys.argv = [before[0], command, *HydraConfig.get().overrides.task]
            folder = Path(HydraConfig.get().runtime.output_dir)
            run = _one_of_many if many else _alone
            with accept_incomplete(bool(cfg.get("incomplete"))):
                outcome.ends.append(run(command, cfg, folder, body))
            outcome.done += 1
        except Exception as error:
            outcome.add(error)

    os.environ["HYDRA_FULL_ERROR"] = "1"  # exceptions come to us instead of being printed
    sys.argv = [f"mmdrp {command}", *words, f"hydra.job.name={command}"]
    try:
        start = hydra.main(version_base="1.3", config_path=str(config_dir()), config_name=command)
        start(job)()
    finally:
        sys.argv = before
        close_log_files()
    return outcome


@contextlib.contextmanager
def held_for_others(folder: Path) -> Iterator[None]:
    """Tell the further processes of a distributed run which folder this one holds."""
    before = os.environ.get(HELD)
    os.environ[HELD] = f"{os.getpid()}:{folder}"
    try:
        yield
    finally:
        del os.environ[HELD]
        if before is not None:
            os.environ[HELD] = before


def is_done(folder: Path, words: list[str]) -> bool:
    """Return whether a run of a sweep is finished in its folder already."""
    marker = read_marker(folder)
    return marker is not None and marker.complete and marker.words == words


def _alone(command: str, cfg: DictConfig, folder: Path, body: Body) -> Done:
    del command
    return done_of(body(cfg, folder))


def _one_of_many(command: str, cfg: DictConfig, folder: Path, body: Body) -> Done:
    """Run a job of a sweep in its own folder, unless it is finished there already."""
    words = list(HydraConfig.get().overrides.task)
    if is_done(folder, words):
        log.info("%s: is finished already", folder)
        told().runs.append({"folder": folder, "finished": "already"})
        return Done()
    with (
        output_folder(folder, command, words, bool(cfg.overwrite)) as inside,
        held_for_others(inside),
    ):
        done = done_of(body(cfg, inside))
    if done.label:
        show(f"{done.label}: {folder}")
    told().runs.append({"folder": folder, "figures": done.figures})
    return done
