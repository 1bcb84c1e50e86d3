"""A mistake ends with exit code 2 and one line on stderr that says what to do."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from mmdrp.data.study import Study

Cli = Callable[..., int]

OPTIONS: dict[str, tuple[list[str], str]] = {
    "unknown command": (["trane"], "no command 'trane'"),
    "unknown option": (
        ["train", "fould=1"],
        "unknown option 'fould'; did you mean 'fold'? `mmdrp train --help` lists",
    ),
    "unknown nested option": (["train", "optimizer.rl=1"], "unknown option 'optimizer.rl'"),
    "a group of another command": (
        ["evaluate", "across=[synthetic]", "response=auc"],
        "unknown option 'response'; ",
    ),
    "an empty raw folder": (["data", "build", "raw="], "needs raw=DIR"),
    "two groups of another command": (["runs", "split=cell", "response=auc"], "unknown option 's"),
    "unknown modality": (["train", "modality=[expresion]"], "did you mean 'expression'?"),
    "modality not in the study": (
        ["train", "study=synthetic", "modality=[methylation]"],
        "modality",
    ),
    "unknown fusion": (["train", "fusion=sum"], "choose among: attention, concat, lowrank, mean"),
    "unknown split": (["train", "split=cells"], "choose among:"),
    "unknown study": (["train", "study=ccxx"], "there is no such study; choose among:"),
    "no modality": (["train", "study=synthetic", "modality=[]"], "at least one modality"),
    "wrong type": (["train", "fold=first"], "fold=first: expected a whole number"),
    "wrong type deeper": (["train", "trainer.max_epochs=many"], "expected a whole number"),
    "out of range": (
        ["train", "latent=0"],
        "output_dim=0: expected a whole number from 1",
    ),
    "no chance": (["train", "dropout=1.5"], "dropout=1.5: expected a number"),
    "a part's option": (["train", "base.gamma=-1"], "base.gamma=-1: expected a number above 0"),
    "an encoder's option": (
        ["train", "modality.expression.encoder.output_dim=0"],
        "modality.expression.encoder.output_dim=0",
    ),
    "a rate": (["train", "optimizer.lr=0.0"], "optimizer.lr=0.0: expected a number above 0"),
    "a trainer's option": (["train", "trainer.devices=0"], "trainer.devices=0"),
    "a path of code": (
        ["train", "+base._target_=os.system"],
        "base: names 'os.system', which is no part of mmdrp",
    ),
    "no fusion": (["train", "fusion=none"], "fusion=none: the sources must be fused"),
    "sweep without -m": (["train", "fold=0,1"], "need -m"),
    "drugs held out of a panel": (["train", "study=synthetic", "split=drug"], "response=auc"),
    "fold beyond": (["train", "study=synthetic", "fold=9"], "folds 0 to 4"),
    "share beyond": (["train", "study=synthetic", "split.validation=2"], "between 0 and 1"),
    "unknown response": (
        ["train", "study=synthetic", "response.measure=ec50"],
        "no response 'ec50'; it has: auc, ic50",
    ),
    "unknown layout": (
        ["train", "study=synthetic", "response.layout=by_drug"],
        "by_cell or by_pair",
    ),
    "broken override": (["train", "modality=[expression"], "cannot read"),
    "study not there": (["train", "study=folder", "study.path=nowhere"], "no such study folder"),
    "study built otherwise": (
        ["train", "study=synthetic", "study.build.seed=7"],
        "was built with 0; give another study.path",
    ),
    "study to be built": (["train", "study=ctrpv2"], "mmdrp data build study=ctrpv2 raw=DIR"),
    "run missing": (["evaluate"], "needs run=..."),
    "run not there": (["evaluate", "run=nowhere"], "there is no such folder"),
    "no run": (["evaluate", "run=[]"], "at least one run folder"),
    "unknown baseline": (["evaluate", "run=.", "models=[rigde]"], "choose among"),
    "level beyond": (["evaluate", "run=.", "level=95"], "between 0 and 1"),
    "no repeat": (["data", "split", "study=synthetic", "repeats=0"], "from 1 to"),
    "permuted what is not there": (
        ["train", "study=synthetic", "modality=[cnv]", "randomise.permute=[rppa]"],
        "'rppa' is not in this run",
    ),
    "predict without data": (["predict", "run=nowhere"], "give samples as data=FOLDER"),
    "attribute an empty folder": (["attribute", "run=."], "holds no run"),
    "unknown sweep": (["train", "-m", "sweep=all"], "choose among: deepdr_grid, modalities"),
    "validate nothing": (["data", "validate", "nowhere"], "no such study folder"),
    "no action": (["data"], "there are: fetch, build, validate, manifest, split"),
    "lines file": (["train", "study=synthetic", "lines=absent.txt"], "there is no such file"),
    "fold file": (["train", "study=synthetic", "fold_file=absent.json"], "no such fold file"),
}


def complaint(cli: Cli, words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert cli(*words) == 2
    said = capsys.readouterr().err
    lines = [line for line in said.splitlines() if line.startswith("mmdrp: ")]
    assert len(lines) == 1, said
    assert "Traceback" not in said
    return lines[0]


@pytest.mark.parametrize("mistake", OPTIONS)
def test_options(
    mistake: str, mmdrp: Cli, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    words, expected = OPTIONS[mistake]
    assert expected in complaint(mmdrp, words, capsys)


def csv_study(study: Study, folder: Path) -> Path:
    """The synthetic study as CSV, small enough to damage by hand."""
    folder.mkdir()
    keep = list(study.cells.index[:30])
    study.cells.loc[keep].reset_index().to_csv(folder / "cells.csv", index=False)
    study.drugs.reset_index().to_csv(folder / "drugs.csv", index=False)
    long = pd.concat([study.response(m).assign(measure=m) for m in study.measures])
    long = long[long["cell"].isin(keep)][["measure", "cell", "drug", "value"]]
    long.to_csv(folder / "response.csv", index=False)
    table = study.modality("expression").select(keep)
    frame = pd.DataFrame(table.values, columns=list(table.features))
    frame.insert(0, "cell", list(table.ids))
    frame.to_csv(folder / "expression.csv", index=False)
    return folder


def edit(path: Path, change: Callable[[list[str]], list[str]]) -> None:
    path.write_text("\n".join(change(path.read_text().splitlines())) + "\n")


def cell(lines: list[str], row: int, column: int, value: str) -> list[str]:
    parts = lines[row].split(",")
    parts[column] = value
    return [*lines[:row], ",".join(parts), *lines[row + 1 :]]


DAMAGE: dict[str, tuple[str, Callable[[list[str]], list[str]], str]] = {
    "empty value": ("expression", lambda t: cell(t, 3, 5, ""), "column 'EXPRESSION_04', row 3"),
    "infinite value": ("expression", lambda t: cell(t, 2, 1, "inf"), "row 2"),
    "text value": ("expression", lambda t: cell(t, 4, 2, "abc"), "'abc' is not a number"),
    "unknown line": (
        "expression",
        lambda t: cell(t, 1, 0, "NOBODY"),
        "'NOBODY' is not in the cells",
    ),
    "line twice": ("expression", lambda t: [*t, t[1]], "duplicate of row 1"),
    "column twice": (
        "expression",
        lambda t: cell(t, 0, 2, t[0].split(",")[1]),
        "stands there twice",
    ),
    "no key column": ("expression", lambda t: cell(t, 0, 0, "line"), "has no column 'cell'"),
    "ragged": ("expression", lambda t: [*t, "LINE029,1"], "not a readable table"),
    "empty file": ("expression", lambda t: [], "not a readable table"),
    "unnamed line": ("cells", lambda t: cell(t, 2, 0, ""), "empty name"),
    "drug twice": ("drugs", lambda t: [*t, t[1]], "duplicate of row 1"),
    "response of an unknown drug": (
        "response",
        lambda t: cell(t, 5, 2, "xx"),
        "'xx' is not in the drugs",
    ),
    "response not a number": ("response", lambda t: cell(t, 5, 3, "high"), "not a finite number"),
    "response missing": ("response", lambda t: cell(t, 7, 3, ""), "row 7"),
    "response twice": ("response", lambda t: [*t, t[1]], "average replicates first"),
    "response without value": (
        "response",
        lambda t: cell(t, 0, 3, "ic50"),
        "has no column 'value'",
    ),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_tables(
    damage: str, mmdrp: Cli, study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = csv_study(study, tmp_path / "mine")
    assert mmdrp("data", "manifest", str(folder)) == 0
    assert mmdrp("data", "validate", str(folder)) == 0
    name, change, expected = DAMAGE[damage]
    path = folder / f"{name}.csv"
    edit(path, change)
    # Unannounced, the change is caught by the checksum; announced, by its own flaw.
    said = complaint(mmdrp, ["data", "validate", str(folder)], capsys)
    assert path.name in said
    assert "manifest" in said
    mmdrp("data", "manifest", str(folder))
    said = complaint(mmdrp, ["data", "validate", str(folder)], capsys)
    if mmdrp("data", "manifest", str(folder)) == 0:
        capsys.readouterr()
    else:
        said = complaint(mmdrp, ["data", "manifest", str(folder)], capsys)
    assert expected in said
    assert path.name in said


def test_a_missing_table_is_named(
    mmdrp: Cli, study: Study, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(study.folder, folder)
    table = folder / study.manifest.tables["cnv"].file
    table.unlink()
    assert table.name in complaint(mmdrp, ["data", "validate", str(folder)], capsys)
    (folder / "manifest.json").write_text("{")
    assert "not a manifest" in complaint(mmdrp, ["data", "validate", str(folder)], capsys)


def test_verbose_shows_the_traceback(mmdrp: Cli, capsys: pytest.CaptureFixture[str]) -> None:
    assert mmdrp("evaluate", "run=nowhere", "-v") == 2
    assert "Traceback" in capsys.readouterr().err
