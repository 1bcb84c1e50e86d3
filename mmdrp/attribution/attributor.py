"""One model attributed: every table of ``attribute``, drug after drug."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import torch

from mmdrp.attribution import store as stores
from mmdrp.attribution.baseline import KINDS, Baseline, group_of
from mmdrp.attribution.drug_structure.structure import StructureAttributor
from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.methods.integrated import Method
from mmdrp.attribution.ranking import explained
from mmdrp.attribution.result import BEST, AttributionResult
from mmdrp.attribution.shards.work import Work
from mmdrp.attribution.significance.gene_sets import GeneSetTest
from mmdrp.attribution.significance.permutation_test import PermutationTest
from mmdrp.attribution.significance.training_lines import ConditionalScores, TrainingLines
from mmdrp.attribution.store import Store
from mmdrp.attribution.subject import Among, Subject, Subset, response_matrix
from mmdrp.attribution.summaries import largest_gap, line_gaps, line_values, mean_shares
from mmdrp.attribution.target import TEXT, Options, Target
from mmdrp.attribution.univariate import agreement, of_drugs
from mmdrp.attribution.views import ByLine, ByTissue
from mmdrp.io.pieces import Pieces, fingerprint
from mmdrp.progress import bar

Step = Callable[[Target, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Request:
    """What is asked of an attribution: the options of ``attribute``, checked."""

    drugs: list[str] | None
    method: Method
    steps: int
    subset: Subset
    among: Among
    quantile: float
    baseline: Any
    part: str
    top: int | None
    structure: bool
    by: str | None
    permutations: int
    conditional: float | None
    within: str | None
    enrich: Any
    seed: int
    block: int
    keep_attributions: bool | None


class ModelAttributor:
    """All that one model's attribution needs, and what it gathers for the small tables."""

    def __init__(self, subject: Subject, request: Request) -> None:
        self.subject, self.request = subject, request
        self.targets = subject.targets(
            request.drugs, request.subset, request.among, request.quantile
        )
        options = Options(request.method, self._baseline(), request.part == "all", request.block)
        cells = sorted({c for target in self.targets for c in target.cells})
        self.explainer = Explainer(subject.net, subject.sources, cells, options)
        self.r = None
        if self.explainer.above is not None:
            y = response_matrix(self.targets, cells)
            self.r = of_drugs(self.explainer.inputs, self.explainer.present, y)
        self.tissue = self.line = self.structure = None
        if request.by == "tissue":
            self.tissue = ByTissue(self.explainer, subject.tissue("by=tissue"))
        elif request.by == "line":
            self.line = ByLine(self.explainer)
        if request.structure:
            self.structure = StructureAttributor(self.explainer, subject)
        self.gene_sets = GeneSetTest(request.enrich) if request.enrich else None
        self.steps = self._steps()
        self.pieces: Pieces | None = None
        self._best: list[pd.DataFrame] = []
        self._gaps: list[dict[str, object]] = []
        self._agreements: list[dict[str, object]] = []
        self._shares: list[pd.DataFrame] = []

    @cached_property
    def rows(self) -> int:
        """Return how many rows the table of all attributions has."""
        width = self.explainer.names.count
        each = width if self.request.top is None else min(self.request.top, width)
        return each * sum(len(target.cells) for target in self.targets)

    def run(
        self, store: Store, work: Work | None = None, place: str = ""
    ) -> AttributionResult:  # fmt: skip
        """Attribute every drug of ``work``; tables go to the store as they are made.

        Its folder, where ``place`` tells several models apart, keeps each drug that is done, so
        that an interrupted attribution goes on with the others. Tables over all drugs at once (of
        ``structure`` and ``by="line"``) are gathered while drugs are attributed: with them all
        begin anew.
        """
        work = work or Work()
        resume = work.resume(place)
        if resume is not None and self.structure is None and self.line is None:
            model, question = self._model(), self._question()
            work.note(model, question, resume)
            self.pieces = Pieces(resume, question)
        numbers = work.numbers(len(self.targets))
        with store, torch.enable_grad():
            for number in bar(numbers, "drugs"):
                self._drug(store, number, self.targets[number])
            for table in self.line.tables(BEST) if self.line else ():
                store.add(stores.LINES, table)
            structure = None if self.structure is None else self.structure.tables()
        info = self.subject.info
        return AttributionResult(
            drugs=[self.targets[number].drug for number in numbers],
            names=self.subject.names,
            method=self.request.method.name,
            steps=self.request.steps,
            unit=info.unit,
            higher=info.higher,
            biomarkers=pd.concat(self._best, ignore_index=True),
            completeness=pd.DataFrame(self._gaps),
            shares=pd.concat(self._shares, ignore_index=True),
            agreement=pd.DataFrame(self._agreements) if self._agreements else None,
            enrichment=None if self.gene_sets is None else self.gene_sets.table(),
            structure=structure,
            adds_up=self.request.method.complete,
            store=store,
            line_values=None if self.explainer.above is None else self._line_values,
        )

    def _drug(self, store: Store, place: int, target: Target) -> None:
        """Attribute one drug, unless it is there already, and store what belongs to it."""
        name = stores.long_name(target.drug, (t.drug for t in self.targets))
        kept = self.pieces and self.pieces.load(target.drug)
        if kept:
            frames, long = kept
            store.adopt(name, long)
        else:
            frames = self._attributed(store, name, place, target)
        for table, frame in frames.items():
            store.add(table, frame)
        if self.pieces and not kept:
            self.pieces.save(target.drug, frames, store.path(name))
        self._note(target, frames)

    def _attributed(
        self, store: Store, name: str, place: int, target: Target
    ) -> dict[str, pd.DataFrame]:
        """Return the tables of one drug; its long one goes to the store block by block."""
        view = self.tissue or self.line
        done = explained(
            self.explainer, target, self.request.top, lambda frame: store.add(name, frame),
            view.watch if view else None, None if self.r is None else self.r[:, place],
        )  # fmt: skip
        store.end(name)
        ranking = done.ranking
        for step in self.steps:
            ranking = step(target, ranking)
        frames = {
            stores.RANKING: ranking, stores.SHARES: done.shares, stores.GAPS: line_gaps(done),
        }  # fmt: skip
        if self.tissue and not (table := self.tissue.take(target, BEST)).empty:
            frames[stores.TISSUES] = self._annotated(target, table)
        return frames

    def _model(self) -> str:
        """Return a fingerprint of the model."""
        return fingerprint([self.subject.info.spec, *self.subject.net.state_dict().values()])

    def _question(self) -> str:
        """Return a fingerprint of all that decides the tables of a drug."""
        state, method = self.subject.net.state_dict(), self.request.method
        asked = {**vars(self.request), "method": (method.name, vars(method))}
        return fingerprint(
            [asked, self.subject.info.spec, *state, *state.values(),
             *((t.drug, list(t.cells)) for t in self.targets), self.explainer.cells,
             *self.explainer.inputs, *self.explainer.inputs.values(),
             *self.explainer.present.values(), torch.__version__]
        )  # fmt: skip

    def _baseline(self) -> Baseline:
        """Return where paths begin: a kind of baseline, or the mean of the lines listed."""
        given, subject = self.request.baseline, self.subject
        if isinstance(given, str) and given in KINDS:
            tissue = subject.tissue("baseline=tissue") if given == "tissue" else {}
            return Baseline(given, subject.train_lines, tissue)
        group = group_of(given, subject.sources)
        return Baseline("group", subject.train_lines, {}, group)

    def _steps(self) -> list[Step]:
        """Return what is added to a ranking, in order."""
        steps: list[Step] = [] if self.structure is None else [self.structure.joined]
        steps.append(self._annotated)
        request, subject = self.request, self.subject
        if request.permutations:
            tissue = subject.tissue("within=tissue") if request.within else None
            steps.append(PermutationTest(subject, request.permutations, request.seed, tissue))
        if request.conditional is not None:
            lines, train = TrainingLines.of(subject), subject.responses("train")
            steps.append(ConditionalScores(lines, train, request.conditional))
        return steps

    def _annotated(self, target: Target, ranking: pd.DataFrame) -> pd.DataFrame:
        """Say what a high value of each feature goes with: sensitivity or resistance."""
        del target
        raises = np.sign(ranking["direction"].to_numpy(np.float64))
        up = raises if self.subject.resistant_when_high else -raises
        words = np.where(up > 0, "resistance", np.where(up < 0, "sensitivity", ""))
        return ranking.assign(high_means=words)

    def _note(self, target: Target, frames: Mapping[str, pd.DataFrame]) -> None:
        """Keep what the small tables say of a drug."""
        drug, ranking = target.drug, frames[stores.RANKING]
        self._best.append(ranking.head(BEST).astype(TEXT))
        self._gaps.append(largest_gap(drug, frames[stores.GAPS]))
        self._shares.append(mean_shares(drug, frames[stores.SHARES]))
        if self.r is not None:
            self._agreements.append({"drug": drug, **agreement(ranking)})
        if self.gene_sets is not None:
            self.gene_sets.add(drug, ranking)

    def _line_values(self, drug: str, ranking: pd.DataFrame, top: int) -> pd.DataFrame:
        """Return each line's value and attribution of the first features of lines in a ranking."""
        target = next(target for target in self.targets if target.drug == drug)
        own = ranking[ranking["source"].isin(self.explainer.sources)].head(top)
        with torch.enable_grad():
            return line_values(self.explainer, target, own)
