"""How many threads a run may use where several share a machine."""

import contextlib
import os
from collections.abc import Iterator

from joblib import cpu_count

NAMES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
"""environment variables that libraries read when they are loaded"""


def shares(workers: int | None, runs: int, of: str = "workers") -> tuple[int, dict[str, str]]:
    """Return how many runs go at a time, and the threads of each as environment variables.

    Without ``workers``, one for each processor; each has the processors divided by their number,
    or ``OMP_NUM_THREADS`` where that is less.
    """
    del of
    count = max(1, min(workers or cpu_count(), runs))
    asked = os.environ.get("OMP_NUM_THREADS", "")
    most = int(asked) if asked.isdigit() and int(asked) else cpu_count()
    return count, limits(min(most, max(1, cpu_count() // count)))


def limits(threads: int) -> dict[str, str]:
    """Return the environment variables that let a process use so many threads."""
    return dict.fromkeys(NAMES, str(threads))


@contextlib.contextmanager
def inherited(env: dict[str, str]) -> Iterator[None]:
    """Let processes that are started in this block have these environment variables."""
    before = {name: os.environ.get(name) for name in env}
    os.environ.update(env)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
