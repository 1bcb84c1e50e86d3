"""Every option of every command is explained, with the default and choices that the library has."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import is_dataclass
from inspect import signature
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

import pytest
import yaml
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from mmdrp.attribution import AttributionResult, attribute, benchmark_biomarkers
from mmdrp.cli import main
from mmdrp.cli.argv import HYDRA_FLAGS
from mmdrp.cli.help.commands import ACTIONS, COMMANDS, WITHIN
from mmdrp.cli.help.files import choices_of, config_dir, read
from mmdrp.cli.help.options import all_options, inner_options, own_options
from mmdrp.cli.help.overview import answer
from mmdrp.cli.help.page import explain, page
from mmdrp.data.ingest.download.raw import fetch_raw
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.spec import DataSpec
from mmdrp.evaluation import evaluate
from mmdrp.evaluation.across.evaluating import evaluate_across
from mmdrp.evaluation.catalogue.comparing import compare_runs
from mmdrp.evaluation.catalogue.listing import list_runs
from mmdrp.evaluation.clinical.evaluating import evaluate_clinical
from mmdrp.experiments.tuning.tuning import search
from mmdrp.options import hints_of
from mmdrp.prediction import predict_folder
from mmdrp.reporting import report
from mmdrp.training.pretraining.learn import pretrain
from mmdrp.training.spec import ModelSpec, TrainSpec
from mmdrp.tumours import Associations, Cohort, Extremes, associate, compare_extremes, enrich

COMPOSED = sorted(p.stem for p in config_dir().glob("*.yaml") if p.stem != "run")
SCREENS = 100
"""lines of two screens"""
TYPED: dict[str, list[Callable[..., Any]]] = {
    "train": [ModelSpec, TrainSpec, DataSpec],
    "pretrain": [pretrain],
    "tune": [search],
    "predict": [predict_folder],
    "evaluate": [evaluate, evaluate_clinical, evaluate_across],
    "attribute": [attribute, AttributionResult.write],
    "attribute_benchmark": [benchmark_biomarkers],
    "associate": [associate, Associations.write, Cohort.read],
    "extremes": [compare_extremes, Extremes.write, Extremes.enrich, enrich, Cohort.read],
    "enrich": [enrich],
    "report": [report],
    "runs": [list_runs],
    "runs_compare": [compare_runs],
    "data": [fetch_raw, write_manifest],
}  # fmt: skip
"""command -> what its options go to"""
IN_ITS_OWN_WAY = {("pretrain", "shared_with"), ("evaluate", "curves")}
"""options that the command reads itself: a study by name, names without a file"""


def literals(hint: Any) -> set[str] | None:
    """The choices of an annotation that has nothing else to offer but null."""
    if get_origin(hint) is Literal:
        return {str(a) for a in get_args(hint) if a is not None}
    if get_origin(hint) in (Union, UnionType):
        rest = [a for a in get_args(hint) if a is not type(None)]
        return literals(rest[0]) if len(rest) == 1 else None
    return None


def is_plain(default: Any) -> bool:
    return default is None or isinstance(default, bool | int | float | str | tuple | list)


def plainly(default: Any) -> Any:
    return list(default) if isinstance(default, tuple) else default


@pytest.mark.parametrize("command", COMPOSED)
def test_every_option_is_explained(command: str) -> None:
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        cfg = compose(command)
    told = all_options(command)
    assert set(map(str, cfg)) <= {name.partition(".")[0] for name in told}
    assert not [name for name, option in told.items() if not option.meaning]
    for name, option in told.items():
        if not option.group and option.default != "???" and "${" not in option.default:
            given = OmegaConf.select(cfg, name)
            plain = OmegaConf.to_container(given) if OmegaConf.is_config(given) else given
            assert plain == yaml.safe_load(option.default), name


@pytest.mark.parametrize("command", ["train", "evaluate", "attribute", "data"])
def test_what_is_chosen_in_a_group_is_explained(command: str) -> None:
    for group in filter(lambda o: o.group, all_options(command).values()):
        assert group.choices == choices_of(group.group)
        for choice in group.choices:
            assert read(f"{group.group}/{choice}").title, (group.name, choice)
            if group.group != "experiment":  # which says so of all its options together
                lacking = [o.name for o in inner_options(group, choice) if not o.meaning]
                assert not lacking, choice


@pytest.mark.parametrize("command", TYPED)
def test_choices_and_defaults_are_those_of_the_library(command: str) -> None:
    told = {o.name: o for o in own_options(command)}
    seen = 0
    for function in TYPED[command]:
        hints = hints_of(function)
        assert hints or is_dataclass(function)
        defaults = {n: p.default for n, p in signature(function).parameters.items()}
        for name in hints.keys() & told.keys():
            if told[name].group or (command, name) in IN_ITS_OWN_WAY:
                continue
            seen += 1
            default = yaml.safe_load(told[name].default)
            if "${" not in told[name].default and is_plain(defaults[name]):
                assert default == plainly(defaults[name]), f"{command} {name}"
            choices = literals(hints[name])
            if choices is not None:
                assert set(told[name].choices) == choices, f"{command} {name}"
    assert seen
    assert told["seed"].default == "0"


def test_options_of_a_search_name_its_spaces() -> None:
    assert all_options("tune")["space"].choices == choices_of("search")


@pytest.mark.parametrize("command", COMPOSED)
def test_a_page_is_two_screens_at_most(command: str) -> None:
    lines = page(command).splitlines()
    assert len(lines) <= SCREENS
    assert max(map(len, lines)) <= 100
    assert not [line for line in lines if line != line.rstrip()]


def test_sub_commands_are_listed() -> None:
    for command, below in {**WITHIN, "data": {**ACTIONS, **WITHIN["data"]}}.items():
        text = page(command)
        for name in below:
            assert f"mmdrp {command} {name} " in text
            assert answer([command, name, "--help"]) != text
    assert "force=" in answer(["data", "fetch", "--help"])
    assert "force=" not in answer(["data", "build", "--help"])


def test_single_options_are_explained() -> None:
    assert explain("train", ["patience"]).startswith("  patience=15 ")
    text = explain("train", ["base=ridge"])
    assert "base=mean_effects" in text
    assert "base.penalties=[0.1, 1000.0, 30]" in text
    assert "base.gamma=0.6" in explain("train", ["base.gamma"])
    assert "attribute.patience" not in explain("tune", ["patience"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trian", "--help"], "no command 'trian'; did you mean 'train'?"),
        (["train", "--help", "patiense"], "did you mean 'patience'?"),
        (["train", "--help", "base=rigde"], "(did you mean 'ridge'?)"),
        (["train", "--help", "base.gama"], "did you mean 'base.gamma'?"),
    ],
)
def test_help_on_what_is_not_there_names_what_was_meant(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    line = capsys.readouterr().err
    assert said in line
    assert line.count("\n") == 1
    assert len(line) <= 200


def test_help_imports_nothing_heavy() -> None:
    asked = [[], ["help", "data"], *([c, "--help"] for c in COMMANDS), ["train", "-h", "base"]]
    code = (
        f"import sys; from mmdrp.cli import main; codes = [main(w) for w in {asked!r}];"
        "heavy = {'torch', 'pandas', 'hydra', 'omegaconf', 'rdkit', 'numpy'} & set(sys.modules);"
        "sys.exit(f'{codes} imported {heavy}' if heavy or any(codes) else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_hydras_own_help_is_there_for_who_wants_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert "--help" in HYDRA_FLAGS
    with pytest.raises(SystemExit) as left:
        main(["runs", "--help-all"])
    assert left.value.code in (0, None)
    assert "folder: runs" in capsys.readouterr().out
