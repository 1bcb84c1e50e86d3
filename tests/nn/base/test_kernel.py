"""The whole base on a planted problem, its invariances, and what it refuses."""

import logging
from typing import Any

import pytest
import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Mean
from mmdrp.nn.base.source import SourceKernel, computed_once
from tests.nn.base.planted import World, mse, world

OPTIONS: dict[str, Any] = {
    "weights": {"expression": 1.0, "mutation": 0.1},
    "marker_threshold": {"expression": 3.5, "mutation": 4.0},
    "penalties": (0.01, 100.0, 20),
}
PLAIN: dict[str, Any] = {"student": None, "measured_power": 0.0, "correlated": 0.0}
"""one noise for all lines and tasks"""


def fitted(w: World, **options: Any) -> Kernel:
    return Kernel(**{**OPTIONS, **options}).fit(w.inputs, w.present, w.y)


def halves(w: World) -> tuple[World, World]:
    middle = len(w.y) * 2 // 3
    return w.take(torch.arange(middle)), w.take(torch.arange(middle, len(w.y)))


def test_linear_truth_is_recovered() -> None:
    train, test = halves(world(n=300, absent=0.0, gaps=0.0))
    base = fitted(train, rbf=False, weights={"expression": 1.0}, tissue=0.0,
                  penalties=(1e-4, 100.0, 30))  # fmt: skip
    pred = base(test.inputs, test.present)
    assert mse(pred[:, 1:], test.y[:, 1:]) < 1.4 * 0.3**2  # 30 weights from 200 lines: 1.18 at best
    spread = mse(train.y.nanmean(0).expand_as(test.y), test.y)
    assert mse(fitted(train)(test.inputs, test.present), test.y) < 0.35 * spread


def test_leave_one_out_foretells_the_error_of_unseen_lines() -> None:
    train, test = halves(world(n=300))
    base = fitted(train)
    unseen = mse(base(test.inputs, test.present), test.y)
    assert mse(base.leave_one_out, train.y) == pytest.approx(unseen, rel=0.2)


