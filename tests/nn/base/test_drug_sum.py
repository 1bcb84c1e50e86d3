"""Kernels over drugs summed: against refits, planted kernels found, noise left out."""

import pytest
import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.drugs.choice import Grid, choose, components, grids_of, summed
from mmdrp.nn.base.drugs.path import baseline, drug_shares
from mmdrp.nn.base.drugs.similarity import Linear, Rbf, Sets
from mmdrp.nn.base.drugs.smoother import Smoother
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from mmdrp.nn.base.kernel import Kernel

T, N, D = 40, 30, 6
DRAW = torch.Generator().manual_seed(3)
EMBEDDING = torch.randn(T, D, generator=DRAW).double()
COUNTS = (torch.rand(T, 25, generator=DRAW) < 0.4).double()
TARGETS = torch.nn.functional.one_hot(torch.arange(T) // 4).double()
KNOWN = {"structure": COUNTS, "embedding": EMBEDDING, "targets": TARGETS}


def planted(x: Tensor = EMBEDDING) -> Tensor:
    """Responses (n, t) that are smooth in an embedding, drug means more so."""
    draw = torch.Generator().manual_seed(4)
    loads = torch.randn(N, x.shape[1], generator=draw).double()
    mean = 2 * x @ torch.randn(x.shape[1], generator=draw).double()
    noise = 0.3 * torch.randn(N, len(x), generator=draw).double()
    return mean + loads @ x.T + torch.randn(N, 1, generator=draw).double() + noise


def some(rows: Tensor) -> dict[str, Tensor]:
    return {what: x[rows] for what, x in KNOWN.items()}


def fitted(
    y: Tensor, options: DrugOptions | None = None, known: dict[str, Tensor] | None = None
) -> DrugSum:
    return DrugSum(options).fit(y.mean(0), y, known or KNOWN, y).double()


def test_a_row_left_out_is_predicted_as_by_a_refit() -> None:
    """The constant included: without the row it is another one."""
    K, z = Rbf().fit(EMBEDDING)(EMBEDDING), planted()[:3]
    design = torch.stack([torch.ones(T), (torch.arange(T) >= 25).float()], 1).double()
    penalty = torch.linspace(0.2, 0.6, T).double()
    for kind in (torch.ones(T, 1).double(), design):
        whole = Smoother().fit(K, penalty, kind)
        j, rest = 30, torch.arange(T) != 30
        without = Smoother().fit(K[rest][:, rest], penalty[rest], kind[rest])
        if kind.shape[1] == 1:
            weights = without(K[j : j + 1, rest])
        else:  # a drug of the second source has both constants
            weights = without(K[j : j + 1, rest], 0) + without.constant[:, 1:]
        expected = z[:, rest] @ weights[:, 0]
        torch.testing.assert_close(whole.left_out(z)[:, j], expected)
    alone = Smoother().fit(K, 0.3)
    without = Smoother().fit(K[rest][:, rest], 0.3)
    variance = without.variance(K[j : j + 1, rest], K[j, j][None]) + 0.3
    torch.testing.assert_close(alone.left_out_variance()[j], variance[0])


def test_the_choice_is_that_of_refits() -> None:
    parts = {"a": Rbf().fit(EMBEDDING)(EMBEDDING), "b": Sets().fit(COUNTS)(COUNTS)}
    z = components(planted() - planted().mean(0))
    grid = Grid({"a": (0.0, 1.0), "b": (0.2, 1.0)}, (0.1, 0.5), {"a": 0.0, "b": 1.0}, 5.0)
    errors = {}
    for a in (0.0, 1.0):
        for b in (0.2, 1.0):
            for penalty in (0.1, 0.5):
                smoother = Smoother().fit(summed(parts, {"a": a, "b": b}), penalty)
                off = z.T - smoother.left_out(z.T)
                errors[a, b, penalty] = float((off**2).sum(0).mean())
    best = min(errors, key=errors.__getitem__)
    found = choose(parts, z, [grid])
    assert (found.weights["a"], found.weights["b"], found.penalty) == best
    assert found.error == pytest.approx(errors[best])


def test_components_keep_all_errors_where_few_lines_or_few_drugs() -> None:
    for x in (planted(), planted().T):
        whole = components(x)
        torch.testing.assert_close(whole @ whole.T, x.T @ x)


def test_an_embedding_foretells_and_a_permuted_one_is_left_out() -> None:
    old, new = torch.arange(T) % 4 != 0, torch.arange(T) % 4 == 0
    y = planted(torch.cat([EMBEDDING, TARGETS], 1))
    model = DrugSum().fit(y[:, old].mean(0), y[:, old], some(old), y[:, old])
    pred = model(y[:, old].float(), some(new))
    bar = (y[:, new] - y[:, old].mean(1, keepdim=True)).square().mean()
    assert (pred - y[:, new]).square().mean() < 0.4 * bar
    assert model.weight(0)["embedding"] == model.weight(1)["embedding"] == 1
    turned = EMBEDDING[torch.randperm(T, generator=torch.Generator().manual_seed(0))]
    y = planted(torch.cat([3 * TARGETS, COUNTS / 8], 1))
    model = fitted(y, known={**KNOWN, "embedding": turned})
    assert model.weight(0)["embedding"] == model.weight(1)["embedding"] == 0
    assert model.weight(1)["structure"] == 1


def test_each_kernel_can_be_left_out_and_what_is_not_known_has_none() -> None:
    y = planted()
    assert list(fitted(y, DrugOptions(("targets", "embedding"))).parts) == ["embedding", "targets"]
    assert list(fitted(y, known={"embedding": EMBEDDING}).parts) == ["embedding", "linear"]
    given = fitted(y, DrugOptions(weights="given")).weight(0)
    assert given == {"embedding": 1, "linear": 0, "structure": 0, "targets": pytest.approx(0.2)}
    assert fitted(y, known={"targets": TARGETS}).weight(0) == {"targets": 1}
    assert [g.given for g in grids_of(["pathways"], "effect")] == [{"pathways": 1.0}]
    with pytest.raises(MmdrpError, match="drug_kernels"):
        fitted(y, DrugOptions(("pathways",)))
    unknown = EMBEDDING.clone()
    unknown[3] = torch.nan
    model = fitted(y, DrugOptions(("embedding", "linear")), {"embedding": unknown})
    nobody = torch.full((1, D), torch.nan).double()
    for kernel in model.kernels({"embedding": nobody}).values():
        assert not kernel.any()
    assert bool(torch.isfinite(model(y, {"embedding": nobody})).all())
    assert bool(
        (model.variance({"embedding": nobody}) > model.variance({"embedding": EMBEDDING[:1]})).all()
    )


def test_leaving_drugs_out_is_what_unseen_drugs_get() -> None:
    """Mean and constant of the others are kept: with one of many drugs they hardly move."""
    y = planted()
    for stage2 in (False, True):
        options = DrugOptions(weights="given", stage2=stage2)
        model, rest = fitted(y, options), torch.arange(T) != 7
        without = DrugSum(options).fit(y[:, rest].mean(0), y[:, rest], some(rest), y[:, rest])
        pred = without.double()(y[:, rest], some(~rest))[:, 0]
        told = model.leave_one_out(y)[:, 7]
        assert float((pred - told).std()) < 0.25 * float(y[:, 7].std())
        assert torch.corrcoef(torch.stack([pred, told]))[0, 1] > 0.97


def test_the_second_stage_finds_that_effects_bend() -> None:
    straight = planted()
    bent = straight - 0.06 * straight**2
    plain, second = (fitted(bent, DrugOptions(stage2=s)) for s in (False, True))
    off = [((m.leave_one_out(bent) - bent) ** 2).mean() for m in (plain, second)]
    assert off[1] < 0.9 * off[0]
    assert not plain.second.used


def test_restored_without_data_and_whichever_kernels_there_were() -> None:
    y = planted()
    for options in (DrugOptions(stage2=True), DrugOptions(("structure", "targets"))):
        model = DrugSum(options).fit(y.mean(0), y, KNOWN, y)
        again = DrugSum(options)
        again.load_state_dict(model.state_dict())
        assert torch.equal(again(y.float(), KNOWN), model(y.float(), KNOWN))
        assert torch.equal(again.variance(KNOWN), model.variance(KNOWN))


@pytest.mark.parametrize("what", ["embedding", "structure"])
@pytest.mark.parametrize("stage2", [False, True])
def test_shares_of_a_drug_add_up_to_its_difference_from_the_average_one(
    what: str, stage2: bool
) -> None:
    y = planted()
    model = fitted(y, DrugOptions(weights="given", stage2=stage2))
    with torch.no_grad():
        model.weights[:, list(model.parts).index("linear")] = 0.3
        model.weights[:, list(model.parts).index("structure")] = 0.7
    drug = {k: x[:1] for k, x in some(torch.arange(5, 6)).items()}
    start = baseline(model, what)
    shares = drug_shares(model, y, drug, what, start, 24)
    change = model(y, drug) - model(y, {**drug, what: start[None]})
    assert float((shares.sum(1) - change[:, 0]).abs().max()) < 1e-5
    assert float(change.abs().max()) > 0.01
    # A slope is what the kernel does, nudged.
    for part in (Rbf().fit(EMBEDDING), Linear().fit(EMBEDDING)):
        x = torch.randn(D, generator=torch.Generator().manual_seed(9)).double()
        step = 1e-5 * torch.eye(D).double()
        nudged = (part(x + step) - part(x - step)).T / 2e-5
        torch.testing.assert_close(part.slope(x), nudged, rtol=1e-6, atol=1e-8)


def test_a_prediction_is_affine_in_the_responses_to_training_drugs() -> None:
    """What the attribution of an unseen drug to features of lines rests on, second stage or not."""
    y = planted()
    model, drug = fitted(y, DrugOptions(stage2=True)), some(torch.arange(2, 3))
    eye, none = torch.eye(T).double(), torch.zeros(T, T).double()
    slopes = (model(eye, drug) - model(none, drug))[:, 0]
    rest = model(y, drug)[:, 0] - y @ slopes
    torch.testing.assert_close(rest, rest[:1].expand(N))


def test_pairs_take_either_kind_and_what_is_known_by_name() -> None:
    x = torch.randn(N, 8, generator=torch.Generator().manual_seed(1))
    inputs, present = {"expression": x}, {"expression": torch.ones(N, dtype=torch.bool)}
    y = planted().float()
    base = Kernel(weights={"expression": 1.0}, marker_threshold={})
    both = {"structure": COUNTS.float(), "targets": TARGETS.float()}
    old = PairBase(base, DrugKernel()).fit(inputs, present, y, both["structure"], both["targets"])
    named = PairBase(base, DrugKernel()).fit(inputs, present, y, both)
    assert torch.equal(named(inputs, present, both), old(inputs, present, both))
    new = PairBase(base, DrugSum()).fit(inputs, present, y, both)
    assert new(inputs, present, both).shape == (N, T)
    assert new.leave_one_out("both").shape == (N, T)
