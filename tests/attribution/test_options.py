"""What ``conf/`` says of attribution is what the library's signatures say."""

import inspect
from typing import Any

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from mmdrp.attribution import attribute, benchmark_biomarkers
from mmdrp.attribution.attributing import method_of
from mmdrp.cli.launch import config_dir
from mmdrp.registry import names, part

METHODS = sorted(path.stem for path in (config_dir() / "method").glob("*.yaml"))


def composed(command: str, *words: str) -> dict[str, Any]:
    """A command's configuration as plain containers."""
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        cfg = compose(command, ["run=x", "out=x", *words])
    return OmegaConf.to_container(cfg, resolve=True)  # type: ignore[return-value]


def defaults(function: Any) -> dict[str, Any]:
    """The options of a function with their defaults; a tuple is a list in YAML."""
    options = {}
    for name, parameter in inspect.signature(function).parameters.items():
        value = parameter.default
        options[name] = list(value) if isinstance(value, tuple) else value
    return options


@pytest.mark.parametrize("method", METHODS)
def test_a_methods_file_has_the_defaults_of_its_class(method: str) -> None:
    assert composed("attribute", f"method={method}")["method"] == part("method", method).plain()


def test_every_method_has_a_file_and_its_own_name() -> None:
    assert set(METHODS) == set(names("method"))
    assert {name: method_of(name).name for name in METHODS} == dict(
        zip(METHODS, METHODS, strict=True)
    )


SHARED = {"run", "data_dir", "out", "incomplete"}


@pytest.mark.parametrize(
    ("command", "function", "own"),
    [
        ("attribute", attribute, {*SHARED, "pictures", "method"}),
        ("attribute_benchmark", benchmark_biomarkers, {*SHARED, "overwrite"}),
    ],
)
def test_a_commands_file_has_the_defaults_of_its_function(
    command: str, function: Any, own: set[str]
) -> None:
    given = {k: v for k, v in composed(command).items() if k not in own}
    expected = defaults(function)
    assert given == {name: expected[name] for name in given}
