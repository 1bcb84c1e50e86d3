"""``mmdrp data fetch|build|validate|manifest``."""

from pathlib import Path

from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.studies import open_study
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.manifest import NAME
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError


def run(cfg: DictConfig, _: Path) -> None:
    """Make, check or describe a study folder, and say what is in it."""
    actions = {"fetch": _fetch, "build": _build, "validate": _validate, "manifest": _manifest}
    if cfg.action not in actions:
        raise MmdrpError(f"action={cfg.action}: choose among: {', '.join(actions)}")
    study = actions[cfg.action](cfg)
    print(f"Study {study.manifest.name} in {study.root}")
    for line in study.validate():
        print(f"  {line}")
    for note in study.manifest.notes:
        print(f"  note: {note}")


def _fetch(cfg: DictConfig) -> Study:
    if not cfg.study.get("build"):
        raise MmdrpError(f"study={cfg.study.name} cannot be fetched; its files must be on disk")
    root = Path(cfg.path or cfg.study.path)
    if (root / NAME).is_file() and not cfg.force:
        return open_study(OmegaConf.create({**cfg.study, "path": str(root)}))
    study: Study = instantiate(cfg.study.build, root=root)
    return study


def _build(cfg: DictConfig) -> Study:
    if not cfg.study.get("raw"):
        raise MmdrpError(f"study={cfg.study.name} is not built from raw files; try `data fetch`")
    if cfg.raw is None:
        raise MmdrpError("mmdrp data build needs raw=DIR, the folder of the release's files")
    root = Path(cfg.out or cfg.path or cfg.study.path)
    study: Study = instantiate(cfg.study.raw, root=root, raw=Path(cfg.raw))
    return study


def _validate(cfg: DictConfig) -> Study:
    return Study.read(Path(cfg.path or cfg.study.path))


def _manifest(cfg: DictConfig) -> Study:
    if cfg.path is None:
        raise MmdrpError("mmdrp data manifest needs the folder: mmdrp data manifest PATH")
    return write_manifest(Path(cfg.path), cfg.missing)
