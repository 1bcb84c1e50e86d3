"""Options checked before Hydra makes a folder: names, and types against the defaults."""

from pathlib import Path
from typing import Annotated, Any, cast

from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.argv import HYDRA_FLAGS
from mmdrp.cli.commands import module_of
from mmdrp.cli.help.near import near
from mmdrp.errors import MmdrpError
from mmdrp.options import Range, check

LISTS = ("modality", "baselines")
"""groups of which several are chosen"""
PATHS = (
    "study.path", "shared_with", "best_of", "raw", "path", "fold_file", "lines", "data", "genes",
    "background", "predictions", "targets", "markers", "gene_sets", "enrich", "data_dir",
    "folder", "a", "b", "clinical", "embedding",
)  # fmt: skip
"""options that name one file or folder"""
TEXT_OR_NUMBER = ("trainer.devices", "trainer.precision")


def preflight(command: str, words: list[str], conf: Path) -> DictConfig | None:
    """Compose once and refuse what cannot be meant; of a sweep, every choice is looked at.

    Returns the configuration, of a sweep its first; None where it is only to be shown.
    """
    flags = [w for w in words if w.split("=")[0] in HYDRA_FLAGS]
    if any(f not in ("-m", "--multirun") for f in flags):
        return None
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
        checked = [_check(command, run, conf) for run in runs]
    return checked[0]


def _check(command: str, overrides: list[str], conf: Path) -> DictConfig:
    parsed = OverridesParser.create().parse_overrides(overrides)
    for override in parsed:
        _check_group(override, conf)
    cfg: Any = compose(command, overrides)
    # A group is chosen by a name, a value has a dot or stands in the command's own file.
    groups = [o for o in overrides if _is_group(o, cfg)]
    default = compose(command, groups)
    for override in parsed:
        key = override.key_or_group
        if override.input_line not in groups and "@" not in key and not override.is_delete():
            _same_type(key, _at(default, key), _at(cfg, key))
    _check_paths(cfg)
    _check_biomarkers(cfg)
    missing = sorted(k for k in cfg if OmegaConf.is_missing(cfg, k))
    if missing:
        raise MmdrpError(f"mmdrp {command.replace('_', ' ')} needs {missing[0]}=...")
    body = module_of(command)
    if hasattr(body, "check"):
        body.check(cfg)
    return cast(DictConfig, cfg)


def _check_group(override: Any, conf: Path) -> None:
    """Refuse what is no name where a group's choice is wanted: Hydra would fail on it."""
    group, value = override.key_or_group, override.value()
    if override.is_delete() or not (conf / group).is_dir():
        return
    names = value if isinstance(value, list) and group in LISTS else [value]
    if not all(isinstance(name, str) and name for name in names):
        many = "a list of names" if group in LISTS else "a name"
        choices = near("", [path.stem for path in (conf / group).glob("*.yaml")])
        raise MmdrpError(f"{str(override.input_line)[:60]}: expected {many}; {choices}")


def _check_paths(cfg: DictConfig) -> None:
    """Refuse a number or a list where the name of one file or folder is wanted."""
    for key in PATHS:
        value = _at(cfg, key)
        if value is None and key == "study.path" and _at(cfg, "study") is not None:
            missing = OmegaConf.is_missing(cfg.study, "path")
            raise MmdrpError("study.path: name the study's folder, study.path=FOLDER" if missing
                             else "study.path=null: name a folder")  # fmt: skip
        if value is not None and not isinstance(value, str):
            quoted = f"; write {key}=\"'{value}'\"" if isinstance(value, int) else ""
            raise MmdrpError(f"{key}={value}: expected the name of one file or folder{quoted}")


def _check_biomarkers(cfg: DictConfig) -> None:
    if "biomarkers" in cfg:
        check(cfg.biomarkers, Annotated[int, Range(least=0)] | None, "biomarkers")


def _is_group(override: str, cfg: DictConfig) -> bool:
    key = override.split("=")[0].lstrip("+~").split("@")[0]
    return "@" in override.split("=")[0] or isinstance(_at(cfg, key), DictConfig) or "/" in key


def _at(cfg: DictConfig, key: str) -> Any:
    try:
        return OmegaConf.select(cfg, key, throw_on_missing=False)
    except Exception:  # an interpolation that only resolves at run time
        return None


def _same_type(key: str, usual: Any, given: Any) -> None:
    kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
    kind = kinds.get(type(usual))
    if kind is None or given is None or key in TEXT_OR_NUMBER:
        return
    if isinstance(usual, str):
        if isinstance(given, str):
            return
        quoted = f"; write {key}=\"'{given}'\"" if isinstance(given, int) else ""
        raise MmdrpError(f"{key}={given}: expected text, such as {usual or '...'}{quoted}")
    fits = (
        isinstance(given, bool) if isinstance(usual, bool)
        else isinstance(given, (int, float)) and not isinstance(given, bool)
        and (isinstance(usual, float) or isinstance(given, int))
    )  # fmt: skip
    if not fits:
        raise MmdrpError(f"{key}={given}: expected {kind}, such as {usual}")
