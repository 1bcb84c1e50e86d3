"""How drugs shall be described, as it is asked: by name, by a file, or by what is installed."""

from collections.abc import Mapping
from typing import Any

from mmdrp.data.chem.embedding import AUTO, chosen_by_machine
from mmdrp.errors import OptionError
from mmdrp.registry import Part


def asked_of(fingerprint: Any, path: str | None = None) -> Any:
    """Return a description of drugs with ``auto`` decided, and ``path`` where it reads a file.

    >>> asked_of({"name": "table"}, "drugs.parquet")
    {'name': 'table', 'path': 'drugs.parquet'}
    """
    given = {"name": fingerprint} if isinstance(fingerprint, str) else fingerprint
    if isinstance(given, Part):
        given = given.plain()
    if not isinstance(given, Mapping):
        return fingerprint
    if given.get("name") == AUTO:
        if extra := [key for key in given if key != "name"]:
            raise OptionError(f"drug.fingerprint.{extra[0]}: drug=auto has no options; name a kind")
        return {"name": chosen_by_machine()}
    if given.get("name") == "table" and not (path or given.get("path")):
        raise OptionError("drug.path: give a Parquet, Feather or CSV file of drugs x numbers")
    if path is None:
        return fingerprint
    if not isinstance(path, str):
        raise OptionError(f"drug.path={str(path)[:40]}: give a file")
    if given.get("name") != "table":
        raise OptionError(f"drug.path: drug={given.get('name')} reads no file; drug=table does")
    return {**given, "path": path}
