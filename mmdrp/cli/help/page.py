"""``mmdrp COMMAND --help``: a command's own options, in sections, from the files of ``conf/``."""

import textwrap
from collections.abc import Sequence

from mmdrp.cli.help.commands import ACTIONS, FLAGS, USAGE, said, subcommands
from mmdrp.cli.help.files import SWITCH, Option, read
from mmdrp.cli.help.near import near
from mmdrp.cli.help.options import SHARED, chosen, find_option, inner_options, own_options
from mmdrp.errors import MmdrpError

WIDTH = 99
COLUMN = 30
"""where meanings begin"""
PLAIN = {
    "${hydra:job.name}": "COMMAND",
    "${now:%Y-%m-%d_%H-%M-%S}": "DATE_TIME",
    "${oc.env:MMDRP_DATA,data}": "data",
}
"""how defaults are shown that Hydra fills in"""


def page(command: str, action: str = "") -> str:
    """Return the help of a command, or of an action of ``mmdrp data``.

    >>> page("runs").splitlines()[0]
    'mmdrp runs [FOLDER]: the runs in and below a folder: what, when, state, scores.'
    """
    file = read(command)
    title = f"mmdrp data {action}: {ACTIONS[action]}" if action else file.title
    usage = USAGE.get(command, f"mmdrp {said(command)} [option=value ...]")
    lines = [*textwrap.wrap(title, WIDTH), *(f"  {line}" for line in file.usage)]
    lines += ["", f"usage: {usage}"]
    below = {} if action else subcommands(command)
    lines += [_row(f"  mmdrp {command} {n}", text) for n, text in below.items()]
    for name in file.above:
        if name != SHARED:
            lines += ["", f"It takes every option of mmdrp {name}, too: mmdrp {name} --help"]
    options = [o for o in own_options(command, action) if o.name != "action"]  # a word by itself
    for title in dict.fromkeys(o.section for o in options):
        lines += ["", *textwrap.wrap(title.removesuffix(".") or "options", WIDTH)]
        lines += [told(o) for o in options if o.section == title]
    lines += ["", "flags", *(_row(f"  {flag}", text) for flag, text in FLAGS.items())]
    return "\n".join(lines)


def explain(command: str, words: Sequence[str]) -> str:
    """Return what single options mean; of groups their choices, and the options of one of them.

    Raises MmdrpError at a name that is no option.

    >>> print(explain("train", ["patience"]))
      patience=15                   epochs without a better validation loss before stopping
    """
    return "\n".join(_explained(command, *word.partition("=")[::2]) for word in words)


def told(option: Option) -> str:
    """Return an option's name, default, meaning and choices as lines of the page."""
    default = "..." if option.default == "???" else option.default
    meaning = option.meaning + (" (must be given)" if option.default == "???" else "")
    if option.choices and option.choices != SWITCH:
        meaning += f" {{{', '.join(option.choices)}}}"
    for written, name in PLAIN.items():
        default = default.replace(written, name)
    return _row(f"  {option.name}={default}", meaning.strip())


def _explained(command: str, name: str, given: str) -> str:
    option = find_option(command, name)
    if not option.group:
        return told(option)
    lines = [_row(f"  {name}={option.default}", option.meaning), "", "choices"]
    lines += [_row(f"  {name}={c}", read(f"{option.group}/{c}").title) for c in option.choices]
    for choice in [given] if given else chosen(option)[:1]:
        if choice not in option.choices:
            raise MmdrpError(f"{name}={choice[:40]}: {near(choice, option.choices)}")
        if inside := inner_options(option, choice):
            lines += ["", f"options of {name}={choice}", *map(told, inside)]
    return "\n".join(lines)


def _row(left: str, meaning: str) -> str:
    space = " " * COLUMN
    text = textwrap.fill(
        meaning, WIDTH, initial_indent=space, subsequent_indent=space,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    if len(left) < COLUMN - 1:
        return (left.ljust(COLUMN) + text.lstrip()).rstrip()
    one = f"{left}  {text.lstrip()}"
    return one.rstrip() if len(one) <= WIDTH else f"{left}\n{text}".rstrip()
