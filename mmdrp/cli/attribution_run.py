"""One run attributed: every table of ``mmdrp attribute``, drug after drug."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.job import Job, Options
from mmdrp.attribution.permutation import Refit, significance
from mmdrp.attribution.ranking import DrugAttribution, explained
from mmdrp.attribution.univariate import agreement, of_drugs
from mmdrp.attribution.views import ByLine, ByTissue
from mmdrp.build import Restored
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
from mmdrp.cli.related import Beside, lines_of
from mmdrp.cli.runs import Run
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.kernel import Kernel
from mmdrp.progress import bar
from mmdrp.sources import Sources

log = logging.getLogger(__name__)
BEST = 20
"""leading features per drug in biomarkers.csv"""
TEXT = {"drug": "str", "source": "str", "feature": "str"}


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
    """drug -> ``feature, source, value, attribution`` of its leading features, for all lines"""
    runs: int = 1


def attribute_run(cfg: DictConfig, one: Run, out: Path) -> Attributed:
    """Attribute every drug of a run and write its tables to ``out``."""
    jobs, sources, restored, names = prepare(one, cfg.drugs, cfg.lines, cfg.among, cfg.quantile)
    method = instantiate(cfg.method)
    options = Options(method, baseline_of(cfg.baseline, one, sources), cfg.part == "all", cfg.block)
    cells = sorted({c for job in jobs for c in job.cells})
    explainer = Explainer(restored.net, sources, cells, options)
    r = None
    if explainer.above is not None:
        r = of_drugs(explainer.inputs, explainer.present, matrix(jobs, cells))
    tests = _tests(cfg, one, restored, sources) if cfg.permutations else None
    beside = None
    if cfg.conditional is not None:
        train = trained_on(one, one.config, sources)
        beside = Beside(lines_of(restored, sources), train, cfg.conditional)
    high = resistant_when_high(one.study(), one.config.response.measure)
    tissue, line = _views(cfg, one, explainer)
    structure = Structure(explainer, restored, out, cfg.pictures) if cfg.structure else None
    sets = Sets(cfg.enrich) if cfg.enrich else None
    best, gaps, agreements, shares = [], [], [], []
    with files.Files(out) as to:
        for k, job in enumerate(bar(jobs, "drugs")):
            watch = tissue.watch if tissue else (line.watch if line else None)
            done = explained(
                explainer, job, cfg.top, to.sink(job.drug), watch, None if r is None else r[:, k]
            )
            ranking = done.ranking if structure is None else structure.joined(job, done.ranking)
            ranking = _annotated(ranking, high)
            if tests is not None:
                ranking = tests(job, ranking)
            if sets is not None:
                sets.add(job.drug, ranking)
            if beside is not None:
                ranking = beside(job, ranking)
            to.close(job.drug)
            to.add(files.RANKING, ranking)
            to.add(files.SHARES, done.shares)
            to.add(files.GAPS, files.gaps(explainer, done))
            best.append(ranking.head(BEST).astype(TEXT))
            gaps.append(files.worst(done))
            shares.append(_summed(done))
            if r is not None:
                agreements.append({"drug": job.drug, **agreement(ranking)})
            if tissue:
                to.add("rankings_tissue.parquet", _annotated(tissue.take(job, BEST), high))
        if line:
            for table in line.tables(BEST):
                to.add("rankings_line.parquet", table)
    if structure is not None:
        structure.write(names)
    if sets is not None:
        sets.table().to_csv(out / "enrichment.csv", index=False, float_format="%.4g")
    completeness = pd.DataFrame(gaps)
    completeness.to_csv(out / "completeness.csv", index=False)
    if agreements:
        pd.DataFrame(agreements).to_csv(out / "agreement.csv", index=False, float_format="%.4g")
    modalities = pd.concat(shares, ignore_index=True)
    modalities.to_csv(out / "shares.csv", index=False, float_format="%.6g")
    leading = pd.concat(best, ignore_index=True)
    swarms = {
        job.drug: swarm(explainer, job, leading[leading["drug"] == job.drug].head(10))
        for job in jobs[: cfg.pictures]
        if explainer.above is not None
    }
    return Attributed(
        [j.drug for j in jobs], names, leading, completeness, method.complete,
        modalities, swarms,
    )  # fmt: skip


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


def _annotated(ranking: pd.DataFrame, high: bool) -> pd.DataFrame:
    """Say what a high value of each feature goes with: sensitivity or resistance."""
    if ranking.empty:
        return ranking
    up = np.sign(ranking["direction"].to_numpy(np.float64)) * (1 if high else -1)
    words = np.where(up > 0, "resistance", np.where(up < 0, "sensitivity", ""))
    return ranking.assign(high_means=words)


def _summed(done: DrugAttribution) -> pd.DataFrame:
    """Return the means of each modality's part over the drug's lines.

    ``carried`` is the mean size of the modality's whole part, in which features of opposite sign
    cancel; ``absolute`` is the mean sum of their sizes, which grows with their number.
    """
    shares = done.shares.assign(carried=done.shares["signed"].abs())
    means = shares.groupby("source", sort=False)[["signed", "absolute", "carried"]].mean()
    return means.reset_index().assign(drug=done.job.drug)


def _views(
    cfg: DictConfig, one: Run, explainer: Explainer
) -> tuple[ByTissue | None, ByLine | None]:
    if cfg.by == "line":
        return None, ByLine(explainer)
    if cfg.by is None:
        return None, None
    return ByTissue(explainer, _tissues(one, "by=tissue")), None


def _tissues(one: Run, option: str) -> dict[str, str]:
    cells = one.study().cells
    if "tissue" not in cells or not cells["tissue"].notna().any():
        raise MmdrpError(f"{option}: the study's cells table has no column 'tissue'")
    known = cells["tissue"].dropna()
    return dict(zip(known.index.astype(str), known.astype(str), strict=True))


def _tests(
    cfg: DictConfig, one: Run, restored: Restored, sources: Sources
) -> Callable[[Job, pd.DataFrame], pd.DataFrame]:
    """Return what adds p and q of the refitted base to a drug's ranking."""
    guess = restored.net.guess
    if guess is None or not isinstance(guess.base, Kernel):
        raise MmdrpError(
            f"permutations={cfg.permutations}: the run has no kernel base to refit; train with "
            "base=kernel or base=ridge"
        )
    train = trained_on(one, one.config, sources)
    cells = sorted(set(train["cell"]))
    inputs, present = {}, {}
    for source in guess.cells:
        rows = sources[source].locate(cells)
        inputs[source] = sources[source].take(rows)
        present[source] = torch.from_numpy(rows >= 0)
    refit = Refit.of(guess.base, inputs, present)
    place = {c: i for i, c in enumerate(cells)}
    groups = dict(iter(train.groupby("drug")))
    tissue = _tissues(one, "within=tissue") if cfg.within else None

    def add(job: Job, ranking: pd.DataFrame) -> pd.DataFrame:
        mine = groups.get(job.drug)
        if mine is None or len(mine) < 10:
            return ranking.assign(p=np.nan, q=np.nan)
        rows = torch.tensor([place[c] for c in mine["cell"]])
        y = torch.from_numpy(mine["y"].to_numpy(np.float64).copy())
        found = significance(
            refit, inputs, present, y, rows, cfg.permutations, cfg.seed,
            _codes(mine["cell"].tolist(), tissue),
        )  # fmt: skip
        return _joined(ranking, found, {s: list(sources[s].features) for s in found})

    return add


def _codes(cells: list[str], tissue: Mapping[str, str] | None) -> np.ndarray | None:
    if tissue is None:
        return None
    return pd.factorize(np.array([tissue.get(c, "") for c in cells], dtype=object))[0]


def _joined(
    ranking: pd.DataFrame,
    found: Mapping[str, tuple[np.ndarray, np.ndarray]],
    features: Mapping[str, list[str]],
) -> pd.DataFrame:
    parts = [
        pd.DataFrame({"source": s, "feature": features[s], "p": p, "q": q})
        for s, (p, q) in found.items()
    ]
    return ranking.astype(TEXT).merge(pd.concat(parts), on=["source", "feature"], how="left")
