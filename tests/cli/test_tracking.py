"""W&B without an account: the run is kept offline, nobody is asked, nothing waits."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from mmdrp.cli import tracking
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.conftest import Compose

KEYS = ("WANDB_API_KEY", "WANDB_MODE", "NETRC", "PYTHONWARNINGS")
QUESTIONS = ("Enter your choice", "API key", "wandb login", "Paste")


def nobody(home: Path) -> dict[str, str]:
    """The environment of somebody who never logged in."""
    home.mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith("WANDB_") and k not in KEYS}
    return {**kept, "HOME": str(home), "NETRC": str(home / "netrc"), "OMP_NUM_THREADS": "1"}


@pytest.fixture(scope="module")
def offline(
    study: Study, tmp_path_factory: pytest.TempPathFactory
) -> tuple[subprocess.CompletedProcess[str], Path]:
    """A training run on W&B by somebody who is not logged in: what it said, and its folder."""
    place = tmp_path_factory.mktemp("tracked")
    out = place / "run"
    command = [sys.executable, "-m", "mmdrp", "train", "study=synthetic", "trainer=smoke"]
    command += ["modality=[expression,mutation]", "biomarkers=2", "logger=wandb", f"out={out}"]
    env = {**nobody(place / "home"), "MMDRP_DATA": str(study.folder.parent)}
    done = subprocess.run(
        command, cwd=place, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
        timeout=120, check=False,
    )  # fmt: skip
    return done, out


Offline = tuple[subprocess.CompletedProcess[str], Path]


def test_it_ends_well_and_asks_nothing(offline: Offline) -> None:
    done, _ = offline
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not [question for question in QUESTIONS if question in said]
    assert "nobody is logged in, so the run is kept offline" in done.stderr
    assert "Traceback" not in said


def test_the_run_is_kept_offline_in_its_folder(offline: Offline) -> None:
    _, out = offline
    (folder,) = out.glob("wandb/offline-run-*")
    (record,) = folder.glob("run-*.wandb")
    raw = record.read_bytes()
    assert len(raw) > 0
    # What is waiting to be sent: configuration, both tables and the checkpoint.
    for name in (b"trainer", b"scores", b"biomarkers", b"model-"):
        assert name in raw
    assert not (out.parent / "wandb").exists()


def test_scores_and_biomarkers_lie_in_the_run_folder_too(offline: Offline) -> None:
    _, out = offline
    table = pd.read_csv(out / "biomarkers.csv")
    assert table["drug"].nunique() == 2
    assert {"source", "feature"} <= set(table.columns)
    assert {"metrics.json", "model.ckpt", "predictions.parquet"} <= {p.name for p in out.iterdir()}


@pytest.fixture
def logged_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for key in KEYS:
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        (None, False),
        ("", False),
        ("machine api.wandb.ai login user password x\n", True),
        ("machine example.org login user password x\n", False),
        ("this is no netrc", False),
    ],
)
def test_a_key_in_netrc_counts(entry: str | None, expected: bool, logged_out: Path) -> None:
    if entry is not None:
        (logged_out / ".netrc").write_text(entry)
        (logged_out / ".netrc").chmod(0o600)
    assert tracking._logged_in() is expected


def test_a_key_in_the_environment_counts(logged_out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", "x" * 40)
    assert tracking._logged_in()
    monkeypatch.setenv("WANDB_API_KEY", "")
    assert not tracking._logged_in()


def test_a_netrc_elsewhere_counts(logged_out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = logged_out / "mine"
    path.write_text("machine api.wandb.ai login user password x\n")
    path.chmod(0o600)
    monkeypatch.setenv("NETRC", str(path))
    assert tracking._logged_in()


@pytest.mark.parametrize(
    ("mode", "key", "offline"),
    [
        (None, None, True), ("online", None, False), ("offline", None, True),
        (None, "x" * 40, False), ("offline", "x" * 40, True), ("disabled", "x" * 40, False),
        ("disabled", None, False),
    ],
)  # fmt: skip
def test_when_a_run_stays_offline(
    mode: str | None, key: str | None, offline: bool, logged_out: Path, composed: Compose,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    given: dict[str, Any] = {}
    monkeypatch.setattr(
        "pytorch_lightning.loggers.WandbLogger", lambda **words: given.update(words)
    )
    for name, value in (("WANDB_MODE", mode), ("WANDB_API_KEY", key)):
        if value is not None:
            monkeypatch.setenv(name, value)
    cfg = composed("train", "logger=wandb", "logger.group=g", "logger.tags=[a,b]")
    tracking.logger_of(cfg, logged_out)
    assert given["offline"] is offline
    assert given["save_dir"] == logged_out
    assert (given["project"], given["group"], given["tags"]) == ("mmdrp", "g", ["a", "b"])
    assert given["config"]["study"]["name"] == "synthetic"


def test_without_wandb_one_line_says_how_to_get_it(
    composed: Compose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(MmdrpError, match="pip install 'mmdrp\\[wandb\\]'"):
        tracking.logger_of(composed("train", "logger=wandb"), tmp_path)


def test_another_logger_is_refused(composed: Compose, tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"logger\.kind=tensorboard: choose csv or wandb"):
        tracking.logger_of(composed("train", "logger.kind=tensorboard"), tmp_path)


def test_another_logger_is_refused_on_the_command_line(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert mmdrp("train", "study=synthetic", "logger=tensorboard") == 2
    assert "choose among: csv, wandb" in capsys.readouterr().err
