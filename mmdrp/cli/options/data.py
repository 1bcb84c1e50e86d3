"""What each action of ``mmdrp data`` needs, and the study that it is about."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmdrp.cli.config import maker_of, study_of_config
from mmdrp.cli.keywords import keywords
from mmdrp.cli.options.portal import check_portal
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.ingest.named import make
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import NAME
from mmdrp.errors import MmdrpError

ACTIONS = ("fetch", "build", "validate", "manifest")


def check_action(cfg: DictConfig) -> None:
    """Raise MmdrpError where an action is unknown or lacks what it works on."""
    if cfg.action not in ACTIONS:
        raise MmdrpError(f"action={cfg.action}: choose among: {', '.join(ACTIONS)}")
    check_portal(cfg)
    if cfg.portal is not None:
        return
    if cfg.action == "fetch" and not cfg.study.get("build"):
        raise MmdrpError(f"study={cfg.study.name} cannot be fetched; its files must be on disk")
    if cfg.action == "build" and not cfg.study.get("raw"):
        raise MmdrpError(f"study={cfg.study.name} is not built from raw files; try `data fetch`")
    if cfg.action == "build" and not cfg.raw:
        raise MmdrpError("mmdrp data build needs raw=DIR, the folder of the release's files")
    if cfg.action == "manifest" and cfg.path is None:
        raise MmdrpError("mmdrp data manifest needs the folder: mmdrp data manifest PATH")


def study_of(cfg: DictConfig, root: Path) -> Study:
    """Return the study that an action makes, checks or describes."""
    build, raw = maker_of(cfg, "build"), maker_of(cfg, "raw")
    if cfg.action == "fetch" and build is not None:
        there = (root / NAME).is_file() and not cfg.force
        return study_of_config(cfg, str(root)) if there else make(build, root)
    if cfg.action == "build" and raw is not None:
        return make(raw, Path(cfg.out) if cfg.out else root, cfg.raw)
    if cfg.action == "validate":
        return Study.read(root)
    return described(root, **keywords(cfg, write_manifest, skip=("root",)))


def next_of(cfg: DictConfig, root: Path) -> tuple[str, ...]:
    """Return what one would do with a study next."""
    name, where = str(cfg.study.name), Path(cfg.study.path)
    given = (
        f"study={name}" if where == root else f"study=folder study.path={shlex.quote(str(root))}"
    )
    return (f"mmdrp train {given}",) if name != "tcga" else (f"mmdrp pretrain {given}",)


def described(root: Path, **options: Any) -> Study:
    """Write a folder's manifest and look at every table; a refusal leaves all as it was."""
    with as_before(root):
        study = write_manifest(root, **options)
        study.validate()
    return study


@contextmanager
def as_before(root: Path) -> Iterator[None]:
    """Put back what a refused ``manifest`` wrote: a manifest, and tables named in it."""
    paths = [root / NAME, *(root / f"{name}.csv" for name in ("cells", "drugs"))]
    before = {path: path.read_bytes() if path.is_file() else None for path in paths}
    try:
        yield
    except MmdrpError:
        for path, content in before.items():
            if content is None and path.is_file():
                path.unlink()
            elif content is not None and path.read_bytes() != content:
                path.write_bytes(content)
        raise
