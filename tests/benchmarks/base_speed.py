"""GDSC v17 panel, one fold: seconds to fit the closed-form base, to predict, to attribute."""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from tests.benchmarks._bases import folds, kernel, panel_of, study_of


@contextmanager
def timed(figures: dict[str, float | int | str], name: str) -> Iterator[None]:
    """Note wall and processor seconds of a step."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    figures[f"{name}_s"] = time.perf_counter() - wall
    figures[f"{name}_cpu_s"] = time.process_time() - cpu


def main() -> dict[str, float | int | str]:
    panel = panel_of(study_of("gdsc"), "ic50")
    train, test = next(folds(len(panel.lines)))
    figures: dict[str, float | int | str] = {"threads": torch.get_num_threads()}
    base = kernel()
    with timed(figures, "fit"):
        base.fit(*panel.take(train), panel.y[train])
    with timed(figures, "predict"):
        base(*panel.take(test))
    with timed(figures, "attribute_one_drug"):
        base.attribute(*panel.take(test), None, 0)
    figures["state_mb"] = (
        sum(v.numel() * v.element_size() for v in base.state_dict().values()) / 1e6
    )
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures
