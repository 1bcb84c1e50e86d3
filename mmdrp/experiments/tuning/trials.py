"""Trials on a storage that several processes share: every one is run, none twice.

Each of the trials 0 to N-1 is a **slot**. Whoever takes one adds an attempt to the storage, which
numbers attempts; of two for one slot the lower number holds. An attempt whose process is gone is
marked as failed, and its slot is free again, with the same values.
"""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmdrp.errors import MmdrpError
from mmdrp.experiments.tuning.worker import is_gone, this_worker

try:
    import optuna
    from optuna.trial import FrozenTrial, Trial, TrialState, create_trial
except ImportError:  # pragma: no cover  # the extra is not installed
    optuna = None  # type: ignore[assignment]

STARTUP = 10
"""trials that are drawn at random before others follow what is known"""


def check_installed() -> None:
    """Raise MmdrpError where Optuna is not installed."""
    if optuna is None:  # pragma: no cover
        raise MmdrpError("tune needs Optuna: pip install 'mmdrp[tune]'")


def opened(storage: str | Path | None, name: str, maximised: bool, question: str) -> Any:
    """Return the study of Optuna: new, or the one that is there, if it asks the same question.

    ``storage`` is a file (a journal), an address such as ``postgresql://...``, or None: in memory.
    """
    check_installed()
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=1)
    try:
        study = optuna.create_study(
            storage=_backend(storage), study_name=name, load_if_exists=True, pruner=pruner,
            direction="maximize" if maximised else "minimize",
        )  # fmt: skip
        asked = study.user_attrs.get("question")
        if asked is None:
            study.set_user_attr("question", question)
    except Exception as error:  # every backend has its own
        first = (str(error).splitlines() or [type(error).__name__])[0]
        raise MmdrpError(f"storage={_shown(storage)}: cannot be used: {first}") from error
    if asked not in (None, question):
        raise MmdrpError(
            f"storage={_shown(storage)}: the search {name!r} there has another space, model, data, "
            "fold or metric; choose another name=, or another storage="
        )
    return study


def next_trial(study: Any, count: int, seed: int) -> Trial | None:
    """Return a trial of this process, or None where none of ``count`` is free at the moment."""
    while True:
        attempts = _attempts(study)
        _bury(study, attempts)
        taken = {slot_of(t) for t in attempts if is_taken(t)}
        free = next((slot for slot in range(count) if slot not in taken), None)
        if free is None:
            return None
        lost = [t for t in attempts if slot_of(t) == free and t.params]
        token = uuid.uuid4().hex
        attrs = {"slot": free, "token": token, **this_worker()}
        fixed = {"fixed_params": lost[-1].params} if lost else {}
        study.add_trial(
            create_trial(state=TrialState.RUNNING, user_attrs=attrs, system_attrs=fixed)
        )
        attempts = _attempts(study)
        own = next(t for t in attempts if t.user_attrs.get("token") == token)
        rivals = [t for t in attempts if slot_of(t) == free and is_taken(t)]
        if min(rivals, key=lambda t: t.number).number != own.number:
            study._storage.set_trial_state_values(own._trial_id, TrialState.FAIL)
            continue
        # By slot, so that what is drawn at random does not depend on who draws it.
        study.sampler = optuna.samplers.TPESampler(
            n_startup_trials=STARTUP, seed=seed * 100_003 + free
        )
        return Trial(study, own._trial_id)


def settled(study: Any) -> dict[int, Any]:
    """Return slot -> its finished attempt: complete, pruned, or failed for a reason of its own."""
    ended = (t for t in _attempts(study) if t.state.is_finished() and is_taken(t))
    found: dict[int, Any] = {}
    for trial in ended:
        found.setdefault(slot_of(trial), trial)
    return found


def is_taken(trial: FrozenTrial) -> bool:
    """Return whether an attempt holds its slot: a process that went away holds nothing."""
    return trial.state != TrialState.FAIL or "why" in trial.user_attrs


def slot_of(trial: FrozenTrial) -> int:
    """Return which of the trials an attempt is."""
    return int(trial.user_attrs["slot"])


def _attempts(study: Any) -> list[Any]:
    return [t for t in study.get_trials(deepcopy=False) if "slot" in t.user_attrs]


def _bury(study: Any, attempts: list[Any]) -> None:
    """Mark attempts of processes that are gone as failed; one that has just ended stays."""
    for trial in attempts:
        if trial.state == TrialState.RUNNING and is_gone(trial.user_attrs):
            try:
                study._storage.set_trial_state_values(trial._trial_id, TrialState.FAIL)
            except (optuna.exceptions.UpdateFinishedTrialError, RuntimeError):
                continue


def _backend(storage: str | Path | None) -> Any:
    if storage is None or "://" in str(storage):
        return storage
    from optuna.storages import JournalStorage
    from optuna.storages.journal import JournalFileBackend, JournalFileSymlinkLock

    path = Path(storage)
    path.parent.mkdir(parents=True, exist_ok=True)
    if _is_torn(path):
        lock = JournalFileSymlinkLock(str(path))
        lock.acquire()
        try:
            if _is_torn(path):  # still: no other process was only about to end its line
                text = path.read_bytes()
                path.write_bytes(text[: text.rfind(b"\n") + 1])
        finally:
            lock.release()
    return JournalStorage(JournalFileBackend(str(path)))


def _is_torn(path: Path) -> bool:
    """Whether a journal ends within a line: a process died writing it, or the disk was full.

    What is written next would be joined to it, and none of it could be read again.
    """
    if not path.is_file():
        return False
    text = path.read_bytes()
    return text[:1] == b"{" and not text.endswith(b"\n")


def _shown(storage: str | Path | None) -> str:
    """Return a storage without the password that its address may hold."""
    text = str(storage)
    return f"{text.partition('://')[0]}://..." if "@" in text else text


Report = Callable[[int, float], None]
"""takes a step and what is known of the value then; raises where the trial is to end"""


def reporter(trial: Trial, prune: bool, sign: float = 1.0) -> Report:
    """Return what reports to a trial and ends one that is worse than half of the others."""
    before = set(trial.storage.get_trial(trial._trial_id).intermediate_values)

    def report(step: int, value: float) -> None:
        if step not in before:
            trial.report(sign * value, step)
        if prune and trial.should_prune():
            raise optuna.TrialPruned

    return report
