"""The options of a command, and of what is chosen in one of its groups, by their whole names."""

from collections.abc import Sequence
from dataclasses import replace
from difflib import get_close_matches

from mmdrp.cli.help.commands import ACTIONS, said, subcommands
from mmdrp.cli.help.files import Option, read
from mmdrp.cli.help.near import near
from mmdrp.errors import MmdrpError

SHARED = "run"
"""what every command takes over"""


def own_options(command: str, action: str = "") -> list[Option]:
    """Return a command's options, those that all have last; of an action those that it reads.

    What it takes over from another command, such as ``train``, is that one's.
    """
    own = folded(read(command).options)
    shared = [o for o in folded(read(SHARED).options) if o.name not in {p.name for p in own}]
    if action:
        others = tuple(f"{a}:" for a in ACTIONS if a != action)
        own = [o for o in own if not o.section.startswith(others)]
    return [*own, *shared]


def all_options(command: str) -> dict[str, Option]:
    """Return every option of a command by its name, those taken over from others included."""
    others = [name for name in read(command).above if name != SHARED]
    return {o.name: o for name in (*others, command) for o in own_options(name)}


def inner_options(option: Option, choice: str) -> list[Option]:
    """Return the options of one choice of a group, named as they are given.

    >>> group = all_options("train")["optimizer"]
    >>> [o.name for o in inner_options(group, "adamw")]
    ['optimizer.lr', 'optimizer.weight_decay', 'optimizer.fused']
    """
    file = read(f"{option.group}/{choice}")
    found: dict[str, Option] = {}
    for name in file.above:
        found |= {o.name: o for o in inner_options(option, name)}
    for o in folded(file.options):
        name = o.name if file.everywhere else f"{option.name}.{o.name}"
        if not o.meaning and (like := found.get(name) or _of_siblings(option, o.name)):
            o = replace(o, meaning=like.meaning, choices=like.choices)
        if name.rpartition(".")[2] != "name":
            found[name] = replace(o, name=name, section="")
    return list(found.values())


def _of_siblings(option: Option, name: str) -> Option | None:
    """Return the option of this name that another choice of the group explains."""
    files = (read(f"{option.group}/{choice}") for choice in option.choices)
    found = (o for file in files for o in folded(file.options) if o.name == name and o.meaning)
    return next(found, None)


def find_option(command: str, name: str) -> Option:
    """Return an option, or one inside what a group has by default; MmdrpError where there is none.

    >>> find_option("train", "base.gamma").default
    '0.6'
    """
    options = all_options(command)
    group = options.get(name.partition(".")[0])
    if name not in options and group is not None and group.group:
        for choice in chosen(group):
            options |= {o.name: o for o in inner_options(group, choice)}
    if name not in options:
        shown = near(
            name, list(options), how=f"`mmdrp {said(command)} --help` lists those there are"
        )
        raise MmdrpError(f"{name[:40]!r}: mmdrp {said(command)} has no such option; {shown}")
    return options[name]


def chosen(group: Option) -> list[str]:
    """Return what a group has by default."""
    given = [name.strip() for name in group.default.strip("[]").split(",")]
    return [name for name in given if name in group.choices]


def folded(options: Sequence[Option]) -> list[Option]:
    """Return options without those inside one whose meaning says what all of them are.

    >>> from mmdrp.cli.help.files import read
    >>> next(o.default for o in folded(read("base/kernel").options) if o.name == "marker_threshold")
    '{expression: 3.5, rppa: 3.5, metabolomics: 3.5, mutation: 4.0}'
    """
    wholes = {o.name for o in options if not o.default and o.meaning}
    inner = [o for o in options if not o.meaning and o.name.rpartition(".")[0] in wholes]
    out = []
    for o in options:
        if o in inner:
            continue
        if o.name in wholes:
            inside = [p for p in inner if p.name.rpartition(".")[0] == o.name]
            if not inside:  # each of them speaks for itself
                continue
            text = ", ".join(f"{p.name.rpartition('.')[2]}: {p.default}" for p in inside)
            o = replace(o, default=f"{{{text}}}")
        out.append(o)
    return out


def instead(command: str, word: str) -> str:
    """Return what to write instead of a word by itself.

    >>> instead("attribute", "benchmrk")
    "did you mean 'benchmark'? options are written name=value"
    """
    close = get_close_matches(word[:40], [*subcommands(command), *all_options(command)], 1)
    return (f"did you mean {close[0]!r}? " if close else "") + "options are written name=value"
