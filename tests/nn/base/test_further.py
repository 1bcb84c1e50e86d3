"""Drugs of further studies as rows: against the formula, refits, and a planted second screen."""

import numpy as np
import pytest
import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.drugs.rows import FEW, NOISE, RHO, Rows, Screen
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Mean
from tests.nn.base.planted import mse
from tests.nn.base.test_drug import paired, structures

GIVEN = DrugOptions(weights="given")


def rows(m: int, n: int, seed: int = 5, same: Tensor | None = None, t: int = 12) -> Rows:
    g = torch.Generator().manual_seed(seed)
    responses = torch.randn(n, m, generator=g) + 7  # another level: the constant takes it up
    none = torch.zeros(t, m, dtype=torch.bool)
    counts = {"structure": structures(m, seed=seed)}
    return Rows(responses.mean(0), responses, counts, none if same is None else same)


def fitted(further: list[Rows], n: int = 9) -> tuple[DrugSum, Tensor, dict[str, Tensor]]:
    counts, responses = {"structure": structures(12)}, torch.randn(n, 12)
    found = DrugSum(GIVEN).fit(responses.mean(0), responses, counts, responses, further)
    return found.double(), responses.double(), counts


def test_prediction_is_universal_kriging_with_a_constant_per_study() -> None:
    torch.manual_seed(0)
    further = [rows(5, 9), rows(4, 9, seed=6)]
    model, own, counts = fitted(further)
    every = torch.cat([counts["structure"], *(r.described["structure"] for r in further)]).double()
    responses = torch.cat([own, *(r.responses.double() for r in further)], 1)
    new = structures(3, seed=9)
    study = np.repeat([0, 1, 2], [12, 5, 4])
    mean = torch.cat([own.mean(0), *(r.mean.double() for r in further)]).numpy()

    def alike(a: Tensor, b: Tensor) -> np.ndarray:
        least, most = torch.minimum(a[:, None], b).sum(2), torch.maximum(a[:, None], b).sum(2)
        return (least / most).numpy()

    residual = responses.numpy() - mean
    out = []
    for z, rho, other in zip((mean[None], residual), RHO, NOISE, strict=True):
        K = alike(every, every) * np.where(study[:, None] == study, 1, rho)
        k = alike(new.double(), every) * np.where(study == 0, 1, rho)
        noise = np.diag(np.where(study == 0, 1.0, other))
        Q, H = np.linalg.inv(K + noise), np.eye(3)[study]
        mu = np.linalg.solve(H.T @ Q @ H, H.T @ Q @ z.T)
        out.append(mu[0][:, None] + (k @ Q @ (z.T - H @ mu)).T)
    got = model(responses, {"structure": new})
    np.testing.assert_allclose(got.numpy(), out[0] + out[1], rtol=1e-5, atol=1e-5)


def test_a_drug_is_left_out_with_its_rows_elsewhere() -> None:
    """The constants and weights stay; the rows of one drug, here and there, are as if not there."""
    torch.manual_seed(1)
    same = torch.zeros(12, 5, dtype=torch.bool)
    same[4, [1, 3]] = True
    model, own, _ = fitted([rows(5, 9, same=same)])
    smoother, z = model.interaction, torch.randn(3, 17).double()
    together = smoother.left_out(z, model.same)[:, 4]
    moved = z.clone()
    moved[:, [4, 13, 15]] = 100 * torch.randn(3, 3).double()
    torch.testing.assert_close(smoother.left_out(moved, model.same)[:, 4], together)
    alone = smoother.left_out(z)[:, 4]
    assert not torch.allclose(smoother.left_out(moved)[:, 4], alone)
    others = [i for i in range(12) if i != 4]
    torch.testing.assert_close(
        smoother.left_out(z, model.same)[:, others], smoother.left_out(z)[:, others]
    )
    # Less is known, so the variance is larger.
    wide, narrow = smoother.left_out_variance(model.same), smoother.left_out_variance()
    assert float(wide[4]) > float(narrow[4])
    assert model.leave_one_out(torch.cat([own, torch.randn(9, 5).double()], 1)).shape == (9, 12)


def base() -> Kernel:
    return Kernel(
        weights={"expression": 1.0}, marker_threshold={}, penalties=(0.01, 100.0, 15),
        drug_weights="given",
    )  # fmt: skip


