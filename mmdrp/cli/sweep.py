"""Sweeps: ``sweep=modalities`` reads a W&B sweep file; and which runs of a sweep failed."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from hydra.core.hydra_config import HydraConfig

from mmdrp.cli.output.done import Done
from mmdrp.cli.screen import show
from mmdrp.cli.signals import stopped
from mmdrp.errors import MmdrpError, explanation, one_line
from mmdrp.evaluation.catalogue.failed import write_failed


@dataclass
class Outcome:
    """How the runs of a command ended."""

    done: int = 0
    ends: list[Done] = field(default_factory=list)
    """what each that was done here did"""
    errors: list[Exception] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)
    """``run`` (the name of its folder), ``options``, ``why``"""

    def add(self, error: Exception) -> None:
        """Note that the run at work failed."""
        folder = Path(HydraConfig.get().runtime.output_dir)
        self.errors.append(error)
        self.failed.append(failed_row(folder, HydraConfig.get().overrides.task, error))

    def settle(self, sweep: Path | None) -> None:
        """Raise the first error; of a sweep, list in its folder and on the screen what failed."""
        if sweep is not None and self.done and not stopped():
            write_failed(sweep, self.failed)
            if self.failed:
                count = f"{len(self.failed)} of {self.done + len(self.failed)} runs failed"
                rows = [f"{row['run']}  {row['options']}: {row['why']}" for row in self.failed]
                show(f"{count}; the same command, or resume=, does them again:", rows)
        if self.errors:
            raise self.errors[0]


def failed_row(folder: Path, words: Iterable[str], error: Exception) -> dict[str, str]:
    """Return ``run``, ``options`` and ``why`` of a run that failed."""
    why = str(error) if isinstance(error, MmdrpError) else explanation(error)
    why = why or f"internal error: {type(error).__name__}: {error}"
    given = " ".join(word for word in words if not word.startswith("out="))
    return {"run": folder.name, "options": given, "why": one_line(why)}


def expand(words: list[str], conf: Path) -> list[str]:
    """Replace ``sweep=NAME`` by the parameters of ``conf/sweep/NAME.yaml``."""
    out: list[str] = []
    for word in words:
        name = word.removeprefix("sweep=")
        out += [word] if name == word else _overrides(name, conf / "sweep")
    return out


def _overrides(name: str, folder: Path) -> list[str]:
    path = folder / f"{name}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise MmdrpError(f"sweep={name}: there is no such sweep; choose among: {names}")
    parameters: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["parameters"]
    return [
        f"{key}={','.join(map(str, given.get('values', [given.get('value')])))}"
        for key, given in parameters.items()
    ]
