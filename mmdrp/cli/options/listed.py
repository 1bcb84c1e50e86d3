"""``mmdrp runs [FOLDER]`` and ``mmdrp runs compare A B`` as options."""

from mmdrp.cli.samples import quote
from mmdrp.errors import MmdrpError

POSITIONS = {"runs": ("folder",), "runs_compare": ("a", "b")}
TAKE_A_WORD = ("--cfg", "-c", "--package", "-p", "--info", "--config-dir", "-cd")
"""flags of Hydra's whose next word is theirs"""


def with_folders(command: str, words: list[str]) -> list[str]:
    """Return the words with folders that stand by themselves named.

    >>> with_folders("runs", ["old", "sort=mse"])
    ['folder=old', 'sort=mse']
    """
    names = list(POSITIONS[command])
    out = []
    for word in words:
        if "=" in word or word.startswith("-"):
            out.append(word)
        elif not names:
            said = "mmdrp runs [FOLDER]" if command == "runs" else "mmdrp runs compare A B"
            raise MmdrpError(f"{word[:60]!r}: one folder too many; {said}")
        else:
            out.append(f"{names.pop(0)}={word}")
    return out


def listed_folders(rest: list[str]) -> list[str]:
    """Return the words of ``report`` and ``merge``, paths by themselves as ``folders=[...]``.

    >>> listed_folders(["a", "b c", "title=T"])
    ["folders=['a','b c']", 'title=T']
    """
    after = {i + 1 for i, word in enumerate(rest) if word in TAKE_A_WORD}
    plain = [
        word for i, word in enumerate(rest)
        if "=" not in word and not word.startswith(("-", "~")) and i not in after
    ]  # fmt: skip
    others = [word for word in rest if word not in plain]
    return [f"folders=[{','.join(map(quote, plain))}]", *others] if plain else others
