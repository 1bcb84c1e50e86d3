"""The exceptions a user is meant to see."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EPIPE

LONGEST = 190
"""characters of a message; with the command line's ``mmdrp: `` before it, under 200"""
LONG_WORD = 60
"""characters of a word, such as a path or a SMILES, that is shortened in a longer message"""
NO_MEMORY = "not enough memory; choose smaller layers (width=, latent=), a smaller block= or size="
UNSOLVABLE = (
    "the values are too extreme, or too much alike, for the equations to be solved; look at the "
    "largest and smallest of responses, features and options"
)


class MmdrpError(Exception):
    """A mistake its reader can mend: one line that names the file, column, row or option.

    The command line prints it alone and exits with 2; anything else is a bug and exits with 1.
    """

    def __init__(self, message: object = "") -> None:
        super().__init__(one_line(str(message)))


class OptionError(MmdrpError, ValueError):
    """An argument or option outside its range or list of choices; raised before data are read."""


@contextmanager
def failures_in_one_line() -> Iterator[None]:
    """Raise MmdrpError where memory, linear algebra, the disk or a damaged file end a call."""
    try:
        yield
    except MmdrpError:
        raise
    except Exception as error:
        if why := explanation(error):
            raise MmdrpError(why) from error
        raise


def explanation(error: Exception) -> str:
    """Return what to say of an exception of a library below us; "" where it may be a bug."""
    kind, text = type(error).__name__.lstrip("_"), str(error)[:2000].lower()
    if kind == "LinAlgError":
        return UNSOLVABLE
    if isinstance(error, RecursionError):
        return "a file is nested too deeply to be read; it is damaged, or made to do harm"
    if isinstance(error, UnicodeDecodeError):
        return f"a file is no text in UTF-8: {error.reason} at byte {error.start}"
    if type(error).__module__.startswith(("pyarrow", "pandas.errors")):
        return f"a table cannot be read or written: {error}"
    if isinstance(error, OSError) and error.errno and error.errno != EPIPE:
        return (
            f"{error.filename}: {os.strerror(error.errno)}"
            if error.filename
            else (os.strerror(error.errno))
        )
    if isinstance(error, ValueError) and "embedded null" in text:
        return "the name of a file or folder holds a NUL character"
    short = ("allocate memory", "out of memory", "not enough memory", "unable to allocate")
    if isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and any(words in text for words in short)
    ):
        return NO_MEMORY
    return ""


def one_line(text: str) -> str:
    r"""Return a message as one printable line of at most ``LONGEST`` characters.

    Of a longer one, long words lose their middle, then it loses its end.

    >>> one_line("first\n  second\x1b[31m")
    'first second\\x1b[31m'
    >>> len(one_line("CCO" * 40_000 + ": not a SMILES")) < 90
    True
    """
    words = ["".join(map(_printed, word)) for word in text.split()]
    line = " ".join(words)
    if len(line) > LONGEST:
        line = " ".join(map(_short, words))
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."


def _printed(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def _short(word: str) -> str:
    return word if len(word) <= LONG_WORD else f"{word[:20]}...{word[-35:]}"
