"""One AdamW step on the default panel network's parameters: the fused kernel against the loop."""

import time

import torch
from torch import nn

WIDTHS = ((6163, 256), (5684, 256), (5678, 256), (256, 64), (256, 64), (256, 64), (195, 128))
STEPS = 30


def seconds(fused: bool) -> float:
    """Return the seconds of one step, warmed up."""
    torch.manual_seed(0)
    layers = nn.ModuleList(nn.Linear(*pair) for pair in WIDTHS)
    for parameter in layers.parameters():
        parameter.grad = torch.randn_like(parameter)
    optimizer = torch.optim.AdamW(layers.parameters(), lr=1e-3, fused=fused, foreach=False)
    for _ in range(3):
        optimizer.step()
    started = time.perf_counter()
    for _ in range(STEPS):
        optimizer.step()
    return (time.perf_counter() - started) / STEPS


def main() -> dict[str, float | int | str]:
    loop, fused = seconds(fused=False), seconds(fused=True)
    return {"ratio": loop / fused, "loop_ms": loop * 1e3, "fused_ms": fused * 1e3}
