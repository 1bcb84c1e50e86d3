"""``mmdrp associate mode=associations``: every frequent mutation with every drug."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from omegaconf import DictConfig

from mmdrp.cli.association_figures import draw
from mmdrp.cli.cohorts import cohort_of
from mmdrp.cli.outputs import Outputs
from mmdrp.cli.targets import known_targets
from mmdrp.data.cohort import Cohort
from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.stats.association import associate
from mmdrp.stats.covariates import adjusted
from mmdrp.stats.modulation import directed, long_table, modulators, tested_pairs
from mmdrp.stats.multiple import bonferroni, fdr

log = logging.getLogger(__name__)
PAN = "pan-cancer"
CORRECT = {"bonferroni": bonferroni, "fdr": fdr}


@dataclass(frozen=True)
class Group:
    """Tumours that are compared with one another, and the genes mutated often among them."""

    name: str
    rows: npt.NDArray[np.int64]
    genes: npt.NDArray[np.int64]


def run(cfg: DictConfig, out: Path) -> None:
    """Write all tests, the significant ones, genes by drugs they modulate, and known targets."""
    cohort = cohort_of(cfg)
    groups = list(_groups(cfg, cohort))
    if not any(len(group.genes) for group in groups):
        raise MmdrpError(
            f"no gene is mutated in more than min_rate={cfg.min_rate} and at least "
            f"min_patients={cfg.min_patients} of {len(cohort.cells)} tumours or of any cancer type"
        )
    names = [group.name for group in groups]
    parts = [_tested(cfg, cohort, group, names) for group in bar(groups, "cancer types")]
    table = _corrected(cfg, parts)
    outputs = Outputs(out)
    counts = modulators(table)
    targets = known_targets(cfg, cohort)
    outputs.parquet("associations", table, "every test")
    hits = table[(table["effect"] != "") | (cfg.rows == "all")]
    hits = hits.sort_values([f"p_{cfg.test}", "cancer", "gene", "drug"], kind="stable")
    outputs.table("associations", hits, "every test" if cfg.rows == "all" else "adjusted p < alpha")
    outputs.table("genes", counts[counts["cancer"] != PAN], "drugs modulated, per cancer type")
    outputs.table("genes_pan_cancer", counts[counts["cancer"] == PAN], "drugs modulated, all types")
    outputs.table("targets", targets.table, "known targets: expected and found")
    draw(cfg, outputs, cohort, table, targets)
    outputs.record(cfg, "associate", **_facts(cohort, groups, table, targets.table))
    _print(counts, table, targets.table, out)


def _groups(cfg: DictConfig, cohort: Cohort) -> Iterator[Group]:
    kind = cohort.kind
    wanted = sorted(set(kind) - {""}) if cfg.cancers is None else list(cfg.cancers)
    for name in wanted:
        rows = np.flatnonzero(kind == name)
        if not len(rows):
            log.warning("cancers: no tumour is of type %r", name)
        yield Group(name, rows, _frequent(cfg, cohort, rows))
    if cfg.pan:
        rows = np.arange(len(cohort.cells))
        yield Group(PAN, rows, _frequent(cfg, cohort, rows))


def _frequent(
    cfg: DictConfig, cohort: Cohort, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Return genes mutated in more than ``min_rate`` and in ``min_patients`` of these tumours."""
    mutated = np.asarray(cohort.mutations.mutated[:, rows].sum(1)).ravel()
    known = len(rows) - np.asarray(cohort.mutations.unknown[:, rows].sum(1)).ravel()
    often = (mutated > cfg.min_rate * known) & (mutated >= cfg.min_patients)
    return np.flatnonzero(often & (known - mutated >= cfg.min_wildtype))


