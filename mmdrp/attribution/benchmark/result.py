"""What a benchmark of known markers gives: ranks, recall, differences; frames that are written."""

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.attribution.benchmark.recall import CUTS, MARKER, advantage
from mmdrp.io.files import whole, write_json
from mmdrp.io.text import padded, plain, write_csv

MODEL = "model"
CUT = 50
"""rank within which a marker counts as recalled"""


@dataclass(frozen=True, eq=False, repr=False)
class BiomarkerBenchmark:
    """Known markers ranked by a model and by methods that know no model."""

    markers: pd.DataFrame
    """one row per marker and screen: rank, score, direction by each method; ``reason`` where it
    cannot be tested, ``missed`` where the model ranks it behind the first 50"""
    summary: pd.DataFrame
    """per method: ``recall10, recall50, recall100, median_rank, direction``"""

    def __repr__(self) -> str:
        counts = self.counts
        return f"<BiomarkerBenchmark: {counts['testable']} of {counts['markers']} markers tested>"

    def __str__(self) -> str:
        counts = self.counts
        lines = [
            f"Known biology: {counts['testable']} of {counts['markers']} markers can be tested, "
            f"{counts['drugs']} drugs"
        ]
        heads = [f"recall@{k}" for k in CUTS] + ["median rank", "direction"]
        lines.append(f"  {'':<14}" + "".join(f"{head:>13}" for head in heads))
        for method, row in self.summary.iterrows():
            cells = [f"{row[f'recall{k}']:.3f}" for k in CUTS] + [f"{row['median_rank']:.0f}"]
            cells.append("-" if math.isnan(row["direction"]) else f"{row['direction']:.2f}")
            lines.append(
                f"  {padded(plain(method), 14)}" + "".join(f"{cell:>13}" for cell in cells)
            )
        for other, row in self.differences.iterrows():
            lines.append(
                f"  {MODEL} - {plain(other)}, recall@{CUT}: {row['mean']:+.3f} "
                f"(95 % {row['low']:+.3f} to {row['high']:+.3f})"
            )
        lines += [f"  not tested, {plain(reason)}: {n}" for reason, n in self.untested.items()]
        return "\n".join(lines)

    @property
    def tested(self) -> pd.DataFrame:
        """Return the rows of markers that can be tested."""
        return self.markers[self.markers["reason"].eq("")]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many markers, testable ones, screens and drugs there are."""
        tested = self.tested
        return {
            "markers": len(self.markers[MARKER].drop_duplicates()),
            "testable": len(tested[MARKER].drop_duplicates()),
            "screens": len(tested),
            "drugs": tested["drug"].nunique(),
        }

    @property
    def untested(self) -> pd.Series:
        """Return how many rows cannot be tested, by reason."""
        reasons = self.markers["reason"]
        return reasons[reasons.ne("")].value_counts().sort_index()

    @cached_property
    def differences(self) -> pd.DataFrame:
        """Return, per other method, the model's recall at 50 minus its: ``mean, low, high``."""
        rows = {
            str(other): advantage(self.tested, MODEL, str(other), CUT)
            for other in self.summary.index[1:]
        }
        return pd.DataFrame.from_dict(rows, orient="index", columns=["mean", "low", "high"])

    @property
    def figures(self) -> dict[str, Any]:
        """Return what ``known_biology.json`` holds: counts, each method's figures, differences."""
        content: dict[str, Any] = dict(self.counts)
        for method, row in self.summary.iterrows():
            content[str(method)] = {str(key): float(value) for key, value in row.items()}
        for other, row in self.differences.iterrows():
            content[f"{MODEL}_minus_{other}_recall{CUT}"] = row.to_dict()
        return content

    def write(self, folder: str | Path) -> None:
        """Write ``known_markers.csv`` and ``known_biology.json``."""
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        with whole(out / "known_markers.csv") as half:
            write_csv(self.markers, half, index=False)
        write_json(out / "known_biology.json", self.figures)
