"""A composed configuration as typed specs: the only place where Hydra's container is opened."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.help.files import config_dir as config_dir
from mmdrp.data.further.beside import beside
from mmdrp.data.ingest.named import load_study, open_study
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import Part, names, part

if TYPE_CHECKING:
    from mmdrp.training.spec import Spec


def plain_of(cfg: DictConfig, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a configuration as plain containers, resolved.

    Before Hydra runs a job, ``out`` has no value yet and must be left out.
    """
    kept = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in without])
    return OmegaConf.to_container(kept, resolve=True)  # type: ignore[return-value]


def spec_of_config(cfg: DictConfig) -> "Spec":
    """Return the spec of a training; ``shared_with`` and ``also`` may be names in ``data_dir``."""
    from mmdrp.training.plain import spec_of  # loads torch, which lists of runs need not

    config = plain_of(cfg, without=("out",))
    shared = config.get("shared_with")
    if shared and not Path(shared).is_dir() and config.get("data_dir"):
        config["shared_with"] = str(Path(config["data_dir"]) / shared)
    config["also"] = [_folder(name, config) for name in _listed(config)]
    return spec_of(config)


def study_of_config(cfg: DictConfig, path: str | None = None) -> Study:
    """Open the configured study, and those of ``also``; built first where it is not there yet."""
    config = plain_of(cfg, without=("out",))
    given = config["study"]
    study = open_study(
        given["name"], path or given["path"], maker_of(cfg, "build"), maker_of(cfg, "raw")
    )
    further = [
        name if Path(name).is_dir() else load_study(name, config["data_dir"])
        for name in _listed(config)
    ]
    return beside(study, further) if further else study


def _listed(config: dict[str, Any]) -> list[str]:
    """Return the names or folders of further studies."""
    also = config.get("also") or []
    if not isinstance(also, list) or not all(isinstance(name, str) and name for name in also):
        raise OptionError(f"also={str(also)[:40]}: give a list of studies, such as also=[gdsc]")
    return also


def _folder(name: str, config: dict[str, Any]) -> str:
    """Return the folder of a further study; a study by name may be made later."""
    if Path(name).is_dir() or not config.get("data_dir"):
        return name
    folder = Path(config["data_dir"]) / name
    if not folder.is_dir() and name not in names("study"):
        raise MmdrpError(
            f"also={name[:60]}: there is no such study in {config['data_dir']}, nor such a folder; "
            "make it by mmdrp data (docs/data.md)"
        )
    return str(folder)


def maker_of(cfg: DictConfig, how: str) -> Part | None:
    """Return what makes the configured study: ``build`` from nothing, ``raw`` from files."""
    given = plain_of(cfg, without=("out",))["study"].get(how)
    return part("study", given, f"study.{how}") if given else None
