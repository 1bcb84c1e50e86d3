"""Small networks and lines for tests of attribution."""

import torch
from torch import Tensor

from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.encoder import LinearEncoder, MLPEncoder, mlp
from mmdrp.nn.fusion import AttentionFusion, ConcatFusion
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.offset import Offset
from mmdrp.nn.scale import ResponseScale, Standardize

DIMS = {"expression": 11, "rppa": 6}


def network(
    linear: bool = False, tasks: int = 3, attention: bool = False, offset: Offset | None = None
) -> ResponseNet:
    torch.manual_seed(3)
    scale = {s: Standardize(d).fit(torch.randn(40, d) * 3 + 1) for s, d in DIMS.items()}
    if linear:
        encoder: dict[str, torch.nn.Module] = {s: LinearEncoder(d, 5) for s, d in DIMS.items()}
    else:
        encoder = {s: MLPEncoder(d, [9, 7], 5, 0.5, 0.5) for s, d in DIMS.items()}
    dims = dict.fromkeys(DIMS, 5)
    fusion = AttentionFusion(dims, 6, 4) if attention else ConcatFusion(dims)
    width = fusion.output_dim
    head = mlp([width, tasks] if linear else [width, 8, tasks], 0.5)
    response = ResponseScale(tasks).fit(torch.randn(30, tasks) * 2)
    axis = (
        {**dict.fromkeys(DIMS, "cell"), "tissue": "cell"} if offset else dict.fromkeys(DIMS, "cell")
    )
    return ResponseNet(axis, scale, encoder, fusion, head, response, offset=offset).eval()


def lines(n: int = 14) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    draw = torch.Generator().manual_seed(5)
    inputs = {s: torch.randn(n, d, generator=draw) * 3 + 1 for s, d in DIMS.items()}
    present = {s: torch.ones(n, dtype=torch.bool) for s in DIMS}
    present["rppa"][:4] = False
    return inputs, present


def seen(
    net: ResponseNet, task: int = 1, baseline: dict[str, Tensor] | None = None
) -> ProjectedNetwork:
    inputs, present = lines()
    return ProjectedNetwork.of(net, inputs, present, task, (), baseline)


def kernel_base(tasks: int = 3, n: int = 30) -> tuple[Kernel, dict[str, Tensor], dict[str, Tensor]]:
    """A fitted base with single features and the tissue product, and its lines."""
    draw = torch.Generator().manual_seed(8)
    inputs = {s: torch.randn(n, d, generator=draw) * 2 + 1 for s, d in DIMS.items()}
    tissue = torch.randint(3, (n,), generator=draw)
    inputs["tissue"] = torch.nn.functional.one_hot(tissue, 3).float()
    present = {s: torch.ones(n, dtype=torch.bool) for s in inputs}
    present["rppa"][:5] = False
    y = torch.randn(n, tasks, generator=draw) + 2 * inputs["expression"][:, :tasks]
    base = Kernel(
        {"expression": 1.0, "rppa": 0.5}, marker_threshold={"expression": 2.0, "rppa": 2.0}
    )
    base.fit(inputs, present, y)
    return base.double(), {s: x.double() for s, x in inputs.items()}, present
