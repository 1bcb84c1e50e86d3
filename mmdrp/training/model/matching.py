"""Tables of new samples laid out as a model's: features by any of their names, the model's unit."""

import logging
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from mmdrp.data import expression
from mmdrp.data.expression import PER_FEATURE, WITHIN, Scale, collapsed, of_unit, readings
from mmdrp.data.expression.convert import Profile, nearest
from mmdrp.data.genes import Matched, are_genes, match
from mmdrp.data.source import Table
from mmdrp.data.study.units import BINARY, UNKNOWN, check_values, stated
from mmdrp.errors import MmdrpError
from mmdrp.training.info import SourceInfo
from mmdrp.training.model.likeness import COHORT, Given
from mmdrp.training.reference import Reference

log = logging.getLogger(__name__)
ALIKE = 0.995
"""correlation of what two readings give, from which on it does not matter which is right"""


def aligned(
    name: str, source: SourceInfo, used: npt.NDArray[np.int64], table: Table, min_features: float,
    given: Given,
) -> tuple[Table, str]:  # fmt: skip
    """Return a table with the model's features, in its unit where that can be, and its unit.

    Genes are matched by symbol, alias, Ensembl or Entrez id; the unit is the one stated, or what
    the values show. MmdrpError where fewer than ``min_features`` of the ``used`` features are
    there, or where the values can be read in two ways.
    """
    found = _matched(table.features, source.features)
    _check_found(name, source, used, table, found, min_features)
    unit = given.units.get(name, UNKNOWN)
    target = of_unit(source.unit)
    scale = None if target is None else _scale(name, table, found, source, unit, given)
    if target is None or scale is None or scale == target or source.reference is None:
        return _placed(table, found, source), unit
    if stated(unit):
        _check_stated(name, table, found, unit)
    profile, said = _profile(source), scale.words()
    lengths = given.lengths.get(name)
    if lengths is not None and scale == Scale("counts") and target.measure in ("TPM", WITHIN):
        # Reads per base are TPM but for one factor per sample, as FPKM are.
        table = replace(table, values=table.values / lengths[None, :])
        scale, said = Scale("FPKM"), "counts, by the lengths of genes in the file TPM"
    done = expression.to_unit(table.values, found.place, profile, scale, target)
    if done is None:
        _refuse(name, scale, source, given, stated(unit), len(table.ids))
        return _placed(table, found, source), unit
    values, notes = done
    n = int((found.place >= 0).sum())
    log.log(
        logging.WARNING if notes or not stated(unit) else logging.INFO,
        "%s: %s %s, converted to %s over %d genes%s", name,
        "stated to be" if stated(unit) else "recognised as", said, source.unit, n,
        "".join(f"; {note}" for note in notes)
        + ("" if stated(unit) else f"; units={{{name}:...}} says otherwise"),
    )  # fmt: skip
    return _table(table, source, values), source.unit


def _matched(names: Sequence[str], features: Sequence[str]) -> Matched:
    if list(names) == list(features):
        return Matched(np.arange(len(features)), {"same name": len(features)}, {})
    exact = set(features)
    if sum(name in exact for name in names) < len(features) and are_genes(features):
        return match(names, features)
    place = {feature: j for j, feature in enumerate(features)}
    found = np.array([place.get(feature, -1) for feature in names], dtype=np.int64)
    return Matched(found, {"same name": int((found >= 0).sum())}, {})


def _check_found(
    name: str, source: SourceInfo, used: npt.NDArray[np.int64], table: Table, found: Matched,
    min_features: float,
) -> None:  # fmt: skip
    there = np.zeros(len(source.features), dtype=bool)
    there[found.place[found.place >= 0]] = True
    have, wanted = int(there[used].sum()), len(used)
    log.info(
        "%s: %d sample%s, %d of the model's %d features found, %d others not used", name,
        len(table.ids), "" if len(table.ids) == 1 else "s", have, wanted,
        table.dim - int((found.place >= 0).sum()),
    )  # fmt: skip
    if set(found.kinds) - {"same name", "unknown", "not in the model"}:
        log.info("%s: genes %s", name, found.words())
    if have < min_features * wanted:
        lacking = ", ".join(sorted(source.features[j] for j in used[~there[used]])[:3])
        raise MmdrpError(
            f"{name}: has {have} of the {wanted} features the model uses (such as {lacking[:60]}); "
            f"at least min_features={min_features} of them are needed"
        )


