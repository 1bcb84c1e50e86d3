"""``mmdrp attribute``: what drives each drug's prediction."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from omegaconf import DictConfig

from mmdrp import build
from mmdrp.attribution.ranking import DrugAttribution, Job, attribute
from mmdrp.build import Restored
from mmdrp.cli.runs import Run, find_runs, write_json
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.plots.biomarkers import biomarker_bars
from mmdrp.progress import bar

log = logging.getLogger(__name__)
SHOWN = 5


def run(cfg: DictConfig, out: Path) -> None:
    """Write ``attributions.parquet``, ``rankings.parquet``, ``biomarkers.csv`` and a picture."""
    (one,) = _single(find_runs(cfg.run))
    jobs, tables, restored, names = prepare(one, cfg.drugs, cfg.lines)
    gaps: list[dict[str, object]] = []
    rankings: list[pd.DataFrame] = []
    torch.set_grad_enabled(True)
    path = out / "attributions.parquet"
    writer: pq.ParquetWriter | None = None
    each = attribute(restored.net, tables, jobs, cfg.steps, cfg.top, cfg.structure)
    for done in bar(each, "drugs", len(jobs)):
        arrow = pa.Table.from_pandas(done.table, preserve_index=False)
        writer = writer or pq.ParquetWriter(path, arrow.schema, compression="zstd")
        writer.write_table(arrow)
        rankings.append(done.ranking)
        gaps.append(_gap(done))
    if writer:
        writer.close()
    ranking = pd.concat(rankings, ignore_index=True)
    ranking.to_parquet(out / "rankings.parquet", index=False)
    best = ranking[ranking["rank"] <= 20]
    best.to_csv(out / "biomarkers.csv", index=False)
    completeness = pd.DataFrame(gaps)
    completeness.to_csv(out / "completeness.csv", index=False)
    write_json(
        out / "attribution.json",
        {
            "drugs": len(jobs),
            "steps": cfg.steps,
            "largest_gap_of_output_range": float(completeness["gap_of_range"].max()),
        },
    )
    shown = [job.drug for job in jobs][:9]
    biomarker_bars(best[best["drug"].isin(shown)]).savefig(out / "biomarkers.png", dpi=120)
    _print(best, names, jobs)
    print(f"All attributions, rankings and a picture: {out}")


def prepare(
    one: Run, drugs: list[str] | None, lines: str
) -> tuple[list[Job], dict[str, Table], Restored, dict[str, str]]:
    """Return the drugs to attribute, the sources, the network, and the drugs' names."""
    study, cfg = one.study(), one.config
    restored = build.restore(one.folder)
    sources = build.sources_of(cfg, study, cfg.response.layout)
    for name, table in sources.items():
        if list(table.features) != restored.features[name]:
            sources[name] = table.align(restored.features[name])
    examples = build.examples_of(cfg, study, sources)
    names = _names(study)
    part = _part(one, examples, lines)
    known = sorted(set(part["drug"]))
    column = _columns(restored)
    if restored.net.guess is None:
        column = {d: column.get(d, -1) for d in known}  # no base, so no column is looked at
    if drugs is None:
        wanted = [d for d in known if d in column]
    else:
        wanted = [found for d in drugs for found in _resolve(d, known, names)]
        for drug in wanted:
            if drug not in column:
                raise MmdrpError(
                    f"drugs: {drug!r} was held out of training; the base explains drugs that it "
                    "was trained on (base=none explains any)"
                )
    task = {d: i for i, d in enumerate(restored.spec["tasks"])}
    groups = dict(iter(part.groupby("drug")["cell"]))
    jobs = [Job(d, task.get(d, 0), groups[d].tolist(), column[d]) for d in wanted]
    return jobs, sources, restored, names


def _columns(restored: Restored) -> dict[str, int]:
    """Return the base's column of each drug of training."""
    drugs = restored.spec["roster"].get("drug") or restored.spec["tasks"]
    return {drug: i for i, drug in enumerate(drugs)}


def top_biomarkers(one: Run, drugs: int, top: int = 20) -> pd.DataFrame:
    """Return the leading features of the ``drugs`` best predicted drugs of a run."""
    table = one.predictions
    table = table[table["part"] == "test"]
    r = table.groupby("drug")[["y", "pred"]].apply(lambda f: f["y"].corr(f["pred"]))
    trained = list(_columns(build.restore(one.folder)))
    ranked = [d for d in r.nlargest(len(r)).index if d in set(trained)]
    best = (ranked or trained)[:drugs]  # a split by drug tests none of the drugs of training
    jobs, tables, restored, _ = prepare(one, best, "all")
    parts = [done.ranking.head(top) for done in attribute(restored.net, tables, jobs)]
    return pd.concat(parts, ignore_index=True)


def _single(found: list[Run]) -> list[Run]:
    if len(found) > 1:
        names = ", ".join(one.folder.name for one in found)
        raise MmdrpError(f"run: this folder holds several runs ({names}); choose one")
    return found


def _part(one: Run, examples: Examples, lines: str) -> pd.DataFrame:
    frame = examples.frame().assign(row=np.repeat(np.arange(len(examples)), examples.y.shape[1]))
    frame = frame.dropna(subset="y")
    if lines == "all":
        return frame
    parts = one.fold.parts()
    if lines not in parts:
        raise MmdrpError(f"lines={lines}: choose all, train, validation or test")
    return frame[parts[lines].mask(examples)[frame["row"]]]


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


def _gap(done: DrugAttribution) -> dict[str, object]:
    change, gap = done.attribution.change, done.attribution.gap
    spread = float(change.max() - change.min()) or 1.0
    return {
        "drug": done.job.drug,
        "lines": len(done.job.cells),
        "largest_gap": float(gap.abs().max()),
        "gap_of_range": float(gap.abs().max()) / spread,
    }


def _print(best: pd.DataFrame, names: dict[str, str], jobs: list[Job]) -> None:
    print(f"Strongest features of {len(jobs)} drugs (+: more of it, higher response)")
    for job in jobs[:20]:
        rows = best[best["drug"] == job.drug].head(SHOWN)
        listed = ", ".join(
            f"{feature} ({source}, {'+' if direction > 0 else '-'})"
            for feature, source, direction in zip(
                rows["feature"], rows["source"], rows["direction"].astype(float), strict=True
            )
        )
        print(f"  {names.get(job.drug, job.drug)}: {listed}")
    if len(jobs) > 20:
        print(f"  ... and {len(jobs) - 20} more in biomarkers.csv")
