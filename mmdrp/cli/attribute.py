"""``mmdrp attribute``: what drives each drug's prediction."""

import logging
from pathlib import Path

import pandas as pd
import torch
from omegaconf import DictConfig, ListConfig

from mmdrp import build
from mmdrp.attribution.ranking import attribute
from mmdrp.cli import attribution_pictures as pictures
from mmdrp.cli.attribution_jobs import columns, prepare
from mmdrp.cli.attribution_run import BEST, Attributed, attribute_run
from mmdrp.cli.attribution_runs import average
from mmdrp.cli.runs import Run, find_runs, write_json

__all__ = ["prepare", "run", "top_biomarkers"]

log = logging.getLogger(__name__)
SHOWN = 5


def run(cfg: DictConfig, out: Path) -> None:
    """Write the tables and pictures that docs/attribution.md lists."""
    torch.set_grad_enabled(True)
    given = cfg.run if isinstance(cfg.run, ListConfig) else [cfg.run]
    found = [one for path in given for one in find_runs(path)]
    done = attribute_run(cfg, found[0], out) if len(found) == 1 else average(cfg, found, out)
    _write(cfg, done, out)
    _print(done)
    print(f"All attributions, rankings and pictures: {out}")


def top_biomarkers(one: Run, drugs: int, top: int = 20) -> pd.DataFrame:
    """Return the leading features of the ``drugs`` best predicted drugs of a run."""
    table = one.predictions
    table = table[table["part"] == "test"]
    r = table.groupby("drug")[["y", "pred"]].apply(lambda f: f["y"].corr(f["pred"]))
    trained = list(columns(build.restore(one.folder)))
    ranked = [d for d in r.nlargest(len(r)).index if d in set(trained)]
    best = (ranked or trained)[:drugs]  # a split by drug tests none of the drugs of training
    jobs, tables, restored, _ = prepare(one, best, "all")
    parts = [
        done.ranking.head(top).astype(dict.fromkeys(("drug", "source", "feature"), str))
        for done in attribute(restored.net, tables, jobs)
    ]
    return pd.concat(parts, ignore_index=True)


def _write(cfg: DictConfig, done: Attributed, out: Path) -> None:
    done.best.to_csv(out / "biomarkers.csv", index=False, float_format="%.6g")
    largest = float(done.completeness["gap_of_range"].max())
    content = {
        "drugs": len(done.drugs),
        "method": cfg.method._target_.split(".")[-1],
        "steps": cfg.steps,
        "runs": done.runs,
        "largest_gap_of_output_range": largest,
    }
    write_json(out / "attribution.json", content)
    if done.complete and largest > 1e-3:
        worst = done.completeness["drug"].iloc[int(done.completeness["gap_of_range"].argmax())]
        log.warning(
            "Shares miss the change in prediction by %.2g of its range (%s): more steps help",
            largest, worst,
        )  # fmt: skip
    pictures.draw(done, out, cfg.pictures)


def _print(done: Attributed) -> None:
    print(f"Strongest features of {len(done.drugs)} drugs (+: more of it, higher response)")
    for drug in done.drugs[:20]:
        rows = done.best[done.best["drug"] == drug].head(SHOWN)
        listed = ", ".join(
            f"{feature} ({source}{_sign(direction)})"
            for feature, source, direction in zip(
                rows["feature"], rows["source"], rows["direction"].astype(float), strict=True
            )
        )
        print(f"  {done.names.get(drug, drug)}: {listed}")
    if len(done.drugs) > 20:
        print(f"  ... and {len(done.drugs) - 20} more in biomarkers.csv ({BEST} features each)")


def _sign(direction: float) -> str:
    if direction != direction or direction == 0:
        return ""
    return ", +" if direction > 0 else ", -"
