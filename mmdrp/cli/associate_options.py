"""Options of ``mmdrp associate``, refused before a folder is made."""

from collections.abc import Callable
from pathlib import Path

from omegaconf import DictConfig

from mmdrp.errors import MmdrpError

CHOICES = {
    "mode": ("associations", "extremes", "enrichment"),
    "higher": ("resistant", "sensitive"),
    "test": ("welch", "pooled"),
    "correction": ("bonferroni", "fdr"),
    "rows": ("significant", "all"),
    "direction": ("both", "up", "down"),
    "similarity": ("kappa", "jaccard"),
}
SUBSETS = {"adjust": ("type", "burden"), "ontologies": ("BP", "MF")}
RANGES: dict[str, tuple[Callable[[float], bool], str]] = {
    "min_rate": (lambda v: 0 <= v < 1, "a share, at least 0 and under 1"),
    "min_patients": (lambda v: v >= 2, "at least 2"),
    "min_wildtype": (lambda v: v >= 2, "at least 2"),
    "alpha": (lambda v: 0 < v <= 1, "above 0 and at most 1"),
    "panels": (lambda v: v >= 0, "at least 0"),
    "share": (lambda v: 0 < v <= 0.5, "above 0 and at most 0.5"),
    "top": (lambda v: v >= 1, "at least 1"),
    "shown": (lambda v: v >= 0, "at least 0"),
    "min_size": (lambda v: v >= 1, "at least 1"),
    "max_size": (lambda v: v >= 1, "at least 1"),
    "least_similar": (lambda v: 0 <= v <= 1, "between 0 and 1"),
    "max_fdr": (lambda v: 0 < v <= 1, "above 0 and at most 1"),
}


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    for key, choices in CHOICES.items():
        if cfg[key] not in choices:
            raise MmdrpError(f"{key}={cfg[key]}: choose {' or '.join(choices)}")
    for key, choices in SUBSETS.items():
        unknown = [v for v in cfg[key] if v not in choices]
        if unknown:
            raise MmdrpError(f"{key}: no {unknown[0]!r}; choose among {', '.join(choices)}")
    for key, (fits, words) in RANGES.items():
        if not fits(cfg[key]):
            raise MmdrpError(f"{key}={cfg[key]}: expected {words}")
    if cfg.min_size > cfg.max_size:
        raise MmdrpError(f"min_size={cfg.min_size} is above max_size={cfg.max_size}")
    _inputs(cfg)


def _inputs(cfg: DictConfig) -> None:
    needed = {"genes"} if cfg.mode == "enrichment" else {"data", "predictions"}
    if cfg.mode != "enrichment" and cfg.measure is not None:
        if cfg.predictions is not None:
            raise MmdrpError("give predictions=... or measure=..., not both")
        needed = {"data"}
    for key in sorted(needed, reverse=True):
        if cfg[key] is None:
            raise MmdrpError(f"mmdrp associate mode={cfg.mode} needs {key}=...")
    for key in (*needed, "targets", "background", "sets"):
        value = cfg[key]
        if value is not None and not (key, value) == ("sets", "go") and not Path(value).exists():
            raise MmdrpError(f"{key}={value}: there is no such file")
    if cfg.mode == "extremes" and not cfg.drugs:
        raise MmdrpError("mmdrp associate mode=extremes needs drug=NAME (or drugs=[A,B])")
