"""``--json``: one object on standard output; what people read goes to standard error."""

import contextlib
import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdrp.version import __version__

FLAG = "--json"


@dataclass
class Told:
    """What a command has said of itself so far."""

    runs: list[dict[str, Any]] = field(default_factory=list)
    """of a sweep, each run: folder and figures"""
    end: dict[str, Any] = field(default_factory=dict)
    error: str | None = None


_TOLD: ContextVar[Told | None] = ContextVar("told", default=None)


def told() -> Told:
    """Return where a command puts what it says; nobody reads it without ``--json``."""
    return _TOLD.get() or Told()


def in_json(words: Sequence[str], run: Callable[[], int]) -> int:
    """Run a command; print one object of what it wrote, its figures, or why it failed."""
    kept = Told()
    token = _TOLD.set(kept)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            code = run()
    finally:
        _TOLD.reset(token)
    made: dict[str, Any] = {"command": " ".join(["mmdrp", *words]), "version": __version__}
    made |= {"ok": code == 0, "code": code}
    if kept.error is not None:
        made["error"] = kept.error
    made |= kept.end
    if kept.runs:
        made["runs"] = kept.runs
    print(json.dumps(plainly(made), ensure_ascii=False, allow_nan=False))
    return code


def files_in(folder: Path | None) -> list[str]:
    """Return the files of a folder by their names inside it, without hidden ones and logs."""
    if folder is None or not folder.is_dir():
        return []
    inside = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    shown = (p for p in inside if not any(part.startswith(".") for part in p.parts))
    return sorted(str(path) for path in shown if path.suffix != ".log")


def plainly(value: Any) -> Any:
    """Return a value as JSON knows it: frames as lists of rows, no number as null.

    >>> plainly({"a": (1, float("nan")), "b": Path("x")})
    {'a': [1, None], 'b': 'x'}
    """
    if isinstance(value, Mapping):
        return {str(k): plainly(v) for k, v in value.items()}
    if hasattr(value, "to_dict") and hasattr(value, "columns"):  # a frame
        return [plainly(row) for row in value.to_dict("records")]
    if hasattr(value, "to_dict"):  # a series
        return plainly(value.to_dict())
    if hasattr(value, "tolist"):  # NumPy's
        return plainly(value.tolist())
    if isinstance(value, list | tuple | set):
        return [plainly(v) for v in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int | str) else str(value)
