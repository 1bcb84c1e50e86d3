"""JSON of unknown origin, read value by value: each is what its key says, or a named refusal."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from mmdrp.data.study.direction import Direction, of_measure
from mmdrp.data.tables import SUFFIXES


def load(text: str) -> Any:
    """Parse JSON, refusing what JSON does not have (NaN, infinities) and keys that repeat."""
    return json.loads(
        text, parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_distinct
    )


def shown(value: object) -> str:
    """Return a value as it may stand in an error: short, and on one line."""
    text = repr(value) if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def mapping(value: object, where: str) -> Mapping[str, Any]:
    """Return an object of JSON."""
    return value if isinstance(value, dict) else _refuse(where, "an object", value)


def keys(
    given: Mapping[str, Any], where: str, required: Sequence[str], optional: Sequence[str]
) -> None:
    """Refuse a key that is missing or unknown; ``where`` ends in a dot."""
    for key in required:
        if key not in given:
            raise ValueError(f"has no {where}{key}")
    for key in given:
        if key not in required and key not in optional:
            choices = ", ".join((*required, *optional))
            raise ValueError(f"unknown key {shown(where + key)}; known are: {choices}")


def text(value: object, where: str) -> str:
    """Return a text that can be written as UTF-8."""
    if not isinstance(value, str):
        return _refuse(where, "text", value)
    try:
        value.encode()
    except UnicodeEncodeError:
        _refuse(where, "text that UTF-8 can hold", value)
    return value


def texts(value: object, where: str) -> list[str]:
    """Return a list of texts."""
    if not isinstance(value, list):
        return _refuse(where, "a list of texts", value)
    return [text(item, f"{where}[{i}]") for i, item in enumerate(value)]


def name(value: object, where: str) -> str:
    """Return a name of a table or measure: printable, not empty."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        return _refuse(where, "printable names", value)
    return text(value, where)


def whole_number(value: object, where: str) -> int:
    """Return a count."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return _refuse(where, "a count, 0 or more", value)
    return value


def boolean(value: object, where: str) -> bool:
    """Return true or false."""
    return value if isinstance(value, bool) else _refuse(where, "true or false", value)


def sha256(value: object, where: str) -> str:
    """Return a checksum."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9a-f]{64}", value):
        return _refuse(where, "64 hexadecimal digits", value)
    return value


def table_file(value: object, where: str) -> str:
    """Return the name of a table's file, which lies in the study folder itself."""
    known = isinstance(value, str) and value.isprintable() and value.endswith(SUFFIXES)
    if not known or re.search(r"[/\\:]", str(value)) or str(value).startswith("."):
        wanted = f"a plain file name inside the folder that ends in {', '.join(SUFFIXES)}"
        return _refuse(where, wanted, value)
    return text(value, where)


def options(value: object, where: str) -> Mapping[str, Any]:
    """Return options: texts, numbers, true, false, null, and lists of these."""
    given = mapping(value, where)
    for key, option in given.items():
        name(key, where)
        for item in option if isinstance(option, list) else [option]:
            if isinstance(item, str):
                text(item, f"{where}.{key}")
            elif not (item is None or isinstance(item, bool | int | float)):
                _refuse(f"{where}.{key}", "a text, a number, or a list of these", option)
    return given


def direction(measure: Mapping[str, str], where: str) -> Direction:
    """Return what a higher response means, in today's word or an older manifest's."""
    key = "higher" if measure.get("higher") else "direction"
    return of_measure(measure, f"{where}.{key}")


def _refuse(where: str, expected: str, value: object) -> NoReturn:
    raise ValueError(f"{where}: expected {expected}, not {shown(value)}")


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON")


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _no_number(digits[:40])


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    out = dict(pairs)
    if len(out) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise ValueError(f"key {shown(twice)} stands there twice")
    return out
