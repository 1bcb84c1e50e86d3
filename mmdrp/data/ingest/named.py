"""Studies by name: opened where they are, fetched or generated at first use."""

import inspect
import logging
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mmdrp.data.ingest import synthetic
from mmdrp.data.ingest.gdsc import packages, tables
from mmdrp.data.ingest.screens import benchmark, ccle, ctrpv1, ctrpv2, prism
from mmdrp.data.ingest.tcga import study as tcga
from mmdrp.data.ingest.tools import gdsctools, oncopredict, pharmacogx
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import NAME
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.registry import Part, build, find, names, part, register

log = logging.getLogger(__name__)

BUILDERS: dict[str, Callable[..., Study]] = {
    "gdsc": packages.build,
    "synthetic": synthetic.build,
    "ctrpv2": ctrpv2.build,
    "ctrpv1": ctrpv1.build,
    "gdsc_tables": tables.build,
    "ccle": ccle.build,
    "prism": prism.build,
    "benchmark": benchmark.build,
    "pharmacogx": pharmacogx.build,
    "oncopredict": oncopredict.build,
    "gdsctools": gdsctools.build,
    "tcga": tcga.build,
}
for _name, _builder in BUILDERS.items():
    register("study", _name, _builder)


def load_study(
    name_or_path: str | Path,
    data_dir: str | Path | None = None,
    *,
    raw: str | Path | None = None,
    **options: Any,
) -> Study:
    """Open a study by name or folder.

    ``gdsc`` is fetched and ``synthetic`` generated where ``data_dir`` (by default ``$MMDRP_DATA``,
    or else ``data``) does not have it yet; ``ctrpv2``, ``ccle``, ``prism``, ``benchmark``,
    ``ctrpv1``, ``pharmacogx``, ``oncopredict``, ``gdsctools``, ``gdsc_tables`` and ``tcga`` are
    built from their release files in the folder ``raw`` (docs/raw.md). ``options`` are those of
    the builder, such as ``auc="GDSC2"`` of ``gdsc``. Any other name is a study folder in
    ``data_dir``; a path (a ``Path``, or a text with a separator) is the folder itself.

    Raises OptionError for an option that the builder does not have, and MmdrpError where there is
    no such study, or where the one that is there was built with other options.
    """
    name = str(name_or_path)
    folder = Path(data_dir or os.environ.get("MMDRP_DATA") or "data")
    if isinstance(name_or_path, str) and name in names("study"):
        return _by_name(name, folder / name, raw, options)
    for option in ({"raw": raw} if raw is not None else {}) | options:
        raise OptionError(f"{option}: {name} is a folder, which is read as it is, without options")
    plain = isinstance(name_or_path, str) and Path(name).name == name
    places = [folder / name, Path(name)] if plain else [Path(name)]
    for place in places:
        if (place / NAME).is_file():
            return Study.read(place)
    if places[-1].is_dir():
        return Study.read(places[-1])
    known = ", ".join(names("study"))
    raise MmdrpError(f"{name}: there is no such study folder; studies by name: {known}")


def open_study(
    name: str,
    path: str | Path,
    build: Part | None = None,
    raw: Part | None = None,
) -> Study:
    """Open the study in ``path``, building it first, and saying so, where it is not there yet.

    ``build`` makes it from nothing (``find("study", build.name)``); ``raw`` is how it is made from
    release files, which cannot be guessed: then the error says how.

    Raises MmdrpError where the study is not there and has no ``build``, or was built otherwise.
    """
    path = Path(path)
    if not (path / NAME).is_file():
        if build is not None:
            log.info("Study %s is not in %s yet", name, path)
            make(build, path)
        elif raw is not None:
            raise MmdrpError(
                f"{path}: study {name} is not there; make it from its release files with "
                f"`mmdrp data build study={name} raw=DIR`"
            )
    study = Study.read(path)
    if build is not None:
        _check_options(study, build.options, "study.build.")
    return study


def make(chosen: Part, root: str | Path, raw: str | Path | None = None) -> Study:
    """Build a study into ``root``, from the release files in ``raw`` if it needs some."""
    if _needs_files(chosen.name):
        if raw is None:
            raise MmdrpError(f"{chosen.name}: give raw, the folder of the release's files")
        return build("study", chosen, root=root, raw=raw)  # type: ignore[no-any-return]
    if raw is not None:
        raise OptionError(f"raw: {chosen.name} is not built from release files")
    return build("study", chosen, root=root)  # type: ignore[no-any-return]


def _by_name(name: str, root: Path, raw: str | Path | None, options: Mapping[str, Any]) -> Study:
    chosen = part("study", name, "", **options)
    if not (root / NAME).is_file():
        if _needs_files(name) and raw is None:
            raise MmdrpError(
                f"{name}: not in {root} yet; give raw, the folder of its release files "
                "(docs/raw.md), or the study's folder"
            )
        log.info("Study %s is not in %s yet", name, root)
        make(chosen, root, raw)
    study = Study.read(root)
    # What was fetched is held to all options, defaults too; of raw files, there may be any.
    _check_options(study, options if _needs_files(name) else chosen.options)
    return study


def _needs_files(name: str) -> bool:
    return "raw" in inspect.signature(find("study", name)).parameters


def _check_options(study: Study, options: Mapping[str, Any], where: str = "") -> None:
    for key, built in study.manifest.options.items():
        if key in options and _plain(options[key]) != built:
            raise MmdrpError(
                f"{where}{key}={options[key]}: the study in {study.root} was built with {built}; "
                "give another study.path (data_dir), or add force=true to `mmdrp data fetch`"
            )


def _plain(value: Any) -> Any:
    listed = isinstance(value, Sequence) and not isinstance(value, str)
    return [_plain(item) for item in value] if listed else value
