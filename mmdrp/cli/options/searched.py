"""Trials of ``mmdrp tune`` as options of ``mmdrp train``, and experiment files of both."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hydra import compose
from hydra.core.hydra_config import HydraConfig
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.config import spec_of_config
from mmdrp.cli.samples import quote
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.run_files.reading import read_config

if TYPE_CHECKING:
    from mmdrp.training.spec import Spec

OWN = (
    "space", "trials", "seconds", "storage", "name", "inner", "metric", "prune", "out",
    "overwrite", "incomplete", "logger", "biomarkers",
)  # fmt: skip
"""options of the search itself; all others are those of training"""
_NONE = object()


def check_space(cfg: DictConfig, space: Mapping[str, Any], conf: Path) -> None:
    """Raise OptionError at the first option of a search space that training does not have."""
    for key in space:
        if OmegaConf.select(cfg, key, default=_NONE) is _NONE and not (conf / key).is_dir():
            raise OptionError(f"space.{key}: mmdrp train has no such option here")


def training_words() -> list[str]:
    """Return the options of training that the command was given."""
    words = HydraConfig.get().overrides.task
    return [word for word in words if _key(word).partition(".")[0] not in OWN]


def spec_with(words: list[str], options: Mapping[str, Any]) -> "Spec":
    """Return the spec of training with these words, and a trial's options."""
    given = [f"{key}={text_of(value)}" for key, value in options.items()]
    kept = [word for word in words if _key(word) not in options]
    return spec_of_config(compose("train", [*kept, *given, "out=."]))


def experiment_of(words: list[str], options: Mapping[str, Any], conf: Path, title: str = "") -> str:
    """Return options of training as the text of a file of ``conf/experiment/``."""
    kept = [word for word in words if _key(word) not in options]
    given = [*kept, *(f"{key}={text_of(value)}" for key, value in options.items())]
    defaults: list[dict[str, Any]] = []
    values: dict[str, Any] = {}
    for override in OverridesParser.create().parse_overrides(given):
        if override.is_delete():
            raise MmdrpError(f"{override.input_line}: cannot be kept in an experiment file")
        key, value = override.key_or_group, _plain(override.value())
        if (conf / key).is_dir():
            name = key if override.package is None else f"{key}@{override.package}"
            defaults.append({f"override /{name}": value})
            continue
        node = values
        *above, last = key.split(".")
        for step in above:
            node = node.setdefault(step, {})
        node[last] = value
    content = ({"defaults": defaults} if defaults else {}) | values
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True) if content else ""
    return f"# @package _global_\n# {title}\n{text}"


def with_experiment(words: list[str]) -> list[str]:
    """Replace ``experiment=FILE.yaml`` by what the file says; other words come after it.

    >>> with_experiment(["experiment=deepdr", "fold=1"])
    ['experiment=deepdr', 'fold=1']
    """
    files = [word for word in words if _is_file(word)]
    if not files:
        return words
    others = [word for word in words if word not in files]
    given = {_key(word) for word in others}
    path = Path(files[-1].partition("=")[2].strip("'\""))
    kept = [word for word in _words_of(path) if _key(word) not in given]
    flags = [word for word in others if word.startswith("-")]
    return [*flags, *kept, *(word for word in others if word not in flags)]


def text_of(value: Any) -> str:
    """Return a value as Hydra reads it.

    >>> text_of([64, None, True, "a b"])
    "[64,null,true,'a b']"
    """
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(text_of, value)) + "]"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{k}:{text_of(v)}" for k, v in value.items()) + "}"
    return str(value) if isinstance(value, int | float) or value.isidentifier() else quote(value)


def _is_file(word: str) -> bool:
    key, _, value = word.partition("=")
    return key == "experiment" and value.strip("'\"").endswith((".yaml", ".yml"))


def _words_of(path: Path) -> list[str]:
    content = read_config(path)
    words = []
    for item in content.pop("defaults", None) or []:
        ((name, choice),) = item.items() if isinstance(item, Mapping) else [(str(item), None)]
        if not str(name).startswith("override /") or choice is None:
            raise MmdrpError(f"{path}: defaults: {str(name)[:40]}: expected override /GROUP: NAME")
        words.append(f"{str(name).removeprefix('override /')}={text_of(choice)}")
    words += [f"++{key}={text_of(value)}" for key, value in _leaves(content)]
    for word in words:
        if any(part.startswith(("hydra", "_", "-")) for part in _key(word).split(".")):
            raise MmdrpError(f"{path}: {word[:60]!r} is no option of an experiment")
    return words


def _leaves(node: Mapping[Any, Any], above: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for key, value in node.items():
        inner = isinstance(value, Mapping) and value
        found += _leaves(value, f"{above}{key}.") if inner else [(f"{above}{key}", value)]
    return found


def _plain(value: Any) -> Any:
    """Return a parsed value without the quotes that it was written in."""
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    return getattr(value, "text", value)


def _key(word: str) -> str:
    return word.split("=", 1)[0].lstrip("+~")