def second_screen(known: bool) -> tuple[float, float]:
    """Predict ten drugs without and with another screen; MSE of both."""
    w, _ = paired()
    counts = structures(40, seed=3)  # tells nothing of the families
    old, new = torch.arange(40) % 4 != 0, torch.arange(40) % 4 == 0
    there = torch.arange(40) if known else torch.arange(40)[old]
    y = 0.1 * w.y[:, there] + 3  # another unit
    y[torch.rand(y.shape, generator=torch.Generator().manual_seed(2)) < 0.3] = torch.nan
    y[60:] = torch.nan  # lines that only this study has
    same = torch.zeros(30, len(there), dtype=torch.bool)
    line, out = torch.arange(90), []
    for further in ([], [Screen(y, {"structure": counts[there]}, same)]):
        pair = PairBase(base(), DrugSum(GIVEN))
        pair.fit(w.inputs, w.present, w.y[:, old], counts[old], further=further)
        out.append(mse(pair(w.inputs, w.present, counts[new], line), w.y[:, new]))
    return out[0], out[1]


def test_a_drug_known_from_another_screen_is_predicted_by_it() -> None:
    without, beside = second_screen(known=True)
    assert beside < 0.7 * without
    without, beside = second_screen(known=False)
    assert beside < 1.1 * without  # nothing to learn from, and little lost


def test_a_drug_of_few_lines_is_averaged_with_what_others_say() -> None:
    w, counts = paired()
    y = w.y.clone()
    y[4:, 7] = torch.nan
    screen = Screen(w.y, {"structure": counts}, torch.eye(40).bool())
    pair = PairBase(base(), DrugSum(GIVEN))
    pair.fit(w.inputs, w.present, y, counts, further=[screen])
    n = torch.isfinite(y).sum(0)
    assert pair.share is not None
    torch.testing.assert_close(pair.share, n / (n + FEW))
    responses = torch.cat([b(w.inputs, w.present) for b in pair.bases], 1)
    assert isinstance(pair.drug, DrugSum)
    others = pair.drug.leave_one_out(responses, elsewhere=True)
    expected = pair.share * responses[:, :40] + (1 - pair.share) * others
    got = pair(w.inputs, w.present, counts, drug=torch.arange(40))
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-4)
    slopes = pair.slopes(7)
    rest = got[:, 7] - responses @ slopes
    torch.testing.assert_close(rest, rest[:1].expand(90), rtol=1e-3, atol=1e-3)
    alone = PairBase(base(), DrugSum(GIVEN)).fit(w.inputs, w.present, y, counts)
    assert mse(got[:, 7], w.y[:, 7]) < 0.8 * mse(alone.base(w.inputs, w.present)[:, 7], w.y[:, 7])


def test_unseen_lines_and_a_state_that_needs_no_data() -> None:
    w, counts = paired()
    y = torch.where(torch.rand(w.y.shape) < 0.5, w.y, torch.nan)
    same = torch.eye(40).bool()
    pair = PairBase(base(), DrugSum(GIVEN))
    screen = Screen(y, {"structure": counts}, same)
    pair.fit(w.inputs, w.present, w.y, counts, further=[screen])
    again = PairBase(base(), DrugSum(GIVEN))
    again.load_state_dict(pair.state_dict())
    assert len(again.further) == 1
    new = structures(5, seed=11)
    for line in (None, torch.arange(90)):
        for drug in (None, torch.tensor([3, -1, 0, 7, -1])):
            args = w.inputs, w.present, new, line, drug
            assert torch.equal(again(*args), pair(*args))


@pytest.mark.parametrize("drug", [DrugKernel(), None])
def test_a_base_that_cannot_use_it_says_so(drug: DrugKernel | None) -> None:
    w, counts = paired()
    screen = Screen(w.y, {"structure": counts}, torch.eye(40).bool())
    if drug is None:  # a screen of one value has no spread to be scaled by
        y = torch.full_like(w.y, torch.nan)
        y[0, 0], y[1, 0] = 1.0, 1.0
        one = Screen(y, {"structure": counts}, torch.eye(40).bool())
        pair = PairBase(Mean(), DrugSum(GIVEN))
        pair.fit(w.inputs, w.present, w.y, counts, further=[one])
        assert bool(torch.isfinite(pair(w.inputs, w.present, counts)).all())
        return
    with pytest.raises(MmdrpError, match="also: further screens need base=kernel"):
        PairBase(base(), drug).fit(w.inputs, w.present, w.y, counts, further=[screen])
