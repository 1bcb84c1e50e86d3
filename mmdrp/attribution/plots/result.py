"""The pictures of an attribution: ``result.plot``."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from mmdrp.attribution.plots.biomarkers import biomarker_bars
from mmdrp.attribution.plots.features import feature_heatmap
from mmdrp.attribution.plots.molecule import molecule
from mmdrp.attribution.plots.shares import share_bars
from mmdrp.attribution.plots.swarm import swarm
from mmdrp.errors import MmdrpError
from mmdrp.io.figures import save
from mmdrp.io.files import file_name, whole

MANY = 40
"""drugs at most in a picture of all of them"""


@dataclass(frozen=True)
class Drawing:
    """A molecule drawn; a notebook shows it."""

    svg: str
    png: bytes

    def _repr_svg_(self) -> str:
        return self.svg


@dataclass(frozen=True)
class ResultPlots:
    """Figures of a result; drugs are ids or names, by default the first ones."""

    result: Any
    """an ``AttributionResult``, which itself makes these plots"""

    def bars(self, drugs: Sequence[str] | None = None, top: int = 10) -> Figure:
        """Draw each drug's strongest features, a panel per drug (by default the first six)."""
        chosen = self.result.drugs[:6] if drugs is None else self.result.chosen(drugs)
        best = self.result.top(top, chosen)
        return biomarker_bars(best, self.result.titles, self.result.unit, top)

    def heatmap(self, drugs: Sequence[str] | None = None, features: int = 40) -> Figure:
        """Draw drugs x leading features, red where a high value raises the response."""
        return feature_heatmap(
            self.result.biomarkers, self._many(drugs), self.result.higher, features
        )

    def shares(self, drugs: Sequence[str] | None = None) -> Figure:
        """Draw how much of each drug's predictions each modality carries."""
        return share_bars(self.result.shares, self._many(drugs))

    def swarm(self, drug: str, top: int = 10) -> Figure:
        """Draw a point per line for each leading feature, coloured by the feature's value."""
        result = self.result
        if result.line_values is None:
            raise MmdrpError(f"method={result.method}: has no direction, so no swarm is drawn")
        drug = result.chosen([drug])[0]
        best = result.top(max(20, top), [drug])
        title, unit = result.titles[drug], _with_direction(result.unit, result.higher)
        return swarm(result.line_values(drug, best, top), title, unit)

    def molecule(self, drug: str) -> Drawing:
        """Draw a drug's atoms by what they carry (``structure=True``): red raises, blue lowers."""
        structure = self.result.structure
        if structure is None:
            raise MmdrpError("molecules are drawn from an attribution with structure=True")
        drug = self.result.chosen([drug])[0]
        smiles, scores = structure.molecule(drug)
        title = self.result.titles[drug]
        return Drawing(
            molecule(smiles, scores, title).decode(), molecule(smiles, scores, title, "png")
        )

    def write(self, out: Path, count: int) -> None:
        """Draw bars, swarms and molecules of ``count`` drugs, and the pictures of all drugs."""
        result, shown = self.result, self.result.drugs[:count]
        if not shown:
            return
        figures = {"biomarkers": self.bars(shown), "shares": self.shares()}
        if len(result.drugs) > 1:
            figures["heatmap"] = self.heatmap()
        for stem, figure in figures.items():
            save(figure, out, stem)
        for drug in shown:
            name = file_name(drug, shown)
            if result.line_values is not None:
                save(self.swarm(drug), out, f"swarm_{name}")
            if result.structure is not None and np.any(result.structure.molecule(drug)[1]):
                drawing = self.molecule(drug)
                for kind, content in (("svg", drawing.svg.encode()), ("png", drawing.png)):
                    with whole(out / f"molecule_{name}.{kind}") as half:
                        half.write_bytes(content)

    def _many(self, drugs: Sequence[str] | None) -> list[str]:
        chosen: list[str] = self.result.chosen(drugs) if drugs is not None else self.result.drugs
        return chosen if drugs is not None else chosen[:MANY]


def _with_direction(unit: str, higher: str) -> str:
    return f"{unit}, higher: {higher}" if unit else f"higher: {higher}"
