"""One repeat of Table 1: a division of the lines that all variants share."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from pytorch_lightning import seed_everything

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.impute import NearestDrugs, fill
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.metrics import pearson, per_group
from mmdrp.experiments.deepdr.closed_form import MEANS, ON_COMPONENTS, drug_means
from mmdrp.nn.pca import PCAEncoder
from mmdrp.registry import maker
from mmdrp.training.build import module_of
from mmdrp.training.fit import fit, predict_part
from mmdrp.training.lightning.module import ResponseModule
from mmdrp.training.spec import Spec

Values = npt.NDArray[np.float64]
PARTS = ("train", "validation", "test")
PCA = "pca"
"""the variant whose components the classical methods read"""


@dataclass(frozen=True)
class StudyData:
    """What all repeats share: the study's tables, read once, and its lines and responses."""

    study: Study
    tables: Mapping[str, Table]
    examples: Examples
    imputed: Values
    """(n, t): gaps filled over all lines at once, as the paper did, held-out lines included"""


@dataclass
class Repeat:
    """Training, validation and test lines of one repeat; everything is fitted on training."""

    number: int
    shared: StudyData
    fold: Fold
    k: int
    """nearest drugs of the imputation"""
    components: dict[str, Values] = field(default_factory=dict)
    """per part, (lines, c): what the variant pca leaves for the classical methods"""

    @cached_property
    def rows(self) -> dict[str, npt.NDArray[np.bool_]]:
        """Which examples belong to each part, (n,)."""
        return {name: part.mask(self.shared.examples) for name, part in self.fold.parts().items()}

    @cached_property
    def filled(self) -> Examples:
        """Training responses imputed from training lines alone; others as measured."""
        return fill(self.shared.examples, self.rows["train"], self.k)

    @cached_property
    def imputed(self) -> Values:
        """(test lines, t): gaps filled by what training lines say of the drugs."""
        y = self.shared.examples.y.astype(np.float64)
        learned = NearestDrugs.fit(pd.DataFrame(y[self.rows["train"]].T), self.k)
        filled: Values = learned.transform(pd.DataFrame(y[self.rows["test"]].T)).to_numpy().T
        return filled

    def data(self, spec: Spec) -> ResponseData:
        """Return what a variant learns from: its modalities, imputed or measured responses."""
        sources = {name: self.shared.tables[name] for name in spec.data.modalities}
        examples = self.filled if spec.data.impute else self.shared.examples
        sampler = maker("sampler", spec.train.sampler)
        return ResponseData(examples, sources, self.fold, sampler, spec.train.batch_size)

    def score(
        self, variant: str, pred: Values, of_imputed: Values | None = None, **more: Any
    ) -> dict[str, Any]:
        """Score predictions of the test lines (n, t) on measured and on imputed values.

        ``of_imputed`` are other predictions for the latter, where a variant has such.
        """
        of_imputed = pred if of_imputed is None else of_imputed
        test = self.rows["test"]
        y, over_all = self.shared.examples.y[test].astype(np.float64), self.shared.imputed[test]
        measured = np.isfinite(y)
        long = pd.DataFrame(
            {"drug": np.nonzero(measured)[1], "y": y[measured], "pred": pred[measured]}
        )
        return {
            "repeat": self.number,
            "variant": variant,
            "mse_measured": float(((pred - y)[measured] ** 2).mean()),
            "mse_imputed": float(((of_imputed - self.imputed) ** 2).mean()),
            "mse_imputed_all": float(((of_imputed - over_all) ** 2).mean()),
            "r_per_drug": float(per_group(long, "drug", pearson).fillna(0.0).mean()),
            "lines_test": int(test.sum()),
            "lines_train": int(self.rows["train"].sum()),
            **more,
        }

    def learn(self, variant: str, spec: Spec) -> tuple[dict[str, Any], ResponseModule]:
        """Train a network; return its scores and the trained module."""
        started = time.monotonic()
        seed_everything(spec.train.seed, workers=True, verbose=False)
        data = self.data(spec)
        module = module_of(spec, data, self.shared.study)
        history, _ = fit(spec.train, data, module)
        if variant == PCA:
            self.components.update(_components(module, data))
        pred = predicted(module, data, "test")
        seconds = round(time.monotonic() - started, 1)
        return self.score(variant, pred, epochs=len(history), seconds=seconds), module

    def closed_form(self, names: Sequence[str]) -> Iterator[dict[str, Any]]:
        """Score what needs no network; the classical methods read the components of pca."""
        train, lines = self.rows["train"], int(self.rows["test"].sum())
        filled = self.filled.y[train].astype(np.float64)
        for name in names:
            started = time.monotonic()
            of_imputed = None
            if name in MEANS:
                pred = drug_means(self.shared.examples.y[train].astype(np.float64), lines)
                of_imputed = drug_means(filled, lines)
            else:
                x, test = self.components["train"], self.components["test"]
                pred = ON_COMPONENTS[name](x, filled, test)
            seconds = round(time.monotonic() - started, 1)
            yield self.score(name, pred, of_imputed, seconds=seconds)

    def responses(self, module: ResponseModule, spec: Spec) -> pd.DataFrame:
        """Return measured, imputed and predicted responses of all lines: what Figure 2 shows.

        Columns ``cell, drug, y, pred, part, imputed``.
        """
        data, frames = self.data(spec), []
        for part in PARTS:
            rows = data.rows[part]
            frame = self.shared.examples.take(rows).frame(predicted(module, data, part))
            frames.append(frame.assign(part=part, imputed=self.shared.imputed[rows].reshape(-1)))
        return pd.concat(frames, ignore_index=True)


def predicted(module: ResponseModule, data: ResponseData, part: str) -> Values:
    """Return predictions of a part's examples in their order, (n, t)."""
    rows, values = predict_part(module, data, part)
    pred: Values = values[np.argsort(rows)].astype(np.float64)
    return pred


def _components(module: ResponseModule, data: ResponseData) -> dict[str, Values]:
    """Return component scores of all modalities side by side, per part (n, c)."""
    net, out = module.net.eval(), {}
    lines = data.dataset.examples.ids["cell"]
    for part in PARTS:
        blocks = []
        for name, encoder in net.encoder.items():
            if not isinstance(encoder, PCAEncoder):
                raise MmdrpError("variants.pca: give every modality encoder=pca")
            table = data.dataset.sources[name]
            x = table.take(table.locate(lines[data.rows[part]]))
            with torch.no_grad():
                blocks.append(encoder(net.scale[name](x)).double().numpy())
        out[part] = np.hstack(blocks)
    return out
