"""Several runs attributed: their rankings averaged, and how stable they are."""

import logging
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from omegaconf import DictConfig

from mmdrp.attribution.stability import agreement, combined
from mmdrp.cli import attribution_files as files
from mmdrp.cli.attribution_run import BEST, Attributed, attribute_run
from mmdrp.cli.attribution_tests import TEXT
from mmdrp.cli.runs import Run
from mmdrp.errors import MmdrpError

log = logging.getLogger(__name__)
SAME = ("study.name", "response.measure", "response.layout")


def average(cfg: DictConfig, found: list[Run], out: Path) -> Attributed:
    """Attribute each run into a folder of its own, then average their rankings, drug by drug."""
    _same(found)
    folders = [out / f"run_{i}" for i in range(len(found))]
    done = []
    for one, folder in zip(found, folders, strict=True):
        log.info("Attributing %s", one.folder)
        folder.mkdir(parents=True)
        done.append(attribute_run(cfg, one, folder))
    drugs = [d for d in done[0].drugs if all(d in other.drugs for other in done)]
    if not drugs:
        raise MmdrpError("run: the runs share no drug that each of them can attribute")
    best, stable = [], []
    with files.Files(out, long=False) as to:
        for drug in drugs:
            tables = [
                pq.read_table(f / files.RANKING, filters=[("drug", "==", drug)]).to_pandas()
                for f in folders
            ]
            mean = combined(tables, cfg.stable)
            stable.append({"drug": drug, "runs": len(found), **agreement(tables, cfg.stable)})
            to.add(files.RANKING, mean)
            best.append(mean.head(BEST).astype(TEXT))
    pd.DataFrame(stable).to_csv(out / "stability.csv", index=False, float_format="%.4g")
    gaps = pd.concat([d.completeness.assign(run=i) for i, d in enumerate(done)], ignore_index=True)
    gaps.to_csv(out / "completeness.csv", index=False)
    return Attributed(
        drugs, done[0].names, pd.concat(best, ignore_index=True), gaps, done[0].complete,
        pd.concat([d.shares for d in done], ignore_index=True), done[0].swarms, len(found),
    )  # fmt: skip


def _same(found: list[Run]) -> None:
    for key in SAME:
        values = {str(one.config[key.split(".")[0]][key.split(".")[1]]) for one in found}
        if len(values) > 1:
            raise MmdrpError(
                f"run: the runs differ in {key} ({', '.join(sorted(values))}); attribute them one "
                "by one"
            )
