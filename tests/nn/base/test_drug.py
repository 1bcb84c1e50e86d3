"""Unseen drugs: Tanimoto against its definition, ridge against refits, the layouts of PairBase."""

import pytest
import torch
from torch import Tensor

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drug import DrugKernel, PairBase
from mmdrp.nn.base.drugs.similarity import tanimoto
from mmdrp.nn.base.kernel import Kernel
from tests.nn.base.planted import World, mse, world


def structures(t: int, bits: int = 40, seed: int = 0) -> Tensor:
    g = torch.Generator().manual_seed(seed)
    return torch.poisson(torch.full((t, bits), 0.7), generator=g)


def paired(t: int = 40) -> tuple[World, Tensor]:
    """Drugs come in families of four: alike in structure and in response."""
    w = world(n=90, tasks=t, gaps=0.2, absent=0.0)
    family = torch.arange(t) // 4
    g = torch.Generator().manual_seed(7)
    counts = structures(t // 4)[family] + (torch.rand(t, 40, generator=g) < 0.05)
    full = w.inputs["expression"] @ torch.randn(30, t // 4, generator=g)[:, family] / 5
    y = full + 2 * torch.randn(t // 4, generator=g)[family]
    return w._replace(y=torch.where(torch.isfinite(w.y), y, torch.nan)), counts


def fitted(w: World, counts: Tensor) -> PairBase:
    base = Kernel(weights={"expression": 1.0}, marker_threshold={}, penalties=(0.01, 100.0, 15))
    return PairBase(base, DrugKernel()).fit(w.inputs, w.present, w.y, counts)


def test_tanimoto_is_its_definition() -> None:
    """Counts, and fractions of them: what the mean of drugs has."""
    a, b = structures(5), structures(7, seed=1)
    b[3] = 0
    for x in (a, a / 3, 50 * a):
        got = tanimoto(x, b)
        for i in range(5):
            for j in range(7):
                expected = torch.minimum(x[i], b[j]).sum() / torch.maximum(x[i], b[j]).sum()
                torch.testing.assert_close(got[i, j], expected)
    assert tanimoto(b[3:4], b[3:4]).item() == 0


def test_leave_one_out_over_drugs_is_the_refit() -> None:
    """The means of effects and lines are kept: they hardly move with one of many drugs."""
    counts, responses = structures(12), torch.randn(9, 12)
    mean = responses.mean(0)
    model = DrugKernel().fit(mean, counts)
    j, others = 4, torch.arange(12) != 4
    rest = responses - mean
    line = rest.mean(1, keepdim=True)
    both = (mean - mean.mean() + rest - line)[:, others]
    K = tanimoto(counts, counts)
    dual = torch.linalg.solve(K[others][:, others] + torch.eye(11), both.T)
    expected = mean.mean() + line[:, 0] + K[j, others] @ dual
    torch.testing.assert_close(model.leave_one_out(responses)[:, j], expected, rtol=1e-4, atol=1e-5)


def test_structure_foretells_unseen_drugs() -> None:
    w, counts = paired()
    old, new = torch.arange(40) % 4 != 0, torch.arange(40) % 4 == 0
    model = fitted(w._replace(y=w.y[:, old]), counts[old])
    line = torch.arange(90)
    effects = w.y[:, old].nanmean() + (w.y[:, old] - w.y[:, old].nanmean(0)).nanmean(1)
    bar = mse(effects[:, None].expand(-1, 10), w.y[:, new])
    seen = model(w.inputs, w.present, counts[new], line)
    assert mse(seen, w.y[:, new]) < 0.6 * bar
    foretold = model.leave_one_out("drug")
    assert mse(foretold, w.y[:, old]) < 0.6 * bar


def test_both_unseen() -> None:
    w, counts = paired()
    old, train = torch.arange(40) % 4 != 0, torch.arange(60)
    test = w.take(torch.arange(60, 90))
    model = fitted(w.take(train)._replace(y=w.y[train][:, old]), counts[old])
    pred = model(test.inputs, test.present, counts[~old])
    bar = mse(w.y[train][:, old].nanmean().expand(30, 10), test.y[:, ~old])
    assert mse(pred, test.y[:, ~old]) < 0.8 * bar


def test_targets_tell_what_structure_does_not() -> None:
    w, _ = paired()
    shuffled = structures(40, seed=9)
    targets = torch.nn.functional.one_hot(torch.arange(40) // 4).float()
    targets[7] = 0  # nothing known
    old, new = torch.arange(40) % 4 != 0, torch.arange(40) % 4 == 0
    line, y = torch.arange(90), w.y[:, old]
    base = Kernel(weights={"expression": 1.0}, marker_threshold={}, penalties=(0.01, 100.0, 15))
    with_targets = PairBase(base, DrugKernel()).fit(
        w.inputs, w.present, y, shuffled[old], targets[old]
    )
    informed = with_targets(w.inputs, w.present, shuffled[new], line, targets=targets[new])
    blind = with_targets(w.inputs, w.present, shuffled[new], line)
    assert mse(informed, w.y[:, new]) < 0.7 * mse(blind, w.y[:, new])
    again = PairBase(Kernel(weights={"expression": 1.0}), DrugKernel())
    again.load_state_dict(with_targets.state_dict())
    assert torch.equal(
        again(w.inputs, w.present, shuffled[new], line, targets=targets[new]), informed
    )


def test_known_drugs_get_the_base_and_known_lines_their_responses() -> None:
    w, counts = paired()
    model = fitted(w, counts)
    drug = torch.arange(40)
    drug[5] = -1
    pred = model(w.inputs, w.present, counts, drug=drug)
    own = model.base(w.inputs, w.present)
    torch.testing.assert_close(pred[:, drug >= 0], own[:, drug >= 0])
    assert not torch.allclose(pred[:, 5], own[:, 5])
    line = torch.full((90,), -1)
    line[3] = 3
    known = model(w.inputs, w.present, counts, line, torch.arange(40))
    measured = torch.isfinite(w.y[3])
    torch.testing.assert_close(known[3, measured], w.y[3, measured], rtol=1e-4, atol=1e-4)


def test_restored_without_data() -> None:
    w, counts = paired()
    model = fitted(w, counts)
    again = PairBase(Kernel(weights={"expression": 1.0}), DrugKernel())
    again.load_state_dict(model.state_dict())
    args = (w.inputs, w.present, counts, torch.arange(90))
    assert torch.equal(again(*args), model(*args))


def test_mistakes_are_refused() -> None:
    w, counts = paired()
    with pytest.raises(MmdrpError, match="40 drugs"):
        fitted(w, counts[:10])
    with pytest.raises(MmdrpError, match="penalty"):
        DrugKernel(0.0)
    with pytest.raises(MmdrpError, match="choose cell"):
        fitted(w, counts).leave_one_out("line")  # type: ignore[arg-type]
