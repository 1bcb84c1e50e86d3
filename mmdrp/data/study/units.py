"""Units of modalities: a closed list, what values each may hold, and what values look like."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError, OptionError

UNKNOWN, ARBITRARY, BINARY = "unknown", "arbitrary", "0/1"


@dataclass(frozen=True)
class Unit:
    """What values of a unit may be: a range, and whether they are whole."""

    least: float | None = None
    most: float | None = None
    whole: bool = False

    def flaw(self, values: npt.NDArray[Any]) -> int | None:
        """Return the place (of the flat array) of the first value that cannot be, or None."""
        bad = np.zeros(values.shape, dtype=bool)
        slack = 0 if self.whole else 1e-4  # rounding
        if self.least is not None:
            bad |= values < self.least - slack
        if self.most is not None:
            bad |= values > self.most + slack * abs(self.most)
        if self.whole:
            bad |= np.isfinite(values) & (values != np.rint(values))
        return int(np.argmax(bad)) if bad.any() else None

    def words(self) -> str:
        """Say in words what is allowed."""
        kind = "whole numbers" if self.whole else "numbers"
        if self.least is not None and self.most is not None:
            return f"{kind} from {self.least:g} to {self.most:g}"
        return kind if self.least is None else f"{kind} of at least {self.least:g}"


_POSITIVE, _LOG, _SCORE = Unit(0), Unit(0, 40), Unit(-1000, 1000)
_RATIO = Unit(-100, 100)
UNITS: dict[str, Unit] = {
    "log2(TPM + 1)": Unit(0, 20), "TPM": Unit(0, 1e6), "log2(TPM + 0.001)": Unit(-10, 20),
    "ln(TPM + 1)": Unit(0, 14), "log10(TPM + 1)": Unit(0, 6.1), "CP10k": Unit(0, 1e4),
    "ln(CP10k + 1)": Unit(0, 10),
    "counts": Unit(0, whole=True), "log2(counts + 1)": _LOG,
    "normalised counts": _POSITIVE, "log2(normalised counts + 1)": _LOG,
    "RPKM": _POSITIVE, "log2(RPKM + 1)": _LOG, "FPKM": _POSITIVE, "log2(FPKM + 1)": _LOG,
    "CPM": Unit(0, 1e6), "log2(CPM + 1)": Unit(0, 20),
    "log2 intensity": Unit(-100, 100), "log10 intensity": Unit(-100, 100), "intensity": _POSITIVE,
    "z-score within line": _SCORE, "z-score per feature": _SCORE,
    BINARY: Unit(0, 1, whole=True), "-1/0/1": Unit(-1, 1, whole=True),
    "GISTIC": Unit(-2, 2, whole=True),
    "copies": _POSITIVE, "log2(copies + 1)": _LOG, "log2(relative copies + 1)": _LOG,
    "log2 ratio": _RATIO, "beta value": Unit(0, 1), "M value": _RATIO,
    ARBITRARY: Unit(), UNKNOWN: Unit(),
}  # fmt: skip
"""unit -> what its values may be; ``arbitrary`` and ``unknown`` say nothing"""
_ALIASES = {
    "log2tpm": "log2(TPM + 1)", "log2tpm1": "log2(TPM + 1)", "tpmlogp1": "log2(TPM + 1)",
    "lntpm": "ln(TPM + 1)", "log1ptpm": "ln(TPM + 1)", "log10tpm": "log10(TPM + 1)",
    "log1p": "ln(CP10k + 1)", "rawcounts": "counts", "readcounts": "counts", "count": "counts",
    "log2counts": "log2(counts + 1)", "normalisedcount": "normalised counts",
    "normalizedcounts": "normalised counts", "log2rpkm": "log2(RPKM + 1)",
    "log2fpkm": "log2(FPKM + 1)", "log2cpm": "log2(CPM + 1)",
    "fpkmuq": "FPKM", "log2fpkmuq": "log2(FPKM + 1)", "log2rawcounts": "log2(counts + 1)",
    "expectedcounts": "normalised counts",
    "estimatedcounts": "normalised counts", "featurecounts": "counts",
    "htseq": "counts", "rma": "log2 intensity", "gcrma": "log2 intensity",
    "rsemtpm": "TPM", "transcriptspermillion": "TPM",
    "countspermillion": "CPM",
    "log2": "log2 intensity", "log2normalised": "log2 intensity",
    "log10abundance": "log10 intensity", "log10": "log10 intensity", "log2abundance":
    "log2 intensity",
    "zscoreoverthegenesofeachline": "z-score within line",
    "zscorewithineachline": "z-score within line", "zscoreperline": "z-score within line",
    "zscorewithincohort": "z-score per feature", "zscorewithinfeature": "z-score per feature",
    "zscorepergene": "z-score per feature",
    "binary": BINARY, "1mutated0not": BINARY, "01": BINARY, "1ifmutated": BINARY,
    "1loss0neutral1gain": "-1/0/1", "1deletion0neutral1amplification": "-1/0/1",
    "101": "-1/0/1", "copynumber": "copies", "log2copies": "log2(copies + 1)",
    "log2relativecopynumber1": "log2(relative copies + 1)",
    "log2relativecopies": "log2(relative copies + 1)",
    "log2rationormalised": "log2 ratio", "log2foldchange": "log2 ratio",
    "log2foldchangenormalised": "log2 ratio", "fractionmethylated": "beta value",
    "beta": "beta value", "mvalue": "M value",
}  # fmt: skip
"""other spellings, letters and digits only; older manifests held free texts"""


def _key(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


_BY_KEY = {_key(name): name for name in UNITS} | _ALIASES


def read(text: str) -> tuple[str, str]:
    """Return the unit that a text of a manifest means, and the text where that says more.

    >>> read("log2(TPM+1)"), read("1 if any of Missense_Mutation"), read("furlongs")
    (('log2(TPM + 1)', ''), ('0/1', '1 if any of Missense_Mutation'), ('unknown', 'furlongs'))
    """
    if text in UNITS:
        return text, ""
    if not text.strip():
        return UNKNOWN, ""
    found = _BY_KEY.get(_key(text))
    if found is None and re.match(r"1 if\b", text):
        found = BINARY
    if found is None:
        return UNKNOWN, text
    return found, "" if _key(text) == _key(found) else text


def parse(text: object, where: str) -> str:
    """Return the unit that a user names, in any spelling; OptionError lists what is like it."""
    found = _BY_KEY.get(_key(text)) if isinstance(text, str) else None
    if isinstance(text, str) and text in UNITS:
        found = text
    if found is None:
        first = ", ".join(list(UNITS)[:5])
        raise OptionError(
            f"{where}={str(text)[:40]!r}: no such unit; such as {first}, z-score within line, 0/1, "
            "arbitrary; docs/data.md has all"
        )
    return found


def parse_all(given: Mapping[str, str] | None, modalities: Iterable[str]) -> dict[str, str]:
    """Return modality -> unit as a user gives them; each must be one of ``modalities``."""
    names = list(modalities)
    if not isinstance(given, Mapping | None):
        raise OptionError(f"units={str(given)[:40]}: expected modality -> unit")
    for name in given or {}:
        if name not in names:
            have = ", ".join(names)[:80] or "none"
            raise OptionError(f"units.{name}: there is no such modality; there are: {have}")
    return {name: parse(text, f"units.{name}") for name, text in (given or {}).items()}


def stated(unit: str) -> bool:
    """Whether a unit says what the values are."""
    return unit not in (UNKNOWN, ARBITRARY, "")


def check_values(table: Table, unit: str, where: str) -> None:
    """Refuse the first value that a unit does not have; ``where`` names the table."""
    values = table.values
    if not np.isfinite(values).any():
        raise MmdrpError(f"{where}: has no value in any row; leave the modality out")
    allowed = UNITS.get(unit, UNITS[UNKNOWN])
    place = allowed.flaw(values)
    if place is None:
        return
    i, j = divmod(place, values.shape[1])
    who = f"column {table.features[j][:40]!r} ({table.ids[i][:40]})"
    raise MmdrpError(
        f"{where}: {who}: {values[i, j]:.6g} is no {unit} ({allowed.words()}); mend the value, or "
        "the unit"
    )


def guess(values: npt.NDArray[Any]) -> str:
    """Say what values look like, with their range.

    >>> guess(np.array([[0.0, 81233.0, 7.0]]))
    'counts (whole numbers, 0 to 81,233)'
    """
    x = values[np.isfinite(values)]
    if not x.size:
        return "nothing: no value"
    low, high = float(x.min()), float(x.max())
    if (x == np.rint(x)).all():
        for name in (BINARY, "-1/0/1", "GISTIC"):
            if UNITS[name].flaw(x) is None:
                return f"{name} (whole numbers, {low:g} to {high:g})"
        span = f"whole numbers, {low:,.0f} to {high:,.0f}"
        return f"counts ({span})" if low >= 0 else span
    span = f"{low:,.4g} to {high:,.4g}" if abs(high) < 1e4 else f"{low:,.1f} to {high:,.0f}"
    if low < 0:
        return f"z-scores or log ratios ({span})"
    if high <= 1:
        return f"fractions ({span})"
    return f"logarithms, as log2(TPM + 1) ({span})" if high <= 40 else f"TPM, not logged ({span})"
