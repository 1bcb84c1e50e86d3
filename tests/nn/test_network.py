"""What a network must and must not feel."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from mmdrp.batch import Batch
from mmdrp.nn.encoder import LinearEncoder, MLPEncoder, mlp
from mmdrp.nn.fusion import (
    AttentionFusion,
    ConcatFusion,
    Fusion,
    LowRankFusion,
    MeanFusion,
    ProductFusion,
)
from mmdrp.nn.loss import MAE, MSE, RMSE, Huber
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

FUSIONS: list[Callable[..., Fusion]] = [
    ConcatFusion,
    MeanFusion,
    AttentionFusion,
    ProductFusion,
    LowRankFusion,
]
STAGES = [(fusion, None) for fusion in FUSIONS] + [(ConcatFusion, fusion) for fusion in FUSIONS]
DIMS = {"expression": 12, "mutation": 7, "drug": 9}
AXIS = {"expression": "cell", "mutation": "cell", "drug": "drug"}


def network(
    fusion: Callable[..., Fusion] = ConcatFusion,
    cell_fusion: Callable[..., Fusion] | None = None,
    tasks: int = 1,
) -> ResponseNet:
    torch.manual_seed(0)
    scale = {s: Standardize(d).fit(torch.randn(30, d) * 2 + 1) for s, d in DIMS.items()}
    encoder = {s: MLPEncoder(d, [8], 6, 0.2, 0.1) for s, d in DIMS.items()}
    dims, cells = dict.fromkeys(DIMS, 6), None
    if cell_fusion is not None:
        cells = cell_fusion(input_dims={"expression": 6, "mutation": 6})
        dims = {"cell": cells.output_dim, "drug": 6}
    joined = fusion(input_dims=dims)
    head = mlp([joined.output_dim, 10, tasks], 0.2)
    response = ResponseScale(tasks).fit(torch.randn(20, tasks))
    return ResponseNet(AXIS, scale, encoder, joined, head, response, 0.3, cell_fusion=cells)


def batch(seed: int = 0, cells: int = 6, drugs: int = 4, pairs: int = 15) -> Batch:
    draw = torch.Generator().manual_seed(seed)
    size = {"cell": cells, "drug": drugs}
    inputs = {s: torch.randn(size[AXIS[s]], d, generator=draw) for s, d in DIMS.items()}
    present = {s: torch.rand(size[AXIS[s]], generator=draw) > 0.4 for s in DIMS}
    present["drug"] |= True
    index = {a: torch.randint(0, n, (pairs,), generator=draw) for a, n in size.items()}
    y = torch.randn(pairs, 1, generator=draw)
    known = {a: torch.full((n,), -1) for a, n in size.items()}
    return Batch(inputs, present, index, known, y, torch.ones_like(y), torch.arange(pairs))


def stuffed(b: Batch, what: float) -> Batch:
    inputs = {}
    for source, x in b.inputs.items():
        x = x.clone()
        x[~b.present[source]] = what
        inputs[source] = x
    return b._replace(inputs=inputs)


@pytest.mark.parametrize(("fusion", "cells"), STAGES)
@given(seed=st.integers(0, 50), what=st.sampled_from([0.0, 1e30, float("nan"), float("inf")]))
@settings(max_examples=20, deadline=None)
def test_what_stands_in_a_missing_modality_changes_nothing(
    fusion: Callable[..., Fusion],
    cells: Callable[..., Fusion] | None,
    seed: int,
    what: float,
) -> None:
    net = network(fusion, cells).train()
    b = batch(seed)
    results = []
    for here in (b, stuffed(b, what)):
        net.zero_grad()
        torch.manual_seed(1)
        pred = net(here)
        MSE()(pred, here.y, here.weight).backward()
        grads = [p.grad.clone() for p in net.parameters() if p.grad is not None]
        results.append((pred.detach(), grads))
    assert torch.equal(results[0][0], results[1][0])
    assert all(torch.equal(g, h) for g, h in zip(results[0][1], results[1][1], strict=True))
    assert torch.isfinite(results[0][0]).all()


@pytest.mark.parametrize("fusion", FUSIONS)
def test_a_present_modality_does_matter(fusion: Callable[..., Fusion]) -> None:
    net, b = network(fusion).eval(), batch()
    moved = b._replace(inputs={**b.inputs, "expression": b.inputs["expression"] + 1})
    assert not torch.allclose(net(b), net(moved))


@pytest.mark.parametrize(("fusion", "cells"), STAGES)
def test_entities_once_equals_pair_by_pair(
    fusion: Callable[..., Fusion], cells: Callable[..., Fusion] | None
) -> None:
    net, b = network(fusion, cells).eval(), batch()
    loss = nn.MSELoss()
    together = net(b)
    loss(together, b.y).backward()
    grads = [p.grad.clone() for p in net.parameters() if p.grad is not None]
    net.zero_grad()
    one_by_one = torch.cat([net(single(b, k)) for k in range(len(b.y))])
    loss(one_by_one, b.y).backward()
    torch.testing.assert_close(together, one_by_one, atol=1e-5, rtol=1e-5)
    again = [p.grad for p in net.parameters() if p.grad is not None]
    torch.testing.assert_close(grads, again, atol=1e-5, rtol=1e-5)


def single(b: Batch, k: int) -> Batch:
    """The batch of one example, its entities alone."""
    pick = {a: i[k : k + 1] for a, i in b.index.items()}
    return Batch(
        {s: x[pick[AXIS[s]]] for s, x in b.inputs.items()},
        {s: p[pick[AXIS[s]]] for s, p in b.present.items()},
        {a: torch.zeros(1, dtype=torch.int64) for a in pick},
        {a: torch.full((1,), -1) for a in pick},
        b.y[k : k + 1], b.weight[k : k + 1], b.example[k : k + 1],
    )  # fmt: skip


def test_any_subset_of_modalities_predicts() -> None:
    net, b = network().eval(), batch()
    for keep in ([], ["expression"], ["mutation"], ["expression", "mutation"]):
        present = {
            s: p if s in keep or s == "drug" else torch.zeros_like(p) for s, p in b.present.items()
        }
        assert torch.isfinite(net(b._replace(present=present))).all()


def test_modality_dropout_spares_the_last_one() -> None:
    net = network()
    net.modality_dropout = 0.5
    b = batch(cells=200)
    before = torch.stack([b.present[s] for s in ("expression", "mutation")], 1)
    thinned = net._thinned(b.present)
    after = torch.stack([thinned[s] for s in ("expression", "mutation")], 1)
    assert torch.equal(after.any(1), before.any(1))
    assert not (after & ~before).any()
    assert (before.all(1) & ~after.all(1)).any()


def test_attention_weights_sum_to_one_over_the_present() -> None:
    fusion = AttentionFusion({"a": 3, "b": 3}, 4, 2)
    present = {"a": torch.tensor([True, True, False]), "b": torch.tensor([True, False, False])}
    parts = fusion.each({"a": torch.randn(3, 3), "b": torch.randn(3, 3)}, present)
    share = fusion.weights(parts, present)
    torch.testing.assert_close(share.sum(1), torch.tensor([1.0, 1.0, 0.0]))
    assert share[1, 1] == 0


class TestStandardize:
    def test_equals_the_z_score(self) -> None:
        x = torch.randn(40, 5).double() * 3 + 2
        z = Standardize(5).fit(x)(x.float()).double()
        expected = (x - x.mean(0)) / x.std(0, unbiased=False)
        torch.testing.assert_close(z, expected, atol=1e-5, rtol=1e-5)

    def test_filters_and_fills(self) -> None:
        x = torch.randn(20, 4)
        x[:, 0] = 1.0  # constant
        x[:15, 1] = torch.nan  # mostly unmeasured
        x[:4, 2] = torch.nan
        scale = Standardize(4, max_missing=0.5).fit(x)
        assert scale.keep.tolist() == [2, 3]
        assert torch.equal(scale(x)[:4, 0], torch.zeros(4))

    def test_min_count_drops_rare_mutations(self) -> None:
        x = torch.zeros(20, 2)
        x[:2, 0] = 1
        x[:6, 1] = 1
        assert Standardize(2, min_count=5).fit(x).keep.tolist() == [1]

    def test_restores_with_its_own_shape(self) -> None:
        scale = Standardize(3).fit(torch.tensor([[1.0, 0, 5], [2, 0, 6]]))
        again = Standardize(3, kept=scale.output_dim)
        again.load_state_dict(scale.state_dict())
        x = torch.randn(4, 3)
        assert torch.equal(scale(x), again(x))


def test_response_scale_learns_means_of_measured_values() -> None:
    y = torch.tensor([[1.0, torch.nan, torch.nan], [3.0, 5.0, torch.nan]])
    scale = ResponseScale(3).fit(y)
    torch.testing.assert_close(scale.mean, torch.tensor([2.0, 5.0, 3.0]))
    torch.testing.assert_close(scale(torch.zeros(1, 3)), scale.mean[None])


@pytest.mark.parametrize(
    ("loss", "plain"),
    [
        (MSE(), lambda e: e**2),
        (MAE(), np.abs),
        (Huber(0.5), lambda e: np.where(abs(e) < 0.5, e**2 / 2, 0.5 * (abs(e) - 0.25))),
    ],
)
def test_losses_see_measured_entries_only(
    loss: nn.Module, plain: Callable[[np.ndarray], np.ndarray]
) -> None:
    pred = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.tensor([[1.2, torch.nan], [0.0, 4.5]])
    weight = torch.tensor([[1.0, 9.0], [2.0, 1.0]])
    value = loss(pred, y, weight)
    error = np.array([1.0 - 1.2, 3.0 - 0.0, 4.0 - 4.5])
    expected = (plain(error) * np.array([1.0, 2.0, 1.0])).sum() / 4
    assert value.item() == pytest.approx(expected, rel=1e-5)
    value.backward()
    assert pred.grad is not None
    assert pred.grad[0, 1] == 0


def test_rmse_is_the_root_of_mse_and_has_a_slope_at_zero() -> None:
    pred, y = torch.tensor([[1.0], [3.0]], requires_grad=True), torch.tensor([[0.0], [1.0]])
    one = torch.ones(2, 1)
    assert RMSE()(pred, y, one).item() == pytest.approx(MSE()(pred, y, one).item() ** 0.5)
    RMSE()(pred, pred.detach(), one).backward()
    assert pred.grad is not None
    assert torch.equal(pred.grad, torch.zeros(2, 1))


def test_a_loss_of_nothing_measured_is_zero() -> None:
    pred: Tensor = torch.ones(2, 2, requires_grad=True)
    value = MSE()(pred, torch.full((2, 2), torch.nan), torch.ones(2, 2))
    value.backward()
    assert value.item() == 0
    assert pred.grad is not None
    assert torch.isfinite(pred.grad).all()


def test_linear_encoder_is_affine() -> None:
    encoder = LinearEncoder(5, 3).eval()
    a, b = torch.randn(2, 5), torch.randn(2, 5)
    torch.testing.assert_close(encoder(a + b) + encoder(a * 0), encoder(a) + encoder(b))
