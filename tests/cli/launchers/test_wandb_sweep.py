"""W&B's sweep files: the very commands that an agent runs for the configurations it draws."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra.errors import HydraException

from mmdrp.cli.argv import translate
from mmdrp.cli.config import config_dir
from mmdrp.cli.validate import preflight
from mmdrp.data.study import Study

FILES = sorted(config_dir().glob("sweep/*.yaml"))
SMALL = ["study=synthetic", "trainer=smoke", "width=[8]", "latent=4", "biomarkers=0"]
RUN = """
import json, sys
from mmdrp.cli import main
given = json.load(sys.stdin)
print(json.dumps([main([*words, *given["small"]]) for words in given["commands"]]))
"""


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], list[list[str]]]:
    """The commands that W&B's own agent starts for each point of a sweep file's grid."""
    module: Any = pytest.importorskip("wandb.wandb_agent", reason="needs W&B: mmdrp[wandb]")
    monkeypatch.setenv("WANDB_DIR", str(tmp_path))
    monkeypatch.setenv("WANDB_SWEEP_ID", "s")
    monkeypatch.setenv("WANDB_RUN_ID", "r")  # which the agent sets, and we put back
    monkeypatch.setenv("WANDB_SWEEP_PARAM_PATH", "")
    started: list[list[str]] = []

    class Process:
        def __init__(self, command: list[str], **_: Any) -> None:
            started.append(command)

    monkeypatch.setattr(module, "AgentProcess", Process)

    def commands(path: Path) -> list[list[str]]:
        sweep = yaml.safe_load(path.read_text())
        one: Any = object.__new__(module.Agent)
        one._in_jupyter, one._function, one._forward_signals = False, None, False
        one._run_processes = {}
        grid = {k: v.get("values", [v.get("value")]) for k, v in sweep["parameters"].items()}
        started.clear()
        for number, values in enumerate(itertools.product(*grid.values())):
            args = {k: {"value": v} for k, v in zip(grid, values, strict=True)}
            one._sweep_command = list(sweep["command"])
            one._command_run({"run_id": f"r{number}", "program": sweep["program"], "args": args})
        return list(started)

    return commands


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_command_of_an_agent_is_one_of_ours(
    path: Path, agent: Callable[[Path], list[list[str]]]
) -> None:
    commands = agent(path)
    assert len({*map(tuple, commands)}) == len(commands) > 1
    for _, command, *words in commands[:: max(1, len(commands) // 7)]:
        try:
            cfg = preflight(command, translate(command, words), config_dir())
        except HydraException as error:
            raise AssertionError(f"{words}: {error}") from error
        assert cfg is not None
    assert all(command[0] == "mmdrp" for command in commands)


def test_an_agents_commands_train_and_are_kept_offline(
    agent: Callable[[Path], list[list[str]]], study: Study, tmp_path: Path
) -> None:
    commands = agent(config_dir() / "sweep" / "modalities.yaml")
    assert len(commands) == 14
    commands = commands[::5]  # one and two modalities, both learning rates
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_")}
    env = {**kept, "WANDB_MODE": "offline", "OMP_NUM_THREADS": "1", "HOME": str(tmp_path),
           "MMDRP_DATA": str(study.folder.parent),
           "PYTHONPATH": str(Path(__file__).parents[3])}  # fmt: skip
    given = {"small": SMALL, "commands": [words[1:] for words in commands]}
    done = subprocess.run(
        [sys.executable, "-c", RUN], cwd=tmp_path, env=env, input=json.dumps(given), text=True,
        capture_output=True, timeout=400, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [0] * len(commands), done.stderr[-2000:]
    runs = sorted((tmp_path / "runs" / "train").glob("*/wandb/offline-run-*/run-*.wandb"))
    assert len(runs) == len(commands)
    read = [yaml.safe_load(p.read_text()) for p in (tmp_path / "runs").rglob("config.yaml")
            if "wandb" not in p.parts]  # fmt: skip
    drawn = {("+".join(c["modality"]), c["optimizer"]["lr"]) for c in read}
    asked = ["optimizer.lr=" + str(lr) + " modality=" + names for names, lr in drawn]
    given_words = [" ".join([words[4], words[3]]) for words in commands]
    plain = [w.replace("[", "").replace("]", "").replace(",", "+") for w in given_words]
    assert sorted(asked) == sorted(plain)
