"""Fusions against their formulas."""

import pytest
import torch
from torch import Tensor, nn

from mmdrp.nn.fusion import (
    AttentionFusion,
    ConcatFusion,
    LowRankFusion,
    MeanFusion,
    ProductFusion,
)

DIMS = {"expression": 3, "rppa": 4, "drug": 2}


def embeddings(n: int = 5) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    torch.manual_seed(0)
    z = {s: torch.randn(n, d) for s, d in DIMS.items()}
    present = {s: torch.rand(n) > 0.3 for s in DIMS}
    return z, present


def test_low_rank_equals_the_contracted_outer_product() -> None:
    z, present = embeddings()
    fusion = LowRankFusion(DIMS, dim=6, rank=3)
    for p in fusion.parameters():
        nn.init.normal_(p)
    padded = {
        s: torch.cat([torch.where(present[s][:, None], x, 0.0), torch.ones(len(x), 1)], 1)
        for s, x in z.items()
    }
    outer = torch.einsum("bi,bj,bk->bijk", *(padded[s] for s in DIMS))
    factors = []
    for s in DIMS:
        layer = fusion.factor[s]
        assert isinstance(layer, nn.Linear)
        full = torch.cat([layer.weight, layer.bias[:, None]], 1)  # (rank * dim, d + 1)
        factors.append(full.view(3, 6, -1))
    weight = torch.einsum("r,rdi,rdj,rdk->dijk", fusion.weight, *factors)
    expected = torch.einsum("dijk,bijk->bd", weight, outer) + fusion.bias
    torch.testing.assert_close(fusion(z, present), expected, atol=1e-4, rtol=1e-4)


def test_an_absent_source_leaves_the_low_rank_constant_only() -> None:
    z, present = embeddings()
    fusion = LowRankFusion({"expression": 3}, dim=6, rank=3)
    nobody = {s: torch.zeros_like(p) for s, p in present.items()}
    layer = fusion.factor["expression"]
    assert isinstance(layer, nn.Linear)
    constant = torch.einsum("r,rd->d", fusion.weight, layer.bias.view(3, 6))
    torch.testing.assert_close(fusion(z, nobody), constant.expand(5, 6))
    torch.testing.assert_close(constant, torch.ones(6))  # the start: no opinion


def test_a_product_of_experts_is_the_precision_weighted_mean() -> None:
    z, present = embeddings()
    fusion = ProductFusion(DIMS, dim=4)
    top, bottom = torch.zeros(5, 4), torch.ones(5, 4)
    for s in DIMS:
        precision = nn.functional.softplus(fusion.precision[s](z[s])) * present[s][:, None]
        top = top + precision * fusion.mean[s](z[s])
        bottom = bottom + precision
    torch.testing.assert_close(fusion(z, present), top / bottom)


def test_an_expert_that_is_sure_prevails() -> None:
    fusion = ProductFusion({"a": 1, "b": 1}, dim=1)
    for p in fusion.parameters():
        nn.init.zeros_(p)
    sure, says = fusion.precision["a"], fusion.mean["a"]
    assert isinstance(sure, nn.Linear)
    assert isinstance(says, nn.Linear)
    nn.init.constant_(sure.bias, 1e4)
    nn.init.constant_(says.bias, 7.0)
    z, here = {s: torch.zeros(1, 1) for s in "ab"}, {s: torch.tensor([True]) for s in "ab"}
    assert fusion(z, here).item() == pytest.approx(7.0, rel=1e-3)


@pytest.mark.parametrize("kind", [MeanFusion, AttentionFusion, ProductFusion, LowRankFusion])
def test_the_order_of_sources_changes_nothing(kind: type[nn.Module]) -> None:
    z, present = embeddings()
    one = kind(DIMS)
    other = kind(dict(reversed(DIMS.items())))
    other.load_state_dict(one.state_dict())
    backwards = {s: z[s] for s in reversed(DIMS)}
    torch.testing.assert_close(one(z, present), other(backwards, present))


def test_a_layer_of_concat_is_the_sum_of_the_sources_shares() -> None:
    z, present = embeddings()
    fusion = ConcatFusion(DIMS)
    layer = nn.Linear(fusion.output_dim, 7)
    shares = fusion.through(layer, fusion.each(z, present), present)
    assert list(shares) == list(DIMS)
    total = torch.stack(list(shares.values())).sum(0)
    torch.testing.assert_close(total, layer(fusion(z, present)))


def test_concat_keeps_each_source_in_a_place_of_its_own() -> None:
    z, present = embeddings()
    fusion = ConcatFusion(DIMS)
    shuffled = {s: z[s] for s in reversed(DIMS)}
    assert torch.equal(fusion(z, present), fusion(shuffled, present))
    assert fusion(z, present).shape == (5, 3 + 4 + 2 + 3)
