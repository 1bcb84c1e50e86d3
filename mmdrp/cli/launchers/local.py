"""``launcher=joblib``: several runs at a time on this machine, each in a process that stays."""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from joblib.externals.loky import ProcessPoolExecutor

from mmdrp.cli.launchers.job import Job
from mmdrp.cli.launchers.threads import shares
from mmdrp.io.processes import end_with_parent
from mmdrp.options import Count

SIGNALLED = re.compile(r"\{?(SIG\w+)\(-\d+\)")


def by_joblib(jobs: Sequence[Job], *, workers: Count | None = None) -> Iterator[tuple[Job, str]]:
    """Do jobs in ``workers`` processes, by default one for each processor; yield each at its end.

    The text beside a job says how its process was lost, "" where it ended by itself. The processors
    are divided among the processes. A process does one job after another, so that libraries are
    loaded once.

    Each has a pool of its own, for a pool that loses one process ends all of them.
    """
    count, env = shares(workers, len(jobs))
    waiting = list(jobs)[::-1]
    free: list[Any] = [None] * count
    at_work: dict[Future[None], tuple[Any, Job]] = {}
    try:
        while waiting or at_work:
            while waiting and free:
                pool, job = free.pop() or _pool(env), waiting.pop()
                at_work[pool.submit(job)] = pool, job
            ended, _ = wait(at_work, return_when=FIRST_COMPLETED)
            for future in ended:
                pool, job = at_work.pop(future)
                lost = _lost(future.exception())
                if lost or not waiting:  # what a process holds in memory goes with it
                    pool.shutdown(wait=False, kill_workers=True)
                    pool = None
                free.append(pool)
                yield job, lost
    finally:
        for pool in [*free, *(pool for pool, _ in at_work.values())]:
            if pool is not None:
                pool.shutdown(wait=False, kill_workers=True)


def _pool(env: dict[str, str]) -> Any:
    return ProcessPoolExecutor(1, env=env, initializer=end_with_parent, initargs=(os.getpid(),))


def _lost(error: BaseException | None) -> str:
    if error is None:
        return ""
    if found := SIGNALLED.search(str(error)):
        return f"its process was ended by {found[1]}"
    first = (str(error).splitlines() or [""])[0]
    return f"its process was lost: {type(error).__name__}: {first}"
