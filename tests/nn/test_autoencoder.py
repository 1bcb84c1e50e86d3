"""Autoencoders, components and initial weights, against oracles."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.nn.encoder import LinearEncoder, MLPEncoder
from mmdrp.nn.initial import he_uniform, start
from mmdrp.nn.pca import PCAEncoder
from mmdrp.nn.scale import Standardize


def low_rank(n: int = 80, d: int = 12, rank: int = 3, noise: float = 0.1) -> Tensor:
    torch.manual_seed(0)
    return torch.randn(n, rank) @ torch.randn(rank, d) + noise * torch.randn(n, d)


def trained(net: Autoencoder, x: Tensor, steps: int = 800, lr: float = 1e-2) -> float:
    optimizer = torch.optim.Adam(net.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        torch.autograd.backward(net.loss(x))
        optimizer.step()
    return float(net.loss(x).detach())


def test_decoder_mirrors_the_encoder() -> None:
    scale = Standardize(9).fit(low_rank(d=9))
    net = Autoencoder(scale, MLPEncoder(9, [7, 5], 2, activation="relu"))
    widths = [(m.in_features, m.out_features) for m in net.modules() if isinstance(m, nn.Linear)]
    assert widths == [(9, 7), (7, 5), (5, 2), (2, 5), (5, 7), (7, 9)]
    assert net.encode(low_rank(d=9)).shape == (80, 2)


def test_a_linear_autoencoder_reaches_what_principal_components_leave() -> None:
    x = low_rank()
    scale = Standardize(12).fit(x)
    net = Autoencoder(scale, LinearEncoder(12, 3, input_dropout=0.0))
    z = scale(x).double().numpy()
    pca = PCA(3).fit(z)
    oracle = float(((z - pca.inverse_transform(pca.transform(z))) ** 2).mean())
    found = trained(net, x)
    assert oracle * 0.999 <= found < oracle * 1.05
    assert found < 0.1 * net.mean_loss(x, x)


def test_unmeasured_values_are_not_reconstructed() -> None:
    x = low_rank()
    net = Autoencoder(
        Standardize(12).fit(x), MLPEncoder(12, [8], 3, dropout=0.0, input_dropout=0.0)
    )
    holed = x.clone()
    holed[::2, 3] = torch.nan
    loss = net.loss(holed)
    torch.autograd.backward(loss)
    assert all(torch.isfinite(p.grad).all() for p in net.parameters() if p.grad is not None)
    target, out = net.scale(holed), net(holed)
    seen = torch.isfinite(holed)
    assert float(loss.detach()) == pytest.approx(
        float(((out - target)[seen] ** 2).mean().detach()), rel=1e-6
    )


def test_cross_entropy_takes_zeros_and_ones_only() -> None:
    binary = (low_rank() > 0).float()
    raw = Standardize(12, centre=False, power=0.0)
    net = Autoencoder(
        raw.fit(binary), MLPEncoder(12, [8], 3, dropout=0.0, input_dropout=0.0), objective="bce"
    )
    net.check(binary)
    assert trained(net, binary, steps=200) < 0.5 * net.mean_loss(binary, binary)
    with pytest.raises(MmdrpError, match="not 0/1"):
        net.check(low_rank())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"output": "tanh"}, "output=tanh"),
        ({"objective": "mae"}, "objective=mae"),
        ({"objective": "bce", "output": "relu"}, "needs linear"),
    ],
)
def test_options_that_mean_nothing(options: dict[str, str], said: str) -> None:
    with pytest.raises(MmdrpError, match=said):
        Autoencoder(Standardize(4), LinearEncoder(4, 2), **options)  # type: ignore[arg-type]


def test_components_are_those_of_scikit_learn() -> None:
    x = low_rank(n=30, d=50, rank=6)
    encoder = PCAEncoder(50, 4).fit(x)
    oracle = PCA(4, svd_solver="full").fit_transform(x.double().numpy())
    oracle /= oracle.std(axis=0)
    found = encoder(x).numpy()
    for j in range(4):
        assert abs(np.corrcoef(found[:, j], oracle[:, j])[0, 1]) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(np.abs(found), np.abs(oracle), atol=1e-3)
    assert not any(p.requires_grad for p in encoder.parameters())


def test_components_beyond_the_rows_are_zero() -> None:
    encoder = PCAEncoder(20, 8).fit(low_rank(n=5, d=20))
    assert encoder(low_rank(n=5, d=20))[:, 4:].abs().max() == 0
    other = PCAEncoder(20, 8)
    other.load_state_dict(encoder.state_dict())
    torch.testing.assert_close(other(torch.ones(1, 20)), encoder(torch.ones(1, 20)))


def test_he_uniform_draws_within_its_bound_and_leaves_what_is_fixed() -> None:
    layer, fixed = nn.Linear(600, 50), PCAEncoder(50, 4)
    net = nn.Sequential(layer, nn.ReLU(), fixed)
    before = fixed.project.weight.clone()
    he_uniform(net)
    bound = (6 / 600) ** 0.5
    assert 0.98 * bound < float(layer.weight.detach().abs().max()) <= bound
    assert float(layer.weight.detach().std()) == pytest.approx((2 / 600) ** 0.5, rel=0.02)
    assert layer.bias.detach().abs().max() == 0
    assert torch.equal(fixed.project.weight, before)
    with pytest.raises(MmdrpError, match="init=xavier"):
        start("xavier", net)


def test_raw_scaling_changes_nothing() -> None:
    binary = (low_rank() > 0).float()
    raw = Standardize(12, centre=False, power=0.0).fit(binary)
    assert torch.equal(raw(binary), binary)