def _scale(
    name: str, table: Table, found: Matched, source: SourceInfo, unit: str, given: Given
) -> Scale | None:
    """Return the scale of a table, by its stated unit or its values; None where nothing says."""
    if stated(unit):
        return of_unit(unit)
    target = of_unit(source.unit)
    assert target is not None
    options = readings(table.values, given.hints.get(name, ""))
    scores = any(option.measure in (WITHIN, PER_FEATURE) for option in options)
    if scores and target.measure == WITHIN and source.reference is not None:
        samples = collapsed(table.values, found.place, len(source.features), "mean")
        options = nearest(samples, _profile(source), [Scale(WITHIN), Scale(PER_FEATURE)])
    if not options or any(_may_be(option, target) for option in options):
        return target if options else None
    if len(options) > 1 and source.reference is not None:
        options = _same(table, found, source, target, options)
    if len(options) > 1 and given.align == "none":
        first, second = options[0].words(), options[1].words()
        raise MmdrpError(
            f"{name}: may be {first} or {second}, and the two predict differently: say which, "
            f"such as units={{{name}:{first!r}}}"
        )
    return options[0]


def _may_be(option: Scale, target: Scale) -> bool:
    """Whether a reading leaves open what the model's unit says: log2(x + 1) may be of TPM."""
    if option == target:
        return True
    logs = option.base is not None and (option.base, option.offset) == (target.base, target.offset)
    return logs and option.measure == ""


def _same(
    table: Table, found: Matched, source: SourceInfo, target: Scale, options: list[Scale]
) -> list[Scale]:
    """Keep only the first of readings that give the same samples in the model's unit."""
    profile = _profile(source)
    done = [expression.to_unit(table.values, found.place, profile, o, target) for o in options]
    if target.measure != WITHIN or any(d is None for d in done):
        return options
    first, *others = (d[0] for d in done if d is not None)
    for other in others:
        for a, b in zip(first, other, strict=True):
            there = np.isfinite(a) & np.isfinite(b)
            if there.sum() < 3 or np.corrcoef(a[there], b[there])[0, 1] < ALIKE:
                return options
    return options[:1]


def _check_stated(name: str, table: Table, found: Matched, unit: str) -> None:
    """Refuse values that the stated unit cannot have; counts by RSEM or Salmon are not whole."""
    used = np.flatnonzero(found.place >= 0).tolist()
    part = Table(table.axis, table.ids, [table.features[j] for j in used], table.values[:, used])
    check_values(part, "normalised counts" if unit == "counts" else unit, name)


def _refuse(
    name: str, scale: Scale, source: SourceInfo, given: Given, said: bool, samples: int
) -> None:
    """Refuse what cannot be converted, unless it is to be moved to the lines of training."""
    if given.align != "none" or given.max_outside >= 1 or said:
        return  # a stated unit is compared, and refused, where values are
    moves = "align=quantile moves a cohort, or " if samples >= COHORT else ""
    raise MmdrpError(
        f"{name}: looks like {scale.words()}, which cannot become {source.unit}, what the model "
        f"learned; {moves}units={{{name}:...}} says otherwise"
    )


def _profile(source: SourceInfo) -> Profile:
    assert source.reference is not None
    reference = Reference.read(source.features, source.reference)
    return Profile(reference.mean, reference.sd)


def _placed(table: Table, found: Matched, source: SourceInfo) -> Table:
    """Return the table with the model's features, values as they are."""
    if list(table.features) == list(source.features):
        return table
    unit = of_unit(source.unit)
    how = "max" if source.unit == BINARY else "mean"
    if unit is not None and unit.additive and unit.base is None:
        how = "sum"
    values = collapsed(table.values, found.place, len(source.features), how)
    return _table(table, source, values)


def _table(table: Table, source: SourceInfo, values: npt.NDArray[np.float64]) -> Table:
    return replace(table, features=list(source.features), values=values.astype(np.float32))
