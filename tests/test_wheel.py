"""The wheel works outside the checkout, configuration included."""

import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMPOSE = """
import sys
from pathlib import Path

import mmdrp
from hydra import compose, initialize_config_dir
from mmdrp.cli.launch import config_dir

assert Path(mmdrp.__file__).is_relative_to(sys.argv[1]), mmdrp.__file__
assert config_dir().is_relative_to(sys.argv[1]), config_dir()
count = 0
with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
    for path in sorted(config_dir().glob("*.yaml")):
        if path.stem != "run":
            compose(path.stem)
            count += 1
    for path in sorted(config_dir().glob("*/*.yaml")):
        group, choice = path.parent.name, path.stem
        if group == "sweep":
            continue
        if group == "encoder":
            words = [f"encoder@modality.expression.encoder={choice}"]
        else:
            words = [f"{group}=[{choice}]" if group == "modality" else f"{group}={choice}"]
        compose("train", words)
        count += 1
print(count)
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clean environment with the wheel in it; what it depends on is borrowed from this one."""
    place = tmp_path_factory.mktemp("wheel")
    source = place / "source"
    source.mkdir()
    for name in ("mmdrp", "conf"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(place)]
    subprocess.run([*build, str(source)], check=True, capture_output=True)
    (wheel,) = place.glob("mmdrp-*.whl")
    clean = place / "env"
    venv.create(clean, with_pip=False)
    python = clean / "bin" / "python"
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "-q"]
    subprocess.run([*install, "--no-index", str(wheel)], check=True, capture_output=True)
    (packages,) = clean.glob("lib/python*/site-packages")
    # A .pth line is appended to the path, so the clean environment's own mmdrp comes first.
    (packages / "borrowed.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    return clean


def test_every_config_composes_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [str(installed / "bin" / "python"), "-c", COMPOSE, str(installed)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    wanted = [p for p in (ROOT / "conf").rglob("*.yaml") if p.parent.name != "sweep"]
    assert int(done.stdout) == len(wanted) - 1  # run.yaml is part of every command


def test_the_console_script_runs_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    for words in (["--help"], ["train", "--cfg", "job"], ["train", "-m", "sweep=none"]):
        done = subprocess.run(
            [str(installed / "bin" / "mmdrp"), *words],
            capture_output=True, text=True, check=False, cwd=tmp_path,
        )  # fmt: skip
        if "sweep=none" in words:
            assert done.returncode == 2
            assert "choose among: modalities" in done.stderr
        else:
            assert done.returncode == 0, done.stderr
            assert "modalit" in done.stdout
