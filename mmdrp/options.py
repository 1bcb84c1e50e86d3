"""Arguments with a type, a range or a list of choices, refused before any data are read.

A range stands in the annotation, ``Annotated[float, Range(above=0)]``; choices are a ``Literal``.
The same annotations serve Python (``@checked``), checkpoints and the command line (``complete``).
"""

import functools
import inspect
import math
import types
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from mmdrp.errors import OptionError, failures_in_one_line
from mmdrp.ranges import Range as Range

CONTAINERS = (Mapping, dict, Sequence, list, tuple, Iterable, Collection)
NAMES = {
    "bool": "true or false", "int": "a whole number", "float": "a number", "str": "text",
    "Path": "a path", "DataFrame": "a data frame", "Series": "a series", "Any": "anything",
    "Study": "a study", "ResponseModel": "a model", "Part": "a part", "Fold": "a fold",
}  # fmt: skip
"""what types are called in errors"""
F = TypeVar("F", bound=Callable[..., Any])


LARGEST = 1e12
"""the largest number that an option may be, in either direction"""
LARGEST_WHOLE = 2**31 - 1
"""the largest whole number: what every library below takes"""
Share = Annotated[float, Range(above=0, below=1)]
"""a number between 0 and 1, both excluded"""
Count = Annotated[int, Range(least=1)]
"""a whole number, at least 1"""
Units = Annotated[int, Range(least=1, most=100_000)]
"""of a layer; more could not be held in memory beside any real modality"""
Draws = Annotated[int, Range(least=1, most=1_000_000)]
"""of something random, each of which takes time: trees, samples, repeats"""


def complete(
    part: Callable[..., Any],
    given: Mapping[str, Any],
    where: str = "",
    skip: Collection[str] = (),
) -> dict[str, Any]:
    """Return all options of a function or class, the given ones checked, defaults for the others.

    ``where`` is put before an option's name in errors; ``skip`` names arguments that are no options
    (the caller supplies them). Raises OptionError at the first that is unknown, missing, of the
    wrong type, out of range or not among the choices.

    >>> def part(size: Count = 3) -> None: ...
    >>> complete(part, {}), complete(part, {"size": 5})
    ({'size': 3}, {'size': 5})
    """
    hints = hints_of(part)
    options = {n: p for n, p in _parameters(part).items() if n not in skip}
    for name in given:
        if name not in options:
            has = ", ".join(options) or "no options"
            raise OptionError(f"{where}{name}: there is no such option; it has: {has}")
    out = {}
    for name, parameter in options.items():
        if name in given:
            out[name] = check(given[name], hints.get(name, Any), where + name)
        elif parameter.default is not parameter.empty:
            out[name] = parameter.default
        else:
            raise OptionError(f"{where}{name}: give a value; there is no default")
    return out


def checked(function: F) -> F:
    """Check the arguments of a function against its annotations each time it is called.

    What memory or linear algebra cannot do raises MmdrpError, too.
    """
    hints = hints_of(function)
    signature = inspect.signature(function)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        bound = signature.bind(*args, **kwargs)
        for name, value in bound.arguments.items():
            bound.arguments[name] = check(value, hints.get(name, Any), name)
        with failures_in_one_line():
            return function(*bound.args, **bound.kwargs)

    return call  # type: ignore[return-value]


def check(value: Any, hint: Any, name: str) -> Any:
    """Return a value that fits an annotation, or raise OptionError that names the option.

    NumPy's numbers and texts, as a grid search has them, come back as Python's: so files can hold
    them.
    """
    if not is_option(hint) and not _is_kind(hint):
        return value
    value = unboxed(value)
    if not _fits(value, hint):
        if type(value).__module__.startswith("pandas"):
            value = type(value).__name__
        largest = "" if _small(value) else f", at most {LARGEST:g} (whole: {LARGEST_WHOLE:,})"
        raise OptionError(f"{name}={_shown(value)}: expected {_words(hint)}{largest}")
    return value


def _small(value: Any) -> bool:
    if isinstance(value, int):
        return abs(value) <= LARGEST_WHOLE
    if isinstance(value, Mapping):
        return all(map(_small, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_small, value))
    return not isinstance(value, float) or not LARGEST < abs(value) < math.inf


