"""Units that a tool's tables do not name: told by their values, or refused with both readings."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from mmdrp.data.expression import readings, words
from mmdrp.data.study import units
from mmdrp.errors import MmdrpError

Share = Literal["fraction", "percent"]
MANY = 0.2
"""share of areas above 1.5 that a screen in percent has, inactive drugs and all"""
SURE = 0.1
"""a screen none of whose areas is larger says nothing of its unit"""


def fractions(
    path: Path, column: str, values: npt.NDArray[np.float64], said: Share | None, option: str
) -> tuple[npt.NDArray[np.float64], str]:
    """Return areas as fractions of 1, and what they were in: told by their range, or ``said``.

    Where a fifth is above 1.5 areas are percent, where none is above 1 fractions; MmdrpError where
    they could be either, all being small or few being large, and where one is outside the range.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return values, "fraction"
    largest = float(known.max())
    share: Share | None = said
    if share is None and float((known > 1.5).mean()) >= MANY:
        share = "percent"
    elif share is None and SURE < largest <= 1.0001:
        share = "fraction"
    if share is None:
        above = int((known > 1).sum())
        said_of = f"no value is above {largest:.3g}"
        if above:
            said_of = f"{above} of {known.size} values are above 1"
        raise MmdrpError(
            f"{path.name}: column {column!r}: {said_of}: fractions of 1 or percent? say "
            f"{option}=fraction or {option}=percent"
        )
    scale = 100.0 if share == "percent" else 1.0
    bad = (values < -0.01 * scale) | (values > 1.0001 * scale)
    if bad.any():
        i = int(np.argmax(bad))
        raise MmdrpError(
            f"{path.name}: column {column!r}, row {i + 1}: {values[i]:.6g} is not in 0 to "
            f"{scale:g}, as the area is in {share}; mend it, or leave the row out"
        )
    return values / scale, str(share)


def expression_unit(
    path: Path, values: npt.NDArray[Any], said: str | None, option: str = "expression_unit"
) -> str:
    """Return the unit of lines x genes: as ``said``, or told by its values and the file's name.

    MmdrpError where the values fit several units: it names them, and the option that says which.
    """
    if said is not None:
        return units.parse(said, option)
    found = readings(values, path.name)
    if len(found) == 1 and found[0].words() in units.UNITS:
        return found[0].words()
    if len(found) == 1 and not found[0].measure:  # a logarithm of something
        could = [f"{words(found).replace('(x', f'({m}')}" for m in ("TPM", "FPKM")]
    else:
        could = [scale.words().replace("(x", "(TPM") for scale in found]
    could = [unit for unit in could if unit in units.UNITS][:2]
    shown = " or ".join(could) or units.guess(values)
    first = could[0] if could else "log2(TPM + 1)"
    raise MmdrpError(
        f"{path.name}: its values do not say their unit ({shown}?); say "
        f"study.raw.{option}='{first}'"
    )


def as_log2_tpm(
    values: npt.NDArray[np.float32], unit: str
) -> tuple[npt.NDArray[np.float32], str, str]:
    """Return TPM and log2(TPM + 0.001) as log2(TPM + 1), with unit and detail; others as is."""
    if unit == "TPM":
        tpm = values
    elif unit == "log2(TPM + 0.001)":
        tpm = np.exp2(values) - np.float32(0.001)
    else:
        return values, unit, ""
    logged = np.log2(np.maximum(tpm, 0) + np.float32(1)).astype(np.float32)
    return logged, "log2(TPM + 1)", f"made from {unit}"
