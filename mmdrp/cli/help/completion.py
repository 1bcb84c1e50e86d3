"""``mmdrp completion bash|zsh|fish``: what TAB offers after a line that begins with ``mmdrp``."""

import re
from collections.abc import Mapping, Sequence

from mmdrp.cli.help.commands import ACTIONS, COMMANDS, FLAGS, SHELLS, WITHIN, subcommands
from mmdrp.cli.help.files import Option, choices_of
from mmdrp.cli.help.near import near
from mmdrp.cli.help.options import all_options, chosen, inner_options, own_options
from mmdrp.cli.help.shells import SCRIPTS
from mmdrp.errors import MmdrpError

FILES = "/files"
"""what is said to a shell where the name of a file is to come"""
SEVERAL = ("modality", "baseline", "methods", "ontologies", "modalities")
"""options that take a list: ``[a,b]``"""
BY_PLACE = ("runs", "runs_compare", "report", "merge", "validate", "manifest")
"""commands that take folders without a name"""
BY_FILE = ("predict", "evaluate")
"""commands that take ``MODALITY=FILE``"""
HELP = f"""mmdrp completion SHELL: print what makes a shell complete commands and options at TAB

usage: mmdrp completion {"|".join(SHELLS)}

  bash   eval "$(mmdrp completion bash)"                     in ~/.bashrc
  zsh    eval "$(mmdrp completion zsh)"                      in ~/.zshrc, after compinit
  fish   mmdrp completion fish | source                      in ~/.config/fish/config.fish"""


def completion(words: Sequence[str]) -> str:
    """Return a shell's script; after ``words`` what may end a line, one row for each.

    A row is what the last word may become, a tab, and its meaning. Raises MmdrpError where there is
    no such shell.
    """
    if list(words[:1]) == ["words"]:
        return "\n".join(f"{k}\t{v}".rstrip() for k, v in offers(" ".join(words[1:])).items())
    if len(words) != 1 or words[0] not in SHELLS:
        given = " ".join(words)[:40]
        raise MmdrpError(f"mmdrp completion {given}: {near(given, SHELLS)}")
    return SCRIPTS[words[0]]


def offers(line: str) -> dict[str, str]:
    """Return what the last word of a line may become, with what it means.

    >>> list(offers("mmdrp attribute be"))
    ['benchmark']
    >>> list(offers("mmdrp train response=a")), list(offers("mmdrp train modality=[cnv,mi"))
    (['response=auc'], ['modality=[cnv,mirna'])
    """
    words = line.split()[1:]
    last = words.pop() if words and not line[-1:].isspace() else ""
    found = _offers(words, last)
    return {word: text for word, text in found.items() if word.startswith(last) or word == FILES}


def _offers(words: list[str], last: str) -> Mapping[str, str]:
    if not words or words == ["help"]:
        return COMMANDS
    command, below = words[0], words[1] if len(words) > 1 else ""
    if command not in COMMANDS:
        return {}
    if command == "completion":
        return dict.fromkeys(SHELLS, "") if len(words) == 1 else {}
    first = subcommands(command) if len(words) == 1 else {}
    if below in WITHIN.get(command, {}):
        command = f"{command}_{below}"
    if command in BY_PLACE or (command == "data" and below in BY_PLACE):
        first = {**first, FILES: ""}
    options = all_options(command)
    if command == "data" and below in ACTIONS:
        options = {o.name: o for o in own_options("data", below)}
    if last.startswith("-"):
        return {flag.split()[0]: text for flag, text in FLAGS.items() if flag.startswith("-")}
    if words[-1] == "--help":
        return {name: option.meaning for name, option in options.items()}
    if "=" in last:
        return _values(last, options, words)
    if "." in last:
        return {f"{o.name}=": o.meaning for o in _inner(last, options, words)}
    named = {f"{name}=": option.meaning for name, option in options.items() if name != "action"}
    if command in BY_FILE:
        named |= {f"{name}=": "a file of samples" for name in choices_of("modality")}
    return {**first, **named, "resume=": FLAGS["resume=FOLDER"]}


def _values(last: str, options: Mapping[str, Option], words: Sequence[str]) -> dict[str, str]:
    name, _, value = last.partition("=")
    inner = {o.name: o for o in _inner(name, options, words)} if "." in name else {}
    option = options.get(name) or inner.get(name)
    if option is None or not option.choices:
        return {FILES: ""}
    begun, given = f"{name}=", set[str]()
    if option.name in SEVERAL:
        listed = re.match(r"\[?(?:.*,)?", value)
        begun += listed[0] if listed and listed[0] else "["
        given = set(value.strip("[]").split(",")[:-1])
    return {f"{begun}{choice}": "" for choice in option.choices if choice not in given}


def _inner(last: str, options: Mapping[str, Option], words: Sequence[str]) -> list[Option]:
    """Return the options inside a group, of what a word of the line chooses or of its default."""
    group = options.get(last.partition(".")[0])
    if group is None or not group.group:
        return [o for o in options.values() if "." in o.name]
    said = [
        w.partition("=")[2].strip("[]").split(",") for w in words if w.startswith(f"{group.name}=")
    ]
    names = [name for name in (said[-1] if said else chosen(group)) if name in group.choices]
    return [o for name in names for o in inner_options(group, name)]
