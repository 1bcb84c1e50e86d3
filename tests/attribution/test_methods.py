"""Every method against Captum on the whole network, on linear networks, and by its axioms."""

from itertools import permutations

import captum.attr
import pytest
import torch
from torch import Tensor, nn

from mmdrp.attribution.methods.ablation import FeatureAblation
from mmdrp.attribution.methods.gradients import (
    DeepLift,
    GradientShap,
    InputXGradient,
    Saliency,
)
from mmdrp.attribution.methods.integrated import DirectIntegrated, Integrated, Method
from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.attribution.methods.shapley import Shapley, exact
from mmdrp.errors import MmdrpError
from tests.attribution.networks import DIMS, lines, network, seen

GROUP = {s: torch.linspace(-2, 3, d) for s, d in DIMS.items()}
STEPWISE: list[Method] = [
    Integrated(), DirectIntegrated(), InputXGradient(), DeepLift(), GradientShap(16),
    FeatureAblation(),
]  # fmt: skip


def named(method: object) -> str:
    return str(getattr(method, "name", method))


class Whole(nn.Module):
    """The full network as Captum sees it, from standardised inputs."""

    def __init__(self, view: ProjectedNetwork) -> None:
        super().__init__()
        self.net, self.view = view.net, view

    def forward(self, *x: Tensor) -> Tensor:
        return self.view.whole(*x)


def direct(method: str, view: ProjectedNetwork) -> tuple[Tensor, ...]:
    x, x0 = tuple(view.x.values()), tuple(view.x0.values())
    if method == "saliency":
        out = captum.attr.Saliency(view.whole).attribute(
            tuple(v.requires_grad_() for v in x), abs=False
        )
    elif method == "input_x_gradient":
        out = captum.attr.InputXGradient(view.whole).attribute(tuple(v.requires_grad_() for v in x))
    elif method == "feature_ablation":
        out = captum.attr.FeatureAblation(view.whole).attribute(x, baselines=x0)
    elif method == "deeplift":
        leaves = tuple(v.clone().requires_grad_() for v in x)
        out = captum.attr.DeepLift(Whole(view)).attribute(leaves, baselines=x0)
    else:
        out = captum.attr.IntegratedGradients(view.whole).attribute(
            x, baselines=x0, n_steps=32, method="gausslegendre"
        )
    found: tuple[Tensor, ...] = out
    return found


@pytest.mark.parametrize(
    "method", [Integrated(), Saliency(), InputXGradient(), FeatureAblation()], ids=named
)
@pytest.mark.parametrize("baseline", [None, GROUP], ids=["mean", "group"])
def test_factored_equals_captum_on_the_whole_network(
    method: Method, baseline: dict[str, Tensor] | None
) -> None:
    if baseline is not None and method.name == "input_x_gradient":
        pytest.skip("Captum's InputXGradient knows no baseline")
    view = seen(network(), baseline=baseline)
    expected = direct(method.name, view)
    for value, other, source in zip(method(view).values.values(), expected, DIMS, strict=True):
        other = torch.where(view.present[source][:, None], other, 0.0).float()
        torch.testing.assert_close(value, other, rtol=1e-4, atol=1e-5)


@pytest.mark.filterwarnings("ignore:Setting forward, backward hooks")
def test_deeplift_equals_captum_where_captum_knows_the_activation() -> None:
    net = network()
    for module in list(net.modules()):
        for name, layer in module.named_children():
            if isinstance(layer, nn.SiLU):
                setattr(module, name, nn.Tanh())
    view = seen(net, baseline=GROUP)
    for source, other in zip(DIMS, direct("deeplift", view), strict=True):
        value = DeepLift()(view).values[source]
        other = torch.where(view.present[source][:, None], other, 0.0)
        torch.testing.assert_close(value, other, rtol=1e-4, atol=1e-5)


def test_deeplift_adds_up_for_the_smooth_activations_too() -> None:
    before = dict(captum.attr._core.deep_lift.SUPPORTED_NON_LINEAR)
    result = DeepLift()(seen(network()))
    assert float(result.gap.abs().max()) < 1e-4 * float(result.change.abs().max())
    assert before == captum.attr._core.deep_lift.SUPPORTED_NON_LINEAR


def test_deeplift_refuses_attention_by_the_options_name() -> None:
    with pytest.raises(MmdrpError, match=r"method=deeplift.*fusion=concat"):
        DeepLift()(seen(network(attention=True)))