def test_leave_one_out_equals_refits() -> None:
    """All means and penalties refitted; kernel scaling, which sees the inputs only, is kept."""
    w = world(n=24, tasks=4, gaps=0.0, absent=0.0)
    options = {
        "marker_threshold": {},
        "em_impute": False,
        "components": 0,
        "penalties": (1.0, 1.0, 1),
        **PLAIN,
    }
    base = fitted(w, **options).double()
    K = base.kernel(w.inputs, w.present)
    for i in (0, 7, 23):
        o = torch.arange(24) != i
        inner = K[o][:, o]
        cross = K[i, o] - K[i, o].mean() - inner.mean(0) + inner.mean()
        inner = inner - inner.mean(0) - inner.mean(1, keepdim=True) + inner.mean()
        mean = w.y[o].double().mean(0)
        dual = torch.linalg.solve(inner + torch.eye(23), w.y[o] - mean)
        torch.testing.assert_close(base.leave_one_out[i], mean + cross @ dual, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("junk", [torch.nan, 1e30, -torch.inf])
def test_what_stands_in_absent_rows_never_matters(junk: float) -> None:
    w = world(absent=0.3)
    soiled = {s: torch.where(w.present[s][:, None], x, junk) for s, x in w.inputs.items()}
    clean = {s: torch.where(w.present[s][:, None], x, 0.0) for s, x in w.inputs.items()}
    one, other = fitted(w._replace(inputs=clean)), fitted(w._replace(inputs=soiled))
    assert torch.equal(one(clean, w.present), other(soiled, w.present))
    asked = {s: x.clone().requires_grad_() for s, x in soiled.items()}
    other(asked, w.present).sum().backward()
    for s, x in asked.items():
        assert x.grad is not None
        assert torch.isfinite(x.grad).all()
        assert not x.grad[~w.present[s]].any()


def test_orders_do_not_matter() -> None:
    w = world()
    expected = fitted(w)(w.inputs, w.present)
    g = torch.Generator().manual_seed(5)
    turned = World(dict(reversed(w.inputs.items())), dict(reversed(w.present.items())), w.y)
    assert torch.equal(fitted(turned)(w.inputs, w.present), expected)
    lines = torch.randperm(len(w.y), generator=g)
    torch.testing.assert_close(
        fitted(w.take(lines))(w.inputs, w.present), expected, rtol=1e-4, atol=1e-4
    )
    drugs = torch.randperm(w.y.shape[1], generator=g)
    shuffled = fitted(w._replace(y=w.y[:, drugs]))(w.inputs, w.present)
    torch.testing.assert_close(shuffled, expected[:, drugs], rtol=1e-4, atol=1e-4)


def test_a_source_left_out_is_a_source_absent() -> None:
    w = world()
    base = fitted(w)
    for source in w.inputs:
        without = {s: x for s, x in w.inputs.items() if s != source}
        nobody = {**w.present, source: torch.zeros_like(w.present[source])}
        torch.testing.assert_close(base(without, w.present), base(w.inputs, nobody))


@pytest.mark.parametrize("weights", [OPTIONS["weights"], "loo"])
def test_restored_from_a_state_dict_without_data(weights: Any, tmp_path: Any) -> None:
    w = world()
    base = fitted(w, weights=weights)
    torch.save(base.state_dict(), tmp_path / "base.pt")
    again = Kernel(**{**OPTIONS, "weights": weights})
    again.load_state_dict(torch.load(tmp_path / "base.pt", weights_only=True))
    assert torch.equal(again(w.inputs, w.present), base(w.inputs, w.present))
    assert again.selected() == base.selected()
    with pytest.raises(RuntimeError, match="fit"):
        _ = again.leave_one_out


def test_two_fits_are_the_same_to_the_bit() -> None:
    w = world()
    one, two = fitted(w, weights="loo").state_dict(), fitted(w, weights="loo").state_dict()
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_a_prediction_and_its_interval_share_the_kernels(monkeypatch: pytest.MonkeyPatch) -> None:
    w = world(seed=6)
    base, count = fitted(w), 0
    alone = base(w.inputs, w.present), base.kernel(w.inputs, w.present)
    away = base.distance(w.inputs, w.present)
    plain = SourceKernel.of

    def counted(self: SourceKernel, q: Tensor) -> Tensor:
        nonlocal count
        count += 1
        return plain(self, q)

    monkeypatch.setattr(SourceKernel, "of", counted)
    with computed_once():
        together = base(w.inputs, w.present), base.kernel(w.inputs, w.present)
        assert torch.equal(base.distance(w.inputs, w.present), away)
        assert count == len(base.by_source)
        moved = {s: x + 1 for s, x in w.inputs.items()}  # other tensors are others
        assert not torch.equal(base(moved, w.present), together[0])
    assert all(map(torch.equal, alone, together))
    base(w.inputs, w.present)
    base(w.inputs, w.present)
    assert count == 4 * len(base.by_source)  # outside nothing is kept


def test_gradients_are_right() -> None:
    w = world(n=30, tasks=2, genes=4)
    base = fitted(w).double()
    names = list(w.inputs)

    def predict(*tables: Tensor) -> Tensor:
        out: Tensor = base(
            dict(zip(names, tables, strict=True)), {s: w.present[s][:2] for s in names}
        )
        return out

    given = tuple(w.inputs[s][:2].double().requires_grad_() for s in names)
    assert torch.autograd.gradcheck(predict, given)


def test_planted_mutation_is_selected() -> None:
    w = world(n=300, gaps=0.1)
    rows = fitted(w).selected()
    assert (0, "mutation", 3) in {row[:3] for row in rows}
    effect, t = next(row[3:] for row in rows if row[:3] == (0, "mutation", 3))
    assert 1.0 < effect < 4.0
    assert t > 4.0


def test_permuted_omics_fall_to_the_drug_mean() -> None:
    train, test = halves(world(n=300, noise=1.0))
    order = torch.randperm(len(train.y), generator=torch.Generator().manual_seed(3))
    blind = train._replace(y=train.y[order])
    mean = Mean().fit(blind.inputs, blind.present, blind.y)(test.inputs, test.present)
    pred = fitted(blind, penalties=(0.3, 1000.0, 28))(test.inputs, test.present)
    assert mse(pred, test.y) == pytest.approx(mse(mean, test.y), rel=0.03)


@pytest.mark.parametrize(
    "option",
    [
        {"em_impute": False}, {"n_reimpute": 0}, {"rbf": False}, {"power": 1.0},
        {"marker_threshold": {}}, {"components": 0}, {"tissue": 0.0},
        {"weights": {"rppa": 1.0}}, {"max_markers": 0}, {"dtype": "float64"},
        {"full_covariance": 0},
    ],
)  # fmt: skip
def test_every_step_has_its_switch(option: dict[str, Any]) -> None:
    train, test = halves(world(n=150))
    full, less = fitted(train), fitted(train, **option)
    one, two = (b(test.inputs, test.present) for b in (full, less))
    assert torch.isfinite(two).all()
    assert not torch.equal(one, two)
    assert mse(two, test.y) < mse(train.y.nanmean(0).expand_as(test.y), test.y)


def test_filling_around_predictions_helps_where_most_is_unmeasured() -> None:
    gains = []
    for seed in range(3):
        train, test = halves(world(n=240, gaps=0.6, seed=seed))
        once, again = (fitted(train, n_reimpute=n)(test.inputs, test.present) for n in (0, 2))
        gains.append(mse(once, test.y) - mse(again, test.y))
    assert min(gains) > 0


def test_without_gaps_nothing_is_filled_again() -> None:
    w = world(gaps=0.0)
    once, again = (fitted(w, n_reimpute=n) for n in (0, 2))
    assert torch.equal(once(w.inputs, w.present), again(w.inputs, w.present))


def test_lines_without_a_response_are_predicted_not_learned_from() -> None:
    w = world()
    w.y[:5] = torch.nan
    base = fitted(w)
    assert len(base.dual) == len(w.y) - 5
    first = w.take(torch.arange(5))
    torch.testing.assert_close(base.leave_one_out[:5], base(first.inputs, first.present))


def test_a_table_of_another_width_is_refused() -> None:
    w = world()
    base = fitted(w)
    with pytest.raises(MmdrpError, match="'expression': 29 features"):
        base({**w.inputs, "expression": w.inputs["expression"][:, :29]}, w.present)


def test_a_modality_without_a_weight_is_named(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        fitted(world(), weights={"expression": 1.0})
    assert "no weight for mutation; base.weights=loo" in caplog.text


def test_mistaken_options_are_refused() -> None:
    with pytest.raises(MmdrpError, match=r"base\.weights=best"):
        Kernel(weights="best")  # type: ignore[arg-type]
    with pytest.raises(MmdrpError, match="penalties"):
        Kernel(penalties=(0.0, 1.0, 3))
    w = world()
    with pytest.raises(MmdrpError, match="one training line"):
        fitted(w.take(torch.arange(1)))
    with pytest.raises(MmdrpError, match="tissue alone"):
        Kernel().fit({"tissue": w.inputs["tissue"]}, {"tissue": w.present["tissue"]}, w.y)
