"""Search spaces: which options are tried, and between which values."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any

import yaml

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.options import Range, check

Number = Annotated[float, Range()] | int
KINDS = {
    "low": Number, "high": Number, "step": Number, "log": bool, "values": list[Any],
    "subsets": list[str],
}  # fmt: skip
MOST_MODALITIES = 10
"""of which all subsets are listed"""


@dataclass(frozen=True)
class Dimension:
    """One option: a range of numbers, or choices."""

    low: float = 0
    high: float = 0
    log: bool = False
    step: float | None = None
    choices: tuple[Any, ...] = ()

    def suggest(self, trial: Any, name: str) -> Any:
        """Return the value that a trial of Optuna draws."""
        if self.choices:
            texts = {_text(choice): choice for choice in self.choices}
            return texts[trial.suggest_categorical(name, list(texts))]
        whole = all(isinstance(v, int) for v in (self.low, self.high))
        if whole and isinstance(self.step, int | None):
            step = self.step or 1
            return trial.suggest_int(name, int(self.low), int(self.high), step=step, log=self.log)
        return trial.suggest_float(name, self.low, self.high, step=self.step, log=self.log)

    @property
    def first(self) -> Any:
        """Return a value of it."""
        return self.choices[0] if self.choices else self.low


Space = Mapping[str, Dimension]
"""option, as ``mmdrp train`` calls it -> what is tried"""


def space_of(given: str | Path | Mapping[str, Any] | Sequence[str | Path]) -> dict[str, Dimension]:
    """Read a search space: a name of ``conf/search/``, a YAML file, several of these, or options.

    An option is ``{low, high}`` (with ``log`` or ``step``), ``{values: [...]}`` or
    ``{subsets: [...]}``, every non-empty subset of these. Raises OptionError that names it.

    >>> space_of({"modality": {"subsets": ["a", "b"]}})["modality"].choices
    (['a'], ['b'], ['a', 'b'])
    """
    if isinstance(given, Mapping):
        parts: list[Mapping[str, Any]] = [given]
    else:
        names = [given] if isinstance(given, str | Path) else list(given)
        parts = [_read(name) for name in names]
    space = {str(k): _dimension(str(k), v) for part in parts for k, v in part.items()}
    if not space:
        raise OptionError("space: is empty; name a file of conf/search, such as network")
    return space


def names() -> list[str]:
    """Return the names of the spaces that come with mmdrp."""
    return sorted(path.stem for path in _folder().glob("*.yaml"))


def _folder() -> Path:
    package = Path(__file__).parents[2]
    inside = package / "conf" / "search"
    return inside if inside.is_dir() else package.parent / "conf" / "search"


def _read(name: str | Path) -> Mapping[str, Any]:
    path = Path(name)
    if path.suffix not in (".yaml", ".yml"):
        path = _folder() / f"{name}.yaml"
        if str(name) not in names():
            there = ", ".join(names())
            raise OptionError(f"space={str(name)[:60]}: choose among: {there}; or a .yaml file")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MmdrpError(f"space={path}: there is no such file") from None
    except (yaml.YAMLError, ValueError, OSError, RecursionError) as error:
        raise MmdrpError(f"{path}: not a search space that can be read") from error
    if not isinstance(content, Mapping):
        raise MmdrpError(f"{path}: not a search space: expected options, each with its values")
    return content


def _dimension(name: str, given: Any) -> Dimension:
    where = f"space.{name}"
    if not isinstance(given, Mapping):
        raise OptionError(f"{where}: expected low and high, values, or subsets")
    for key, value in given.items():
        if key not in KINDS:
            raise OptionError(f"{where}.{str(key)[:30]}: choose among: {', '.join(KINDS)}")
        check(value, KINDS[key], f"{where}.{key}")
    if "subsets" in given:
        whole = list(dict.fromkeys(given["subsets"]))
        if not 0 < len(whole) <= MOST_MODALITIES:
            raise OptionError(f"{where}.subsets: expected 1 to {MOST_MODALITIES} names")
        sizes = range(1, len(whole) + 1)
        return Dimension(choices=tuple(list(c) for n in sizes for c in combinations(whole, n)))
    if "values" in given:
        if not given["values"]:
            raise OptionError(f"{where}.values: is empty")
        return Dimension(choices=tuple(given["values"]))
    low, high = given.get("low"), given.get("high")
    if low is None or high is None or low > high:
        raise OptionError(f"{where}: expected low and high, low first; or values; or subsets")
    if given.get("log") and (low <= 0 or given.get("step")):
        raise OptionError(f"{where}: log wants low above 0 and no step")
    return Dimension(low, high, bool(given.get("log")), given.get("step"))


def _text(choice: Any) -> str | float | bool:
    """Return a choice as Optuna keeps it: lists and null as JSON."""
    if isinstance(choice, str | int | float | bool):
        return choice
    return json.dumps(choice)
