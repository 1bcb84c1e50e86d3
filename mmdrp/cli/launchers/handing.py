"""The runs of a sweep handed to a launcher, and how each of them ended."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser

from mmdrp.cli.launchers.job import Job, read_end
from mmdrp.cli.launchers.numbered import jobs_of
from mmdrp.cli.launchers.started import is_done
from mmdrp.cli.output.as_json import told
from mmdrp.cli.screen import show
from mmdrp.cli.sweep import Outcome, failed_row
from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.registry import Part, build

NO_ITEMS: tuple[int, ...] = ()


def without_launcher(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return a command's words, and those that choose its launcher.

    How runs are handed out decides nothing of what they are: it stands in no marker, so that a
    sweep may be begun by one launcher and ended by another.

    >>> without_launcher(["-m", "fold=0,1", "launcher=joblib", "launcher.workers=2"])
    (['-m', 'fold=0,1'], ['launcher=joblib', 'launcher.workers=2'])
    """
    kept: list[str] = []
    own: list[str] = []
    for word in words:
        key = word.partition("=")[0].lstrip("+~")
        if key.split(".")[0].split("@")[0] == "hydra/launcher" or key.startswith("hydra.launcher"):
            raise MmdrpError(f"{word[:60]}: Hydra's launchers are not taken; write launcher=joblib")
        (own if key.split(".")[0] == "launcher" else kept).append(word)
    for override in OverridesParser.create().parse_overrides(own):
        if override.is_sweep_override():
            raise MmdrpError(f"{override.input_line}: a sweep has one launcher")
    return kept, own


def hand_out(command: str, words: Sequence[str], sweep: Path, launcher: Part) -> Outcome:
    """Let a launcher do the runs of a sweep that are not done; return how all ended.

    What a run said on the screen is shown when it ends. One whose process was lost has failed.
    """
    jobs = jobs_of(command, words, sweep)
    waiting = [job for job in jobs if not is_done(job.folder, job.words)]
    outcome = Outcome(done=len(jobs) - len(waiting))
    told().runs.extend(
        {"folder": j.folder, "finished": "already"} for j in jobs if j not in waiting
    )
    ends: list[tuple[int, dict[str, str], Exception]] = []
    if waiting:
        for job in waiting:
            job.record.unlink(missing_ok=True)
        for job, lost in _with_bar(waiting, launcher):
            if failed := _failure(job, lost):
                ends.append((job.number, *failed))
            else:
                outcome.done += 1
                figures = (read_end(job) or {}).get("figures", {})
                told().runs.append({"folder": job.folder, "figures": figures})
    for _, row, error in sorted(ends, key=lambda end: end[0]):
        outcome.failed.append(row)
        outcome.errors.append(error)
    if not ends:
        shutil.rmtree(jobs[0].record.parent, ignore_errors=True)
    return outcome


def _with_bar(jobs: list[Job], launcher: Part) -> Iterator[tuple[Job, str]]:
    with (
        closing(build("launcher", launcher, jobs=jobs)) as ends,
        bar(NO_ITEMS, "runs", total=len(jobs)) as progress,
    ):
        for end in ends:
            progress.clear()
            yield end
            progress.update()


def _failure(job: Job, lost: str) -> tuple[dict[str, str], Exception] | None:
    """Show what a run said; return the row and the error of one that failed."""
    said = read_end(job)
    if said is None:
        if is_done(job.folder, job.words):  # lost after its end
            return None
        error = MmdrpError(f"run {job.number}: {lost or 'its process ended without a result'}")
        return failed_row(job.folder, job.words, error), error
    if text := str(said.get("said") or "").rstrip("\n"):
        show(text)
    row = said.get("failed")
    if not isinstance(row, dict):
        return None
    return {k: str(row.get(k, "")) for k in ("run", "options", "why")}, _error(said, row)


def _error(said: dict[str, Any], row: dict[str, Any]) -> Exception:
    why = str(row.get("why", ""))
    if not (kind := str(said.get("bug") or "")):
        return MmdrpError(why)
    text = why.removeprefix(f"internal error: {kind}: ")
    error: Exception = type(kind, (Exception,), {})(text)
    error.add_note(str(said.get("trace", "")))  # -v shows where
    return error
