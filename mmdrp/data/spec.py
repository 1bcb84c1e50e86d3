"""What a model learns from, typed: response, modalities, description of drugs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Any, Literal

from mmdrp.options import Count, Range, check, hints_of
from mmdrp.registry import Part

Layout = Literal["by_cell", "by_pair"]


@dataclass(frozen=True)
class DrugFeatures:
    """How SMILES become numbers: a fingerprint, or a graph with a fingerprint beside it."""

    standardise: bool = True
    """read the parent compound: without salts, charges neutralised"""
    fingerprint: Part | None = None
    graph: Part | None = None
    structure: Part | None = None
    """of a graph: the fingerprint by which the base compares drugs"""

    def __post_init__(self) -> None:
        checked_fields(self, "drug.")


@dataclass(frozen=True)
class DataSpec:
    """Responses and features of a study that a model learns from and is tested on."""

    measure: str = "ic50"
    layout: Layout = "by_cell"
    """``by_cell``: one row per line, one output per drug; ``by_pair``: a row per line and drug"""
    log: Literal["ln", "log10"] | None = "ln"
    modalities: tuple[str, ...] = ("expression", "mutation", "cnv")
    tissue: bool = True
    """read the tissue of lines, for a base that looks at it"""
    context: tuple[str, ...] = ("medium",)
    """columns of the cells table that say how a line was grown, for a base that looks at them"""
    batch: tuple[str, ...] = ()
    """columns that say when or where it was measured: no biology, and named batch everywhere"""
    drug: DrugFeatures | None = None
    """None for panels, which know drugs by their place among the outputs"""
    drug_targets: bool = True
    """pairs: compare unseen drugs by known targets too, where there are any"""
    complete: bool = False
    """only lines that have every chosen modality"""
    lines: str | tuple[str, ...] | None = None
    """ids of the lines to learn and test on, or a text file of them, one per row"""
    impute: Count | None = None
    """fill training responses of a panel from so many nearest drugs (DeepDR: 5)"""
    shared_with: str | None = None
    """use only features that this study, a folder, has too"""
    min_shared: Count = 10
    """refuse a modality that shares fewer features with it"""
    also: tuple[str, ...] = ()
    """pairs: folders of further studies, whose drugs and responses are learned from, too"""
    held_out_in: Literal["all", "own"] = "all"
    """screens in which a held-out drug's responses are not read: all, or this study's own only"""
    permute: tuple[str, ...] = ()
    """sources whose rows change places: a test, not a model"""
    permute_seed: Annotated[int, Range(least=0)] = 0

    def __post_init__(self) -> None:
        checked_fields(self, "")


def checked_fields(spec: Any, where: str) -> None:
    """Check every field of a frozen dataclass against its annotation; lists become tuples."""
    hints = hints_of(type(spec))
    for f in fields(spec):
        given = getattr(spec, f.name)
        value = check(given, hints.get(f.name, Any), where + f.name)
        value = tuple(value) if isinstance(value, list) else value
        if value is not given:
            object.__setattr__(spec, f.name, value)


def plain(value: Any) -> Any:
    """Return a spec as plain containers: dictionaries, lists, text, numbers, None."""
    if isinstance(value, Part):
        return value.plain()
    if hasattr(value, "__dataclass_fields__"):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(v) for v in value]
    return value
