"""Which drugs a process attributes, and where what is done is kept."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.folder import RESUME
from mmdrp.io.pieces import fingerprint
from mmdrp.io.shards import Shard, ShardRecord

PIECES = "pieces"
"""folder of a part: the tables of each of its drugs"""


@dataclass
class Work:
    """The part of an attribution that this process does: all of it where ``shard`` is None."""

    folder: Path | None = None
    """what is written; None: nothing"""
    shard: Shard | None = None
    merged: bool = False
    """all drugs are there already: one that is not is refused, not attributed"""
    models: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    """of each model attributed, a fingerprint of it, and of all that decides its tables"""

    def resume(self, place: str = "") -> Path | None:
        """Return where a model's drugs are kept; ``place`` tells several models apart."""
        return None if self.folder is None else self.folder / RESUME / place / "attribute"

    def numbers(self, drugs: int) -> range:
        """Return which of so many drugs are this process's."""
        return range(drugs) if self.shard is None else self.shard.of(drugs, "drugs")

    def note(self, model: str, question: str, resume: Path | None) -> None:
        """Take down what is attributed; refuse to merge where it is another than the parts had."""
        self.models.append(model)
        self.questions.append(question)
        if self.merged and resume is not None:
            kept = resume / "question"
            if not kept.is_file() or kept.read_text(encoding="utf-8") != question:
                raise MmdrpError(
                    "merge: the study, the model or torch is not as it was when the parts were "
                    "made; make the parts again"
                )

    def finish(self, asked: Mapping[str, Any], models: list[Path], study: Path | None) -> None:
        """Turn what is kept of a part into what it is handed on as."""
        if self.shard is None or self.folder is None:
            return
        os.rename(self.folder / RESUME, self.folder / PIECES)
        facts = {
            "models": [str(path.absolute()) for path in models],
            "study": None if study is None else str(study.absolute()),
        }
        options = {k: _absolute(v) if k in ("baseline", "enrich") else v for k, v in asked.items()}
        ShardRecord(
            "attribute", self.shard, fingerprint(self.models), fingerprint(self.questions),
            options, facts,
        ).write(self.folder)  # fmt: skip


def _absolute(given: object) -> object:
    """Return a file's whole path, so that merging finds it from anywhere."""
    if isinstance(given, str | Path) and Path(given).is_file():
        return str(Path(given).absolute())
    return given


def part_of_drugs(shard: str, out: object, structure: bool, by: str | None) -> Shard:
    """Read ``shard=``; OptionError where an attribution cannot be divided."""
    part = Shard.parse(shard)
    if out is None:
        raise OptionError(f"shard={shard}: give out=, the folder of this part")
    for option, given in (("structure=true", structure), ("by=line", by == "line")):
        if given:
            raise OptionError(f"{option}: gathers over all drugs; leave out shard={shard}")
    return part


def paths_of(models: object, study: object) -> tuple[list[Path], Path | None]:
    """Return where models and study lie, which whoever merges the parts opens again."""
    given = [models] if isinstance(models, str | Path) else models
    if not isinstance(given, list | tuple) or not all(isinstance(m, str | Path) for m in given):
        raise OptionError("shard: give models as run folders or checkpoints: merging opens them")
    if study is not None and not isinstance(study, str | Path):
        raise OptionError("shard: give the study as its folder: merging opens it")
    return [Path(model) for model in given], None if study is None else Path(study)
