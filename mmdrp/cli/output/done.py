"""What a command did, and what one would do next."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NEXT: dict[str, tuple[str, ...]] = {
    "data_split": ("mmdrp train fold_file={out}/seed0/fold0.json",),
    "pretrain": ("mmdrp train experiment=deepdr pretrained={out}",),
    "train": (
        "mmdrp evaluate run={out}", "mmdrp attribute run={out}",
        "mmdrp predict run={out} data=FOLDER",
    ),
    "tune": ("mmdrp train experiment={out}/best.yaml",),
    "predict": ("mmdrp report predictions={out} sample=SAMPLE",),
    "evaluate": ("mmdrp report {run} {out}",),
    "attribute": ("mmdrp report {run} {out}", "mmdrp attribute benchmark run={run}"),
    "attribute_benchmark": ("mmdrp report {run} {out}",),
    "associate": ("mmdrp extremes drug=NAME predictions={predictions} data={data}",
                  "mmdrp report {out}"),
    "extremes": ("mmdrp report {out}",),
    "enrich": ("mmdrp report {out}",),
    "report": ("open {out}/report.html in a browser",),
}  # fmt: skip
"""command -> what may follow; in braces the folder that it wrote, or one of its options"""
SWEEP: dict[str, tuple[str, ...]] = {
    "train": ("mmdrp evaluate run={out}", "mmdrp runs {out}", "mmdrp attribute run={out}"),
    "pretrain": ("mmdrp pretrain best_of={out}",),
}
"""the same after a sweep"""


@dataclass(frozen=True)
class Done:
    """What a command says at its end; of one that ends without, its label alone."""

    label: str = ""
    """what the folder that it wrote is called on the screen"""
    figures: Mapping[str, Any] = field(default_factory=dict)
    """the main results by name, for ``--json``: numbers, texts, lists, frames"""
    follows: tuple[str, ...] = ()
    """what one would do next, where it is not that of every such command"""
    out: Path | None = None
    """what it wrote, where that is not the command's folder"""


def done_of(value: Done | str | None) -> Done:
    """Return what a command gave back, if only a label."""
    return value if isinstance(value, Done) else Done(value or "")


def following(
    command: str, out: Path, options: Mapping[str, Any], sweep: bool = False
) -> tuple[str, ...]:
    """Return the commands that may follow, written out.

    >>> following("tune", Path("runs/a b"), {})
    ("mmdrp train experiment='runs/a b'/best.yaml",)
    """
    given = {k: shlex.quote(v) for k, v in options.items() if isinstance(v, str)}
    given["out"] = shlex.quote(str(out))
    found = (SWEEP if sweep else NEXT).get(command, ())
    return tuple(_filled(text, given) for text in found if _filled(text, given))


def _filled(text: str, given: Mapping[str, str]) -> str:
    """Return a text with its braces filled; "" where an option is not there."""
    try:
        return text.format_map(given)
    except KeyError:
        return ""


def rows_of(follows: tuple[str, ...]) -> list[str]:
    """Return what may follow as lines of the screen.

    >>> rows_of(("mmdrp a", "mmdrp b"))
    ['next: mmdrp a', '  or: mmdrp b']
    """
    return [f"{'  or' if i else 'next'}: {text}" for i, text in enumerate(follows)]
