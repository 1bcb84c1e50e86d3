"""A small generated study: planted signal, eight modalities, natural missingness, SMILES.

It shows what a study looks like and lets tests know the truth. It is no benchmark.
"""

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.source import Table
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.options import Count, Range, checked

log = logging.getLogger(__name__)

PRESENCE = {
    "expression": 0.97,
    "mutation": 1.0,
    "cnv": 0.97,
    "proteomics": 0.4,
    "mirna": 0.9,
    "metabolomics": 0.9,
    "histone": 0.85,
    "rppa": 0.85,
}
TISSUES = ("lung", "breast", "skin", "blood", "colon", "brain")
SCAFFOLDS = (  # one family per row: its drugs share what they hit
    "{R}Nc1ncnc2ccccc12",
    "NS(=O)(=O)c1ccc(N{R})cc1",
    "O=C(N{R})c1cccnc1",
    "Cn1c(=O)c2c(ncn2C)n({R})c1=O",
)
SUBSTITUENTS = ("C", "CC", "CCC", "C9CCC9", "CCO", "c9ccccc9", "Cc9ccccc9", "C9CC9")


@dataclass(frozen=True)
class Planted:
    """One effect that was built in: ``effect`` per standard deviation of ``feature``."""

    drug: str
    source: str
    feature: str
    effect: float


@checked
def build(
    root: str | Path,
    *,
    lines: Count = 160,
    features: Count = 40,
    noise: Annotated[float, Range(least=0)] = 0.3,
    seed: Annotated[int, Range(least=0)] = 0,
) -> Study:
    """Write the study; the planted effects go to ``planted.csv`` beside its tables.

    ``noise`` is the standard deviation of what nothing explains; every modality has ``features``.
    """
    log.info("Generating the synthetic study in %s", root)
    rng = np.random.default_rng(seed)
    cells = pd.DataFrame({"cell": [f"LINE{i:03d}" for i in range(lines)]})
    cells["tissue"] = rng.choice(TISSUES, lines)
    full = {name: _omics(name, lines, features, rng) for name in PRESENCE}
    drugs, planted = _drugs(full, rng)
    truth = _response(full, drugs, planted, cells["tissue"], noise, rng)
    names = [f"{name.upper()}_{j:02d}" for name in PRESENCE for j in range(features)]
    columns = dict(zip(PRESENCE, np.split(np.array(names), len(PRESENCE)), strict=True))
    modalities = {}
    for name, share in PRESENCE.items():
        rows = np.flatnonzero(rng.random(lines) < share)
        values = full[name][rows].astype(np.float32)
        if name == "proteomics":  # mass spectrometry leaves gaps
            values[rng.random(values.shape) < 0.05] = np.nan
        modalities[name] = Table("cell", cells["cell"][rows].tolist(), list(columns[name]), values)
    response = _long(truth, cells["cell"].tolist(), drugs["drug"].tolist(), rng)
    units = {"mutation": "0/1", "cnv": "-1/0/1"}
    table = {n: Entry("", 0, 0, "", units.get(n, "arbitrary"), "generated") for n in PRESENCE}
    table["response"] = Entry(
        "", 0, 0, "", "", "generated",
        measures={m: {"unit": "arbitrary", "higher": "resistant"}
                  for m in ("ic50", "auc")},
    )  # fmt: skip
    frames = {"cells": cells, "drugs": drugs, "response": response}
    options = {"lines": lines, "features": features, "noise": noise, "seed": seed}
    manifest = Manifest("synthetic", table, [f"generated with seed {seed}"], options)
    rows_ = [(p.drug, p.source, str(columns[p.source][int(p.feature)]), p.effect) for p in planted]
    truths = pd.DataFrame(rows_, columns=["drug", "source", "feature", "effect"])
    return write_study(root, manifest, frames, modalities, beside={"planted": truths})


def _omics(
    name: str, lines: int, features: int, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    if name == "mutation":
        return (rng.random((lines, features)) < rng.uniform(0.1, 0.4, features)).astype(float)
    if name == "cnv":
        return rng.choice([-1.0, 0.0, 1.0], (lines, features), p=[0.15, 0.7, 0.15])
    return rng.normal(rng.uniform(0, 5, features), rng.uniform(0.5, 2, features), (lines, features))


def _drugs(
    full: dict[str, npt.NDArray[np.float64]], rng: np.random.Generator
) -> tuple[pd.DataFrame, list[Planted]]:
    rows, planted = [], []
    for family, scaffold in enumerate(SCAFFOLDS):
        sources = rng.choice(["expression", "mutation", "rppa", "metabolomics"], 3, replace=False)
        hits = [(s, int(rng.integers(full[s].shape[1])), rng.choice([-1.5, 1.5])) for s in sources]
        for k, substituent in enumerate(SUBSTITUENTS):
            drug = f"drug-{family}{k}"
            rows.append((drug, drug, scaffold.replace("{R}", substituent)))
            planted += [
                Planted(drug, str(source), str(j), float(effect * rng.uniform(0.8, 1.2)))
                for source, j, effect in hits
            ]
    return pd.DataFrame(rows, columns=["drug", "name", "smiles"]), planted


def _response(
    full: dict[str, npt.NDArray[np.float64]],
    drugs: pd.DataFrame,
    planted: list[Planted],
    tissue: pd.Series,
    noise: float,
    rng: np.random.Generator,
) -> npt.NDArray[np.float64]:
    lines = len(tissue)
    general = dict(zip(TISSUES, rng.normal(0, 0.3, len(TISSUES)), strict=True))
    y = np.tile(rng.normal(2, 1.5, len(drugs)), (lines, 1))
    y += tissue.map(general).to_numpy()[:, None] + rng.normal(0, noise, y.shape)
    position = {drug: j for j, drug in enumerate(drugs["drug"])}
    for p in planted:
        x = full[p.source][:, int(p.feature)]
        spread = x.std() or 1.0  # of few lines, all may be alike
        y[:, position[p.drug]] += p.effect * (x - x.mean()) / spread
    return y


def _long(
    y: npt.NDArray[np.float64], cells: list[str], drugs: list[str], rng: np.random.Generator
) -> pd.DataFrame:
    wide = pd.DataFrame(y, index=pd.Index(cells, name="cell"), columns=drugs)
    parts = []
    for measure, values in (("ic50", wide), ("auc", 1 / (1 + np.exp(-0.5 * (wide - 2))))):
        long = pd.DataFrame(values).mask(rng.random(y.shape) < 0.2).reset_index()
        long = long.melt(id_vars="cell", var_name="drug").dropna(subset="value")
        parts.append(long.assign(measure=measure)[["measure", "cell", "drug", "value"]])
    return pd.concat(parts, ignore_index=True)
