"""Every part of the base at once: attributions of an unseen drug still add up, saved or not."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.sources import smiles_of
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.evaluation.drawing import make_folds

TARGETS = ("EGFR", "BRAF;RAF1", "MAP2K1", "PIK3CA;MTOR")
KERNELS = {"structure", "embedding", "linear", "targets", "pathways"}


def screen(study: Study, name: str, cells: list[str], seed: int) -> Study:
    """Some lines of the study, in three media, half of its responses noisier; targets known."""
    rng = np.random.default_rng(seed)
    long = study.response("auc")
    long = long[long["cell"].isin(cells) & (rng.random(len(long)) < 0.8)]
    medium = pd.Series(rng.choice(["R", "F", "H"], len(cells)), index=cells)
    noise = rng.normal(size=len(long)) * np.where(long["cell"].isin(cells[::2]), 0.2, 0.02)
    value = long["value"] + noise + 0.2 * long["cell"].map(medium).eq("F")
    samples = study.cells.loc[cells].assign(medium=medium)
    target = [TARGETS[i % len(TARGETS)] for i in range(len(study.drugs))]
    frames = {n: study.modality(n).select(cells).frame() for n in ("expression", "mutation")}
    return Study.from_frames(
        long.assign(value=value)[["cell", "drug", "value"]], frames, samples=samples,
        drugs=study.drugs[["smiles"]].assign(target=target), measure="auc", name=name,
    )  # fmt: skip


@pytest.fixture(scope="module")
def fitted(
    study: Study, tmp_path_factory: pytest.TempPathFactory
) -> tuple[mmdrp.ResponseModel, Study, Fold]:
    cells = list(study.cells.index)
    own, other = screen(study, "own", cells[:70], 1), screen(study, "other", cells[:50], 2)
    smiles = smiles_of(study)
    mix = np.random.default_rng(0).normal(size=(512, 12)) / 8
    frame = pd.DataFrame(Morgan(size=512)(smiles) @ mix, index=list(smiles)).add_prefix("dim_")
    path = tmp_path_factory.mktemp("embedding") / "rows.parquet"
    frame.rename_axis("drug").reset_index().to_parquet(path, index=False)
    options: dict[str, Any] = {"drug_features": {"name": "table", "path": str(path)}, "net": False}
    base = {"name": "kernel", "context": ["medium"], "batch": ["tissue"], "drug_stage2": True}
    fold = make_folds(own, "drug", measure="auc", layout="by_pair")["seed0/fold0"]
    model = mmdrp.ResponseModel(["expression", "mutation"], base=base, held_out_in="own", **options)
    return model.fit(own, measure="auc", fold=fold, also=[other]), own, fold


def test_every_part_is_on(fitted: tuple[mmdrp.ResponseModel, Study, Fold]) -> None:
    offset = fitted[0].net_.offset
    assert offset is not None
    assert offset.pair is not None
    drug: Any = offset.pair.drug
    assert set(drug.parts) == KERNELS
    assert drug.second.used
    assert len(offset.pair.further) == 1
    base: Any = offset.base
    assert {"expression", "mutation", "context:medium", "batch:tissue"} <= set(base.kernels)
    assert len(base.penalty) > 11  # of the second fit, with weights of lines, after the first
    assert offset.intervals.known


@pytest.mark.parametrize("loaded", [False, True])
def test_attributions_of_seen_and_unseen_drugs_add_up(
    fitted: tuple[mmdrp.ResponseModel, Study, Fold], loaded: bool, tmp_path: Path
) -> None:
    model, own, fold = fitted
    if loaded:
        model = mmdrp.load_model(model.save(tmp_path / "model.ckpt"))
    unseen, seen = (sorted(part.ids["drug"])[:2] for part in (fold.test, fold.train))
    found = mmdrp.attribute(model, own, drugs=[*unseen, *seen])
    assert list(found.completeness["drug"]) == [*unseen, *seen]
    assert float(found.completeness["largest_gap"].max()) < 1e-5
