"""What is installed is complete: a wheel built from the source archive works elsewhere."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
NEEDED = ("build", "hatchling")
COMPOSE = '''
"""Compose every command and every group file of the configuration that lies in the package."""
import json
from hydra import compose, initialize_config_dir
import mmdrp
from mmdrp.cli.config import spec_of_config
from mmdrp.cli.launch import config_dir

conf, specs = config_dir(), 0
with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
    for path in sorted(conf.glob("*.yaml")):
        if path.stem != "run":
            compose(path.stem)
    for path in sorted(conf.glob("*/*.yaml")):
        group, choice = path.parent.name, path.stem
        if group in ("sweep", "search"):
            continue
        words = {
            "encoder": [f"encoder@modality.expression.encoder={choice}"],
            "modality": [f"modality=[{choice}]"],
            "baselines": [f"baselines@baseline=[{choice}]"],
        }.get(group, [f"{group}={choice}"])
        if (group, choice) == ("study", "folder"):
            words.append("study.path=somewhere")
        if (group, choice) == ("drug", "table"):
            words.append("drug.path=somewhere")
        command = {"baselines": "evaluate", "method": "attribute"}.get(group, "train")
        cfg = compose(command, [*words, "out=x"])
        if command == "train" and (group, choice) != ("fusion", "none"):
            spec_of_config(cfg)  # every part that it names is registered
            specs += 1
files = [str(p.relative_to(conf)) for p in conf.rglob("*.yaml")]
print(json.dumps({
    "package": mmdrp.__file__, "conf": str(conf), "files": sorted(files), "specs": specs
}))
'''
SCRIPT = '''
"""What a user writes, from an import to a ranking: public names only."""
import sys
import pandas as pd
import mmdrp

study = mmdrp.load_study("synthetic", "data", lines=60, features=20)
frames = {name: study.modality(name).frame() for name in ("expression", "mutation")}
own = mmdrp.Study.from_frames(
    study.response("ic50"), frames, samples=study.cells, drugs=study.drugs, measure="ic50",
    unit="ln uM", higher="resistant",
)
model = mmdrp.ResponseModel(modalities=["expression", "mutation"], drug_features=None, max_epochs=1)
model.fit(own, measure="ic50", fold=None)
pred = model.predict({"expression": frames["expression"].head(3)}, drugs=["Drug 00"])
assert list(pred.columns)[:3] == ["cell", "drug", "pred"]
model.save("model.ckpt")
again = mmdrp.load_model("model.ckpt").predict(own, drugs=["drug-00"])
pd.testing.assert_frame_equal(again, model.predict(own, drugs=["drug-00"]))

fresh = mmdrp.ResponseModel(modalities=["expression"], net=False)
scores = mmdrp.cross_validate(fresh, own, measure="ic50", split=mmdrp.CellSplit(3))
report = mmdrp.evaluate({"mmdrp": scores}, own, baselines=["drug_mean", "ridge"])
assert {"mmdrp", "drug_mean", "ridge"} <= set(report.scores["model"])
found = mmdrp.attribute(model, own, drugs=["drug-00"], method="ig")
assert len(found.top(20)) == 20 and set(found.ranking["drug"]) == {"drug-00"}
aligned, shift = mmdrp.align_samples(model, {"expression": frames["expression"] + 5})
tumours = {"expression": frames["expression"].add_prefix("T", axis="index")}
encoders = mmdrp.pretrain(tumours, modalities=["expression"], width=[8], latent=4, max_epochs=1)
mmdrp.ResponseModel(modalities=["expression"], pretrained=encoders, max_epochs=1).fit(own)

assert "hydra" not in sys.modules and "mmdrp.cli" not in sys.modules
print(mmdrp.__file__)
'''

Run = Callable[..., subprocess.CompletedProcess[str]]


def tracked() -> list[str]:
    """The checkout's tracked files that are there."""
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout: which files belong to it is unknown")
    names = done.stdout.decode().split("\0")
    return [name for name in names if name and (ROOT / name).is_file()]


def lean(**more: str) -> dict[str, str]:
    """The environment without anything that points Python at the checkout."""
    kept = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "MMDRP_DATA")}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **more}


