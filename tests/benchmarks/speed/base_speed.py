"""GDSC v17 panel: seconds of the closed-form base by step, and of five folds with all baselines.

``ready`` is what is left of fit and predict once gaps are filled and kernels are computed.
``evaluate`` trains the base on five folds by the command line and scores it beside every baseline;
EVALUATE=0 leaves that out. ``filled_once`` is a whole fit with base.n_reimpute=0.
"""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest.mock import patch

import torch
from torch import Tensor

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.em_impute import fill
from mmdrp.nn.base.kernel import Kernel
from tests.benchmarks._bases import folds, kernel, panel_of, study_of

MODELS = (
    "global_mean", "drug_mean", "line_mean", "tissue_mean", "mean_effects", "ridge", "elastic_net",
    "kernel_ridge", "forest", "boosting",
)  # fmt: skip
Figures = dict[str, float | int | str]


@contextmanager
def timed(figures: Figures, name: str) -> Iterator[None]:
    """Add up wall and processor seconds of a step."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    for key, spent in (
        (f"{name}_s", time.perf_counter() - wall),
        (f"{name}_cpu_s", time.process_time() - cpu),
    ):
        figures[key] = float(figures.get(key, 0.0)) + spent


def main() -> Figures:
    study = study_of("gdsc")
    panel = panel_of(study, "ic50")
    train, test = next(folds(len(panel.lines)))
    figures: Figures = {"threads": torch.get_num_threads()}
    base, summed = kernel(), Kernel._summed
    steps: Figures = {}

    def timed_fill(rest: Tensor, largest: int) -> Tensor:
        with timed(steps, "fill"):
            return fill(rest, largest=largest)

    def timed_kernels(self: Kernel, *given: object) -> Tensor:
        with timed(steps, "kernels"):
            return summed(self, *given)  # type: ignore[arg-type]

    with (
        patch("mmdrp.nn.base.kernel.fill", timed_fill),
        patch("mmdrp.nn.base.em_impute.fill", timed_fill),  # when gaps are filled again
        patch.object(Kernel, "_summed", timed_kernels),
        timed(figures, "fit"),
    ):
        base.fit(*panel.take(train), panel.y[train])
    with timed(figures, "predict"):
        base(*panel.take(test))
    figures |= steps
    for unit in ("s", "cpu_s"):
        figures[f"ready_{unit}"] = sum(
            sign * float(figures[f"{name}_{unit}"])
            for name, sign in (("fit", 1), ("predict", 1), ("fill", -1), ("kernels", -1))
        )
    with timed(figures, "filled_once"):
        kernel(n_reimpute=0).fit(*panel.take(train), panel.y[train])
    with timed(figures, "attribute_one_drug"):
        base.attribute(*panel.take(test), None, 0)
    figures["state_mb"] = (
        sum(v.numel() * v.element_size() for v in base.state_dict().values()) / 1e6
    )
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    if os.environ.get("EVALUATE") == "0":
        return figures
    with timed(figures, "evaluate"):
        evaluate(study.folder)
    figures["evaluate_peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def evaluate(root: Path) -> None:
    """Train five folds of the base alone and score them beside every baseline."""
    with tempfile.TemporaryDirectory() as scratch:
        words = ["net=false", "fold=0,1,2,3,4", f"study.path={root}"]
        train = ["train", "-m", *words, f"hydra.sweep.dir={scratch}/sweep"]
        score = ["evaluate", f"run={scratch}/sweep", f"baseline=[{','.join(MODELS)}]"]
        if mmdrp(train) or mmdrp([*score, f"out={scratch}/evaluation"]):
            raise MmdrpError("the run failed")
