"""Several networks on one base: their mean predicts, their spread widens intervals."""

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import mmdrp
from mmdrp.data.sources import smiles_of
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.nn.offset import Offset
from mmdrp.training.model import ResponseModel, load_model

OPTIONS: dict[str, Any] = {
    "modalities": ["expression", "mutation"], "max_epochs": 2, "margin": -1e9, "width": (16,),
    "latent": 8, "head": (8,), "optimizer": {"name": "adamw", "lr": 0.03},
}  # fmt: skip
"""two epochs, kept whatever validation says"""


def trained(study: Study, members: int, **other: Any) -> ResponseModel:
    return ResponseModel(**OPTIONS, members=members, **other).fit(study, fold=0)


@pytest.fixture(scope="module")
def pair(small: Study) -> tuple[ResponseModel, ResponseModel]:
    return trained(small, 1), trained(small, 3)


def alone(model: ResponseModel, number: int) -> ResponseModel:
    """The model as if one of its networks had been trained alone."""
    single, whole = ResponseModel(**OPTIONS), copy.deepcopy(model.net_)
    chosen = whole.networks[number]
    chosen.offset, chosen.members = whole.offset, torch.nn.ModuleList()
    single.__dict__.update({**model.__dict__, "net_": chosen})
    return single


def test_the_mean_of_networks_predicts_and_the_first_is_the_one_alone(
    pair: tuple[ResponseModel, ResponseModel], small: Study
) -> None:
    one, several = pair
    assert len(several.net_.networks) == 3
    first, *others = [alone(several, i).predict(small) for i in range(3)]
    pd.testing.assert_frame_equal(first, one.predict(small))
    assert all(not np.allclose(first["pred"], other["pred"]) for other in others)
    mean = np.mean([first["pred"], *(other["pred"] for other in others)], axis=0)
    np.testing.assert_allclose(several.predict(small)["pred"], mean, rtol=1e-5)


def as_measured(model: ResponseModel, small: Study) -> pd.DataFrame:
    """Predict lines as new ones, drugs of training and those that were held out."""
    drugs = smiles_of(small) if model.info_.pairs else None
    return model.predict(small, drugs, known_lines=False)  # type: ignore[no-any-return]


@pytest.mark.parametrize("pairs", [False, True])
def test_their_spread_is_added_to_the_variance(
    pairs: bool, pair: tuple[ResponseModel, ResponseModel], small: Study,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """And bounds move away from the prediction as the sd does."""
    several = pair[1]
    if pairs:
        drug = {"name": "morgan", "size": 32}
        several = trained(small, 2, drug_features=drug, measure="auc", split="drug")
    preds = [as_measured(alone(several, i), small)["pred"] for i in range(several.members)]
    found = as_measured(several, small)
    interval = Offset.interval
    monkeypatch.setattr(
        Offset,
        "interval",
        lambda self, batch, pred, level, spread: interval(self, batch, pred, level),
    )
    without = as_measured(several, small)
    want = np.sqrt(without["sd"] ** 2 + np.var(preds, axis=0, ddof=1))
    np.testing.assert_allclose(found["sd"], want, rtol=1e-4)
    assert float((found["sd"] / without["sd"]).max()) > 1.0001
    for end in ("lower", "upper"):
        away, before = found[end] - found["pred"], without[end] - without["pred"]
        np.testing.assert_allclose(away / found["sd"], before / without["sd"], rtol=1e-3, atol=1e-4)


def test_a_checkpoint_carries_all_and_attribution_is_of_the_mean(
    pair: tuple[ResponseModel, ResponseModel], small: Study, tmp_path: Path
) -> None:
    several = pair[1]
    loaded = load_model(several.save(tmp_path / "model.ckpt"))
    assert loaded.spec_.train.members == len(loaded.net_.networks) == 3
    pd.testing.assert_frame_equal(loaded.predict(small), several.predict(small))
    drugs = list(small.drugs.index[:2])
    whole, *parts = (
        mmdrp.attribute(model, small, drugs=drugs, subset="test")
        for model in (several, *(alone(several, i) for i in range(3)))
    )
    assert float(whole.completeness["largest_gap"].max()) < 1e-4
    key = ["drug", "source", "feature"]
    means = [done.ranking.set_index(key)["mean"].sort_index() for done in (whole, *parts)]
    want = (means[1] + means[2] + means[3]) / 3
    np.testing.assert_allclose(means[0], want, rtol=1e-3, atol=1e-6)
    assert float((means[1] - means[2]).abs().max()) > 1e-3


def test_networks_that_do_not_earn_their_place_go_together(small: Study) -> None:
    model = ResponseModel(**{**OPTIONS, "margin": 1e9}, members=2).fit(small, fold=0)
    assert len(model.net_.networks) == 1
    assert model.refit_


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"members": 0}, "members=0"),
        ({"members": 2, "net": False}, "members=2: are networks, and net=false trains none"),
        ({"members": 2, "trainer": {"devices": 2}}, "members=2: needs trainer.devices=1"),
    ],
)
def test_what_cannot_be_is_refused(options: dict[str, Any], said: str, small: Study) -> None:
    with pytest.raises(OptionError, match=said):
        ResponseModel(**options).fit(small, fold=0)
