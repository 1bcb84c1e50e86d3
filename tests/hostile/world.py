"""The studies, models and results that hostile cases start from, made once."""

import contextlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import mmdrp
from mmdrp.cli import main
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from tests.hostile.case import World

SMALL = ("trainer.max_epochs=1", "width=[8]", "latent=4", "head=[8]",
         "modality=[expression,mutation]")  # fmt: skip
LINES = 30


def make(root: Path) -> World:
    """Fill a folder: studies, four kinds of models, predictions, folds."""
    world = World(root)
    study = synthetic.build(world.study, lines=40, features=12)
    as_csv(study, world.mine, with_response=True)
    as_csv(study, world.samples, with_response=False)
    for name, words in _commands(world).items():
        _done(*words, f"out={world.run(name)}")
    (root / "genes.csv").write_text(
        "gene,t\n" + "".join(f"EXPRESSION_{i:02d},{5 - i}\n" for i in range(12))
    )
    (root / "sets.gmt").write_text(
        "".join(
            f"SET{k}\tabout\t" + "\t".join(f"EXPRESSION_{i:02d}" for i in range(k, k + 4)) + "\n"
            for k in range(6)
        )
    )
    (root / "markers.csv").write_text(
        "drug,source,feature,direction\ndrug-00,mutation,MUTATION_03,sensitive\n"
    )
    (root / "ids.txt").write_text("\n".join(study.cells.index[:30]) + "\n")
    world.made.update(_library(study))
    return world


def as_csv(study: Study, folder: Path, with_response: bool) -> None:
    """Write the first lines of a study as CSV: cells, drugs, expression, mutation, response."""
    folder.mkdir()
    keep = list(study.cells.index[:LINES])
    study.cells.loc[keep].reset_index().to_csv(folder / "cells.csv", index=False)
    drugs = study.drugs.reset_index()[:8]
    drugs.to_csv(folder / "drugs.csv", index=False)
    for name in ("expression", "mutation"):
        frame = study.modality(name).frame()
        frame = frame[frame.index.isin(keep)]
        frame = frame.astype(int) if name == "mutation" else frame.round(4)
        frame.rename_axis("cell").reset_index().to_csv(folder / f"{name}.csv", index=False)
    if with_response:
        long = pd.concat([study.response(m).assign(measure=m) for m in study.measures])
        long = long[long["cell"].isin(keep) & long["drug"].isin(drugs["drug"])]
        long[["measure", "cell", "drug", "value"]].to_csv(folder / "response.csv", index=False)


def _commands(world: World) -> dict[str, list[str]]:
    own = ["study=folder", f"study.path={world.study}"]
    train = ["train", *own, *SMALL]
    return {
        "panel": [*train, "net=false"],
        "net": [*train, "base=none"],
        "pairs": [*train, "response=auc", "net=false"],
        "encoders": [
            "pretrain", *own, "shared_with=null", "modality=[expression,mutation_raw]",
            "trainer.max_epochs=1", "width=[8]", "latent=4",
        ],
        "predictions": ["predict", f"run={world.run('panel')}", f"data={world.study}"],
        "folds": ["data", "split", *own, "modality=[expression,mutation]"],
    }  # fmt: skip


def _library(study: Study) -> dict[str, object]:
    kept = {"expression": study.modality("expression").frame()}
    kept["mutation"] = study.modality("mutation").frame()
    panel = mmdrp.ResponseModel(["expression", "mutation"], net=False).fit(study, fold=0)
    pairs = mmdrp.ResponseModel(["expression"], drug_features="morgan", net=False)
    pairs.fit(study, measure="auc", fold=0)
    pred = panel.predict(study)
    return {
        "study": study, "response": study.response("ic50"), "cells": study.cells,
        "drugs": study.drugs, **kept, "panel": panel, "pairs": pairs, "pred": pred,
        "cohort": mmdrp.tumours.Cohort(
            pred, kept["mutation"], cancer_type=study.cells["tissue"], expression=kept["expression"]
        ),
    }  # fmt: skip


def _done(*words: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = main(list(words))
    if code:
        raise RuntimeError(f"mmdrp {' '.join(words)}: {code}\n{said.getvalue()[-2000:]}")


@contextlib.contextmanager
def settled(root: Path) -> Iterator[World]:
    """Make a world; this process finds its data there, and no key of W&B."""
    names = ("MMDRP_DATA", "WANDB_API_KEY", "WANDB_MODE")
    before = {name: os.environ.pop(name, None) for name in names}
    os.environ["MMDRP_DATA"] = str(root / "data")
    try:
        yield make(root)
    finally:
        del os.environ["MMDRP_DATA"]
        os.environ.update({name: value for name, value in before.items() if value is not None})
