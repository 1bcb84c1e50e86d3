"""``mmdrp evaluate``: any runs beside any baselines, on identical rows of identical folds."""

import logging
import math
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from hydra.utils import get_class
from omegaconf import DictConfig

from mmdrp.cli import runs
from mmdrp.cli.labels import Labelled, labelled
from mmdrp.cli.leaks import leaks_of, say
from mmdrp.cli.runs import Run
from mmdrp.cli.seen import FoldSeen, presence, study_of, tissues
from mmdrp.cli.written import compared, per_drug, show_differences, summary, write_scores
from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.stats.performance import Array, scores
from mmdrp.stats.scopes import scoped

log = logging.getLogger(__name__)


def run(cfg: DictConfig, out: Path) -> None:
    """Write the long table, summaries, paired differences, ranks and the leakage report."""
    found = labelled(cfg.run)
    clash = sorted({one.label for one in found} & set(_models(cfg)))
    if clash:
        raise MmdrpError(f"run: a run and a baseline are both called {clash[0]!r}; rename the run")
    done = evaluated(found, cfg)
    done.long.to_parquet(out / "evaluation.parquet", index=False)
    per_drug(done.long).to_csv(out / "per_drug.csv", index=False)
    summary(done.long).to_csv(out / "summary.csv", index=False, float_format="%.6g")
    write_scores(out, done.scores, done.fold_ids)
    gaps, ranks = compared(done.scores, done.fold_ids, done.ratio, cfg.level)
    gaps.to_csv(out / "differences.csv", index=False)
    if len(ranks):
        ranks.to_csv(out / "ranks.csv", index=False)
    show_differences(gaps, cfg.level)
    done.leaks.to_csv(out / "leakage.csv", index=False)
    runs.write_json(out / "leakage.json", say(done.leaks))
    print(f"Per fold, drug, line and tissue, differences and leakage: {out}")


@dataclass(frozen=True)
class Evaluated:
    """Scores of every model in every fold, and what the folds are."""

    scores: pd.DataFrame
    """one row per model and fold"""
    fold_ids: list[str]
    """of each row of ``scores``"""
    long: pd.DataFrame
    """model, split, seed, fold, scope, id, metric, value, n"""
    leaks: pd.DataFrame
    ratio: float
    """test ids / training ids, mean over folds"""


def evaluated(found: list[Labelled], cfg: DictConfig) -> Evaluated:
    """Score runs and baselines, fold after fold."""
    units: dict[tuple[str, int], list[Labelled]] = {}
    for one in found:
        units.setdefault(one.unit, []).append(one)
    study = study_of(found[0].run)
    groups = {
        "tissue": tissues(study),
        "presence": presence(study, {str(m) for one in found for m in one.run.config.modality}),
    }
    long, rows, ids, leaks, ratios = [], [], [], [], []
    for (fold_id, _), members in bar(list(units.items()), "folds"):
        # Baselines stand on the rows of the run that knows most lines: that with most modalities.
        widest = max(members, key=lambda one: len(one.run.config.modality))
        seen = FoldSeen(widest.run, study, cfg.seed)
        frames, normal = predictions(seen, members, cfg)
        for label, frame in frames.items():
            unit = {"model": label, **_unit(members[0])}
            rows.append({"run": _folder(label, members), **unit, **scores(frame, normal)})
            ids.append(fold_id)
            long.append(_marked(scoped(frame, normal, groups), unit))
        leaks.append(_marked(leaks_of(seen, cfg.duplicate), _unit(members[0])))
        ratios.append(_ratio(members[0].run))
    table, leak = (pd.concat(parts, ignore_index=True) for parts in (long, leaks))
    return Evaluated(pd.DataFrame(rows), ids, table, leak, sum(ratios) / len(ratios))


def predictions(
    seen: FoldSeen, members: list[Labelled], cfg: DictConfig
) -> tuple[dict[str, pd.DataFrame], Array]:
    """Return test rows with each model's predictions, the rows all have, and the mean effects."""
    base = seen.test
    frames = {one.label: _test(one) for one in members}
    for name, model in _models(cfg).items():
        frames[name] = base.assign(pred=seen.predicted(name, model, cfg.cache))
    effects = DictConfig({"_target_": "mmdrp.stats.baselines.mean_effects", "_partial_": True})
    frames[""] = base.assign(pred=seen.predicted("mean_effects", effects, cfg.cache))
    common = None
    for frame in frames.values():
        index = pd.MultiIndex.from_frame(frame[["cell", "drug"]])
        common = index if common is None else common.intersection(index, sort=False)
    assert common is not None
    if len(common) < len(base):
        log.info(
            "%d of %d test rows are scored: those that all models have", len(common), len(base)
        )
    if not len(common):
        raise MmdrpError("run: these runs have no test row in common")
    kept = {
        label: frame.set_index(["cell", "drug"]).loc[common].reset_index()
        for label, frame in frames.items()
    }
    return kept, kept.pop("")["pred"].to_numpy(float)


def _models(cfg: DictConfig) -> dict[str, DictConfig]:
    """Return the chosen baselines; none where ``models=[]``."""
    return {str(name): model for name, model in (cfg.get("model") or {}).items()}


def _test(one: Labelled) -> pd.DataFrame:
    table = one.run.predictions
    return table[table["part"] == "test"].reset_index(drop=True)


def _marked(frame: pd.DataFrame, unit: dict[str, str | int]) -> pd.DataFrame:
    """Put the columns of a unit first."""
    for place, (name, value) in enumerate(unit.items()):
        frame.insert(place, name, value)
    return frame


def _unit(one: Labelled) -> dict[str, str | int]:
    cfg = one.run.config
    # A fold from a file has no number: its ids name it.
    split = f"file {one.fold_id}" if cfg.fold_file else get_class(cfg.split._target_).__name__
    return {"split": split, "seed": int(cfg.seed), "fold": int(cfg.fold)}


def _folder(label: str, members: list[Labelled]) -> str:
    """Return the folder of the run; of a baseline, of the run that it stands beside."""
    own = [one for one in members if one.label == label] or members
    return own[0].run.folder.name


def _ratio(one: Run) -> float:
    fold = one.fold
    sizes = (len(fold.test.ids[a]) / len(fold.train.ids[a]) for a in fold.test.ids)
    return float(math.prod(sizes))
