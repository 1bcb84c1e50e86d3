"""Studies by name: made where they are not there, and never taken for one built otherwise."""

import logging
from pathlib import Path
from typing import Any

import pytest
import yaml

from mmdrp.data.ingest.named import load_study, make, open_study
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import names, part, register
from tests.data.ingest.releases import CTRPV2, DEPMAP, write

SMALL: dict[str, Any] = {"lines": 12, "features": 3}
CONF = Path(__file__).parents[3] / "conf" / "study"


def test_a_generated_study_is_made_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        study = load_study("synthetic", tmp_path, **SMALL)
    assert "Study synthetic is not in" in caplog.text
    assert study.root == tmp_path / "synthetic"
    assert len(study.cells) == 12
    stamp = (study.folder / "manifest.json").stat().st_mtime_ns
    again = load_study("synthetic", tmp_path, **SMALL)
    assert (again.folder / "manifest.json").stat().st_mtime_ns == stamp
    with pytest.raises(MmdrpError, match=r"seed=3: the study in .* was built with 0; give another"):
        load_study("synthetic", tmp_path, seed=3, **SMALL)
    with pytest.raises(MmdrpError, match=r"lines=160: the study in .* was built with 12"):
        load_study("synthetic", tmp_path)


def test_the_data_folder_is_that_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MMDRP_DATA", str(tmp_path))
    assert load_study("synthetic", **SMALL).root == tmp_path / "synthetic"
    monkeypatch.delenv("MMDRP_DATA")
    monkeypatch.chdir(tmp_path)
    assert load_study("synthetic", **SMALL).root == Path("data") / "synthetic"


def test_a_path_is_the_folder_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = load_study("synthetic", tmp_path, **SMALL).folder.rename(tmp_path / "mine")
    for given in (folder, str(folder)):
        assert load_study(given).root == folder
    assert load_study("mine", tmp_path).root == folder
    monkeypatch.chdir(tmp_path)
    assert load_study("mine").root == Path("mine")
    with pytest.raises(OptionError, match=r"seed: .*mine is a folder, which is read as it is"):
        load_study(folder, seed=1)
    with pytest.raises(OptionError, match=r"raw: .*mine is a folder"):
        load_study(folder, raw=tmp_path)
    with pytest.raises(MmdrpError, match=r"has no manifest\.json"):
        load_study(tmp_path)
    with pytest.raises(
        MmdrpError, match="ccyx: there is no such study folder; studies by name: benchmark, cc"
    ):
        load_study("ccyx", tmp_path)


def test_a_study_of_release_files_is_built_from_them(tmp_path: Path) -> None:
    with pytest.raises(MmdrpError, match=r"ctrpv2: not in .* yet; give raw, the folder of"):
        load_study("ctrpv2", tmp_path)
    raw = write(tmp_path / "raw", CTRPV2, DEPMAP)
    study = load_study("ctrpv2", tmp_path, raw=raw, lines="all")
    assert study.manifest.options["lines"] == "all"
    assert load_study("ctrpv2", tmp_path).manifest == study.manifest
    with pytest.raises(MmdrpError, match=r"lines=measured: the study in .* was built with all"):
        load_study("ctrpv2", tmp_path, lines="measured")


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("synthetic", {"lines": 0}, "lines=0: expected a whole number at least 1"),
        ("synthetic", {"noise": -1}, "noise=-1: expected a number at least 0"),
        ("synthetic", {"line": 3}, "line: there is no such option; it has: lines"),
        ("gdsc", {"auc": "GDSC3"}, "auc=GDSC3: expected GDSC1 or GDSC2"),
        ("gdsc", {"raw": "."}, "raw: gdsc is not built from release files"),
        ("ctrpv2", {"convention": "ic50"}, "convention=ic50: expected auc or aac"),
        ("tcga", {"min_sd": "much"}, "min_sd=much: expected a number"),
    ],
)
def test_an_option_is_checked_before_anything_is_made(
    name: str, options: dict[str, Any], words: str, tmp_path: Path
) -> None:
    with pytest.raises(OptionError) as caught:
        load_study(name, tmp_path, **options)
    assert words in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_opening_with_parts(tmp_path: Path) -> None:
    build = part("study", "synthetic", **SMALL)
    study = open_study("mine", tmp_path / "s", build)
    assert open_study("mine", tmp_path / "s").manifest == study.manifest
    assert make(build, tmp_path / "t").manifest.options == study.manifest.options
    with pytest.raises(MmdrpError, match=r"study\.build\.seed=1: the study in"):
        open_study("mine", tmp_path / "s", part("study", build, seed=1))
    with pytest.raises(MmdrpError, match="mmdrp data build study=ctrpv2 raw=DIR"):
        open_study("ctrpv2", tmp_path / "c", raw=part("study", "ctrpv2"))
    with pytest.raises(MmdrpError, match="ctrpv2: give raw"):
        make(part("study", "ctrpv2"), tmp_path / "c")
    with pytest.raises(MmdrpError, match="no such study folder"):
        open_study("x", tmp_path / "nowhere")


def test_a_builder_of_ones_own(tmp_path: Path) -> None:
    def build(root: str | Path, size: int = 6) -> Study:
        return make(part("study", "synthetic", lines=size, features=2), root)

    register("study", "own_of_a_test", build)
    assert len(load_study("own_of_a_test", tmp_path, size=8).cells) == 8


@pytest.mark.parametrize("file", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_configured_options_are_those_of_the_signature(file: Path) -> None:
    config = yaml.safe_load(file.read_text())
    for key in ("build", "raw"):
        if not config.get(key):
            continue
        options = dict(config[key])
        name = options.pop("name")
        options.pop("downloads", None)  # a place, not a value
        expected = dict(part("study", name).plain())
        assert expected.pop("name") in names("study")
        expected.pop("downloads", None)
        assert options == expected
