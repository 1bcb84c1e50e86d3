"""A network is kept where validation says so beyond doubt, else the base alone."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from mmdrp.data.study import Study
from mmdrp.training import build
from mmdrp.training.selection import ValidationGain, _compared, validation_gain
from tests.conftest import Specified

Cli = Callable[..., int]


def test_the_error_is_that_of_a_mean_where_groups_are_alike() -> None:
    rng = np.random.default_rng(0)
    alone, learned = rng.random(50) + 1, rng.random(50)
    gain = _compared(alone * 4, learned * 4, np.full(50, 4.0))
    assert gain.alone == pytest.approx(alone.mean())
    assert gain.learned == pytest.approx(learned.mean())
    assert gain.error == pytest.approx((alone - learned).std(ddof=1) / 50**0.5)


def test_a_gain_within_its_error_is_none() -> None:
    assert ValidationGain(1.0, 0.9, 0.04).holds(2.0)
    assert not ValidationGain(1.0, 0.9, 0.06).holds(2.0)
    assert not ValidationGain(1.0, 0.9, float("inf")).holds(2.0)  # one group tells nothing


@pytest.mark.parametrize(
    "words", [["response=ic50"], ["response=auc"], ["response=auc", "split=drug"]]
)
def test_a_silent_network_gains_nothing(
    words: list[str], specified: Specified, study: Study
) -> None:
    spec = specified("modality=[expression]", *words)
    data = build.data_of(spec, study)
    module = build.module_of(spec, data, study)
    gain = validation_gain(module, data)
    assert gain.alone == pytest.approx(gain.learned)
    batch = data.dataset.__getitems__(data.rows["validation"].tolist())
    with torch.inference_mode():
        loss = module.loss(module.net.offset(batch), batch.y, batch.weight)  # type: ignore[misc]
    assert gain.alone == pytest.approx(float(loss), rel=1e-4)


def test_the_log_says_which_is_kept(
    mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", "study=synthetic", "modality=[expression,mutation]", "split.validation=0.3"]
    quick = ["trainer.max_epochs=40", "optimizer.lr=3e-3", "sampler.size=16", "dropout=0.1"]
    assert mmdrp(*words, *quick, "base=mean", f"out={tmp_path / 'mean'}") == 0
    assert "The network is kept" in capsys.readouterr().err  # a mean leaves much to learn
    assert mmdrp(*words, *quick, "base=mean", "margin=1e6", f"out={tmp_path / 'sure'}") == 0
    assert "The base alone is kept" in capsys.readouterr().err
    kept, sure = (json.loads((tmp_path / n / "run.json").read_text()) for n in ("mean", "sure"))
    assert kept["network"]["kept"]
    assert not sure["network"]["kept"]
    assert kept["network"]["with_network"] < kept["network"]["base_alone"]
    assert sure["best_validation_loss"] == sure["network"]["base_alone"]
    assert sure["network"] == {**kept["network"], "kept": False}  # trained alike, judged otherwise
    logging.getLogger().setLevel(logging.INFO)
