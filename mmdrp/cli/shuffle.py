"""One shuffle of the lines, shared by all designs of a comparison such as DeepDR's Table 1."""

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig
from pytorch_lightning import seed_everything

from mmdrp import build
from mmdrp.cli import train
from mmdrp.data.datamodule import ResponseData
from mmdrp.data.impute import NearestDrugs, fill
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.module import ResponseModule
from mmdrp.nn.pca import PCAEncoder
from mmdrp.stats.components import CLASSICAL
from mmdrp.stats.performance import pearson, per_group

log = logging.getLogger(__name__)

Values = npt.NDArray[np.float64]
MEANS = ("drug_mean", "mean_effects")
PARTS = ("train", "validation", "test")


@dataclass(frozen=True)
class Shared:
    """What all shuffles share: the study's tables, read once, and its lines and responses."""

    study: Study
    tables: Mapping[str, Table]
    examples: Examples
    paper: Values
    """(n, t): gaps filled over all lines at once, as the paper did, held-out lines included"""


@dataclass
class Shuffle:
    """Training, validation and test lines of one shuffle; everything is fitted on training."""

    number: int
    shared: Shared
    fold: Fold
    k: int
    """nearest drugs of the imputation"""
    components: dict[str, Values] = field(default_factory=dict)
    """per part, (lines, c): what the design pca leaves for the classical methods"""

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

    def data(self, cfg: DictConfig) -> ResponseData:
        """Return what a design learns from: its modalities, imputed or measured responses."""
        sources = {name: self.shared.tables[str(name)] for name in cfg.modality}
        examples = self.filled if cfg.impute else self.shared.examples
        return ResponseData(examples, sources, self.fold, instantiate(cfg.sampler), cfg.batch_size)

    def score(
        self, design: str, pred: Values, of_imputed: Values | None = None, **more: Any
    ) -> dict[str, Any]:
        """Score predictions of the test lines (n, t) on measured and on imputed values.

        ``of_imputed`` are other predictions for the latter, where a design has such.
        """
        of_imputed = pred if of_imputed is None else of_imputed
        test = self.rows["test"]
        y, paper = self.shared.examples.y[test].astype(np.float64), self.shared.paper[test]
        seen = np.isfinite(y)
        long = pd.DataFrame({"drug": np.nonzero(seen)[1], "y": y[seen], "pred": pred[seen]})
        return {
            "shuffle": self.number,
            "design": design,
            "mse_measured": float(((pred - y)[seen] ** 2).mean()),
            "mse_imputed": float(((of_imputed - self.imputed) ** 2).mean()),
            "mse_imputed_all": float(((of_imputed - paper) ** 2).mean()),
            "r_per_drug": float(per_group(long, "drug", pearson).fillna(0.0).mean()),
            "lines_test": int(test.sum()),
            "lines_train": int(self.rows["train"].sum()),
            **more,
        }

    def learn(
        self, design: str, cfg: DictConfig, work: Path
    ) -> tuple[dict[str, Any], ResponseModule]:
        """Train a network design; return its scores and the trained module."""
        started = time.monotonic()
        seed_everything(cfg.seed, workers=True, verbose=False)
        data = self.data(cfg)
        module = build.module_of(cfg, data, self.shared.study)
        trainer, *_ = train.fit(cfg, work, data, module, None)
        if design == "pca":
            self.components.update(_components(module, data))
        pred = predicted(module, data, "test")
        seconds = round(time.monotonic() - started, 1)
        return self.score(design, pred, epochs=trainer.current_epoch, seconds=seconds), module

    def closed(self, names: list[str]) -> Iterator[dict[str, Any]]:
        """Score what needs no network; the classical methods read the PCA design's components."""
        train_rows = self.rows["train"]
        for name in names:
            started = time.monotonic()
            of_imputed = None
            if name in MEANS:  # an unseen line has no effect of its own: both are the drug's mean
                pred = self._mean(self.shared.examples)
                of_imputed = self._mean(self.filled)
            else:
                if not self.components:
                    raise MmdrpError(f"closed: {name} reads the components of the design pca")
                y = self.filled.y[train_rows].astype(np.float64)
                pred = CLASSICAL[name](self.components["train"], y, self.components["test"])
            seconds = round(time.monotonic() - started, 1)
            yield self.score(name, pred, of_imputed, seconds=seconds)

    def _mean(self, examples: Examples) -> Values:
        """Return each drug's mean over training lines, for every test line."""
        y = examples.y[self.rows["train"]].astype(np.float64)
        return np.tile(np.nanmean(y, axis=0), (int(self.rows["test"].sum()), 1))


def predicted(module: ResponseModule, data: ResponseData, part: str) -> Values:
    """Return predictions of a part's examples in their order, (n, t)."""
    module.eval()
    with torch.inference_mode():
        done = [(b.example, module.net(b)) for b in data.predict_loader(part)]
    where = torch.cat([example for example, _ in done])
    pred: Values = torch.cat([p for _, p in done])[torch.argsort(where)].double().numpy()
    return pred


def _components(module: ResponseModule, data: ResponseData) -> dict[str, Values]:
    """Return component scores of all modalities side by side, per part (n, c)."""
    net, out = module.net.eval(), {}
    lines = data.dataset.examples.ids["cell"]
    for part in PARTS:
        blocks = []
        for name, encoder in net.encoder.items():
            if not isinstance(encoder, PCAEncoder):
                raise MmdrpError("designs.pca: give every modality encoder=pca")
            table = data.dataset.sources[name]
            x = table.take(table.locate(lines[data.rows[part]]))
            assert isinstance(x, torch.Tensor)
            with torch.no_grad():
                blocks.append(encoder(net.scale[name](x)).double().numpy())
        out[part] = np.hstack(blocks)
    return out
