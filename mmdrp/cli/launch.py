"""Hydra started for one command, once or as a sweep, in a folder that this process holds."""

import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mmdrp.cli.commands import module_of
from mmdrp.cli.config import config_dir as config_dir
from mmdrp.cli.hydra_errors import explained
from mmdrp.cli.options.searched import with_experiment
from mmdrp.cli.output.as_json import told
from mmdrp.cli.output.done import Done, done_of
from mmdrp.cli.output.ending import ended
from mmdrp.cli.place import Place, placed, resumed
from mmdrp.cli.screen import close_log_files, keep_log_files, log_plainly, show
from mmdrp.cli.signals import StoppedError, stopped
from mmdrp.cli.sweep import Outcome, expand
from mmdrp.cli.validate import preflight
from mmdrp.io.folder import output_folder
from mmdrp.io.marker import accept_incomplete, read_marker
from mmdrp.io.processes import end_with_parent

log = logging.getLogger(__name__)
Body = Callable[[DictConfig, Path], Done | str | None]
"""what runs a command: its configuration, the folder it writes to; gives what it did"""
HELD = "MMDRP_HELD_FOLDER"
"""environment variable: a process's id and the folder it holds for the further ones of its run"""
NO_FOLDER = ("data", "runs", "runs_compare")
"""commands that write studies, or nothing, instead of an output folder"""


def launch(command: str, words: list[str]) -> None:
    """Compose the command's configuration under Hydra and run it, once or as a sweep."""
    words = with_experiment(expand(resumed(command, words), config_dir()))
    with explained(command, config_dir(), words):
        cfg = preflight(command, words, config_dir())
        if cfg is None or command in NO_FOLDER:
            ended(command, _run(command, words), None, cfg)
        else:
            _run_in(command, placed(command, words, cfg), cfg)


def _run_in(command: str, place: Place, cfg: DictConfig) -> None:
    if held := os.environ.get(HELD):  # a further process of a distributed run: the first one holds
        parent, _, where = held.partition(":")
        end_with_parent(int(parent))
        _run(command, place.hydra(Path(where)))
        return
    grows = place.sweep or command in ("pretrain", "tune") or bool(cfg.get("variants"))
    try:
        with output_folder(place.out, command, place.words, bool(cfg.overwrite), grows) as folder:
            os.environ[HELD] = f"{os.getpid()}:{folder}"
            try:
                done = _run(command, place.hydra(folder), folder if place.sweep else None)
            finally:
                del os.environ[HELD]
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or stopped():
            raise StoppedError(command, place.out) from None
        raise
    ended(command, done, place.out, cfg, place.sweep)


def _run(command: str, words: list[str], sweep: Path | None = None) -> Done:
    """Run Hydra; return what the command did, of a sweep how many runs there are.

    ``sweep`` is a sweep's folder: a run that fails does not keep the others from running.
    """
    outcome = Outcome()
    ends: list[Done] = []
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
            many = _alone if sweep is None else _one_of_many
            with accept_incomplete(bool(cfg.get("incomplete"))):
                ends.append(many(command, cfg, folder, body))
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
    outcome.settle(sweep)
    if sweep is not None:
        return Done(f"Sweep of {outcome.done} runs", {"finished": outcome.done})
    return ends[0] if ends else Done()


def _alone(command: str, cfg: DictConfig, folder: Path, body: Body) -> Done:
    del command
    return done_of(body(cfg, folder))


def _one_of_many(command: str, cfg: DictConfig, folder: Path, body: Body) -> Done:
    """Run a job of a sweep in its own folder, unless it is finished there already."""
    words = list(HydraConfig.get().overrides.task)
    marker = read_marker(folder)
    if marker is not None and marker.complete and marker.words == words:
        log.info("%s: is finished already", folder)
        told().runs.append({"folder": folder, "finished": "already"})
        return Done()
    with output_folder(folder, command, words, bool(cfg.overwrite)) as inside:
        done = done_of(body(cfg, inside))
    if done.label:
        show(f"{done.label}: {folder}")
    told().runs.append({"folder": folder, "figures": done.figures})
    return done
