"""``launcher=ray``: runs on a Ray of this machine's own, or on a cluster that is there."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from mmdrp.cli.launchers.job import Job
from mmdrp.cli.launchers.threads import limits, shares
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.options import Count, Range


def by_ray(
    jobs: Sequence[Job],
    *,
    address: str | None = None,
    workers: Count | None = None,
    cpus: Count = 1,
    gpus: Annotated[float, Range(least=0, most=64)] = 0.0,
) -> Iterator[tuple[Job, str]]:
    """Do jobs as tasks of Ray and yield each at its end, with what is known of a lost one.

    ``address`` is a cluster's, ``auto`` or ``HOST:6379``: its machines need the same mmdrp, and the
    same files under the same names. Without one, Ray starts here for as long as the sweep lasts,
    with ``workers`` tasks at a time (by default as many as the processors allow). A task takes
    ``cpus``, which are its threads, and ``gpus``.
    """
    ray = _ray()
    count, env = shares(workers, len(jobs)) if address is None else (0, limits(cpus))
    env = env if cpus == 1 else limits(cpus)
    _join(ray, address, count * cpus, env)
    at_work: dict[Any, Job] = {}
    try:
        task = ray.remote(num_cpus=cpus, num_gpus=gpus, max_retries=0)(do)
        at_work = {task.remote(job): job for job in jobs}
        while at_work:
            (ended,), _ = ray.wait(list(at_work), num_returns=1)
            yield at_work.pop(ended), _lost(ray, ended)
    finally:
        with contextlib.suppress(Exception):
            for task in at_work:
                ray.cancel(task, force=True)
        ray.shutdown()


def do(job: Job) -> None:
    """Do a job: what Ray calls."""
    job()


def check_ray(given: dict[str, Any]) -> None:
    """Raise MmdrpError where Ray is not installed, OptionError for options that do not go."""
    if given["address"] is not None and given["workers"] is not None:
        raise OptionError("launcher.workers: of a Ray of this machine; leave it out, or address")
    _ray()


def _ray() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
    except ImportError:
        raise MmdrpError("launcher=ray needs Ray: pip install 'mmdrp[ray]'") from None
    return ray


def _join(ray: Any, address: str | None, cpus: int, env: dict[str, str]) -> None:
    own = {"num_cpus": cpus, "include_dashboard": False} if address is None else {}
    try:
        ray.init(
            address=address or "local", log_to_driver=False, logging_level="ERROR",
            runtime_env={"env_vars": env}, **own,
        )  # fmt: skip
    except (ConnectionError, ValueError, RuntimeError) as error:
        where = f"launcher.address={address}" if address else "launcher=ray"
        raise MmdrpError(f"{where}: Ray cannot be reached: {str(error).splitlines()[0]}") from error


def _lost(ray: Any, task: Any) -> str:
    try:
        ray.get(task)
    except ray.exceptions.WorkerCrashedError:
        return "its process was killed or crashed"
    except ray.exceptions.RayError as error:
        first = (str(error).splitlines() or [""])[0]
        return f"its process was lost: {type(error).__name__}: {first}"
    return ""
