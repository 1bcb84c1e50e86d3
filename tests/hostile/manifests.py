"""Manifests that are none, or that say what cannot be."""

import json
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from tests.hostile.case import Case, World
from tests.hostile.world import SMALL

MANIFEST: dict[str, object] = {
    "not json": "{", "list": [], "text": "study", "number": 5, "null": None, "empty": {},
    "deep": "[" * 5000, "nan": float("nan"),
}  # fmt: skip
JUNK: list[object] = [None, 5, "x", [], {}, [1], {"a": 1}, True, 1e30, -1, "../../etc/passwd"]


def cases(world: World) -> Iterator[Case]:
    """Yield a manifest that says something else, for a study that is trained on."""
    words = ("train", "study=folder", "study.path=copy", *SMALL, "net=false", "out=out")
    for name, value in MANIFEST.items():
        text = value if isinstance(value, str) and name != "text" else json.dumps(value)
        yield Case(f"manifest {name}", words, prepare=_manifest(partial(_same, text)))
    given = json.loads((world.study / "manifest.json").read_text())
    for path in _places(given):
        for junk in JUNK:
            yield Case(
                f"manifest {'.'.join(map(str, path))}={json.dumps(junk)}", words, expect="either",
                prepare=_manifest(partial(_with, path, junk)),
            )  # fmt: skip


def _places(given: dict[str, object]) -> Iterator[tuple[str, ...]]:
    yield from ((key,) for key in given)
    tables = given["tables"]
    assert isinstance(tables, dict)
    for table in ("expression", "response", "cells"):
        yield ("tables", table)
        yield from (("tables", table, key) for key in tables[table])


def _same(text: str, given: dict[str, object]) -> str:
    del given
    return text


def _with(path: tuple[str, ...], value: object, given: dict[str, object]) -> str:
    inner = given
    for key in path[:-1]:
        inner = inner[key]  # type: ignore[assignment]
    inner[path[-1]] = value
    return json.dumps(given)


def _manifest(change: Callable[[dict[str, object]], str]) -> Callable[[World, Path], None]:
    def prepare(world: World, folder: Path) -> None:
        shutil.copytree(world.study, folder / "copy")
        path = folder / "copy" / "manifest.json"
        path.write_text(change(json.loads(path.read_text())))

    return prepare
