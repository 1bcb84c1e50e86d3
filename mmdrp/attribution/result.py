"""What an attribution gives: rankings, shares, significance; frames that can be written, drawn."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd

from mmdrp.attribution import store as stores
from mmdrp.attribution.drug_structure.structure import StructureTables
from mmdrp.attribution.plots.result import ResultPlots
from mmdrp.attribution.store import Store
from mmdrp.data.drugs import resolve
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole, write_json
from mmdrp.io.text import plain, shown, write_csv
from mmdrp.options import Range

BEST = 20
"""leading features per drug in ``biomarkers``; drugs that are printed"""
SHOWN = 5
"""features per drug that are printed"""


@dataclass(frozen=True, eq=False, repr=False)
class AttributionResult:
    """What drives each drug's predictions; docs/attribution.md describes every column."""

    drugs: list[str]
    """ids of the drugs, in the order asked"""
    names: dict[str, str]
    """drug -> its name"""
    method: str
    steps: int
    unit: str
    """of ``mean_abs``, ``mean``, shares, gaps and values: that of the response"""
    higher: str
    """what a higher response means: "resistant" or "sensitive" """
    biomarkers: pd.DataFrame
    """the first 20 rows of each drug's ranking"""
    completeness: pd.DataFrame
    """``drug, lines, largest_gap, gap_of_range``: what the parts miss of the predictions' change"""
    shares: pd.DataFrame
    """``source, signed, absolute, carried, drug``: each modality's part, means over lines"""
    agreement: pd.DataFrame | None = None
    """``drug, spearman, shared_top50``: the ranking beside plain correlations"""
    enrichment: pd.DataFrame | None = None
    """the strongest gene sets of each drug, where asked"""
    structure: StructureTables | None = None
    """bits and atoms of each drug, where asked"""
    stability: pd.DataFrame | None = None
    """``drug, runs, spearman, overlap``: how far several models agree"""
    models: "list[AttributionResult]" = field(default_factory=list)
    """of several models: each one's own result; this one holds their mean"""
    adds_up: bool = True
    """whether the method's parts should add up to the change in prediction"""
    store: Store | None = None
    """where the long tables are"""
    line_values: Callable[[str, pd.DataFrame, int], pd.DataFrame] | None = None
    """values and attributions of the first features of a drug's ranking, line by line"""

    def __repr__(self) -> str:
        unit = f", {plain(self.unit)}" if self.unit else ""
        return f"<AttributionResult by {self.method}: {len(self.drugs)} drugs{unit}>"

    def __str__(self) -> str:
        unit = f" in {plain(self.unit)}" if self.unit else ""
        count = f"{len(self.drugs)} drug{'s' if len(self.drugs) > 1 else ''}"
        lines = [f"Strongest features of {count}, mean size{unit} (+: more of it, higher response)"]
        for drug in self.drugs[:BEST]:
            rows = self.biomarkers[self.biomarkers["drug"] == drug].head(SHOWN)
            columns = (rows[c] for c in ("feature", "source", "direction", "mean_abs"))
            named = ", ".join(
                f"{shown(f)} ({plain(s)}, {_sign(float(d))}{float(size):.2g})"
                for f, s, d, size in zip(*columns, strict=True)
            )
            lines.append(f"  {shown(self.titles[drug])}: {named}")
        if (more := len(self.drugs) - BEST) > 0:
            lines.append(f"  ... and {more} more in biomarkers.csv ({BEST} features each)")
        return "\n".join(lines)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Return what each drug is called in print: its name, or its id where names are shared."""
        names = {drug: self.names.get(drug, drug) for drug in self.drugs}
        often = Counter(names.values())
        return {drug: name if often[name] == 1 else drug for drug, name in names.items()}

    @cached_property
    def ranking(self) -> pd.DataFrame:
        """Return every feature of every drug, strongest first."""
        return self._stored(stores.RANKING)

    def ranking_of(self, drug: str) -> pd.DataFrame:
        """Return one drug's ranking, without reading those of the others."""
        assert self.store is not None
        return self.store.read(stores.RANKING, *self.chosen([drug])[:1])

    @cached_property
    def attributions(self) -> pd.DataFrame:
        """Return ``cell, drug, source, feature, value``: the strongest features of each line."""
        return self._stored(
            stores.LONG, "the table of all attributions was not kept; give out=FOLDER, or "
            "keep_attributions=True",
        )  # fmt: skip

    @property
    def line_shares(self) -> pd.DataFrame:
        """Return ``cell, drug, source, signed, absolute``: each modality's part of a prediction."""
        return self._stored(stores.SHARES)

    @property
    def line_gaps(self) -> pd.DataFrame:
        """Return ``cell, drug, change, gap`` of each prediction."""
        return self._stored(stores.GAPS)

    @property
    def by_tissue(self) -> pd.DataFrame:
        """Return each tissue's leading features of each drug (``by="tissue"``)."""
        return self._stored(stores.TISSUES, 'rankings by tissue are made with by="tissue"')

    @property
    def by_line(self) -> pd.DataFrame:
        """Return each line's leading features over its drugs (``by="line"``)."""
        return self._stored(stores.LINES, 'rankings by line are made with by="line"')

    def top(self, n: int = 20, drugs: Sequence[str] | None = None) -> pd.DataFrame:
        """Return the first ``n`` features of each drug, of all drugs or of these (ids or names)."""
        table = self.biomarkers if n <= BEST else self.ranking
        if drugs is not None:
            table = table[table["drug"].isin(self.chosen(drugs))]
        return table.groupby("drug", sort=False, observed=True).head(n).reset_index(drop=True)

    def chosen(self, drugs: Sequence[str]) -> list[str]:
        """Return the ids of some of the attributed drugs, given by id or name."""
        return resolve(drugs, self.drugs, self.names)

    def largest_gap(self) -> tuple[str, float]:
        """Return the drug whose parts miss most, and what they miss as a share of its range."""
        gaps = self.completeness["gap_of_range"].to_numpy(np.float64)
        if not np.isfinite(gaps).any():
            return "", float("nan")
        worst = int(np.nanargmax(gaps))
        return str(self.completeness["drug"].iloc[worst]), float(gaps[worst])

    @property
    def plot(self) -> ResultPlots:
        """Return the figures: ``plot.bars()``, ``heatmap``, ``shares``, ``swarm``, ``molecule``."""
        return ResultPlots(self)

    def write(self, folder: str | Path, pictures: Annotated[int, Range(least=0)] = 6) -> None:
        """Write all tables, and pictures of the first drugs, as docs/attribution.md lists them."""
        out = Path(folder)
        out.mkdir(parents=True, exist_ok=True)
        for i, model in enumerate(self.models):
            model.write(out / f"run_{i}", pictures=0)
        if self.store is not None:
            self.store.write(out)
        for name, table, digits in self._small_tables():
            with whole(out / f"{name}.csv") as half:
                write_csv(table, half, index=False, float_format=digits)
        write_json(
            out / "attribution.json",
            {
                "drugs": len(self.drugs),
                "method": self.method,
                "steps": self.steps,
                "runs": max(1, len(self.models)),
                "unit": self.unit,
                "higher": self.higher,
                "largest_gap_of_output_range": self.largest_gap()[1],
            },
        )
        self.plot.write(out, pictures)

    def _small_tables(self) -> list[tuple[str, pd.DataFrame, str | None]]:
        """Return name, table and format of every table that goes into a CSV file."""
        several = bool(self.models)
        unit = {"unit": self.unit}
        tables: list[tuple[str, pd.DataFrame | None, str | None]] = [
            ("biomarkers", self.biomarkers.assign(**unit), "%.6g"),
            ("completeness", self.completeness.assign(**unit), None if several else "%.6g"),
            ("shares", None if several else self.shares.assign(**unit), "%.6g"),
            ("agreement", self.agreement, "%.6g"),
            ("enrichment", self.enrichment, "%.6g"),
            ("stability", self.stability, "%.4g"),
        ]
        if self.structure is not None:
            made = self.structure
            tables += [
                ("structure_bits", made.bits.assign(**unit), "%.6g"),
                ("structure_atoms", made.atoms.assign(**unit), "%.6g"),
                ("structure_completeness", made.completeness.assign(**unit), "%.6g"),
            ]
        return [(name, table, digits) for name, table, digits in tables if table is not None]

    def _stored(self, name: str, why: str = "there is no such table") -> pd.DataFrame:
        if self.store is None or not self.store.has(name):
            raise MmdrpError(why)
        return self.store.read(name)


def _sign(direction: float) -> str:
    if direction != direction or direction == 0:
        return ""
    return "+" if direction > 0 else "-"
