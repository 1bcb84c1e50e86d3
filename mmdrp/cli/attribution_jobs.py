"""What ``mmdrp attribute`` is to explain: drugs, their lines, and where paths begin."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

from mmdrp import build
from mmdrp.attribution.baseline import KINDS, Baseline, extreme
from mmdrp.attribution.job import Job
from mmdrp.build import Restored
from mmdrp.cli.runs import Run
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.sources import Sources


def prepare(
    one: Run, drugs: list[str] | None, lines: str, among: str = "all", quantile: float = 0.25
) -> tuple[list[Job], Sources, Restored, dict[str, str]]:
    """Return the drugs to attribute, the sources, the network, and the drugs' names."""
    study, cfg = one.study(), one.config
    restored = build.restore(one.folder)
    sources = build.sources_of(cfg, study, cfg.response.layout)
    for name, table in sources.items():
        if isinstance(table, Table) and list(table.features) != restored.features[name]:
            sources[name] = table.align(restored.features[name])
    examples = build.examples_of(cfg, study, sources)
    names = _names(study)
    part, train = _part(one, examples, lines), _part(one, examples, "train")
    known = sorted(set(part["drug"]))
    column = columns(restored)
    wanted = known if drugs is None else [f for d in drugs for f in _resolve(d, known, names)]
    task = {d: i for i, d in enumerate(restored.spec["tasks"])}
    groups, trained = dict(iter(part.groupby("drug"))), dict(iter(train.groupby("drug")))
    high = resistant_when_high(study, cfg.response.measure)
    jobs = []
    for d in dict.fromkeys(wanted):
        own = trained.get(d, train.iloc[:0])
        far = extreme(own["cell"].tolist(), own["y"].to_numpy(), quantile, high)
        job = _job(groups[d], d, task.get(d, 0), column.get(d, -1))
        jobs.append(replace(_chosen(job, among, quantile, high), reference=far))
    return jobs, sources, restored, names


def columns(restored: Restored) -> dict[str, int]:
    """Return the base's column of each drug of training."""
    drugs = restored.spec["roster"].get("drug") or restored.spec["tasks"]
    return {drug: i for i, drug in enumerate(drugs)}


def resistant_when_high(study: Study, measure: str) -> bool:
    """Whether a higher response means a less sensitive line, as the manifest says."""
    said = study.manifest.tables["response"].measures.get(measure, {}).get("direction", "")
    return "more sensitive" not in said


def baseline_of(kind: str, one: Run, sources: Sources) -> Baseline:
    """Return where paths begin: a kind of baseline, or the lines that a file lists."""
    study = one.study()
    train = sorted(one.learned.ids.get("cell", study.cells.index))
    tissue = {}
    if "tissue" in study.cells:
        known = study.cells["tissue"].dropna()
        tissue = dict(zip(known.index.astype(str), known.astype(str), strict=True))
    if kind in KINDS:
        if kind == "tissue" and not tissue:
            raise MmdrpError("baseline=tissue: the study's cells table has no column 'tissue'")
        return Baseline(kind, train, tissue)
    tables = {s: t for s, t in sources.items() if isinstance(t, Table) and t.axis == "cell"}
    listed = _listed(Path(kind), {i for t in tables.values() for i in t.ids})
    return Baseline("group", train, tissue, {s: t.select(listed) for s, t in tables.items()})


def matrix(jobs: list[Job], cells: list[str]) -> npt.NDArray[np.float32]:
    """Return the responses of all drugs as lines x drugs, NaN where unmeasured."""
    place = {c: i for i, c in enumerate(cells)}
    out = np.full((len(cells), len(jobs)), np.nan, dtype=np.float32)
    for k, job in enumerate(jobs):
        if job.y is not None:
            out[[place[c] for c in job.cells], k] = job.y
    return out


def trained_on(one: Run, cfg: DictConfig, sources: Sources) -> pd.DataFrame:
    """Return the measured training rows: ``cell, drug, y``."""
    examples = build.examples_of(cfg, one.study(), sources)
    return _part(one, examples, "train")[["cell", "drug", "y"]]


def _job(rows: pd.DataFrame, drug: str, task: int, column: int) -> Job:
    rows = rows.drop_duplicates("cell")
    return Job(drug, task, rows["cell"].tolist(), column, rows["y"].to_numpy(np.float32))


def _chosen(job: Job, among: str, quantile: float, high: bool) -> Job:
    """Keep the drug's sensitive or resistant lines only, where they are asked for."""
    if among == "all" or job.y is None:
        return job
    kept = set(extreme(job.cells, job.y, quantile, high == (among == "resistant")))
    taken = np.array([c in kept for c in job.cells])
    return replace(job, cells=[c for c in job.cells if c in kept], y=job.y[taken])


def _part(one: Run, examples: Examples, lines: str) -> pd.DataFrame:
    frame = examples.frame().assign(row=np.repeat(np.arange(len(examples)), examples.y.shape[1]))
    frame = frame.dropna(subset="y")
    if lines == "all":
        return frame
    part = one.learned if lines == "train" else one.fold.parts()[lines]
    return frame[part.mask(examples)[frame["row"]]]


def _names(study: Study) -> dict[str, str]:
    if "name" not in study.drugs:
        return {str(d): str(d) for d in study.drugs.index}
    return {str(d): str(d if pd.isna(n) or not n else n) for d, n in study.drugs["name"].items()}


def _resolve(given: str, known: list[str], names: dict[str, str]) -> list[str]:
    """Return the drug of this id, or all drugs of this name (one may be screened twice)."""
    wanted = str(given).casefold()
    found = [d for d in known if d.casefold() == wanted]
    found = found or [d for d in known if names.get(d, d).casefold() == wanted]
    if not found:
        near = [d for d in known if wanted[:3] in d.casefold()][:5]
        hint = f"; similar: {', '.join(near)}" if near else ""
        raise MmdrpError(f"drugs: the run has no drug {given!r}{hint}")
    return found


def _listed(path: Path, known: set[str]) -> list[str]:
    names = [line.strip() for line in path.read_text().splitlines() if line.strip()]
    for row, name in enumerate(names, 1):
        if name not in known:
            raise MmdrpError(f"{path.name}: row {row}: no modality of the run has line {name!r}")
    if not names:
        raise MmdrpError(f"{path.name}: lists no line; give one line id per row")
    return names
