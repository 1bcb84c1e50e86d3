"""``permutations=``: p and q of each feature, added to a drug's ranking."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from omegaconf import DictConfig

from mmdrp.attribution.job import Job
from mmdrp.attribution.permutation import Refit, significance
from mmdrp.build import Restored
from mmdrp.cli.attribution_jobs import trained_on
from mmdrp.cli.runs import Run
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.kernel import Kernel
from mmdrp.sources import Sources

LEAST = 10
"""measured training lines, below which a drug is not tested"""
TEXT = {"drug": "str", "source": "str", "feature": "str"}


class Tests:
    """Refits the base of a run for drug after drug, on its training lines."""

    __test__ = False  # no test case of pytest's

    def __init__(self, cfg: DictConfig, one: Run, restored: Restored, sources: Sources) -> None:
        guess = restored.net.guess
        if guess is None or not isinstance(guess.base, Kernel):
            raise MmdrpError(
                f"permutations={cfg.permutations}: the run has no kernel base to refit; train with "
                "base=kernel or base=ridge"
            )
        self.draws, self.seed = cfg.permutations, cfg.seed
        train = trained_on(one, one.config, sources)
        cells = restored.spec["roster"]["cell"]  # in the order of the base's kernel
        self.place = {c: i for i, c in enumerate(cells)}
        self.groups = dict(iter(train[train["cell"].isin(cells)].groupby("drug")))
        self.inputs, self.present = {}, {}
        for source in guess.cells:
            rows = sources[source].locate(cells)
            self.inputs[source] = sources[source].take(rows)
            self.present[source] = torch.from_numpy(rows >= 0)
        self.features = {s: list(sources[s].features) for s in guess.cells}
        self.refit = Refit.of(guess.base, self.inputs, self.present)
        self.tissue = tissues(one, "within=tissue") if cfg.within else None

    def __call__(self, job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        """Return the ranking with ``p`` and ``q``, NaN where there is no test."""
        mine = self.groups.get(job.drug)
        if mine is None or len(mine) < LEAST:
            return ranking.assign(p=np.nan, q=np.nan)
        rows = torch.tensor([self.place[c] for c in mine["cell"]])
        y = torch.from_numpy(mine["y"].to_numpy(np.float64).copy())
        found = significance(
            self.refit, self.inputs, self.present, y, rows, self.draws, self.seed,
            self._within(mine["cell"].tolist()),
        )  # fmt: skip
        parts = [
            pd.DataFrame({"source": s, "feature": self.features[s], "p": p, "q": q})
            for s, (p, q) in found.items()
        ]
        return ranking.astype(TEXT).merge(pd.concat(parts), on=["source", "feature"], how="left")

    def _within(self, cells: list[str]) -> npt.NDArray[np.int64] | None:
        if self.tissue is None:
            return None
        names = np.array([self.tissue.get(c, "") for c in cells], dtype=object)
        return pd.factorize(names)[0].astype(np.int64)


def tissues(one: Run, option: str) -> Mapping[str, str]:
    """Return the tissue of each line, or say which option needs it."""
    cells = one.study().cells
    if "tissue" not in cells or not cells["tissue"].notna().any():
        raise MmdrpError(f"{option}: the study's cells table has no column 'tissue'")
    known = cells["tissue"].dropna()
    return dict(zip(known.index.astype(str), known.astype(str), strict=True))
