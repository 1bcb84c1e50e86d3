"""Options are searched on validation only, by processes that share trials, over kills."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.experiments.tuning import trials as shared
from mmdrp.experiments.tuning.applied import model_with, spec_with
from mmdrp.experiments.tuning.objective import inner_folds
from mmdrp.experiments.tuning.space import names, space_of
from mmdrp.training.build import fold_of

GAMMA = {"base.gamma": {"low": 0.1, "high": 3.0, "log": True}}
RUN = """
import sys, time, mmdrp
from mmdrp.experiments.tuning import tuning
study = mmdrp.Study.read(sys.argv[1])
usual = tuning.value_of
def slow(*given, **more):
    print("began", flush=True)
    time.sleep(float(sys.argv[3]))
    return usual(*given, **more)
tuning.value_of = slow
model = mmdrp.ResponseModel(["expression"], net=False, measure="ic50")
space = {"base.gamma": {"low": 0.1, "high": 3.0, "log": True}}
mmdrp.tune(model, study, space=space, trials=int(sys.argv[4]), storage=sys.argv[2])
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("tuned") / "synthetic", lines=60, features=20)


def base_only(**more: Any) -> mmdrp.ResponseModel:
    return mmdrp.ResponseModel(["expression"], net=False, measure="ic50", **more)


def with_other_test_responses(study: Study, test: frozenset[str]) -> Study:
    frames = {name: study.modality(name).frame() for name in study.modalities}
    long = study.response("ic50")
    noise = np.random.default_rng(0).normal(50.0, 9.0, len(long))
    long = long.assign(value=np.where(long["cell"].isin(list(test)), noise, long["value"]))
    return mmdrp.Study.from_frames(
        long, frames, samples=study.cells, drugs=study.drugs, measure="ic50",
        unit="arbitrary", higher="resistant",
    )  # fmt: skip


@pytest.mark.parametrize("inner", [1, 3])
def test_the_test_part_is_never_looked_at(small: Study, inner: int) -> None:
    model = base_only()
    fold = fold_of(spec_with(model, small, None, {}), small)
    test = frozenset(fold.test.ids["cell"])
    own = with_other_test_responses(small, frozenset())
    other = with_other_test_responses(small, test)
    assert not own.response("ic50").equals(other.response("ic50"))
    values = [
        mmdrp.tune(model, s, space=GAMMA, trials=1, fold=fold, inner=inner).trials["value"]
        for s in (own, other)
    ]
    assert values[0].notna().all()
    pd.testing.assert_series_equal(values[0], values[1])


@pytest.mark.parametrize("inner", [1, 4])
def test_inner_folds_hold_no_test_id_and_judge_by_what_is_not_learned(
    small: Study, inner: int
) -> None:
    spec = spec_with(base_only(), small, None, {})
    outer = fold_of(spec, small)
    folds = inner_folds(spec, small, outer, inner)
    assert len(folds) == inner
    for fold in folds:
        ids = [set(part.ids["cell"]) for part in fold.parts().values()]
        assert not set().union(*ids) & set(outer.test.ids["cell"])
        assert sum(map(len, ids)) == len(set().union(*ids))
    if inner > 1:
        judged = [c for fold in folds for c in fold.test.ids["cell"]]
        known = outer.with_validation().train.ids["cell"]
        assert sorted(judged) == sorted(set(judged))
        assert set(judged) <= set(known)


def test_the_better_option_is_found_and_matters(study: Study) -> None:
    space = {
        "base": {"values": ["mean", "kernel"]},
        "patience": {"low": 1, "high": 9},  # of a network, which there is none of
    }
    found = mmdrp.tune(base_only(), study, space=space, trials=8)
    assert found.best["base"] == "kernel"
    assert found.best_value == found.trials["value"].min()
    assert found.importances["base"] > 0.9
    by = found.trials.groupby("base")["value"].mean()
    assert by["kernel"] < by["mean"]
    refit = model_with(base_only(), found.best).fit(study, fold=0)
    assert refit.spec_.model.base.name == "kernel"


def test_one_storage_is_gone_on_with_and_another_search_is_refused(
    small: Study, tmp_path: Path
) -> None:
    journal = tmp_path / "search.journal"
    first = mmdrp.tune(base_only(), small, space=GAMMA, trials=3, storage=journal)
    more = mmdrp.tune(base_only(), small, space=GAMMA, trials=5, storage=journal)
    pd.testing.assert_frame_equal(more.trials.head(3), first.trials)
    assert list(more.trials["trial"]) == [0, 1, 2, 3, 4]
    alone = mmdrp.tune(base_only(), small, space=GAMMA, trials=5, storage=f"sqlite:///{tmp_path}/a")
    assert alone.trials["value"].tolist() == more.trials["value"].tolist()
    with pytest.raises(MmdrpError, match="choose another name="):
        mmdrp.tune(base_only(), small, space=GAMMA, trials=5, storage=journal, fold=1)
    none = mmdrp.tune(base_only(), small, space=GAMMA, trials=9, storage=journal, seconds=1e-6)
    assert len(none.trials) == 5
    journal.write_bytes(journal.read_bytes()[:-20])  # torn: its writer died within a line
    for _ in range(2):
        mended = mmdrp.tune(base_only(), small, space=GAMMA, trials=6, storage=journal)
        assert mended.trials["value"].tolist()[:5] == more.trials["value"].tolist()
    assert len(mended.trials) == 6


