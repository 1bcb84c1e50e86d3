"""Many small fits side by side in threads, each of which computes by itself."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from joblib import cpu_count
from threadpoolctl import threadpool_limits

T = TypeVar("T")
R = TypeVar("R")


def side_by_side(function: Callable[[T], R], items: Iterable[T]) -> list[R]:
    """Return ``function`` of each item, in their order.

    For models that release the interpreter's lock while they fit. Of one small fit, several threads
    share loops of microseconds and mostly wait; of many fits, each has a thread to itself. There
    are as many as processors, or as ``OMP_NUM_THREADS`` says.

    >>> side_by_side(lambda x: x * x, [1, 2, 3])
    [1, 4, 9]
    """
    asked = os.environ.get("OMP_NUM_THREADS", "")
    workers = int(asked) if asked.isdigit() and int(asked) else cpu_count()
    with (
        threadpool_limits(1, "blas"),
        ThreadPoolExecutor(workers, initializer=_alone) as pool,
    ):
        return list(pool.map(function, items))


def _alone() -> None:
    """Let OpenMP use one thread in this one; it ends with the pool."""
    threadpool_limits(1, "openmp")
