"""The files of ``conf/`` read for what they say: options, defaults, choices, and comments.

They hold each option once: its name, its default, and after ``#`` what it means. A meaning that
begins with ``{a, b}`` lists the choices. A comment on a line of its own begins a section.
"""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CHOICES = re.compile(r"\{([\w.\-]+(?:, [\w.\-]+)*)\}:? ?")
LINE = re.compile(r"( *)([\w.]+):(?:\s+(.*?))?\s*$")
GROUP = re.compile(r"  - (?:override )?/?([\w@./]+)(?:: (.*?))?\s*$")
OWN = "hydra"
"""what is for Hydra alone"""
SWITCH = ("true", "false")


@dataclass(frozen=True)
class Option:
    """An option as its file has it."""

    name: str
    default: str
    """as it is written; ``???`` where one must be given"""
    meaning: str = ""
    choices: tuple[str, ...] = ()
    section: str = ""
    group: str = ""
    """the folder among whose files it chooses, by their names"""


@dataclass(frozen=True)
class File:
    """What a file says."""

    title: str
    """its first comment"""
    options: tuple[Option, ...] = ()
    above: tuple[str, ...] = ()
    """other commands whose options it takes over"""
    usage: tuple[str, ...] = ()
    """indented lines of its first comment: commands as they are written"""
    everywhere: bool = False
    """whether its options stand at the top, and not under the name of its group"""


def config_dir() -> Path:
    """Where the configuration lies: inside an installed package, beside it in a checkout."""
    package = Path(__file__).parents[2]
    inside = package / "conf"
    return inside if inside.is_dir() else package.parent / "conf"


def choices_of(group: str) -> tuple[str, ...]:
    """Return the names of a group's files."""
    return tuple(sorted(path.stem for path in (config_dir() / group).glob("*.yaml")))


@cache
def read(name: str) -> File:
    """Return what ``conf/NAME.yaml`` says; nothing of what it takes over from other files.

    >>> read("train").above, {o.name: o.default for o in read("train").options}["fold"]
    (('run',), '0')
    """
    lines = (config_dir() / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    head, body = _head(lines)
    title = " ".join(line for line in head if not line.startswith(" "))
    usage = tuple(line.strip() for line in head if line.startswith(" "))
    options, above = _options(body)
    everywhere = any("@package _global_" in line for line in lines[:1])
    return File(title, tuple(options), tuple(above), usage, everywhere)


def _head(lines: list[str]) -> tuple[list[str], list[str]]:
    first = next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
    head = [line[1:].removeprefix(" ") for line in lines[:first]]
    return [line for line in head if not line.startswith("@package")], lines[first:]


def _options(lines: list[str]) -> tuple[list[Option], list[str]]:
    found: list[Option] = []
    above: list[str] = []
    section, path, in_defaults, fresh = "", [""], False, True
    for line in lines:
        if line.lstrip().startswith("#"):
            said = line.strip("# ")
            section = said if fresh else f"{section} {said}"
            fresh = False
            continue
        fresh = True
        if line.startswith("defaults:"):
            in_defaults = True
        elif in_defaults and line.startswith("  - "):
            _default(line, section, found, above)
        elif line.strip():
            in_defaults = False
            path = _value(line, section, path, found)
    return found, above


def _default(line: str, section: str, found: list[Option], above: list[str]) -> None:
    code, meaning, _ = _split(line)
    match = GROUP.match(code)
    if match is None or match[1] == "_self_" or match[1].startswith("hydra"):
        return
    if match[2] is None:
        above.append(match[1])
        return
    group, _, place = match[1].partition("@")
    name = place or group
    found.append(Option(name, match[2], meaning, choices_of(group), section, group))


def _value(line: str, section: str, path: list[str], found: list[Option]) -> list[str]:
    """Note the option of a line; return the names that lines below it are inside of."""
    code, meaning, choices = _split(line)
    match = LINE.match(code)
    if match is None:  # an item of a list
        return path
    depth = len(match[1]) // 2
    inside = [*path[:depth], match[2]]
    if OWN in inside[:1]:
        return inside
    name, default = ".".join(inside), match[3]
    if default is None:
        return inside if not meaning else _whole(name, meaning, section, found, inside)
    choices = choices or (SWITCH if default in SWITCH else ())
    found.append(Option(name, default, meaning, choices, section))
    return inside


def _whole(
    name: str, meaning: str, section: str, found: list[Option], inside: list[str]
) -> list[str]:
    found.append(Option(name, "", meaning, (), section))
    return inside


def _split(line: str) -> tuple[str, str, tuple[str, ...]]:
    """Return a line's code, its comment, and the choices that the comment begins with."""
    code, _, comment = line.partition(" #")
    comment = comment.strip()
    listed = CHOICES.match(comment)
    if listed is None:
        return code.rstrip(), comment, ()
    return code.rstrip(), comment[listed.end() :], tuple(listed[1].split(", "))
