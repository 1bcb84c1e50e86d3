"""``mmdrp attribute benchmark``: known biology among the leading features of a model."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.attribution import benchmark_biomarkers
from mmdrp.cli.keywords import check_files, check_keywords, keywords
from mmdrp.cli.output import Done
from mmdrp.cli.screen import show


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, benchmark_biomarkers)
    check_files(cfg, "markers")


def run(cfg: DictConfig, out: Path) -> Done:
    """Write ``known_markers.csv`` and ``known_biology.json``; print recall of each method."""
    benchmark = benchmark_biomarkers(cfg.run, **keywords(cfg, benchmark_biomarkers))
    benchmark.write(out)
    show(benchmark)
    return Done("Every marker, in known_markers.csv", benchmark.figures)
