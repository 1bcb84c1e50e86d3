"""An interrupted training taken up where its last whole epoch ended."""

import logging
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from pytorch_lightning import Callback, LightningModule, Trainer
from pytorch_lightning.loggers import Logger

from mmdrp.io.tensors import read_tensors, write_tensors
from mmdrp.training.lightning.best import learned, put_back
from mmdrp.training.lightning.log import EpochLog, log_of

log = logging.getLogger(__name__)
FILE = "epoch.pt"


class TrainingState(Callback):
    """Writes ``folder/epoch.pt`` when an epoch begins, and starts from there if it is found.

    It holds all that decides what follows: weights, optimizer, schedule, the random states, the
    order of batches, and the state of every callback that has one. Lightning's own checkpoints
    are written before the schedule steps, and know neither random states nor our samplers, so
    that what follows from them is another training. On one CPU with as many threads, the weights
    at the end equal those of an undisturbed training bit for bit.

    ``question`` is a fingerprint of all that decides the training; a state that answers another
    one is not used. The file is read with ``weights_only``: nothing in it is called.
    """

    def __init__(self, folder: Path, question: str) -> None:
        self._path, self._question = folder / FILE, question
        self._state = self._read()

    @property
    def finished(self) -> bool:
        """Whether the last epoch was already done: there is nothing left to train."""
        return bool(self._state.get("finished"))

    @property
    def epoch(self) -> int:
        """How many epochs were done when it was written; 0 where there is nothing to go on from."""
        return int(self._state.get("epoch", 0))

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Restore everything but the random states, which the loaders are yet to draw from."""
        if not self._state:
            return
        put_back(pl_module, self._state["weights"])
        trainer.precision_plugin.load_state_dict(self._state["precision"])
        for optimizer, saved in zip(trainer.optimizers, self._state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        for config, saved in zip(
            trainer.lr_scheduler_configs, self._state["schedulers"], strict=True
        ):
            config.scheduler.load_state_dict(saved)
        _restore_callbacks(_stateful(trainer), self._state["callbacks"])
        _restore_log(log_of(trainer.loggers), self._state)
        progress = trainer.fit_loop.epoch_progress
        for counts in (progress.current, progress.total):
            counts.ready = counts.started = counts.processed = counts.completed = self.epoch  # type: ignore[attr-defined]
        steps = int(self._state["steps"])
        optimizing = trainer.fit_loop.epoch_loop.automatic_optimization.optim_progress
        optimizing.optimizer.step.total.ready = optimizing.optimizer.step.total.completed = steps
        trainer.fit_loop.epoch_loop._batches_that_stepped = steps
        log.info("Going on after epoch %d", self.epoch)

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write the state that this epoch begins with, or begin with the one that was read."""
        loader = cast(Any, trainer.train_dataloader)
        if self._state:
            _order(loader, self._state["order"])
            _random(self._state["random"])
            self._state = {}
        elif trainer.current_epoch and trainer.is_global_zero:
            self._write(trainer, pl_module, loader)

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write that training is over, so that what follows it can be done without it."""
        if trainer.is_global_zero and not trainer.interrupted:
            self._write(trainer, pl_module, cast(Any, trainer.train_dataloader), finished=True)

    def restore_finished(self, callbacks: list[Callback], logger: Logger | None) -> None:
        """Give the callbacks and the log of a training that was over their last state."""
        _random(self._state["random"])
        _restore_callbacks({type(c).__name__: c for c in callbacks}, self._state["callbacks"])
        if (epochs := log_of([logger])) is not None:
            _restore_log(epochs, self._state)
            epochs.save()

    def _write(
        self, trainer: Trainer, module: LightningModule, loader: Any, finished: bool = False
    ) -> None:
        callbacks, epochs = _stateful(trainer), log_of(trainer.loggers)
        state = {
            "question": self._question,
            "epoch": trainer.current_epoch,
            "steps": trainer.global_step,
            "finished": finished,
            "weights": learned(module),
            "precision": trainer.precision_plugin.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in trainer.optimizers],
            "schedulers": [c.scheduler.state_dict() for c in trainer.lr_scheduler_configs],
            "callbacks": {name: callback.state_dict() for name, callback in callbacks.items()},
            "order": _order_of(loader),
            "log": [] if epochs is None else [dict(row) for row in epochs.rows],
            "random": _random_of(),
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_tensors(self._path, state)

    def _read(self) -> dict[str, Any]:
        if not self._path.is_file():
            return {}
        try:
            state = read_tensors(self._path)
            question = state["question"]
        except Exception as error:  # whatever unpickling a damaged file raises
            log.warning(
                "%s cannot be read (%s): training starts anew", self._path, type(error).__name__
            )
            return {}
        if question != self._question:
            log.warning("%s belongs to other options or data: training starts anew", self._path)
            return {}
        return dict(state)


def _stateful(trainer: Trainer) -> dict[str, Callback]:
    """Return the callbacks that have a state, by the name of their class."""
    return {type(c).__name__: c for c in trainer.callbacks if c.state_dict()}  # type: ignore[attr-defined]


def _restore_callbacks(callbacks: Mapping[str, Callback], saved: Mapping[str, Any]) -> None:
    for name, state in saved.items():
        if name in callbacks:
            callbacks[name].load_state_dict(dict(state))


def _restore_log(epochs: EpochLog | None, saved: Mapping[str, Any]) -> None:
    if epochs is not None:
        epochs.rows = [dict(row) for row in saved.get("log", [])]


def _order_of(loader: Any) -> Any:
    """Return where the order of batches stands: an epoch's number, or a generator's state."""
    if hasattr(loader.batch_sampler, "epoch"):
        return loader.batch_sampler.epoch
    return _generator(loader).get_state()


def _order(loader: Any, saved: Any) -> None:
    if hasattr(loader.batch_sampler, "epoch"):
        loader.batch_sampler.epoch = saved
    else:
        _generator(loader).set_state(saved)


def _generator(loader: Any) -> torch.Generator:
    """Return what a loader of the autoencoders shuffles by: batches of a random order."""
    return cast(torch.Generator, loader.sampler.sampler.generator)


def _random_of() -> dict[str, Any]:
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    version, internal, following = random.getstate()
    return {
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
        "numpy": [str(kind), torch.from_numpy(np.asarray(keys, dtype=np.int64)),
                  int(position), int(has_gauss), float(gauss)],
        "python": [version, list(internal), following],
    }  # fmt: skip


def _random(saved: Mapping[str, Any]) -> None:
    torch.set_rng_state(saved["torch"])
    if saved["cuda"] and len(saved["cuda"]) == torch.cuda.device_count():
        torch.cuda.set_rng_state_all(saved["cuda"])
    kind, keys, position, has_gauss, gauss = saved["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, gauss))
    version, internal, following = saved["python"]
    random.setstate((version, tuple(internal), following))
