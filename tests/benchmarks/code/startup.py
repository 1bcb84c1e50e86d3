"""Start-up to the first optimization step on GDSC, by part; our loop over a bare PyTorch loop.

``help_s``, ``import_s``, ``unknown_s`` (an option that does not exist) and ``range_s`` (one that
cannot have its value) are medians of REPEATS (5) fresh processes; ``..._cpu_s`` their processor
seconds, which another job on the machine does not lengthen. ``first_step_s`` is from the start of
``mmdrp train`` on the whole panel to the end of the first step, its parts ``imports``, ``options``,
``study`` (opened), ``tables`` (laid out), ``base`` (fitted, and the network built) and ``step``.
``loop_overhead`` is the processor time of an epoch of that network by ``fit``, validation, best
weights and log included, over a bare loop on the same batches with validation, EPOCHS (6) in turn.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from tests.benchmarks._bases import study_of

Figures = dict[str, float | int | str]
QUICK = {
    "help": ["-m", "mmdrp", "--help"],
    "import": ["-c", "import mmdrp"],
    "unknown": ["-m", "mmdrp", "train", "lr=2"],
    "range": ["-m", "mmdrp", "train", "trainer.max_epochs=-1"],
}


def main() -> Figures:
    root, figures = str(study_of("gdsc").folder.resolve()), Figures()
    for name, words in QUICK.items():
        spent = [seconds(words) for _ in range(int(os.environ.get("REPEATS", "5")))]
        for unit, values in zip(("s", "cpu_s"), zip(*spent, strict=True), strict=True):
            figures[f"{name}_{unit}"] = statistics.median(values)
    command = [sys.executable, "-m", __name__, root, repr(time.time())]
    lines = subprocess.check_output(command, text=True).splitlines()
    parts: dict[str, list[float]] = json.loads(lines[-1])
    for index, unit in enumerate(("s", "cpu_s")):
        figures[f"first_step_{unit}"] = sum(part[index] for part in parts.values())
        figures |= {f"{name}_{unit}": part[index] for name, part in parts.items()}
    ours, bare = epochs(root, int(os.environ.get("EPOCHS", "6")))
    figures |= {"epoch_cpu_s": ours, "bare_epoch_cpu_s": bare, "loop_overhead": ours / bare}
    return figures


def seconds(words: list[str]) -> tuple[float, float]:
    """Run Python with these words; return wall and processor seconds."""
    before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([sys.executable, *words], capture_output=True, check=False)
    wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return wall, cpu


def first_step(root: str, started: float) -> None:
    """Train up to the first step; print wall and processor seconds of each part as JSON."""
    parts: dict[str, tuple[float, float]] = {}
    last = [started, 0.0]

    def mark(name: str) -> None:
        now = [time.time(), time.process_time()]
        parts[name] = (now[0] - last[0], now[1] - last[1])
        last[:] = now

    def then(name: str, function: Callable[..., Any], before: str = "") -> Callable[..., Any]:
        def marked(*given: Any, **options: Any) -> Any:
            if before:
                mark(before)
            done = function(*given, **options)
            mark(name)
            if name == "step":
                print(json.dumps(parts), flush=True)
                os._exit(0)
            return done

        return marked

    from mmdrp.cli import main as mmdrp
    from mmdrp.cli.config import study_of_config
    from mmdrp.training.build import data_of, module_of
    from mmdrp.training.lightning.module import ResponseModule

    mark("imports")
    opened = then("study", study_of_config, before="options")
    with (
        tempfile.TemporaryDirectory() as scratch,
        patch("mmdrp.cli.commands.training.train.study_of_config", opened),
        patch("mmdrp.training.fit.data_of", then("tables", data_of)),
        patch("mmdrp.training.fit.module_of", then("base", module_of)),
        patch.object(ResponseModule, "optimizer_step", then("step", ResponseModule.optimizer_step)),
    ):
        mmdrp(["train", f"study.path={root}", f"out={scratch}/run"])


def epochs(root: str, count: int) -> tuple[float, float]:
    """Return the median processor seconds of an epoch, ours and bare; the network has no base."""
    import torch
    from pytorch_lightning import Callback, LightningModule, Trainer

    from mmdrp.data.study import Study
    from mmdrp.training.build import data_of, module_of
    from mmdrp.training.fit import fit
    from mmdrp.training.model import ResponseModel
    from mmdrp.training.model.keywords import spec_from

    study = Study.read(root)
    usual = spec_from(ResponseModel(base="none"), study)
    trainer = replace(usual.train.trainer, max_epochs=2, accelerator="cpu")
    spec = replace(usual, train=replace(usual.train, trainer=trainer, patience=99))
    data = data_of(spec, study)
    spent: dict[str, list[float]] = {"ours": [], "bare": []}

    class Clock(Callback):
        def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
            spent["ours"].append(-time.process_time())

        def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
            spent["ours"][-1] += time.process_time()

    @contextmanager
    def timed() -> Iterator[None]:
        before = time.process_time()
        yield
        spent["bare"].append(time.process_time() - before)

    module = module_of(spec, data, study)
    for turn in range(count // 2):
        fit(replace(spec.train, seed=turn), data, module, callbacks=(Clock(),))
        optimizer: Any = module.configure_optimizers()
        module.train()
        for _ in range(2):
            with timed():
                for batch in data.train_dataloader():
                    optimizer.zero_grad()
                    module.loss(module.predicted(batch), batch.y, batch.weight).backward()
                    torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
                    optimizer.step()
                module.eval()
                with torch.inference_mode():
                    for batch in data.val_dataloader():
                        module.loss(module.predicted(batch), batch.y, batch.weight).item()
                module.train()
    return statistics.median(spent["ours"]), statistics.median(spent["bare"])


if __name__ == "__main__":
    first_step(sys.argv[1], float(sys.argv[2]))
