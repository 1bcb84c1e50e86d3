"""Peak memory of pair training at CTRPv2's shape, and the time of an epoch on the real study."""

import resource
import subprocess
import sys
import time

import torch
from hydra import compose, initialize_config_dir

from mmdrp.cli.launch import config_dir
from mmdrp.training import build
from tests.benchmarks._bases import study_of
from tests.benchmarks._pairs import FEATURES, LINES, Learner, data

EPOCH = 330_000
ALL = "modality=[expression,mutation,cnv,rppa,metabolomics,histone,methylation]"


def main() -> dict[str, float | int | str]:
    # A process of its own: a peak is never forgotten.
    done = subprocess.run(
        [sys.executable, "-m", __name__], check=True, capture_output=True, text=True
    )
    peak, needed = map(float, done.stdout.split()[-2:])
    seconds, pairs = epoch()
    return {
        "peak_gb": peak / 1e9,
        "needed_gb": needed / 1e9,
        "factor": peak / needed,
        "epoch_s": seconds,
        "epoch_pairs": pairs,
        "s_per_330k": seconds * EPOCH / pairs,
    }


def one_epoch() -> tuple[float, float]:
    """Return peak memory, and parameters + optimiser state + tables, in bytes."""
    source, learner = data(), Learner()
    for batch in source.train_dataloader():
        learner.step(batch)
    parameters = 4 * sum(p.numel() for p in learner.net.parameters())
    tables = 4 * LINES * sum(FEATURES.values())
    peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak), float(3 * parameters + tables)  # Adam keeps two moments per parameter


def epoch() -> tuple[float, int]:
    """Return the seconds of the second epoch on CTRPv2, all modalities, and its pairs."""
    study = study_of("ctrpv2")
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        cfg = compose(
            "train",
            ["study=ctrpv2", f"study.path={study.root}", "response=auc", "base=none", "out=x", ALL],
        )
    loader = build.data_of(cfg, study)
    module = build.module_of(cfg, loader, study)
    optimizer, started, pairs = module.configure_optimizers(), 0.0, 0
    batches = loader.train_dataloader()
    for _ in range(2):
        started, pairs = time.perf_counter(), 0
        for batch in batches:
            optimizer.zero_grad()
            module.loss(module.predicted(batch), batch.y, batch.weight).backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), cfg.trainer.gradient_clip_val)
            optimizer.step()
            pairs += len(batch.y)
    return time.perf_counter() - started, pairs


if __name__ == "__main__":
    print(*one_epoch())
