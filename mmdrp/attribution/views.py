"""Rankings other than by drug: within a tissue, and per line over its drugs."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.tally import Tally, categories
from mmdrp.attribution.target import Target


class ByTissue:
    """For each drug, the ranking over the lines of each tissue."""

    def __init__(self, explainer: Explainer, tissue: Mapping[str, str], min_lines: int = 5) -> None:
        self.explainer, self.min_lines = explainer, min_lines
        names = sorted(set(tissue.values()))
        code = {name: i for i, name in enumerate(names)}
        self.names = names
        self.code = torch.tensor([code.get(tissue.get(c, ""), -1) for c in explainer.cells])
        self.tallies: dict[str, Tally] = {}

    def watch(self, target: Target, rows: Tensor, value: Tensor) -> None:
        """Add a block of a drug's attributions."""
        del target
        codes = self.code[rows]
        for i in sorted(set(codes[codes >= 0].tolist())):
            inside = codes == i
            tally = self.tallies.setdefault(
                self.names[i], Tally(self.explainer.features, self.explainer.names)
            )
            above = None if self.explainer.above is None else self.explainer.above[rows[inside]]
            here = {s: p[rows[inside]] for s, p in self.explainer.present.items()}
            tally.add(value[inside], here, above)

    def take(self, target: Target, top: int) -> pd.DataFrame:
        """Return each tissue's leading features for the drug, and begin anew.

        Tissues of fewer than ``min_lines`` lines are left out.
        """
        parts = []
        for name, tally in sorted(self.tallies.items()):
            table = tally.ranked(tally.table(target.drug)).head(top)
            if table["n"].max() >= self.min_lines:
                parts.append(table.assign(tissue=name))
        self.tallies = {}
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


class ByLine:
    """For each line, the features that carry most over all its drugs; two numbers per feature."""

    def __init__(self, explainer: Explainer) -> None:
        self.explainer = explainer
        shape = (len(explainer.cells), explainer.names.count)
        self.size, self.total = torch.zeros(shape), torch.zeros(shape)
        self.drugs = torch.zeros(len(explainer.cells))

    def watch(self, target: Target, rows: Tensor, value: Tensor) -> None:
        """Add a block of a drug's attributions."""
        del target
        self.size.index_add_(0, rows, value.abs())
        self.total.index_add_(0, rows, value)
        self.drugs.index_add_(0, rows, torch.ones(len(rows)))

    def tables(self, top: int) -> Iterator[pd.DataFrame]:
        """Yield per line ``cell, source, feature, mean_abs, mean, drugs, rank``."""
        names = self.explainer.names
        for i, cell in enumerate(self.explainer.cells):
            count = max(1.0, float(self.drugs[i]))
            best = self.size[i].topk(min(top, names.count)).indices
            at = best.numpy()
            yield pd.DataFrame(
                {
                    "cell": categories(np.zeros(len(at), dtype=np.int8), [cell]),
                    "source": names.source[at],
                    "feature": names.feature[at],
                    "mean_abs": (self.size[i][best] / count).numpy(),
                    "mean": (self.total[i][best] / count).numpy(),
                    "drugs": int(self.drugs[i]),
                    "rank": np.arange(1, len(at) + 1, dtype=np.int32),
                }
            )
