"""What is said of one attributed drug: gaps, shares of modalities, values line by line."""

import numpy as np
import pandas as pd
import torch

from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.ranking import DrugAttribution
from mmdrp.attribution.target import Target


def line_gaps(done: DrugAttribution) -> pd.DataFrame:
    """Return how far the shares of each line miss the change in its prediction."""
    return pd.DataFrame(
        {
            "cell": np.asarray(done.target.cells, dtype=object),
            "drug": done.target.drug,
            "change": done.change.numpy(),
            "gap": done.gap.numpy(),
        }
    )


def largest_gap(drug: str, gaps: pd.DataFrame) -> dict[str, object]:
    """Return a drug's largest gap (`line_gaps`), also as a share of its predictions' range."""
    change = gaps["change"].to_numpy()
    gap = np.abs(gaps["gap"].to_numpy())
    spread = float(change.max() - change.min()) or 1.0
    largest = float(gap.max()) if bool(np.isfinite(gap).all()) else np.nan
    return {
        "drug": drug,
        "lines": len(gaps),
        "largest_gap": largest,
        "gap_of_range": largest / spread,
    }


def mean_shares(drug: str, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the means of each modality's part over the drug's lines.

    ``carried`` is the mean size of the modality's whole part, in which features of opposite sign
    cancel; ``absolute`` is the mean sum of their sizes, which grows with their number.
    """
    shares = shares.assign(carried=shares["signed"].abs())
    means = shares.groupby("source", sort=False)[["signed", "absolute", "carried"]].mean()
    return means.reset_index().assign(drug=drug)


def line_values(explainer: Explainer, target: Target, features: pd.DataFrame) -> pd.DataFrame:
    """Return ``source, feature, value, attribution`` of some features, a row per line and one."""
    names = explainer.names
    every = pd.MultiIndex.from_arrays([names.source.astype(str), names.feature.astype(str)])
    wanted = pd.MultiIndex.from_frame(features[["source", "feature"]])
    columns = torch.from_numpy(every.get_indexer(wanted).astype(np.int64))
    inputs = torch.cat([explainer.inputs[s] for s in explainer.sources], dim=1)[:, columns]
    parts = []
    for rows, shares in explainer.blocks(target):
        value = torch.cat(list(shares.values.values()), dim=1)[:, columns]
        frame = pd.DataFrame(
            {
                "source": np.tile(features["source"].to_numpy(object), len(rows)),
                "feature": np.tile(features["feature"].to_numpy(object), len(rows)),
                "value": inputs[rows].flatten().numpy(),
                "attribution": value.flatten().numpy(),
            }
        )
        parts.append(frame.dropna())
    return pd.concat(parts, ignore_index=True)
