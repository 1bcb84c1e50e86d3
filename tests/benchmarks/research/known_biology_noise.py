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

from mmdrp.attribution.benchmark.importance import correlation
from mmdrp.attribution.benchmark.markers import places, read_markers
from mmdrp.attribution.benchmark.recall import MARKER, minority_count, ranks
from mmdrp.attribution.benchmark.result import CUT
from mmdrp.attribution.significance.training_lines import TrainingLines
from mmdrp.attribution.subject import subjects
from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError
from tests.benchmarks.accuracy.known_biology import STUDIES

NOISES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0)
OTHER = "correlation"
MIN_COUNT = 3  # as in conf/attribute_benchmark.yaml


def hits(run: Path) -> pd.DataFrame:
    """Return markers x (noises, correlation): the share of screens with a rank of 50 or better."""
    subject = subjects(run)[0]()
    lines = TrainingLines.of(subject)
    every = {target.drug: target for target in subject.targets(subset="train")}
    names = {drug: subject.names.get(drug, drug) for drug in every}
    markers = places(names, lines.features, read_markers())
    markers = markers[markers["reason"].eq("")]
    targets = [target for drug, target in every.items() if drug in set(markers["screen"])]
    scores: dict[str, Mapping[str, npt.NDArray[np.floating]]] = {}
    scores |= {str(noise): lines.scores(targets, noise) for noise in NOISES}
    scores[OTHER] = {target.drug: correlation(*lines.measured(target)) for target in targets}
    rows = []
    for target in targets:
        x, _ = lines.measured(target)
        own = markers[markers["screen"].eq(target.drug)]
        rank = {name: ranks(each[target.drug].astype(float)) for name, each in scores.items()}
        for marker in own.to_dict("records"):
            if max(minority_count(x[:, j]) for j in marker["place"]) >= MIN_COUNT:
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
