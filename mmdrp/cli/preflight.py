"""Options checked before Hydra makes a folder: names, and types against the defaults."""

from pathlib import Path
from typing import Any

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli import (
    associate_options,
    attribution_options,
    benchmark_options,
    drug_options,
    evaluate_options,
)
from mmdrp.cli.words import HYDRA_FLAGS
from mmdrp.errors import MmdrpError


def preflight(command: str, words: list[str], conf: Path) -> None:
    """Compose once and refuse what cannot be meant; of a sweep, every choice is looked at."""
    flags = [w for w in words if w.split("=")[0] in HYDRA_FLAGS]
    if any(f not in ("-m", "--multirun") for f in flags):
        return
    parsed = OverridesParser.create().parse_overrides([w for w in words if w not in flags])
    plain = [str(o.input_line) for o in parsed if not o.is_sweep_override()]
    sweeps = [o for o in parsed if o.is_sweep_override()]
    if sweeps and not flags:
        raise MmdrpError(f"{sweeps[0].input_line}: several values need -m (a sweep)")
    choices = [[f"{o.key_or_group}={value}" for value in o.sweep_string_iterator()] for o in sweeps]
    first = [values[0] for values in choices]
    runs = [plain + first] + [
        plain + first[:i] + [value] + first[i + 1 :]
        for i, values in enumerate(choices)
        for value in values[1:]
    ]
    with initialize_config_dir(version_base="1.3", config_dir=str(conf)):
        for run in runs:
            _check(command, run)


def _check(command: str, overrides: list[str]) -> None:
    cfg = compose(command, overrides)
    parsed = OverridesParser.create().parse_overrides(overrides)
    # A group is chosen by a name, a value has a dot or stands in the command's own file.
    groups = [o for o in overrides if _is_group(o, cfg)]
    default = compose(command, groups)
    for override in parsed:
        key = override.key_or_group
        if override.input_line not in groups and "@" not in key and not override.is_delete():
            _same_type(key, _at(default, key), _at(cfg, key))
    if cfg.get("designs") and cfg.get("pretrained") is None:
        raise MmdrpError(
            "these designs need pretrained=FOLDER, the encoders of mmdrp pretrain; "
            "pretrained=false leaves them out"
        )
    missing = sorted(k for k in cfg if OmegaConf.is_missing(cfg, k))
    if missing:
        raise MmdrpError(f"mmdrp {command.replace('_', ' ')} needs {missing[0]}=...")
    if command == "attribute_benchmark":
        benchmark_options.check(cfg)
    if command == "train":
        drug_options.check(cfg)
    if command == "evaluate":
        evaluate_options.check(cfg)
    if command == "data_split":
        evaluate_options.check_split(cfg)
    if command == "associate":
        associate_options.check(cfg)
    if command == "attribute" and cfg.get("method"):
        attribution_options.check(cfg)


def _is_group(override: str, cfg: DictConfig) -> bool:
    key = override.split("=")[0].lstrip("+~").split("@")[0]
    return "@" in override.split("=")[0] or isinstance(_at(cfg, key), DictConfig) or "/" in key


def _at(cfg: DictConfig, key: str) -> Any:
    try:
        return OmegaConf.select(cfg, key, throw_on_missing=False)
    except Exception:  # an interpolation that only resolves at run time
        return None


def _same_type(key: str, usual: Any, given: Any) -> None:
    kind = {bool: "true or false", int: "a whole number", float: "a number"}.get(type(usual))
    if kind is None or given is None:
        return
    fits = (
        isinstance(given, bool) if isinstance(usual, bool)
        else isinstance(given, (int, float)) and not isinstance(given, bool)
        and (isinstance(usual, float) or isinstance(given, int))
    )  # fmt: skip
    if not fits:
        raise MmdrpError(f"{key}={given}: expected {kind}, such as {usual}")
