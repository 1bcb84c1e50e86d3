"""An interrupted training goes on: weights, losses and predictions equal the undisturbed ones."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch
from pytorch_lightning import Callback, LightningModule, Trainer

from mmdrp.data.study import Study
from mmdrp.io.folder import RESUME
from mmdrp.training.fit import Trained, train
from mmdrp.training.lightning import loop
from mmdrp.training.lightning.state import FILE
from mmdrp.training.pretraining.learn import pretrain
from tests.conftest import Specified

FEW = ("modality=[expression,mutation]", "trainer.max_epochs=6", "width=[16]", "latent=8")
LAYOUTS = {
    "panel": ("sampler.size=32", "modality_dropout_warmup=3", "scheduler=cosine"),
    "pairs": ("response=auc", "sampler=block", "sampler.block=8", "fusion=attention"),
    "plateau": ("sampler.size=32", "optimizer=adam", "patience=2", "optimizer.lr=0.05"),
}


class KilledError(Exception):
    """Stands for a process that ends at once."""


class Kill(Callback):
    """Ends training in the middle of an epoch."""

    def __init__(self, epoch: int) -> None:
        self._epoch = epoch

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        """End where the epoch's second batch would begin."""
        if trainer.current_epoch == self._epoch and batch_idx == 1:
            raise KilledError


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, epoch: int) -> Iterator[None]:
    usual = loop.trainer_of
    with monkeypatch.context() as patch:
        patch.setattr(
            loop, "trainer_of", lambda spec, logger, *c: usual(spec, logger, *c, Kill(epoch))
        )
        with pytest.raises(KilledError):
            yield


def same(one: Trained, other: Trained) -> None:
    expected, got = one.module.state_dict(), other.module.state_dict()
    assert expected.keys() == got.keys()
    for name, value in expected.items():
        assert torch.equal(value, got[name]), name
    pd.testing.assert_frame_equal(one.history, other.history)
    pd.testing.assert_frame_equal(one.predictions, other.predictions)
    assert one.best_validation_loss == other.best_validation_loss


@pytest.mark.parametrize("layout", LAYOUTS)
def test_weights_are_equal_bit_for_bit_however_often_it_was_killed(
    layout: str, study: Study, specified: Specified, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = specified(*FEW, *LAYOUTS[layout], "margin=-100")
    undisturbed = train(spec, study)
    epochs = len(undisturbed.history)
    assert epochs >= 3
    for epoch in (1, 2, epochs - 1):
        with killed(monkeypatch, epoch):
            train(spec, study, resume=tmp_path)
        torch.manual_seed(epoch)  # another process is in another state
    same(undisturbed, train(spec, study, resume=tmp_path))


def test_a_state_costs_nothing_of_the_result(
    study: Study, specified: Specified, tmp_path: Path
) -> None:
    spec = specified(*FEW)
    same(train(spec, study), train(spec, study, resume=tmp_path))


def test_epochs_that_are_done_are_not_done_again(
    study: Study, specified: Specified, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    spec = specified(*FEW)
    with killed(monkeypatch, 4):
        train(spec, study, resume=tmp_path)
    caplog.set_level("INFO", "mmdrp")
    first = train(spec, study, resume=tmp_path)
    assert "Going on after epoch 4" in caplog.text
    monkeypatch.setattr(loop, "trainer_of", None)  # would be called to train
    same(first, train(spec, study, resume=tmp_path))


def test_a_state_of_other_options_or_data_is_not_taken_up(
    study: Study, specified: Specified, tmp_path: Path, caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with killed(monkeypatch, 2):
        train(specified(*FEW), study, resume=tmp_path)
    other = specified(*FEW, "dropout=0.5")
    same(train(other, study), train(other, study, resume=tmp_path))
    assert "belongs to other options or data" in caplog.text


@pytest.mark.parametrize("damage", [b"", b"not a state", None])
def test_a_damaged_state_is_said_and_training_starts_anew(
    damage: bytes | None, study: Study, specified: Specified, tmp_path: Path,
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    spec = specified(*FEW)
    with killed(monkeypatch, 2):
        train(spec, study, resume=tmp_path)
    path = tmp_path / FILE
    path.write_bytes(path.read_bytes()[:-2000] if damage is None else damage)
    same(train(spec, study), train(spec, study, resume=tmp_path))
    assert "cannot be read" in caplog.text


def test_encoders_go_on_after_their_last_epoch(
    study: Study, tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {
        "modalities": ["expression"], "width": (16,), "latent": 4, "max_epochs": 5, "size": 16,
        "held_out": True, "dropout": 0.2, "input_dropout": 0.2,
    }  # fmt: skip
    undisturbed = pretrain(study, **options)["expression"]
    with killed(monkeypatch, 3):
        pretrain(study, out=tmp_path, **options)
    assert (tmp_path / RESUME / "expression" / FILE).is_file()
    caplog.set_level("INFO", "mmdrp")
    again = pretrain(study, out=tmp_path, **options)["expression"]
    assert "Going on after epoch 3" in caplog.text
    assert not (tmp_path / RESUME / "expression").exists()
    for name, value in undisturbed.weights.items():
        assert torch.equal(value, again.weights[name])
    assert undisturbed.losses is not None
    assert again.losses is not None
    pd.testing.assert_frame_equal(undisturbed.losses, again.losses)