def unboxed(value: Any) -> Any:
    """Return a value with Python's own numbers and texts in place of NumPy's, in lists too."""
    if type(value).__module__ == "numpy":
        if hasattr(value, "tolist"):  # of an array a list, of a scalar the number
            return value.tolist()
        return value
    if type(value) in (list, tuple):
        return type(value)(map(unboxed, value))
    if type(value) is dict:
        return {unboxed(k): unboxed(v) for k, v in value.items()}
    return value


def hints_of(part: Callable[..., Any]) -> dict[str, Any]:
    """Return the annotations of a function's, or of a class's, arguments, ranges included."""
    target = part.func if isinstance(part, functools.partial) else part
    if inspect.isclass(target) and not hasattr(target, "__dataclass_fields__"):
        target = target.__init__
    try:
        return get_type_hints(target, include_extras=True)
    except NameError:  # a name that only type checkers import
        return {}


def _parameters(part: Callable[..., Any]) -> dict[str, inspect.Parameter]:
    single = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    found = inspect.signature(part).parameters
    return {name: p for name, p in found.items() if p.kind in single}


def is_option(hint: Any) -> bool:
    """Whether an annotation consists of plain values only: text, numbers, choices, lists of them.

    None alone is none: ``pd.DataFrame | None`` is left to the function that knows frames.
    """
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return is_option(args[0])
    if origin in (Union, types.UnionType):
        return all(a is type(None) or is_option(a) for a in args)
    if origin is Literal or hint in (int, float, bool, str):
        return True
    if origin in (tuple, list, Sequence, Mapping, dict):
        return all(is_option(a) for a in args if a is not Ellipsis)
    return False


def _is_kind(hint: Any) -> bool:
    """Whether an annotation consists of classes, containers and plain values: none is open."""
    args = get_args(hint) if get_origin(hint) in (Union, types.UnionType) else (hint,)
    return hint is not Any and all(
        is_option(a) or get_origin(a) in CONTAINERS
        or (isinstance(a, type) and not getattr(a, "_is_protocol", False))
        for a in args
    )  # fmt: skip


def _fits(value: Any, hint: Any) -> bool:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        ranges = [r for r in args[1:] if isinstance(r, Range)]
        numeric = isinstance(value, int | float) and not isinstance(value, bool)
        return _fits(value, args[0]) and all(r.fits(value) for r in ranges if numeric)
    if origin in (Union, types.UnionType):
        return any(value is None if a is type(None) else _fits(value, a) for a in args)
    if origin is Literal:
        return any(value == a and type(value) is type(a) for a in args)
    if origin in (Iterable, Collection):
        return isinstance(value, Iterable) and not isinstance(value, str | bytes)
    if origin in (Mapping, dict):
        return isinstance(value, Mapping) and all(
            _fits(k, args[0]) and _fits(v, args[1]) for k, v in value.items()
        )
    if origin in (tuple, list, Sequence):
        if isinstance(value, str) or not isinstance(value, Sequence):
            return False
        if origin is tuple and Ellipsis not in args:
            return len(value) == len(args) and all(map(_fits, value, args))
        return all(_fits(v, args[0]) for v in value)
    if hint is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and abs(value) <= LARGEST  # not NaN
    if hint is int:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return whole and abs(value) <= LARGEST_WHOLE
    if hint is Any or not isinstance(hint, type):
        return True
    return isinstance(value, hint)


def _words(hint: Any) -> str:
    origin, args = get_origin(hint), get_args(hint)
    if origin is Annotated:
        ranges = [r.words() for r in args[1:] if isinstance(r, Range)]
        return " ".join([_words(args[0]), *ranges])
    if origin in (Union, types.UnionType):
        return " or ".join("null" if a is type(None) else _words(a) for a in args)
    if origin is Literal:
        return " or ".join(dict.fromkeys("null" if a is None else str(a) for a in args))
    if origin in (Mapping, dict):
        return f"name -> {_words(args[1])}"
    if origin in (tuple, list, Sequence):
        if origin is tuple and Ellipsis not in args:
            return "[" + ", ".join(map(_words, args)) + "]"
        return f"a list of: {_words(args[0])}"
    if origin in (Iterable, Collection):
        return "a list"
    return NAMES.get(getattr(hint, "__name__", ""), getattr(hint, "__name__", "a value"))


def _shown(value: Any) -> str:
    text = " ".join(str(list(value) if isinstance(value, tuple) else value).split())  # one line
    return text if len(text) <= 60 else f"{text[:57]}..."