def checked(command: list[str | Path], cwd: Path, **more: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=lean(**more), capture_output=True, text=True,
        timeout=180, stdin=subprocess.DEVNULL, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a source archive of the tracked files; nothing is downloaded."""
    lacking = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if lacking:
        pytest.skip(f"{' and '.join(lacking)} not installed (`make test` installs the test extra)")
    copy = tmp_path_factory.mktemp("checkout")
    for name in tracked():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, copy / name)
    out = tmp_path_factory.mktemp("dist")
    packages = os.pathsep.join(site_packages())
    command: list[str | Path] = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out]
    checked([*command, copy], out, PYTHONPATH=packages)
    (found,) = out.glob("*.whl")
    assert len(list(out.glob("*.tar.gz"))) == 1
    return found


def site_packages() -> list[str]:
    """Folders of installed packages that this Python sees."""
    kinds = ("site-packages", "dist-packages")
    found = [p for p in sys.path if Path(p).name in kinds or importable(Path(p), "hatchling")]
    assert str(ROOT) not in found
    return found


def importable(folder: Path, name: str) -> bool:
    return (folder / name / "__init__.py").is_file()


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The scripts of an environment that has the wheel, and sees the other packages of this one.

    A folder named in a .pth file is searched, but its own .pth files are not read: so the link to
    the checkout, which an editable install leaves there, does not reach the new environment.
    """
    home = tmp_path_factory.mktemp("elsewhere") / "env"
    checked([sys.executable, "-m", "venv", "--without-pip", home], home.parent)
    scripts = home / ("Scripts" if os.name == "nt" else "bin")
    pip: list[str | Path] = [sys.executable, "-m", "pip", "--python", scripts / "python"]
    pip += ["--disable-pip-version-check", "install", "--no-deps", "--no-index", "--no-compile"]
    checked([*pip, wheel], home.parent)
    (library,) = {p.parent for p in home.rglob("site-packages/mmdrp")}
    (library / "others.pth").write_text("\n".join(site_packages()) + "\n")
    return scripts


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    info = {n.split("/")[0] for n in names if ".dist-info/" in n}
    assert len(info) == 1
    assert {n.split("/")[0] for n in names} == {"mmdrp", *info}
    code = {n for n in tracked() if n.startswith("mmdrp/")}
    conf = {f"mmdrp/{n}" for n in tracked() if n.startswith("conf/")}
    table = {"mmdrp/data/ingest/download/releases.csv"}  # R's, which Python reads, too
    assert {n for n in names if n.startswith("mmdrp/")} == code | conf | table
    assert any(n.endswith("licenses/LICENSE") for n in names)
    text = zipfile.ZipFile(wheel).read(f"{info.pop()}/METADATA").decode()
    assert "Name: mmdrp" in text
    assert "Requires-Dist: torch" in text


def test_every_packaged_configuration_composes(installed: Path, tmp_path: Path) -> None:
    done = checked([installed / "python", "-c", COMPOSE], tmp_path)
    found = json.loads(done.stdout.splitlines()[-1])
    home = installed.parent
    assert Path(found["package"]).is_relative_to(home)
    assert Path(found["conf"]).is_relative_to(home)
    expected = [n.removeprefix("conf/") for n in tracked() if n.startswith("conf/")]
    assert found["files"] == sorted(expected)
    assert found["specs"] > 30


def test_the_script_answers(installed: Path, tmp_path: Path) -> None:
    shown = checked([installed / "mmdrp", "--help"], tmp_path).stdout
    for command in ("data", "train", "predict", "evaluate", "attribute"):
        assert f"\n  {command} " in shown
    version = checked([installed / "mmdrp", "--version"], tmp_path).stdout
    assert version.startswith("mmdrp ")


def test_the_script_composes_a_job(installed: Path, tmp_path: Path) -> None:
    done = checked([installed / "mmdrp", "train", "--cfg", "job"], tmp_path)
    assert "\nfold: 0\n" in done.stdout
    assert "name: gdsc" in done.stdout
    assert list(tmp_path.iterdir()) == []  # showing makes no run folder


def test_the_script_knows_the_packaged_sweeps(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "mmdrp", "train", "-m", "sweep=none"],
        cwd=tmp_path, env=lean(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "choose among: deepdr_grid, modalities" in done.stderr


def test_a_script_goes_from_an_import_to_a_ranking(installed: Path, tmp_path: Path) -> None:
    """Outside the checkout, on the installed wheel, without a private import or Hydra."""
    assert "mmdrp." not in "".join(line for line in SCRIPT.splitlines() if "import" in line)
    (tmp_path / "script.py").write_text(SCRIPT)
    done = checked([installed / "python", "script.py"], tmp_path, OMP_NUM_THREADS="1")
    assert Path(done.stdout.strip()).is_relative_to(installed.parent)


def test_the_typed_marker_travels(wheel: Path) -> None:
    assert "mmdrp/py.typed" in zipfile.ZipFile(wheel).namelist()