def start(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", RUN, *map(str, words)]
    env = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)


def test_a_killed_trial_is_run_again_with_its_options_and_none_twice(
    small: Study, tmp_path: Path
) -> None:
    journal = tmp_path / "search.journal"
    killed = start(small.folder, journal, 60, 6)
    assert killed.stdout is not None
    assert killed.stdout.readline() == "began\n"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    result = mmdrp.tune(base_only(), small, space=GAMMA, trials=6, storage=journal)
    assert list(result.trials["trial"]) == list(range(6))
    alone = mmdrp.tune(base_only(), small, space=GAMMA, trials=6)
    assert result.trials["value"].tolist() == alone.trials["value"].tolist()
    attempts = [t for t in study_in(journal).get_trials() if shared.is_taken(t)]
    assert sorted(shared.slot_of(t) for t in attempts) == list(range(6))
    assert sum(not shared.is_taken(t) for t in study_in(journal).get_trials()) >= 1


def study_in(journal: Path) -> Any:
    import optuna

    backend = optuna.storages.journal.JournalFileBackend(str(journal))
    return optuna.load_study(study_name="tune", storage=optuna.storages.JournalStorage(backend))


def test_of_two_that_take_one_slot_the_first_holds_it(tmp_path: Path) -> None:
    study = shared.opened(tmp_path / "j", "tune", False, "x")
    first = shared.next_trial(study, 2, 0)
    second = shared.next_trial(shared.opened(tmp_path / "j", "tune", False, "x"), 2, 0)
    assert first is not None
    assert second is not None
    assert {first.user_attrs["slot"], second.user_attrs["slot"]} == {0, 1}
    assert shared.next_trial(study, 2, 0) is None


def test_poor_trials_are_pruned_by_their_epochs(small: Study) -> None:
    model = mmdrp.ResponseModel(
        ["expression"], base="none", measure="ic50", max_epochs=4, latent=4, width=(8,), head=(8,)
    )
    space = {"optimizer.lr": {"low": 1e-8, "high": 1e-2, "log": True}}
    found = mmdrp.tune(model, small, space=space, trials=12)
    pruned = found.trials[found.trials["state"] == "pruned"]
    assert len(pruned)
    best = found.best["optimizer.lr"]
    assert best == found.trials["optimizer.lr"].max()
    assert (pruned["optimizer.lr"] < best).all()
    every = mmdrp.tune(model, small, space=space, trials=8, prune=False)
    assert set(every.trials["state"]) == {"complete"}


def test_a_trial_that_cannot_be_is_a_result_and_all_of_them_an_error(small: Study) -> None:
    space = {"modality": {"values": [["expression"], ["methylation"]]}}
    found = mmdrp.tune(base_only(), small, space=space, trials=6)
    assert set(found.trials["state"]) == {"complete", "failed"}
    assert found.best == {"modality": ["expression"]}
    assert (
        found.trials["why"].str.contains("methylation").sum()
        == (found.trials["state"] == "failed").sum()
    )
    with pytest.raises(MmdrpError, match="every trial failed; the first: "):
        mmdrp.tune(base_only(), small, space={"modality": {"values": [["methylation"]]}}, trials=2)


@pytest.mark.parametrize(("space", "said"), [
    ("nets", "choose among: base, fusion, modalities, network"),
    ({"latent": 3}, "space.latent: expected low and high, values, or subsets"),
    ({"latent": {"low": 3}}, "space.latent: expected low and high"),
    ({"latent": {"low": 9, "high": 3}}, "low first"),
    ({"latent": {"from": 9}}, "space.latent.from: choose among"),
    ({"optimizer.lr": {"low": 0.0, "high": 1.0, "log": True}}, "log wants low above 0"),
    ({"latnt": {"low": 1, "high": 2}}, "space.latnt: there is no such option"),
    ({"dropout": {"low": 2.0, "high": 3.0}}, "dropout"),
    ({}, "space: is empty"),
])  # fmt: skip
def test_mistakes_are_told_before_a_trial(small: Study, space: Any, said: str) -> None:
    with pytest.raises(OptionError, match=said):
        mmdrp.tune(base_only(), small, space=space, trials=1)


def test_every_space_that_comes_with_mmdrp_fits_the_model(study: Study) -> None:
    model = mmdrp.ResponseModel(["expression", "mutation"], measure="ic50")
    for name in names():
        space = space_of(name)
        for position in (0, -1):
            options = {
                key: d.choices[position] if d.choices else (d.low, d.high)[position]
                for key, d in space.items()
            }
            assert dataclasses.is_dataclass(spec_with(model, study, None, options))


def test_a_process_that_is_gone_is_told_from_one_that_is_there() -> None:
    from mmdrp.experiments.tuning.worker import is_gone, this_worker

    own = this_worker()
    assert not is_gone(own)
    assert is_gone({**own, "born": "1"})  # its number was given to another
    assert is_gone({**own, "pid": 2**22 + 1})
    elsewhere = {**own, "host": "elsewhere"}
    assert not is_gone(elsewhere)
    assert is_gone({**elsewhere, "beat": time.time() - 1e4})
