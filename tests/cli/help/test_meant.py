"""A mistyped word names the nearest one, in one line, whatever the command."""

import pytest

from mmdrp.cli import main
from mmdrp.cli.help.commands import COMMANDS, WITHIN
from mmdrp.cli.help.options import all_options

COMPOSED = [*(c for c in COMMANDS if c != "completion"),
            *(f"{c} {b}" for c, below in WITHIN.items() for b in below)]  # fmt: skip
TYPOS = {
    "predict": "top", "evaluate": "level", "associate": "alpha", "extremes": "share",
    "enrich": "ontologies", "report": "title", "merge": "pictures", "runs": "sort",
    "attribute": "permutations", "attribute benchmark": "trees", "pretrain": "objective",
    "tune": "trials", "train": "patience", "data": "timeout", "data split": "repeats",
    "runs compare": "json",
}  # fmt: skip
"""command -> an option that is mistyped"""
GIVEN = {"data": ["validate"], "data split": ["study=synthetic"], "report": ["x"], "merge": ["x"],
         "runs compare": ["a", "b"], "predict": ["run=x", "data=x"], "attribute": ["run=x"],
         "attribute benchmark": ["run=x"], "evaluate": ["run=x"]}  # fmt: skip


def said(words: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(words) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err.count("\n") == 1
    assert len(caught.err) <= 200
    return caught.err


@pytest.mark.parametrize("command", COMPOSED)
def test_a_mistyped_option_names_the_one_meant(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = TYPOS[command]
    assert name in all_options(command.replace(" ", "_"))
    typo = name[:-2] + name[-1] + name[-2]
    line = said([*command.split(), *GIVEN.get(command, []), f"{typo}=1"], capsys)
    assert f"did you mean {name!r}?" in line


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (["trian"], "did you mean 'train'?"),
        (["data", "fetsh"], "did you mean 'fetch'?"),
        (["attribute", "benchmrk", "run=x"], "did you mean 'benchmark'?"),
        (["train", "patience"], "did you mean 'patience'? options are written name=value"),
        (["train", "--modalites", "cnv"], "did you mean '--modalities'?"),
        (["train", "base=kernle"], "did you mean 'kernel'?"),
        (["train", "base.gama=1"], "did you mean 'gamma'?"),
        (["train", "modality=[expresion]"], "did you mean 'expression'?"),
        (["train", "study=gdcs"], "did you mean 'gdsc'?"),
        (["evaluate", "run=x", "baseline=[rigde]"], "did you mean 'ridge'?"),
    ],
)
def test_other_words_do_too(
    words: list[str], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert meant in said(words, capsys)
