"""``mmdrp.benchmark_biomarkers``: known biology among the leading features of a model."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch

from mmdrp.attribution.benchmark.importance import METHODS, correlation, probability
from mmdrp.attribution.benchmark.markers import check_markers, places, read_markers
from mmdrp.attribution.benchmark.recall import minority_count, missed, ranks, recall_summary
from mmdrp.attribution.benchmark.result import CUT, MODEL, BiomarkerBenchmark
from mmdrp.attribution.ranking import rank_drugs
from mmdrp.attribution.significance.training_lines import TrainingLines
from mmdrp.attribution.subject import ModelLike, Subject, subjects
from mmdrp.attribution.target import Target
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.options import Count, Draws, Range, checked
from mmdrp.progress import bar

log = logging.getLogger(__name__)
Array = npt.NDArray[np.float64]
Method = Literal["attribution", "correlation", "ridge", "forest"]


@checked
def benchmark_biomarkers(
    model: ModelLike,
    study: Study | str | Path | None = None,
    *,
    markers: pd.DataFrame | str | Path | None = None,
    methods: Sequence[Method] = ("attribution", "correlation", "ridge", "forest"),
    noise: Annotated[float, Range(above=0)] = 32.0,
    min_count: Count = 3,
    trees: Draws = 100,
    seed: Annotated[int, Range(least=0)] = 0,
) -> BiomarkerBenchmark:
    """Rank known pharmacogenomic markers among all features, by the model and by other methods.

    ``model`` is a fitted ``ResponseModel`` or a run folder, ``study`` what it learned from.
    ``markers`` is a table ``drug, source, feature, direction`` (a frame or a CSV file), by default
    the one shipped: 188 from the literature. ``direction`` is ``sensitivity`` or ``resistance`` and
    says what a high value, or a mutation, means. ``methods`` stand beside the model's own score, t
    beside the kernel of its training lines with this ``noise`` (docs/markers.md). A mutation that
    fewer than ``min_count`` training lines carry cannot be tested. ``trees`` and ``seed`` are the
    forest's. Raises MmdrpError where no marker can be tested.
    """
    if isinstance(markers, pd.DataFrame):
        table = check_markers(markers, "markers")
    else:
        table = read_markers(markers)
    chosen = subjects(model, study)
    if len(chosen) > 1:
        raise MmdrpError(f"run={model}: this folder holds {len(chosen)} runs; choose one")
    comparison = _Comparison(chosen[0](), tuple(methods), noise, min_count, trees, seed)
    ranked = comparison.ranked(table)
    if not ranked["reason"].eq("").any():
        why = ranked["reason"].value_counts().index[0]
        raise MmdrpError(f"markers: none of the {len(ranked)} markers can be tested; mostly: {why}")
    tested = ranked[ranked["reason"].eq("")]
    return BiomarkerBenchmark(ranked, recall_summary(tested, [MODEL, *methods]))


@dataclass(frozen=True)
class _Comparison:
    """A model beside other methods, on the training lines of the model."""

    subject: Subject
    methods: tuple[str, ...]
    noise: float
    min_count: int
    trees: int
    seed: int

    def ranked(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return every marker and screen, with its rank by each method where it can be tested."""
        subject, lines = self.subject, TrainingLines.of(self.subject)
        by_drug = {target.drug: target for target in subject.targets(subset="train")}
        names = {d: subject.names.get(d, d) for d in by_drug}
        markers = places(names, lines.features, table)
        markers["reason"] = [self._untestable(m, lines, by_drug) for _, m in markers.iterrows()]
        testable = markers["reason"].eq("")
        targets = [by_drug[d] for d in sorted(set(markers.loc[testable, "screen"]))]
        log.info("%d drugs with markers, %d features", len(targets), lines.x.shape[1])
        if not targets:
            return markers.drop(columns=["also", "place"])
        by_attribution = self._attributed(targets, lines) if "attribution" in self.methods else {}
        by_model = lines.scores(targets, self.noise)
        rows: dict[int, dict[str, Any]] = {}
        for target in bar(targets, "drugs"):
            scores = {MODEL: by_model[target.drug].astype(float)}
            scores |= dict(self._scores(target, lines))
            if by_attribution:
                scores["attribution"] = by_attribution[target.drug]
            for i, marker in markers[markers["screen"].eq(target.drug) & testable].iterrows():
                high = subject.resistant_when_high
                rows[int(str(i))] = _row(marker, scores, len(target.cells), high)
        joined = markers.join(pd.DataFrame.from_dict(rows, orient="index"))
        return joined.drop(columns=["also", "place"])

    def _untestable(
        self, marker: pd.Series, lines: TrainingLines, targets: Mapping[str, Target]
    ) -> str:
        """Return why a marker cannot be tested; one that hardly any line carries cannot."""
        if marker["reason"]:
            return str(marker["reason"])
        x, _ = lines.measured(targets[str(marker["screen"])])
        count = max(minority_count(x[:, j]) for j in marker["place"])
        few = f"carried by fewer than {self.min_count} of the training lines"
        return "" if count >= self.min_count else few

    def _scores(self, target: Target, lines: TrainingLines) -> Iterator[tuple[str, Array]]:
        x, y = lines.measured(target)
        yield "correlation", correlation(x, y)  # asked for or not: it says why a marker is missed
        for name in self.methods:
            if name in METHODS and name != "correlation":
                yield name, METHODS[name](x, y, self.seed, self.trees)

    def _attributed(self, targets: Sequence[Target], lines: TrainingLines) -> dict[str, Array]:
        """Return each drug's mean absolute attribution, signed by its direction."""
        names = [(s, str(f)) for s, each in lines.features.items() for f in each]
        place = pd.MultiIndex.from_tuples(names)
        out = {}
        with torch.enable_grad():
            drugs = rank_drugs(self.subject.net, self.subject.sources, targets, top=1)
            for done in bar(drugs, "attributions", len(targets)):
                table = done.ranking[["source", "feature", "mean_abs", "direction"]]
                table = table.astype({"source": str, "feature": str})
                table = table.set_index(["source", "feature"]).reindex(place)
                sign = np.where(table["direction"].to_numpy(float) < 0, -1.0, 1.0)
                out[done.target.drug] = table["mean_abs"].to_numpy(float) * sign
        return out


def _row(marker: pd.Series, scores: Mapping[str, Array], lines: int, high: bool) -> dict[str, Any]:
    """Return a marker's rank, score and direction by each method: those of its best feature."""
    raises = (marker["direction"] == "resistance") == high
    out: dict[str, Any] = {"lines": lines}
    for method, score in scores.items():
        rank = ranks(score)
        best = min(marker["place"], key=lambda j: rank[j])
        out[f"{method}_rank"], out[f"{method}_score"] = rank[best], score[best]
        signed = method != "forest" and score[best] != 0
        out[f"{method}_agrees"] = float((score[best] > 0) == raises) if signed else np.nan
    p = float(probability(np.asarray(out["correlation_score"]), lines))
    out["correlation_p"] = p
    agrees = out["correlation_agrees"] == 1.0
    ranked = {method: float(out[f"{method}_rank"]) for method in (MODEL, "correlation")}
    out["missed"] = missed(ranked[MODEL], ranked["correlation"], p, agrees, CUT)
    return out
