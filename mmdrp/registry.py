"""Parts by name: what checkpoints and configuration may ask for, and nothing else.

A file says ``{"name": "kernel", "gamma": 0.6}``; the class behind a name is looked up here and is
never imported from a path that a file gives. Each room registers its own parts; users add theirs
by ``mmdrp.register`` or by an entry point ``mmdrp.KIND`` of an installed package.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import entry_points
from typing import Any

from mmdrp.errors import OptionError
from mmdrp.options import complete, unboxed

KINDS: dict[str, tuple[str, ...]] = {
    "base": (),
    "encoder": ("input_dim",),
    "scale": ("input_dim", "kept"),
    "fusion": ("input_dims",),
    "loss": (),
    "split": (),
    "sampler": ("rows", "groups"),
    "fingerprint": ("known",),
    "graph": (),
    "optimizer": ("params",),
    "scheduler": ("optimizer",),
    "label_weight": (),
    "method": (),
    "baseline": ("fold_data",),
    "study": ("root", "raw"),
    "launcher": ("jobs",),
}
"""kind -> arguments that are no options: whoever builds the part supplies them"""

_PARTS: dict[str, dict[str, Callable[..., Any]]] = {kind: {} for kind in KINDS}


@dataclass(frozen=True)
class Part:
    """A part by name, with all its options: what a file holds and ``build`` makes real."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    """lists are kept as tuples, NumPy's numbers as Python's: a part from a file equals its like"""

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", {k: _fixed(v) for k, v in self.options.items()})

    def plain(self) -> dict[str, Any]:
        """Return ``{"name": ..., option: value}``: plain containers for JSON, YAML, checkpoints."""
        return {"name": self.name, **{k: _listed(v) for k, v in self.options.items()}}


def register(kind: str, name: str, part: Callable[..., Any]) -> None:
    """Let ``name`` stand for a class or function wherever a part of this kind is chosen.

    The options are its annotated keyword arguments with defaults (``mmdrp.options``). Raises
    OptionError for an unknown kind and for a name that something else has.
    """
    _known_kind(kind)
    there = _PARTS[kind].get(name)
    if there is not None and there is not part and _name(there) != _name(part):
        raise OptionError(f"register: {kind} {name!r} is {_name(there)} already; choose a new name")
    _PARTS[kind][name] = part


def names(kind: str) -> list[str]:
    """Return the names of all parts of a kind, those of installed packages included."""
    _known_kind(kind)
    return sorted({*_PARTS[kind], *(e.name for e in entry_points(group=f"mmdrp.{kind}"))})


def find(kind: str, name: str, where: str = "") -> Callable[..., Any]:
    """Return the class or function behind a name; OptionError lists the names there are."""
    _known_kind(kind)
    if name not in _PARTS[kind]:
        for entry in entry_points(group=f"mmdrp.{kind}", name=name):
            register(kind, name, entry.load())
    if name not in _PARTS[kind]:
        raise OptionError(f"{where or kind}={name}: choose among: {', '.join(names(kind))}")
    return _PARTS[kind][name]


def part(
    kind: str, given: "str | Mapping[str, Any] | Part", where: str | None = None, **options: Any
) -> Part:
    """Return a part with all its options, checked; ``given`` is a name, a plain dictionary, a Part.

    ``where`` is what the option is called in errors, by default the kind.

    >>> import mmdrp.nn.parts  # registers losses and others
    >>> part("loss", {"name": "huber", "delta": 2.0})
    Part(name='huber', options={'delta': 2.0})
    """
    where = kind if where is None else where
    if isinstance(given, Part):
        name, own = given.name, dict(given.options)
    elif isinstance(given, str):
        name, own = given, {}
    else:
        own = dict(given) if isinstance(given, Mapping) else {}
        name = own.pop("name", None)
        if not isinstance(name, str):
            raise OptionError(f"{where}: has no name; choose among: {', '.join(names(kind))}")
    made = find(kind, name, where)
    return Part(name, complete(made, {**own, **options}, f"{where}.", KINDS[kind]))


def build(kind: str, chosen: Part, **supplied: Any) -> Any:
    """Make a part: its options, and what the caller supplies."""
    return find(kind, chosen.name)(**supplied, **chosen.options)


def maker(kind: str, chosen: Part) -> Callable[..., Any]:
    """Return a function that still wants what the caller supplies, such as a sampler's rows."""
    return partial(find(kind, chosen.name), **chosen.options)


def _known_kind(kind: str) -> None:
    if kind not in KINDS:
        raise OptionError(f"kind={kind}: choose among: {', '.join(KINDS)}")


def _name(made: Callable[..., Any]) -> str:
    return f"{getattr(made, '__module__', '')}.{getattr(made, '__qualname__', made)}"


def _fixed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _fixed(v) for k, v in value.items()}
    value = unboxed(value)
    return tuple(map(_fixed, value)) if isinstance(value, list | tuple) else value


def _listed(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _listed(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_listed(v) for v in value]
    return value
