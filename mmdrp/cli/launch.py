"""Hydra started for one command, once or as a sweep, in a folder that this process holds."""

import os
from pathlib import Path

from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.config import config_dir as config_dir
from mmdrp.cli.hydra_errors import explained
from mmdrp.cli.launchers.handing import hand_out, without_launcher
from mmdrp.cli.launchers.started import HELD, held_for_others, started
from mmdrp.cli.options.searched import with_experiment
from mmdrp.cli.output.done import Done
from mmdrp.cli.output.ending import ended
from mmdrp.cli.place import Place, placed, resumed
from mmdrp.cli.signals import StoppedError, stopped
from mmdrp.cli.sweep import Outcome, expand
from mmdrp.cli.validate import preflight
from mmdrp.errors import MmdrpError
from mmdrp.io.folder import output_folder
from mmdrp.io.processes import end_with_parent
from mmdrp.registry import Part

NO_FOLDER = ("data", "runs", "runs_compare")
"""commands that write studies, or nothing, instead of an output folder"""


def launch(command: str, words: list[str]) -> None:
    """Compose the command's configuration under Hydra and run it, once or as a sweep."""
    words, own = without_launcher(words)
    if own and command in NO_FOLDER:
        name = command.replace("_", " ")
        raise MmdrpError(f"{own[0]}: mmdrp {name} has no runs that could be handed out")
    words = with_experiment(expand(resumed(command, words), config_dir()))
    with explained(command, config_dir(), [*words, *own]):
        cfg = preflight(command, [*words, *own], config_dir())
        if cfg is None or command in NO_FOLDER:
            ended(command, _run(command, [*words, *own]), None, cfg)
        else:
            place = placed(command, words, cfg)
            _run_in(command, place, cfg, own)


def _run_in(command: str, place: Place, cfg: DictConfig, own: list[str]) -> None:
    launcher = _launcher(cfg, place)
    if held := os.environ.get(HELD):  # a further process of a distributed run: the first one holds
        parent, _, where = held.partition(":")
        end_with_parent(int(parent))
        _run(command, place.hydra(Path(where)))
        return
    grows = place.sweep or command in ("pretrain", "tune") or bool(cfg.get("variants"))
    try:
        with (
            output_folder(place.out, command, place.words, bool(cfg.overwrite), grows) as folder,
            held_for_others(folder),
        ):
            if launcher is None:
                done = _run(command, place.hydra(folder), folder if place.sweep else None)
            else:
                done = _settled(hand_out(command, place.options, folder, launcher), folder)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt) or stopped():
            raise StoppedError(command, place.out, own) from None
        raise
    ended(command, done, place.out, cfg, place.sweep)


def _launcher(cfg: DictConfig, place: Place) -> Part | None:
    """Return what hands out the runs of a sweep; None where they are done here, one by one."""
    if cfg.get("launcher") is None:
        return None
    if not place.sweep:
        raise MmdrpError(f"launcher={cfg.launcher.name}: hands out the runs of a sweep; give an "
                         "option several values, and -m")  # fmt: skip
    from mmdrp.cli.launchers.parts import launcher_of

    return launcher_of(OmegaConf.to_container(cfg.launcher, resolve=True))  # type: ignore[arg-type]


def _run(command: str, words: list[str], sweep: Path | None = None) -> Done:
    """Run Hydra; return what the command did, of a sweep how many runs there are.

    ``sweep`` is a sweep's folder: a run that fails does not keep the others from running.
    """
    return _settled(started(command, words, many=sweep is not None), sweep)


def _settled(outcome: Outcome, sweep: Path | None) -> Done:
    outcome.settle(sweep)
    if sweep is not None:
        return Done(f"Sweep of {outcome.done} runs", {"finished": outcome.done})
    return outcome.ends[0] if outcome.ends else Done()
