"""Factored against Captum's integrated gradients, full network: 63,000 features, 65 M weights."""

import os
import time
from collections.abc import Callable

import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from mmdrp.attribution.methods.integrated import Integrated
from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.batch import Batch
from mmdrp.nn.encoder import MLPEncoder, mlp
from mmdrp.nn.fusion import ConcatFusion
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

DIMS = {"expression": 19_000, "mutation": 18_500, "cnv": 18_500, "methylation": 7_000}
HIDDEN, LATENT, TASKS, STEPS, REPEATS = 1024, 64, 32, 32, 3


def network() -> ResponseNet:
    """A network of the full study's size, at random weights."""
    torch.manual_seed(0)
    scale = {s: Standardize(d, kept=d) for s, d in DIMS.items()}
    for part in scale.values():
        part.keep.copy_(torch.arange(part.input_dim))
    encoder = {s: MLPEncoder(d, [HIDDEN], LATENT) for s, d in DIMS.items()}
    fusion = ConcatFusion(dict.fromkeys(DIMS, LATENT))
    head = mlp([fusion.output_dim, 256, TASKS], 0.0)
    axis = dict.fromkeys(DIMS, "cell")
    return ResponseNet(axis, scale, encoder, fusion, head, ResponseScale(TASKS)).eval()


def fastest(work: Callable[[], object]) -> float:
    """Return the least processor seconds of some repeats: other processes do not count."""
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        seconds.append(time.process_time() - start)
    return min(seconds)


def main() -> dict[str, float | int | str]:
    lines = int(os.environ.get("LINES", "48"))
    net = network()
    inputs = {s: torch.randn(lines, d) for s, d in DIMS.items()}
    present = {s: torch.ones(lines, dtype=torch.bool) for s in DIMS}
    x, mean = tuple(inputs.values()), tuple(torch.zeros_like(v) for v in inputs.values())

    def whole(*raw: Tensor) -> Tensor:
        """Predict the first task from raw features, as the network does."""
        rows = torch.arange(len(raw[0]))
        here = {s: torch.ones(len(rows), dtype=torch.bool) for s in DIMS}
        y = torch.zeros(len(rows), TASKS)
        given = dict(zip(DIMS, raw, strict=True))
        out: Tensor = net(Batch(given, here, {"cell": rows}, {"cell": rows}, y, y, rows))
        return out[:, 0]

    def direct() -> tuple[Tensor, ...]:
        method = IntegratedGradients(whole)
        found: tuple[Tensor, ...] = method.attribute(
            x, baselines=mean, n_steps=STEPS, method="gausslegendre"
        )
        return found

    def factored(tasks: int = 1) -> dict[str, Tensor]:
        seen = ProjectedNetwork.of(net, inputs, present, 0)
        everyone = torch.arange(lines)
        found = [Integrated(STEPS)(seen.take(everyone, task)) for task in range(tasks)]
        return found[0].values

    expected, values = direct(), factored()
    most = max(float(e.abs().max()) for e in expected)
    error = max(
        float((values[s] - e.float()).abs().max()) for s, e in zip(DIMS, expected, strict=True)
    )
    slow, quick = fastest(direct), fastest(factored)
    several = fastest(lambda: factored(8)) / 8
    return {
        "ratio": slow / quick, "max_rel_error": error / most, "ratio_of_8_drugs": slow / several,
        "direct_cpu_s": slow, "factored_cpu_s": quick, "lines": lines, "steps": STEPS,
        "features": sum(DIMS.values()), "weights": sum(p.numel() for p in net.parameters()),
        "threads": torch.get_num_threads(),
    }  # fmt: skip
