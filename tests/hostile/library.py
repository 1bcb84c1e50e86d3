"""Calls of the library: every option with values it cannot have, frames that are none."""

from collections.abc import Callable, Iterator
from inspect import signature
from random import Random
from typing import Any

import numpy as np
import pandas as pd

import mmdrp
from mmdrp import tumours
from mmdrp.evaluation import make_folds
from mmdrp.options import hints_of
from tests.hostile.case import Case, Expected, World, given
from tests.hostile.values import GIVEN, frames, studies

WRONG: list[Any] = [
    -1, 0, float("nan"), float("inf"), 1e300, 10**30, "abc", "", None, [], [1], True, {"a": 1},
    -0.5, 1e-300, np.nan, np.int64(-1), "x" * 5000, "a\nb", [None], [[1]], object, b"bytes",
    ["xyzzy"], ("expression", "expression"), "細胞",
]  # fmt: skip
LEFT = {
    "self", "X", "y", "model", "models", "study", "cohort", "genes", "samples", "logger", "out",
    "encoders", "response", "modalities", "pred",
}  # fmt: skip


def _fit(world: World, **options: Any) -> Any:
    usual = {"modalities": ["expression"], "net": False}
    model = mmdrp.ResponseModel(**{**usual, **options}).fit(world["study"], fold=0)
    assert np.isfinite(model.predictions_[["y", "pred"]].to_numpy(float)).all(), "not finite"
    return model


def _fit_net(world: World, **options: Any) -> Any:
    small = {"max_epochs": 1, "width": (8,), "latent": 4, "head": (8,), "net": True}
    return _fit(world, **{**small, **options})


def _predict(world: World, **options: Any) -> Any:
    found = world["panel"].predict(world["study"], **options)
    assert len(found), "nothing is predicted"
    assert np.isfinite(found["pred"]).all(), "not finite"
    return found


def _table1(world: World, **options: Any) -> Any:
    usual = {"repeats": 1, "variants": {"random_init": {"pretrained": None, "width": (8,), "latent": 4,
             "head": (8,), "max_epochs": 1}}, "closed_form_baselines": ["drug_mean"], "figure_of": "random_init"}  # fmt: skip
    return mmdrp.experiments.deepdr.table1(world["study"], **{**usual, **options})


def _call(function: Callable[..., Any], *given: str, **usual: Any) -> Callable[..., Any]:
    def call(world: World, **options: Any) -> Any:
        return function(*(world[name] for name in given), **{**usual, **options})

    return call


PRETRAIN = {"modalities": ["expression"], "width": (8,), "latent": 4, "max_epochs": 1}
SETS = {f"S{k}": [f"EXPRESSION_{i:02d}" for i in range(k, k + 4)] for k in range(5)}
ENRICH = {
    "genes": SETS["S0"],
    "gene_sets": SETS,
    "min_size": 2,
    "background": [f"EXPRESSION_{i:02d}" for i in range(12)],
}
FUNCTIONS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "fit": (mmdrp.ResponseModel, _fit), "fit network": (mmdrp.ResponseModel, _fit_net),
    "predict": (mmdrp.ResponseModel.predict, _predict),
    "pretrain": (mmdrp.pretrain, _call(mmdrp.pretrain, "study", **PRETRAIN)),
    "attribute": (mmdrp.attribute, _call(mmdrp.attribute, "panel", "study", drugs=["drug-00"], steps=4)),
    "benchmark": (mmdrp.benchmark_biomarkers, _call(mmdrp.benchmark_biomarkers, "panel", "study", trees=2, markers=pd.DataFrame(
        {"drug": ["drug-00"], "source": ["mutation"], "feature": ["MUTATION_03"], "direction": ["sensitive"]}))),
    "evaluate": (mmdrp.evaluate, _call(mmdrp.evaluate, "scores", "study", baselines=["drug_mean"])),
    "cross_validate": (mmdrp.cross_validate, _call(mmdrp.cross_validate, "mean", "study", folds=2)),
    "make_folds": (make_folds, _call(make_folds, "study")),
    "align": (mmdrp.align_samples, _call(mmdrp.align_samples, "panel", "given")),
    "associate": (tumours.associate, _call(tumours.associate, "cohort", min_patients=3)),
    "extremes": (tumours.compare_extremes, _call(tumours.compare_extremes, "cohort", drug="drug-00", share=0.2)),
    "enrich": (tumours.enrich, _call(tumours.enrich, **ENRICH)),
    "table1": (mmdrp.experiments.deepdr.table1, _table1),
    "cell split": (mmdrp.CellSplit, _call(mmdrp.CellSplit)), "scaffold split": (mmdrp.ScaffoldSplit, _call(mmdrp.ScaffoldSplit)),
    "from_frames": (mmdrp.Study.from_frames, _call(mmdrp.Study.from_frames, "response", "given")),
}  # fmt: skip
"""name -> where its options stand, and a call that is right"""


def cases(world: World, some: int | None = None, seed: int = 0) -> Iterator[Case]:
    """Yield each option of each function with wrong values, or with ``some`` drawn by ``seed``."""
    rng = Random(seed)
    world.made.setdefault("given", {"expression": world["expression"]})
    world.made.setdefault("mean", mmdrp.ResponseModel(["expression"], base="mean", net=False))
    if "scores" not in world.made:
        world.made["scores"] = mmdrp.cross_validate(world["mean"], world["study"], folds=2)
    for title, (function, call) in FUNCTIONS.items():
        hints = hints_of(function)
        for name in signature(function).parameters:
            if (
                name in LEFT - ({"modalities"} if title != "from_frames" else set())
                or name == "settings"
            ):
                continue
            values = [w for w in WRONG if _could_be_wrong(w, hints.get(name))]
            for value in values if some is None else rng.sample(values, some):
                yield _option(title, call, name, value)
    for title, (calls, expect) in {**frames(), **studies()}.items():
        yield Case(f"python {title}", call=calls, expect=expect)
    yield from _files()


def _could_be_wrong(value: Any, hint: Any) -> bool:
    return hint is not None or not isinstance(value, type)


def _option(title: str, call: Callable[..., Any], name: str, value: Any) -> Case:
    shown = f"{value!r}"[:40]
    finite = isinstance(value, float) and not np.isfinite(value)
    expect: Expected = "refused" if finite and name not in ("pretrained",) else "either"
    return Case(
        f"python {title} {name}={shown}", expect=expect,
        call=lambda world, folder: call(world, **{name: value}),
    )  # fmt: skip


def _files() -> Iterator[Case]:
    """Where the library reads or writes files."""
    places: dict[str, Any] = {
        "nowhere": "nowhere/x.ckpt", "folder": ".", "null": "/dev/null", "proc": "/proc/x/y",
        "long": "n" * 5000, "empty": "", "nul": "a\0b", "newline": "a\nb",
    }  # fmt: skip
    for name, place in places.items():
        yield Case(
            f"python load_model {name}", call=given(lambda w, f, p: mmdrp.load_model(p), place)
        )
        yield Case(
            f"python load_study {name}", call=given(lambda w, f, p: mmdrp.load_study(p), place)
        )
        yield Case(f"python save {name}", call=given(lambda w, f, p: w["panel"].save(p), place), expect="either",
                   may_write=("nowhere", "out", "a\nb", "run.json", "config.yaml"))  # fmt: skip
        yield Case(f"python write {name}", call=given(lambda w, f, p: w["study"].write(p), place), expect="either",
                   may_write=("",))  # fmt: skip
    for place in GIVEN:
        call = given(lambda w, f, p: mmdrp.load_study(p, f), place)
        yield Case(f"python load_study {place!r}"[:60], call=call)
