"""Text from data is only ever text: on screens, in figures, in tables that a spreadsheet opens."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from mmdrp.errors import MmdrpError

if TYPE_CHECKING:  # a command that refuses an option writes a line, and no table
    import pandas as pd

FEW = 5
"""names of a list that stand in a line on the screen"""
LONGEST = 60
"""columns of a label in a figure; longer ones are cut"""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""how a text begins that a spreadsheet runs as a formula; the last four are full-width signs"""
NULLS = ["", "NA", "NaN", "nan", "N/A", "null"]
INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""kinds of characters that move the cursor, turn the writing round, or show nothing"""


def plain(text: object, keep: str = "") -> str:
    r"""Return text in which characters that are no letter or sign are spelled out.

    >>> plain("a\nb\x1b[31m"), plain("a\nb", keep="\n") == "a\nb"
    ('a\\nb\\x1b[31m', True)
    """
    given = str(text)
    if given.isprintable():
        return given
    return "".join(c if c in keep or not _invisible(c) else _spelled(c) for c in given)


def label(text: object) -> str:
    r"""Return text for a figure: one line, not too long, and ``$`` is no formula.

    >>> label("cost: $5-$9")
    'cost: \\$5-\\$9'
    """
    name = shown(text)
    name = f" {name}" if name.startswith("_") else name
    return name.replace("$", r"\$")


def shown(text: object) -> str:
    """Return a name as it stands in a line on the screen: plain, and not too long."""
    return short(plain(text))


def short(text: str, width: int = LONGEST) -> str:
    """Return a text cut to so many columns of a terminal.

    >>> short("dabrafenib", 8), short("dabrafenib", 10)
    ('dabra...', 'dabrafenib')
    """
    # Accents take no column, but are characters: their number is limited, too.
    if len(text) <= width and columns(text) <= width:
        return text
    end = width - 3
    while columns(text[:end]) > width - 3:
        end -= 1
    return f"{text[:end]}..."


def few(names: Sequence[object]) -> str:
    """Return the first names of a list, for a line; ``extra={"names": names}`` logs all of them.

    >>> few(["a", "b"]), few(list("abcdefgh"))
    ('a, b', 'a, b, c, d, e, ...')
    """
    return ", ".join(map(shown, names[:FEW])) + (", ..." if len(names) > FEW else "")


def labels(texts: Iterable[object]) -> list[str]:
    """Return each text for a figure."""
    return [label(text) for text in texts]


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes: wide letters two, accents none."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.category(c) in ("Mn", "Me", "Cf") for c in text)


def padded(text: str, width: int) -> str:
    """Return a text filled with spaces to so many columns of a terminal."""
    return text + " " * max(0, width - columns(text))


def write_csv(frame: pd.DataFrame, path: str | Path | TextIO, **options: Any) -> None:
    """Write a table for readers and spreadsheets; ``options`` are those of ``DataFrame.to_csv``.

    A text that a spreadsheet would run as a formula gets an apostrophe before it, which `read_csv`
    and `exact` take off again.
    """
    safe = for_spreadsheets(frame)
    if options.get("index", True):
        safe.index = safe.index.map(quoted)
    safe.to_csv(path, **options)


def read_csv(path: str | Path, text: Iterable[str] = ()) -> pd.DataFrame:
    """Read what `write_csv` wrote: numbers to the last digit, columns named in ``text`` as texts.

    Raises MmdrpError where the file is no such table.
    """
    import pyarrow as pa
    import pyarrow.csv

    types = {quoted(name): pa.string() for name in text}
    try:
        table = pyarrow.csv.read_csv(
            path,
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=pyarrow.csv.ConvertOptions(column_types=types, null_values=NULLS),
        )
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise MmdrpError(f"{path}: not a table of mmdrp; restore it or remove it") from error
    # A column of gaps alone has no type to Arrow; it holds numbers that are not there.
    schema = [f.with_type(pa.float64()) if pa.types.is_null(f.type) else f for f in table.schema]
    frame: pd.DataFrame = table.cast(pa.schema(schema)).to_pandas().rename(columns=exact)
    for name in text:
        if name in frame:
            frame[name] = frame[name].map(exact)
    return frame


def for_spreadsheets(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with an apostrophe before each text that a spreadsheet would run."""
    import pandas as pd

    safe = frame.copy(deep=False)
    for place, dtype in enumerate(frame.dtypes):
        column = frame.iloc[:, place]
        if not pd.api.types.is_numeric_dtype(dtype) and any(map(_formula, column.unique())):
            safe.isetitem(place, column.astype(object).map(quoted).array)
    safe.columns = frame.columns.map(quoted)
    return safe


def quoted(value: Any) -> Any:
    """Return a value, with an apostrophe before it where a spreadsheet would run it.

    >>> quoted("=1+1"), quoted("-0.5"), quoted("'=1+1"), quoted("5'-ara")
    ("'=1+1", '-0.5', "''=1+1", "5'-ara")
    """
    return f"'{value}" if _formula(value) else value


def exact(value: Any) -> Any:
    """Return a value without the apostrophe that `quoted` put before it."""
    return value[1:] if isinstance(value, str) and value[:1] == "'" and _formula(value) else value


def _formula(value: Any) -> bool:
    """Whether a value is a text that a spreadsheet runs; a lone sign or a number is none.

    Apostrophes before one change nothing: so two texts never become the same.
    """
    if not isinstance(value, str):
        return False
    text = value.lstrip("'")
    if not text.startswith(FORMULA) or len(text) == 1:
        return False
    try:
        float(text)
    except ValueError:
        return True
    return not text.isprintable()


def _invisible(character: str) -> bool:
    return unicodedata.category(character) in INVISIBLE


def _spelled(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
