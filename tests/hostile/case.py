"""A hostile case: what is tried, in which place, and what would be a right end of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Expected = Literal["refused", "right", "either"]


@dataclass(frozen=True)
class World:
    """What is made once for all cases, and must stay as it is."""

    root: Path
    made: dict[str, Any] = field(default_factory=dict)
    """studies, models and frames of this process, by name"""

    @property
    def study(self) -> Path:
        """The synthetic study: 40 lines, 12 features a modality."""
        return self.root / "data" / "synthetic"

    @property
    def mine(self) -> Path:
        """A study as CSV, without a manifest: to be copied and damaged."""
        return self.root / "mine"

    @property
    def samples(self) -> Path:
        """A folder of new samples as CSV: to be copied and damaged."""
        return self.root / "samples"

    def run(self, name: str) -> Path:
        """A run folder, encoders or predictions."""
        return self.root / "runs" / name

    def __getitem__(self, name: str) -> Any:
        return self.made[name]


Prepare = Callable[[World, Path], None]
Call = Callable[[World, Path], Any]


@dataclass(frozen=True)
class Case:
    """One trial. Either a command, by its words, or a call of the library."""

    name: str
    words: tuple[str, ...] = ()
    """``{study}``, ``{mine}``, ``{samples}`` and ``{NAME}`` of a run stand for paths"""
    call: Call | None = None
    expect: Expected = "refused"
    prepare: Prepare | None = None
    """fills the case's own folder, which is where it runs, before it"""
    right: Callable[[Path, Any], None] | None = None
    """raises AssertionError where an accepted case has come to a wrong result"""
    may_write: tuple[str, ...] = ()
    """what may be new or different in the case's folder besides ``out``, such as a manifest"""
    says: str = ""
    """what an accepted command must say on stdout or stderr"""
    env: dict[str, str] = field(default_factory=dict)


def given(function: Callable[[World, Path, Any], Any], value: Any) -> Call:
    """Return a call with a value put in."""
    return lambda world, folder: function(world, folder, value)
