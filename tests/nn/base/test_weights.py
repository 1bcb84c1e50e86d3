"""Weights chosen by leave-one-out."""

import torch

from mmdrp.nn.base.weights import choose


def test_the_kernel_that_matters_gets_the_weight() -> None:
    g = torch.Generator().manual_seed(0)
    x = {s: torch.randn(60, 5, generator=g, dtype=torch.float64) for s in ("a", "b", "c")}
    y = x["b"] @ torch.randn(5, 8, generator=g, dtype=torch.float64)
    y = y + 0.2 * torch.randn(60, 8, generator=g, dtype=torch.float64)
    y = y - y.mean(0)
    kernels = {s: (v - v.mean(0)) @ (v - v.mean(0)).T / 5 for s, v in x.items()}
    weight = choose(kernels, y, torch.ones(60, 8, dtype=torch.bool))
    assert weight["b"] == 1.0
    assert weight["a"] < 0.02
    assert weight["c"] < 0.02
