"""A composed configuration as typed specs: the only place where Hydra's container is opened."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmdrp.data.ingest.named import open_study
from mmdrp.data.study import Study
from mmdrp.registry import Part, part
from mmdrp.training.plain import spec_of
from mmdrp.training.spec import Spec


def plain_of(cfg: DictConfig, without: Collection[str] = ()) -> dict[str, Any]:
    """Return a configuration as plain containers, resolved.

    Before Hydra runs a job, ``out`` has no value yet and must be left out.
    """
    kept = OmegaConf.masked_copy(cfg, [str(key) for key in cfg if key not in without])
    return OmegaConf.to_container(kept, resolve=True)  # type: ignore[return-value]


def spec_of_config(cfg: DictConfig) -> Spec:
    """Return the spec of a training; ``shared_with`` may be a study's name below ``data_dir``."""
    config = plain_of(cfg, without=("out",))
    shared = config.get("shared_with")
    if shared and not Path(shared).is_dir() and config.get("data_dir"):
        config["shared_with"] = str(Path(config["data_dir"]) / shared)
    return spec_of(config)


def study_of_config(cfg: DictConfig, path: str | None = None) -> Study:
    """Open the configured study, building it first where it is not there yet."""
    study = plain_of(cfg, without=("out",))["study"]
    return open_study(
        study["name"], path or study["path"], maker_of(cfg, "build"), maker_of(cfg, "raw")
    )


def maker_of(cfg: DictConfig, how: str) -> Part | None:
    """Return what makes the configured study: ``build`` from nothing, ``raw`` from files."""
    given = plain_of(cfg, without=("out",))["study"].get(how)
    return part("study", given, f"study.{how}") if given else None