def _tested(cfg: DictConfig, cohort: Cohort, group: Group, names: list[str]) -> pd.DataFrame:
    response = cohort.response[group.rows]
    mutated = cohort.mutations.mutated[group.genes][:, group.rows]
    unknown = cohort.mutations.unknown[group.genes][:, group.rows]
    gaps = unknown if unknown.nnz else None
    labels = (names, list(cohort.mutations.genes), list(cohort.drugs))
    drugs = np.arange(len(cohort.drugs), dtype=np.int32)
    found = associate(mutated, response, gaps)
    table = long_table(
        found,
        group.genes.astype(np.int32),
        drugs,
        labels,
        names.index(group.name),
        cfg.min_patients,
        cfg.min_wildtype,
    )
    if cfg.adjust:
        beside = adjusted(mutated, response, _covariates(cfg, cohort, group.rows), gaps)
        tested = tested_pairs(found, cfg.min_patients, cfg.min_wildtype).ravel()
        table["difference_covariates"] = beside.difference.ravel()[tested]
        table["p_covariates"] = beside.p.ravel()[tested]
    return table


def _covariates(
    cfg: DictConfig, cohort: Cohort, rows: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    parts = [np.zeros((len(rows), 0))]
    if "type" in cfg.adjust:
        parts.append(pd.get_dummies(cohort.kind[rows], dtype=float).to_numpy())
    if "burden" in cfg.adjust:
        count = np.asarray(cohort.mutations.mutated[:, rows].sum(0), dtype=float).ravel()
        parts.append(np.log10(1 + count)[:, None])
    return np.hstack(parts)


def _corrected(cfg: DictConfig, parts: list[pd.DataFrame]) -> pd.DataFrame:
    """Adjust p over all cancer types together, and over the pan-cancer tests by themselves."""
    table = pd.concat(parts, ignore_index=True)
    whole = (table["cancer"] == PAN).to_numpy()
    tests = [cfg.test, *(["covariates"] if cfg.adjust else [])]
    for test in tests:
        suffix = "" if test == cfg.test else f"_{test}"
        p = table[f"p_{test}"].to_numpy(float)
        for name, correct in CORRECT.items():
            done = np.full(len(p), np.nan)
            for family in (whole, ~whole):
                done[family] = correct(p[family])
            table[f"p_{name}{suffix}"] = done
        signed = table if not suffix else table.assign(difference=table["difference_covariates"])
        effect = directed(signed, f"p_{cfg.correction}{suffix}", cfg.alpha, cfg.higher)
        table[f"effect{suffix}"] = effect
    return table


def _facts(
    cohort: Cohort, groups: list[Group], table: pd.DataFrame, targets: pd.DataFrame
) -> dict[str, object]:
    kind = cohort.kind
    tested = table.groupby("cancer", observed=False).size()
    hits = table[table["effect"] != ""].groupby("cancer", observed=False).size()
    return {
        "tumours": len(cohort.cells),
        "tumours_without_type": int((kind == "").sum()),
        "drugs": len(cohort.drugs),
        "groups": {
            g.name: {
                "tumours": len(g.rows),
                "genes": len(g.genes),
                "tests": int(tested.get(g.name, 0)),
                "significant": int(hits.get(g.name, 0)),
            }
            for g in groups
        },
        "targets": {str(k): int(v) for k, v in targets["verdict"].value_counts().items()},
    }


def _print(counts: pd.DataFrame, table: pd.DataFrame, targets: pd.DataFrame, out: Path) -> None:
    for whole, title in ((False, "per cancer type"), (True, PAN)):
        rows = (table["cancer"] == PAN) == whole
        hits = rows & (table["effect"] != "")
        if not rows.any():
            continue
        line = f"{title}: {int(rows.sum())} tests, {int(hits.sum())} significant"
        if "effect_covariates" in table:
            kept = hits & (table["effect_covariates"] == table["effect"])
            line += f", {int(kept.sum())} of them beside the covariates too"
        print(line)
        for row in counts[(counts["cancer"] == PAN) == whole].head(5).itertuples():
            print(f"  {row.cancer} {row.gene} ({row.rate:.1%}): {row.modulated} drugs, "
                  f"{row.sensitive} sensitive, {row.resistant} resistant")  # fmt: skip
    verdicts = ", ".join(f"{v} {k}" for k, v in targets["verdict"].value_counts().items())
    print(f"known targets: {verdicts or 'none'}")
    print(f"Tables and figures: {out}")
