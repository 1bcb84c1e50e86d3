"""Every file of conf/base builds a base that fits and predicts."""

from pathlib import Path

import pytest
import torch
import yaml

import mmdrp.nn.parts  # noqa: F401  # registers the bases
from mmdrp.registry import build, part
from tests.nn.base.planted import world

CONF = Path(__file__).parents[3] / "conf" / "base"


@pytest.mark.parametrize("path", sorted(CONF.glob("*.yaml")), ids=lambda path: path.stem)
def test_builds_fits_predicts(path: Path) -> None:
    w = world(n=60, tasks=4)
    chosen = part("base", yaml.safe_load(path.read_text()))
    base = build("base", chosen).fit(w.inputs, w.present, w.y)
    assert torch.isfinite(base(w.inputs, w.present)).all()
    assert base.leave_one_out.shape == w.y.shape
    assert base.imputed_response.shape == w.y.shape
    again = build("base", chosen)
    again.load_state_dict(base.state_dict())
    assert torch.equal(again(w.inputs, w.present), base(w.inputs, w.present))
    shares = base.attribute(w.inputs, w.present, None, 0)
    assert {s: x.shape for s, x in shares.items()} == {s: x.shape for s, x in w.inputs.items()}