@pytest.mark.parametrize("method", STEPWISE, ids=named)
def test_a_linear_network_gets_weight_times_step(method: Method) -> None:
    net = network(linear=True)
    view = seen(net, task=2, baseline=GROUP)
    layer = next(net.head.children())
    weight = layer.weight[2].detach() * net.response.spread  # type: ignore[index]
    found = method(view)
    for i, source in enumerate(DIMS):
        slope = weight[5 * i : 5 * i + 5] @ net.part(source).project.weight.detach()
        expected = (view.x[source] - view.x0[source]) * slope
        torch.testing.assert_close(found.values[source], expected, rtol=1e-4, atol=1e-5)
    assert float(found.gap.abs().max()) < 1e-4


@pytest.mark.parametrize("method", [*STEPWISE, Saliency(), Shapley()], ids=named)
@pytest.mark.parametrize("what", [0.0, 1e30, float("nan")])
def test_a_missing_modality_gets_exactly_zero(method: Method, what: float) -> None:
    inputs, present = lines()
    before = method(ProjectedNetwork.of(network(), inputs, present, 0))
    inputs["rppa"][:4] = what
    after = method(ProjectedNetwork.of(network(), inputs, present, 0))
    assert not after.values["rppa"][:4].any()
    assert torch.equal(before.values["expression"], after.values["expression"])


@pytest.mark.parametrize("method", [*STEPWISE, Saliency()], ids=named)
def test_a_dummy_gets_zero_and_twins_get_the_same(method: Method) -> None:
    net = network()
    weight = net.part("expression").project.weight
    with torch.no_grad():
        weight[:, 0] = 0.0
        weight[:, 2] = weight[:, 1]
    scale = net.scale["expression"]
    scale.mean[2], scale.scale[2] = scale.mean[1], scale.scale[1]  # type: ignore[index, operator]
    inputs, present = lines()
    inputs["expression"][:, 2] = inputs["expression"][:, 1]
    values = method(ProjectedNetwork.of(net, inputs, present, 0)).values["expression"]
    assert float(values[:, 0].abs().max()) < 1e-7
    torch.testing.assert_close(values[:, 1], values[:, 2], rtol=1e-5, atol=1e-7)


def test_dropout_is_off() -> None:
    net = network().train()
    inputs, present = lines()
    first, second = (Integrated()(ProjectedNetwork.of(net, inputs, present, 0)) for _ in range(2))
    assert torch.equal(first.values["expression"], second.values["expression"])


def test_expected_gradients_come_near_integrated_ones() -> None:
    view = seen(network())
    exact_, drawn = Integrated()(view), GradientShap(400)(view)
    span = float(exact_.values["expression"].abs().max())
    assert (
        float((exact_.values["expression"] - drawn.values["expression"]).abs().max()) < 0.01 * span
    )
    assert float(drawn.gap.abs().max()) < 0.01 * float(drawn.change.abs().max())


def test_draws_spread_evenly_over_baselines_and_points() -> None:
    which, points = GradientShap(40).draws(4)
    assert sorted(which) == sorted([0, 1, 2, 3] * 10)
    assert all(i / 40 <= p < (i + 1) / 40 for i, p in enumerate(points))


def test_shapley_equals_the_mean_over_all_orders() -> None:
    draw = torch.Generator().manual_seed(0)
    players = ["a", "b", "c", "d"]
    game = {
        frozenset(p for i, p in enumerate(players) if mask >> i & 1): torch.randn(3, generator=draw)
        for mask in range(16)
    }
    found = exact(players, game.__getitem__)
    for player in players:
        gains = []
        for order in permutations(players):
            before = frozenset(order[: order.index(player)])
            gains.append(game[before | {player}] - game[before])
        torch.testing.assert_close(found[player], torch.stack(gains).mean(0))
    total = torch.stack(list(found.values())).sum(0)
    torch.testing.assert_close(total, game[frozenset(players)] - game[frozenset()])


def test_shapley_of_a_dummy_is_zero_and_of_twins_alike() -> None:
    def worth(inside: frozenset[str]) -> Tensor:
        return torch.tensor([float(bool({"a", "b"} & inside))])

    found = exact(["a", "b", "nobody"], worth)
    assert float(found["nobody"]) == pytest.approx(0, abs=1e-6)
    assert float(found["a"]) == float(found["b"]) == pytest.approx(0.5)


def test_shapley_refuses_too_many_modalities() -> None:
    with pytest.raises(MmdrpError, match="13 modalities make 8192 subsets"):
        exact([str(i) for i in range(13)], lambda _: torch.zeros(1))


def test_modalities_shares_add_up_to_the_whole_change() -> None:
    result = Shapley()(seen(network(attention=True)))
    assert float(result.gap.abs().max()) < 1e-5
    assert all(v.shape == (14, 1) for v in result.values.values())
