"""Launchers by name, and what must hold before one is started."""

from collections.abc import Callable
from typing import Any

from mmdrp.cli.launchers.local import by_joblib
from mmdrp.cli.launchers.ray import by_ray, check_ray
from mmdrp.cli.launchers.slurm import by_submitit, check_submitit
from mmdrp.registry import Part, part, register

register("launcher", "joblib", by_joblib)
register("launcher", "submitit", by_submitit)
register("launcher", "ray", by_ray)
CHECKS: dict[str, Callable[[dict[str, Any]], None]] = {
    "submitit": check_submitit,
    "ray": check_ray,
}


def launcher_of(given: dict[str, Any]) -> Part:
    """Return a configured launcher; MmdrpError where it cannot be had here."""
    chosen = part("launcher", given)
    if check := CHECKS.get(chosen.name):
        check(dict(chosen.options))
    return chosen
