"""One run attributed: every table of ``mmdrp attribute``, drug after drug."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.job import Job, Options
from mmdrp.attribution.ranking import DrugAttribution, explained
from mmdrp.attribution.univariate import agreement, of_drugs
from mmdrp.attribution.views import ByLine, ByTissue
from mmdrp.cli import attribution_files as files
from mmdrp.cli.attribution_jobs import (
    baseline_of,
    matrix,
    prepare,
    resistant_when_high,
    trained_on,
)
from mmdrp.cli.attribution_sets import Sets
from mmdrp.cli.attribution_structure import Structure
from mmdrp.cli.attribution_tests import TEXT, Tests, tissues
from mmdrp.cli.related import Beside, lines_of
from mmdrp.cli.runs import Run
from mmdrp.progress import bar

BEST = 20
"""leading features per drug in biomarkers.csv"""
Step = Callable[[Job, pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Attributed:
    """What is told and drawn at the end."""

    drugs: list[str]
    names: dict[str, str]
    best: pd.DataFrame
    completeness: pd.DataFrame
    complete: bool
    shares: pd.DataFrame
    swarms: dict[str, pd.DataFrame] = field(default_factory=dict)
    """drug -> ``source, feature, value, attribution`` of its leading features, for all lines"""
    runs: int = 1


def attribute_run(cfg: DictConfig, one: Run, out: Path) -> Attributed:
    """Attribute every drug of a run and write its tables to ``out``."""
    work = Work(cfg, one, out)
    with files.Files(out) as to:
        for k, job in enumerate(bar(work.jobs, "drugs")):
            work.drug(to, k, job)
        work.lines(to)
    return work.told()


class Work:
    """All that one run's attribution needs, and what it gathers for the small tables."""

    def __init__(self, cfg: DictConfig, one: Run, out: Path) -> None:
        self.cfg, self.out = cfg, out
        self.jobs, self.sources, self.restored, self.names = prepare(
            one, cfg.drugs, cfg.lines, cfg.among, cfg.quantile
        )
        self.method = instantiate(cfg.method)
        start = baseline_of(cfg.baseline, one, self.sources)
        options = Options(self.method, start, cfg.part == "all", cfg.block)
        cells = sorted({c for job in self.jobs for c in job.cells})
        self.explainer = Explainer(self.restored.net, self.sources, cells, options)
        self.high = resistant_when_high(one.study(), one.config.response.measure)
        self.r = None
        if self.explainer.above is not None:
            y = matrix(self.jobs, cells)
            self.r = of_drugs(self.explainer.inputs, self.explainer.present, y)
        self.tissue = self.line = self.structure = None
        if cfg.by == "tissue":
            self.tissue = ByTissue(self.explainer, tissues(one, "by=tissue"))
        elif cfg.by == "line":
            self.line = ByLine(self.explainer)
        if cfg.structure:
            self.structure = Structure(self.explainer, self.restored, out, cfg.pictures)
        self.sets = Sets(cfg.enrich) if cfg.enrich else None
        self.steps = self._steps(one)
        self.best: list[pd.DataFrame] = []
        self.gaps: list[dict[str, object]] = []
        self.agreements: list[dict[str, object]] = []
        self.shares: list[pd.DataFrame] = []

    def drug(self, to: files.Files, place: int, job: Job) -> None:
        """Attribute one drug and write what belongs to it."""
        view = self.tissue or self.line
        done = explained(
            self.explainer, job, self.cfg.top, to.sink(job.drug), view.watch if view else None,
            None if self.r is None else self.r[:, place],
        )  # fmt: skip
        to.close(job.drug)
        ranking = done.ranking
        for step in self.steps:
            ranking = step(job, ranking)
        to.add(files.RANKING, ranking)
        to.add(files.SHARES, done.shares)
        to.add(files.GAPS, files.gaps(done))
        if self.tissue and not (table := self.tissue.take(job, BEST)).empty:
            to.add(files.TISSUES, self._annotated(job, table))
        self._note(done, ranking)

    def lines(self, to: files.Files) -> None:
        """Write the ranking of each line, where it is asked for."""
        for table in self.line.tables(BEST) if self.line else ():
            to.add(files.LINES, table)

    def told(self) -> Attributed:
        """Write the small tables; return what is printed and drawn."""
        if self.structure is not None:
            self.structure.write(self.names)
        completeness = pd.DataFrame(self.gaps)
        modalities = pd.concat(self.shares, ignore_index=True)
        tables = {"completeness": completeness, "shares": modalities}
        if self.agreements:
            tables["agreement"] = pd.DataFrame(self.agreements)
        if self.sets is not None:
            tables["enrichment"] = self.sets.table()
        for name, table in tables.items():
            table.to_csv(self.out / f"{name}.csv", index=False, float_format="%.6g")
        best = pd.concat(self.best, ignore_index=True)
        return Attributed(
            [job.drug for job in self.jobs], self.names, best, completeness,
            self.method.complete, modalities, self._swarms(best),
        )  # fmt: skip

    def _steps(self, one: Run) -> list[Step]:
        """Return what is added to a ranking, in order."""
        steps: list[Step] = [] if self.structure is None else [self.structure.joined]
        steps.append(self._annotated)
        if self.cfg.permutations:
            steps.append(Tests(self.cfg, one, self.restored, self.sources))
        if self.cfg.conditional is not None:
            train = trained_on(one, one.config, self.sources)
            lines = lines_of(self.restored, self.sources)
            steps.append(Beside(lines, train, self.cfg.conditional))
        return steps

    def _annotated(self, job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        """Say what a high value of each feature goes with: sensitivity or resistance."""
        del job
        up = np.sign(ranking["direction"].to_numpy(np.float64)) * (1 if self.high else -1)
        words = np.where(up > 0, "resistance", np.where(up < 0, "sensitivity", ""))
        return ranking.assign(high_means=words)

    def _note(self, done: DrugAttribution, ranking: pd.DataFrame) -> None:
        """Keep what the small tables say of a drug."""
        drug = done.job.drug
        self.best.append(ranking.head(BEST).astype(TEXT))
        self.gaps.append(files.worst(done))
        self.shares.append(summed(done))
        if self.r is not None:
            self.agreements.append({"drug": drug, **agreement(ranking)})
        if self.sets is not None:
            self.sets.add(drug, ranking)

    def _swarms(self, best: pd.DataFrame) -> dict[str, pd.DataFrame]:
        if self.explainer.above is None:
            return {}
        known = best[best["source"].isin(self.explainer.sources)]
        return {
            job.drug: swarm(self.explainer, job, known[known["drug"] == job.drug].head(10))
            for job in self.jobs[: self.cfg.pictures]
        }


def summed(done: DrugAttribution) -> pd.DataFrame:
    """Return the means of each modality's part over the drug's lines.

    ``carried`` is the mean size of the modality's whole part, in which features of opposite sign
    cancel; ``absolute`` is the mean sum of their sizes, which grows with their number.
    """
    shares = done.shares.assign(carried=done.shares["signed"].abs())
    means = shares.groupby("source", sort=False)[["signed", "absolute", "carried"]].mean()
    return means.reset_index().assign(drug=done.job.drug)


def swarm(explainer: Explainer, job: Job, best: pd.DataFrame) -> pd.DataFrame:
    """Return each line's value and attribution of a drug's leading features."""
    names = explainer.names
    every = pd.MultiIndex.from_arrays([names.source.astype(str), names.feature.astype(str)])
    wanted = pd.MultiIndex.from_frame(best[["source", "feature"]])
    columns = torch.from_numpy(every.get_indexer(wanted).astype(np.int64))
    inputs = torch.cat([explainer.inputs[s] for s in explainer.sources], dim=1)[:, columns]
    parts = []
    for rows, found in explainer.blocks(job):
        value = torch.cat(list(found.values.values()), dim=1)[:, columns]
        frame = pd.DataFrame(
            {
                "source": np.tile(best["source"].to_numpy(object), len(rows)),
                "feature": np.tile(best["feature"].to_numpy(object), len(rows)),
                "value": inputs[rows].flatten().numpy(),
                "attribution": value.flatten().numpy(),
            }
        )
        parts.append(frame.dropna())
    return pd.concat(parts, ignore_index=True)
