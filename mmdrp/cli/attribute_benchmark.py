"""``mmdrp attribute benchmark``: known biology among the leading features of a model."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from omegaconf import DictConfig

from mmdrp.attribution.job import Job
from mmdrp.attribution.ranking import attribute
from mmdrp.cli.attribution_jobs import prepare, resistant_when_high
from mmdrp.cli.related import Lines, lines_of
from mmdrp.cli.runs import Run, find_runs, write_json
from mmdrp.errors import MmdrpError
from mmdrp.nn.network import ResponseNet
from mmdrp.progress import bar
from mmdrp.sources import Sources
from mmdrp.stats.importance import METHODS, correlation, probability
from mmdrp.stats.markers import markers, places
from mmdrp.stats.recall import CUTS, advantage, carriers, missed, ranks, summary

log = logging.getLogger(__name__)

Array = npt.NDArray[np.float64]
MODEL = "model"
CUT = 50


def run(cfg: DictConfig, out: Path) -> None:
    """Write ``known_markers.csv`` and ``known_biology.json``; print recall of each method."""
    found, tested = measured(cfg)
    methods = [MODEL, *cfg.methods]
    if not tested:
        why = found["reason"].value_counts().index[0]
        raise MmdrpError(
            f"run={cfg.run}: none of the {len(found)} markers can be tested; mostly: {why}"
        )
    found.drop(columns=["also", "place"]).to_csv(out / "known_markers.csv", index=False)
    table = summary(found[found["reason"].eq("")], methods)
    write_json(out / "known_biology.json", figures(found, table))
    _print(found, table)
    print(f"Every marker: {out / 'known_markers.csv'}")


def measured(cfg: DictConfig) -> tuple[pd.DataFrame, int]:
    """Return every marker and screen with its rank by each method, and how many are testable."""
    table = markers(Path(cfg.markers) if cfg.markers else None)
    one = _single(find_runs(cfg.run))
    jobs, sources, restored, names = prepare(one, None, "train")
    lines = lines_of(restored, sources)
    by_drug = {job.drug: job for job in jobs}
    found = places({d: names.get(d, d) for d in by_drug}, lines.features, table)
    found["reason"] = [_rare(r, lines, by_drug, cfg.least) for _, r in found.iterrows()]
    wanted = [by_drug[d] for d in sorted(set(found.loc[found["reason"].eq(""), "screen"]))]
    log.info("%d drugs with markers, %d features", len(wanted), lines.x.shape[1])
    every = (
        _attributed(restored.net, sources, wanted, lines) if "attribution" in cfg.methods else {}
    )
    high = resistant_when_high(one.study(), one.config.response.measure)
    model = _wide(lines.scores(wanted, cfg.noise)) if wanted else {}
    rows: dict[int, dict[str, object]] = {}
    for job in bar(wanted, "drugs"):
        scores = {MODEL: model[job.drug], **dict(_scores(job, lines, cfg))}
        scores |= {"attribution": every[job.drug]} if every else {}
        mine = found[found["screen"].eq(job.drug) & found["reason"].eq("")]
        for i, marker in mine.iterrows():
            rows[int(str(i))] = _row(marker, scores, len(job.cells), high)
    joined = found.join(pd.DataFrame.from_dict(rows, orient="index"))
    return joined, len(rows)


def figures(found: pd.DataFrame, table: pd.DataFrame) -> dict[str, object]:
    """Return what ``known_biology.json`` holds: counts, each method's figures, differences."""
    tested = found[found["reason"].eq("")]
    marker = ["drug", "source", "feature"]
    content: dict[str, object] = {
        "markers": len(found[marker].drop_duplicates()),
        "testable": len(tested[marker].drop_duplicates()),
        "screens": len(tested),
        "drugs": tested["drug"].nunique(),
    }
    for method, row in table.iterrows():
        content[str(method)] = {str(key): float(value) for key, value in row.items()}
    for other in table.index[1:]:
        mean, low, high = advantage(tested, MODEL, str(other), CUT)
        content[f"{MODEL}_minus_{other}_recall{CUT}"] = {"mean": mean, "low": low, "high": high}
    return content


