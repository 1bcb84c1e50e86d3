"""Known biology: recall at 50 over the noise beside the kernel, and with a noise chosen on others.

The noise is chosen on the markers of half of the drugs (largest mean recall over both studies) and
judged on those of the other half, 500 times.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.cli import main as mmdrp
from mmdrp.cli.attribute_benchmark import CUT
from mmdrp.cli.attribution_jobs import prepare
from mmdrp.cli.related import lines_of
from mmdrp.cli.runs import find_runs
from mmdrp.errors import MmdrpError
from mmdrp.stats.importance import correlation
from mmdrp.stats.markers import markers, places
from mmdrp.stats.recall import MARKER, carriers, ranks
from tests.benchmarks.known_biology import STUDIES

NOISES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
OTHER = "correlation"
LEAST = 3  # as in conf/attribute_benchmark.yaml


def hits(run: Path) -> pd.DataFrame:
    """Return markers x (noises, correlation): the share of screens with a rank of 50 or better."""
    (one,) = find_runs(run)
    jobs, sources, restored, names = prepare(one, None, "train")
    lines = lines_of(restored, sources)
    found = places({j.drug: names.get(j.drug, j.drug) for j in jobs}, lines.features, markers())
    found = found[found["reason"].eq("")]
    wanted = [job for job in jobs if job.drug in set(found["screen"])]
    scores: dict[str, Mapping[str, npt.NDArray[np.floating]]] = {}
    scores |= {str(noise): lines.scores(wanted, noise) for noise in NOISES}
    scores[OTHER] = {job.drug: correlation(*lines.of(job)) for job in wanted}
    rows = []
    for job in wanted:
        x, _ = lines.of(job)
        mine = found[found["screen"].eq(job.drug)]
        rank = {name: ranks(each[job.drug].astype(float)) for name, each in scores.items()}
        for marker in mine.to_dict("records"):
            if max(carriers(x[:, j]) for j in marker["place"]) >= LEAST:
                hit = {n: float(min(r[list(marker["place"])]) <= CUT) for n, r in rank.items()}
                rows.append({**{key: marker[key] for key in MARKER}, **hit})
    return pd.DataFrame(rows).groupby(MARKER).mean()


def halves(tables: dict[str, pd.DataFrame], draws: int = 500) -> dict[str, float]:
    """Choose on half of the drugs, judge on the other half."""
    names = [str(noise) for noise in NOISES]
    drugs = sorted({d for t in tables.values() for d in t.index.get_level_values("drug")})
    rng, rows = np.random.default_rng(0), []
    for _ in range(draws):
        chosen_on = set(rng.permutation(drugs)[: len(drugs) // 2])
        mine = {
            s: t.index.get_level_values("drug").isin(list(chosen_on)) for s, t in tables.items()
        }
        mean = np.mean([t.loc[mine[s], names].mean() for s, t in tables.items()], axis=0)
        best = names[int(mean.argmax())]
        row = {}
        for s, t in tables.items():
            other = t[~mine[s]].mean()
            row[f"{s}_unseen"], row[f"{s}_unseen_{OTHER}"] = other[best], other[OTHER]
            row[f"{s}_above"] = float(other[best] > other[OTHER])
        rows.append({**row, "noise": float(best)})
    table = pd.DataFrame(rows)
    return {**table.drop(columns="noise").mean(), "noise_median": table["noise"].median()}


def main() -> dict[str, float | int | str]:
    tables = {}
    with tempfile.TemporaryDirectory() as scratch:
        for study, words in STUDIES.items():
            run = Path(scratch) / study
            if mmdrp(["train", "net=false", f"out={run}", *words]):
                raise MmdrpError("the run failed")
            tables[study] = hits(run)
    figures: dict[str, float | int | str] = {}
    for study, table in tables.items():
        figures |= {f"{study}_{name}": float(v) for name, v in table.mean().items()}
    return figures | halves(tables)
