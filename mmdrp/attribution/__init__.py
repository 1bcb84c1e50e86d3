"""What drives a prediction: a trained network seen as a function of its inputs.

``attribute`` ranks the features behind each drug's predictions, ``benchmark_biomarkers`` compares
such rankings with known markers. Names are loaded when they are asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmdrp.attribution.attributing import attribute as attribute
    from mmdrp.attribution.benchmark.benchmark import (
        benchmark_biomarkers as benchmark_biomarkers,
    )
    from mmdrp.attribution.benchmark.result import BiomarkerBenchmark as BiomarkerBenchmark
    from mmdrp.attribution.result import AttributionResult as AttributionResult

_WHERE = {
    "AttributionResult": "result",
    "BiomarkerBenchmark": "benchmark.result",
    "attribute": "attributing",
    "benchmark_biomarkers": "benchmark.benchmark",
}

__all__ = ["AttributionResult", "BiomarkerBenchmark", "attribute", "benchmark_biomarkers"]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'mmdrp.attribution' has no attribute {name!r}")
    return getattr(import_module(f"mmdrp.attribution.{_WHERE[name]}"), name)
