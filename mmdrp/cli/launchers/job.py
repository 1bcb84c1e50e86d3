"""One run of a sweep as a job for another process, and the file in which that one says its end."""

import contextlib
import io
import json
import logging
import os
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdrp.errors import MmdrpError
from mmdrp.io.files import write_json

End = dict[str, Any]
"""``figures`` of a run, as JSON has them; of one that failed its row (``failed``), the class of an
error that is a ``bug``, and the ``trace``"""


@dataclass(frozen=True)
class Job:
    """A run of a sweep; called, in a process of its own or a worker's, it does the run.

    How that ended stands in ``record``; whatever starts the job need not bring anything back.
    """

    number: int
    command: str
    words: list[str]
    """its options, as the marker of its folder will have them"""
    folder: Path
    record: Path
    place: Path = field(default_factory=Path.cwd)
    """the current folder, to which names of files in ``words`` relate"""
    env: dict[str, str] = field(default_factory=dict)
    """our own environment variables, which a process on another machine may lack"""

    def __call__(self) -> None:
        """Do the run and write down how it ended."""
        os.chdir(self.place)
        os.environ.update(self.env)
        said = io.StringIO()
        self.record.parent.mkdir(parents=True, exist_ok=True)
        with (
            self.record.with_suffix(".err").open("a", encoding="utf-8") as errors,
            contextlib.redirect_stdout(said),
            contextlib.redirect_stderr(errors),
        ):
            end = self._run()
        write_json(self.record, {"said": said.getvalue(), **end})

    def checkpoint(self) -> Any:
        """Return what submitit queues again where the job is preempted: the same, which goes on."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)

    def _run(self) -> End:
        from mmdrp.cli.config import config_dir
        from mmdrp.cli.hydra_errors import explained
        from mmdrp.cli.launchers.started import started
        from mmdrp.cli.output.as_json import plainly
        from mmdrp.cli.sweep import Outcome, failed_row

        where = "'" + str(self.folder).replace("'", "\\'") + "'"
        try:
            with explained(self.command, config_dir(), self.words):
                outcome = started(self.command, [*self.words, f"hydra.run.dir={where}"], many=True)
        except Exception as error:  # options that do not go together
            outcome = Outcome(errors=[error], failed=[failed_row(self.folder, self.words, error)])
        finally:
            logging.getLogger().handlers.clear()  # they write to what is closed here
        if not outcome.errors:
            return {"figures": plainly(outcome.ends[0].figures) if outcome.ends else {}}
        first = outcome.errors[0]
        bug = "" if isinstance(first, MmdrpError) else type(first).__name__
        trace = "".join(traceback.format_exception(first))
        return {"failed": outcome.failed[0], "bug": bug, "trace": trace}


def read_end(job: Job) -> dict[str, Any] | None:
    """Return what a job wrote at its end; None where it wrote nothing."""
    try:
        said = json.loads(job.record.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None
