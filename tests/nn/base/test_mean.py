"""The bases that look at no omics."""

import pytest
import torch

from mmdrp.errors import MmdrpError
from mmdrp.nn.base.mean import Mean, Zero
from tests.nn.base.planted import world


def test_mean_and_its_leave_one_out() -> None:
    w = world(n=20, tasks=3)
    base = Mean().fit(w.inputs, w.present, w.y)
    torch.testing.assert_close(base(w.inputs, w.present)[0], w.y.nanmean(0))
    i = int(torch.isfinite(w.y[:, 1]).nonzero()[0])
    others = torch.arange(20) != i
    torch.testing.assert_close(base.leave_one_out[i, 1], w.y[others, 1].nanmean())


def test_line_effects_fill_what_a_known_line_lacks() -> None:
    y = torch.tensor([[1.0, 2.0, torch.nan], [3.0, 4.0, 6.0], [5.0, 6.0, 8.0]])
    base = Mean(line_effects=True).fit({}, {}, y)
    torch.testing.assert_close(base.imputed_response[0], torch.tensor([1.0, 2.0, 7.0 - 2.0]))
    torch.testing.assert_close(base.imputed_response[1:], y[1:])


def test_zero_leaves_everything_to_the_network() -> None:
    w = world(n=20, tasks=3)
    base = Zero().fit(w.inputs, w.present, w.y)
    assert not base(w.inputs, w.present).any()
    assert not base.leave_one_out.any()
    assert base.leave_one_out.shape == w.y.shape


def test_nothing_measured_is_said() -> None:
    with pytest.raises(MmdrpError, match="no training line"):
        Mean().fit({}, {}, torch.full((3, 2), torch.nan))
