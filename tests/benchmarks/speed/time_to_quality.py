"""CTRPv2: wall time until validation RMSE is where a run with random batches ends."""

import sys
import time

import torch
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from mmdrp.cli.launch import config_dir
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.training import build
from mmdrp.training.lightning.module import ResponseModule
from tests.benchmarks._bases import study_of

RANDOM = ["sampler=random", "sampler.size=512"]
BLOCK = ["sampler=block", "sampler.lines=64", "sampler.pairs=48", "optimizer.lr=3e-3",
         "scheduler=cosine", "trainer.max_epochs=4"]  # fmt: skip
SAME = ["study=ctrpv2", "response=auc", "base=none", "out=none",
        "modality=[expression,mutation,cnv,rppa,metabolomics,histone]"]  # fmt: skip
PATIENCE = 4


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    curves = {}
    for name, words in (("random", RANDOM), ("block", BLOCK)):
        with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
            cfg = compose("train", [*SAME, f"study.path={study.root}", *words])
        torch.manual_seed(cfg.seed)
        data = build.data_of(cfg, study)
        curves[name] = learn(cfg, data, build.module_of(cfg, data, study))
    best = {name: min(rmse for _, rmse in curve) for name, curve in curves.items()}
    ended = next(s for s, rmse in curves["random"] if rmse == best["random"])
    reached = next((s for s, rmse in curves["block"] if rmse <= best["random"]), float("nan"))
    return {
        "ratio": ended / reached,
        "rmse_block": best["block"],
        "rmse_random": best["random"],
        "seconds_block": reached,
        "seconds_random": ended,
    }


def learn(cfg: DictConfig, data: ResponseData, module: ResponseModule) -> list[tuple[float, float]]:
    """Return seconds spent learning and validation RMSE after every epoch, until it stops falling.

    Validation itself is not counted, for either.
    """
    made = module.configure_optimizers()
    optimizer, schedule = (
        (made["optimizer"], made["lr_scheduler"]) if isinstance(made, dict) else (made, None)
    )
    spent = 0.0
    curve: list[tuple[float, float]] = []
    loader = data.train_dataloader()
    while len(curve) < cfg.trainer.max_epochs:
        started = time.perf_counter()
        module.train()
        for batch in loader:
            optimizer.zero_grad()
            module.loss(module.predicted(batch), batch.y, batch.weight).backward()
            torch.nn.utils.clip_grad_norm_(module.parameters(), cfg.trainer.gradient_clip_val)
            optimizer.step()
        if schedule is not None:
            schedule.step()
        spent += time.perf_counter() - started
        curve.append((spent, rmse(module, data)))
        print(f"epoch {len(curve)}: {spent:.1f} s, {curve[-1][1]:.4f}", file=sys.stderr, flush=True)
        if min(range(len(curve)), key=lambda i: curve[i][1]) <= len(curve) - 1 - PATIENCE:
            break
    return curve


def rmse(module: ResponseModule, data: ResponseData) -> float:
    """Return the root mean squared error on validation."""
    module.eval()
    with torch.inference_mode():
        errors = [
            (module.net.learned(batch) - batch.y) ** 2
            for batch in data.predict_loader("validation")
        ]
    return float(torch.cat(errors).mean().sqrt())