def _scores(job: Job, lines: Lines, cfg: DictConfig) -> Iterator[tuple[str, Array]]:
    x, y = lines.of(job)
    yield "correlation", correlation(x, y)  # asked for or not: it says why a marker is missed
    for name in cfg.methods:
        if name in METHODS and name != "correlation":
            yield name, METHODS[name](x, y, cfg.seed, cfg.trees)


def _attributed(
    net: ResponseNet, sources: Sources, jobs: list[Job], lines: Lines
) -> dict[str, Array]:
    """Return each drug's mean absolute attribution, signed by its direction."""
    names = [(s, str(f)) for s, each in lines.features.items() for f in each]
    place = pd.MultiIndex.from_tuples(names)
    torch.set_grad_enabled(True)
    out = {}
    for done in bar(attribute(net, sources, jobs, top=1), "attributions", len(jobs)):
        table = done.ranking[["source", "feature", "mean_abs", "direction"]]
        table = table.astype({"source": str, "feature": str}).set_index(["source", "feature"])
        table = table.reindex(place)
        size = table["mean_abs"].to_numpy(float)
        out[done.job.drug] = size * np.where(table["direction"].to_numpy(float) < 0, -1.0, 1.0)
    return out


def _wide(scores: Mapping[str, npt.NDArray[np.float32]]) -> dict[str, Array]:
    return {drug: t.astype(float) for drug, t in scores.items()}


def _rare(marker: pd.Series, lines: Lines, jobs: Mapping[str, Job], least: int) -> str:
    """Return why a marker cannot be tested; one that hardly any line carries cannot."""
    if marker["reason"]:
        return str(marker["reason"])
    x, _ = lines.of(jobs[str(marker["screen"])])
    most = max(carriers(x[:, j]) for j in marker["place"])
    return "" if most >= least else f"carried by fewer than {least} of the training lines"


def _row(
    marker: pd.Series, scores: Mapping[str, Array], lines: int, high: bool
) -> dict[str, object]:
    """Return a marker's rank, score and direction by each method: those of its best feature."""
    raises = (marker["direction"] == "resistance") == high
    out: dict[str, object] = {"lines": lines}
    for method, score in scores.items():
        rank = ranks(score)
        best = min(marker["place"], key=lambda j: rank[j])
        out[f"{method}_rank"], out[f"{method}_score"] = rank[best], score[best]
        signed = method != "forest" and score[best] != 0
        out[f"{method}_agrees"] = float((score[best] > 0) == raises) if signed else np.nan
    p = float(probability(np.asarray(out["correlation_score"]), lines))
    out["correlation_p"] = p
    agrees = out["correlation_agrees"] == 1.0
    out["missed"] = missed(float(out["model_rank"]), float(out["correlation_rank"]), p, agrees, CUT)  # type: ignore[arg-type]
    return out


def _single(found: list[Run]) -> Run:
    if len(found) > 1:
        names = ", ".join(one.folder.name for one in found)
        raise MmdrpError(f"run: this folder holds several runs ({names}); choose one")
    return found[0]


def _print(found: pd.DataFrame, table: pd.DataFrame) -> None:
    tested, marker = found[found["reason"].eq("")], ["drug", "source", "feature"]
    count = len(tested[marker].drop_duplicates())
    print(
        f"Known biology: {count} of {len(found[marker].drop_duplicates())} markers can be tested, "
        f"{tested['drug'].nunique()} drugs"
    )
    heads = [f"recall@{k}" for k in CUTS] + ["median rank", "direction"]
    print(f"  {'':<14}" + "".join(f"{head:>13}" for head in heads))
    for method, row in table.iterrows():
        cells = [f"{row[f'recall{k}']:.3f}" for k in CUTS] + [f"{row['median_rank']:.0f}"]
        cells.append("-" if np.isnan(row["direction"]) else f"{row['direction']:.2f}")
        print(f"  {method!s:<14}" + "".join(f"{cell:>13}" for cell in cells))
    for other in table.index[1:]:
        mean, low, high = advantage(tested, MODEL, str(other), CUT)
        print(f"  {MODEL} - {other}, recall@{CUT}: {mean:+.3f} (95 % {low:+.3f} to {high:+.3f})")
    for reason, rows in found[found["reason"].ne("")].groupby("reason"):
        print(f"  not tested, {reason}: {len(rows)}")
