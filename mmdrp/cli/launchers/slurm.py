"""``launcher=submitit``: runs as arrays of SLURM jobs, queued again where they were preempted."""

import json
import logging
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from mmdrp.cli.launchers.job import Job
from mmdrp.cli.launchers.threads import inherited, limits
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.files import write_json
from mmdrp.options import Count, Range

log = logging.getLogger(__name__)
LARGEST_ARRAY = 1000
"""jobs of one array; SLURM's default allows 1001"""
AT_WORK = ("READY", "PENDING", "RUNNING", "REQUEUED", "COMPLETING", "PREEMPTED", "CONFIGURING")
"""states of a SLURM job that will end by itself"""
NAME = re.compile(r"[\w.,:=@%+&|*/\[\]-]+")
"""what a partition, an account and the like may consist of: they stand in a shell script"""
ID = re.compile(r"\d+(_\d+)?")
JOBS = "jobs.json"
"""run -> ``id`` and ``words`` of the SLURM job that it was given to"""
PAUSES = {"slurm": 2.0, "local": 0.1}
"""seconds between two looks at the jobs"""
LATE = 20.0
"""seconds that a file system may take to show what a job on another machine wrote"""


def by_submitit(
    jobs: Sequence[Job],
    *,
    cluster: Literal["slurm", "local"] = "slurm",
    parallel: Count = 100,
    cpus: Count = 2,
    memory: Annotated[float, Range(above=0, most=10_000)] = 8.0,
    minutes: Count = 120,
    gpus: Annotated[int, Range(least=0, most=64)] = 0,
    partition: str | None = None,
    account: str | None = None,
    qos: str | None = None,
    constraint: str | None = None,
    restarts: Annotated[int, Range(least=0, most=1000)] = 3,
) -> Iterator[tuple[Job, str]]:
    """Do jobs through submitit and yield each at its end, with what is known of a lost one.

    ``parallel`` jobs go at a time, each with ``cpus`` processors, which are its threads, ``memory``
    GB, ``minutes`` at most, and ``gpus``. One that is preempted is queued again, and so, up to
    ``restarts`` times, is one whose time is over; either goes on where it was. Jobs that an
    interrupted call of the same sweep left in the queue are waited for, not given twice.
    ``cluster=local`` starts processes of this machine in their place.
    """
    submitit = _submitit()
    queue = _Queue(submitit, cluster, jobs[0].record.parent)
    waiting = [job for job in jobs if not queue.has(job)]
    slurm = {"partition": partition, "account": account, "qos": qos, "constraint": constraint}
    executor = submitit.AutoExecutor(
        queue.folder, cluster=cluster, **{f"{cluster}_max_num_timeout": restarts}
    )
    executor.update_parameters(
        name="mmdrp", timeout_min=minutes, cpus_per_task=cpus, gpus_per_node=gpus, mem_gb=memory,
        slurm_array_parallelism=parallel, slurm_additional_parameters={"requeue": True},
        slurm_setup=[f"export {key}={value}" for key, value in limits(cpus).items()],
        **{f"slurm_{key}": value for key, value in slurm.items()},
    )  # fmt: skip
    try:
        while waiting or queue.at_work:
            room = LARGEST_ARRAY if cluster == "slurm" else parallel - len(queue.at_work)
            if waiting and room > 0:
                now, waiting = waiting[:room], waiting[room:]
                with inherited(limits(cpus)), executor.batch():
                    handles = [executor.submit(job) for job in now]
                queue.add(now, handles)
            yield from queue.ended()
            time.sleep(PAUSES[cluster])
    finally:
        queue.leave()


class _Queue:
    """Jobs given to submitit, also by an interrupted call before this one."""

    def __init__(self, submitit: Any, cluster: str, space: Path) -> None:
        self.at_work: dict[int, tuple[Job, Any]] = {}
        self._submitit, self._cluster = submitit, cluster
        # Jobs of this machine are called by process ids, which come again.
        self.folder = space / (cluster if cluster == "slurm" else f"{cluster}_{time.time_ns()}")
        self._file = space / JOBS
        self._given = _read(self._file) if cluster == "slurm" else {}
        self._over: dict[int, float] = {}

    def has(self, job: Job) -> bool:
        """Return whether the queue holds a job from before."""
        given = self._given.get(str(job.number))
        if not isinstance(given, dict) or given.get("words") != job.words:
            return False
        name = str(given.get("id", ""))
        if not ID.fullmatch(name):
            return False
        handle = self._submitit.SlurmJob(self.folder, name)
        if handle.get_info(mode="force").get("State", "").split(" ")[0] not in AT_WORK:
            return False
        self.at_work[job.number] = job, handle
        return True

    def add(self, jobs: Sequence[Job], handles: Sequence[Any]) -> None:
        """Note what was given, also in a file."""
        for job, handle in zip(jobs, handles, strict=True):
            self.at_work[job.number] = job, handle
            self._given[str(job.number)] = {"id": handle.job_id, "words": job.words}
        if self._cluster == "slurm":
            write_json(self._file, self._given)
            names = sorted({handle.job_id.split("_")[0] for handle in handles})
            log.warning("%d runs given to SLURM: job %s", len(jobs), ", ".join(names))

    def ended(self) -> Iterator[tuple[Job, str]]:
        """Yield the jobs that have ended since the last call."""
        for number, (job, handle) in list(self.at_work.items()):
            here = job.record.is_file() and self._cluster == "slurm"  # it may say so much later
            if not here and (not handle.done() or self._is_late(job)):
                continue
            del self.at_work[number]
            yield job, f"job {handle.job_id} ended without a result ({handle.state})"

    def leave(self) -> None:
        """End the processes of this machine; jobs of SLURM go on."""
        left = [handle for _, handle in self.at_work.values()]
        if not left:
            return
        if self._cluster == "slurm":
            names = " ".join(sorted({handle.job_id.split("_")[0] for handle in left}))
            said = "%d runs go on in SLURM, and the same command waits for them; or scancel %s"
            log.warning(said, len(left), names)
            return
        for handle in left:
            handle.cancel()
        until = time.monotonic() + LATE
        while time.monotonic() < until and not all(handle.done() for handle in left):
            time.sleep(0.05)

    def _is_late(self, job: Job) -> bool:
        """Whether the record of a job that is over may still come: file systems are slow."""
        if self._cluster != "slurm" or job.record.is_file():
            return False
        return time.monotonic() < self._over.setdefault(job.number, time.monotonic() + LATE)


def check_submitit(given: dict[str, Any]) -> None:
    """Raise MmdrpError where submitit or SLURM is not to be had, OptionError for an odd name."""
    for key in ("partition", "account", "qos", "constraint"):
        if given[key] is not None and not NAME.fullmatch(given[key]):
            raise OptionError(
                f"launcher.{key}={given[key][:40]!r}: not a name that SLURM could have"
            )
    _submitit()
    if given["cluster"] == "slurm" and not (shutil.which("sbatch") and shutil.which("srun")):
        raise MmdrpError(
            "launcher=submitit: there is no sbatch and srun here; start it where SLURM's commands "
            "are, or try launcher.cluster=local"
        )


def _submitit() -> Any:
    try:
        import submitit
    except ImportError:
        raise MmdrpError(
            "launcher=submitit needs submitit: pip install 'mmdrp[submitit]'"
        ) from None
    return submitit


def _read(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
