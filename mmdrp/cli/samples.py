"""``expression=patients.tsv`` and ``unit=TPM`` of ``mmdrp predict``, as Hydra knows them."""

import re
from collections.abc import Sequence

from mmdrp.errors import MmdrpError

FILE = re.compile(
    r"(?i)\.(csv|tsv|tab|txt|gct|xlsx?|parquet|feather|h5ad|h5mu|gz|bz2|xz|sf|results)$"
)


def by_file(words: Sequence[str]) -> list[str]:
    """Return the words with ``MODALITY=FILE`` under ``samples`` and ``unit=`` under ``units``.

    >>> by_file(["run=r", "expression=a b.tsv", "unit=TPM"])
    ['run=r', "++samples.expression='a b.tsv'", "++units={expression:'TPM'}"]
    """
    given = {k: v for k, _, v in (w.partition("=") for w in words) if _is_modality(k, v)}
    units = [w.removeprefix("unit=") for w in words if w.startswith("unit=")]
    if units and len(given) != 1:
        names = ", ".join(given) or "no modality"
        raise MmdrpError(f"unit={units[-1]}: {names} given by file; write units={{expression:TPM}}")
    out = [w for w in words if not w.startswith("unit=") and w.partition("=")[0] not in given]
    out += [f"++samples.{name}={quote(path)}" for name, path in given.items()]
    return out + [f"++units={{{next(iter(given))}:{quote(unit)}}}" for unit in units[-1:]]


def _is_modality(key: str, value: str) -> bool:
    known = key in (
        "run", "data", "out", "drugs", "resume", "clinical", "predictions", "embedding",
    )  # fmt: skip
    return re.fullmatch(r"[A-Za-z_]\w*", key) is not None and not known and bool(FILE.search(value))


def quote(text: str) -> str:
    """Return a text that Hydra's grammar takes as it is."""
    escaped = text.replace("'", "\\'")
    return f"'{escaped}'"
