"""``permutations=``: p and q of each feature, added to a drug's ranking."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mmdrp.attribution.significance.permutation import Refit, significance
from mmdrp.attribution.subject import Subject
from mmdrp.attribution.target import TEXT, Target
from mmdrp.data.layout import laid_out
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.kernel import Kernel

MIN_LINES = 10
"""measured training lines, below which a drug is not tested"""


class PermutationTest:
    """Refits the base of a model for drug after drug, on its training lines."""

    def __init__(
        self,
        subject: Subject,
        permutations: int,
        seed: int = 0,
        tissue: Mapping[str, str] | None = None,
    ) -> None:
        offset = subject.net.offset
        if offset is None or not isinstance(offset.base, Kernel):
            raise MmdrpError(
                f"permutations={permutations}: the model has no kernel base to refit; train with "
                "base=kernel or base=ridge"
            )
        self.permutations, self.seed, self.tissue = permutations, seed, tissue
        train = subject.responses("train")
        cells = subject.info.train_ids["cell"]  # in the order of the base's kernel
        self.place = {c: i for i, c in enumerate(cells)}
        self.responses = dict(iter(train[train["cell"].isin(cells)].groupby("drug")))
        tables = {s: subject.sources[s] for s in offset.cells}
        self.inputs, self.present = laid_out(tables, cells)
        self.features = {s: list(t.features) for s, t in tables.items()}
        self.refit = Refit.of(offset.base, self.inputs, self.present)

    def __call__(self, target: Target, ranking: pd.DataFrame) -> pd.DataFrame:
        """Return the ranking with ``p`` and ``q``, NaN where there is no test."""
        measured = self.responses.get(target.drug)
        if measured is None or len(measured) < MIN_LINES:
            return ranking.assign(p=np.nan, q=np.nan)
        rows = torch.tensor([self.place[c] for c in measured["cell"]])
        y = torch.from_numpy(measured["y"].to_numpy(np.float64).copy())
        by_source = significance(
            self.refit, self.inputs, self.present, y, rows, self.permutations, self.seed,
            self._groups(measured["cell"].tolist()),
        )  # fmt: skip
        parts = [
            pd.DataFrame({"source": s, "feature": self.features[s], "p": p, "q": q})
            for s, (p, q) in by_source.items()
        ]
        return ranking.astype(TEXT).merge(pd.concat(parts), on=["source", "feature"], how="left")

    def _groups(self, cells: list[str]) -> npt.NDArray[np.int64] | None:
        if self.tissue is None:
            return None
        names = np.array([self.tissue.get(c, "") for c in cells], dtype=object)
        return pd.factorize(names)[0].astype(np.int64)
