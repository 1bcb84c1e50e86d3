"""``mmdrp associate mode=extremes drug=NAME``: the most sensitive and most resistant tumours."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from omegaconf import DictConfig

from mmdrp.cli.cohorts import cohort_of
from mmdrp.cli.enrichment import Question, enrich, in_direction
from mmdrp.cli.outputs import Outputs
from mmdrp.data import genesets, tables
from mmdrp.data.cohort import Cohort
from mmdrp.data.manifest import NAME, Manifest
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.plots.heatmap import heatmap
from mmdrp.plots.waterfall import type_shares, waterfall
from mmdrp.progress import bar
from mmdrp.stats.extremes import (
    RESISTANT,
    SENSITIVE,
    composition,
    expression_changes,
    extreme_groups,
    mutation_changes,
)

MUTATIONS = 10
"""genes in the mutation heat map, as in DeepDR's figure 5c"""


@dataclass(frozen=True)
class Found:
    """One drug: responses, groups, and how the groups differ."""

    drug: str
    value: pd.Series
    group: pd.Series
    types: pd.DataFrame
    mutations: pd.DataFrame
    expression: pd.DataFrame


def run(cfg: DictConfig, out: Path) -> None:
    """Compare the extremes of each drug; several drugs get a folder each."""
    cohort = cohort_of(cfg)
    path = tables.find(Path(cfg.data), "expression")
    table = None if path is None else tables.read_matrix(path, "cell", "cell", missing=True)
    sets = genesets.read(cfg.sets, cfg.ontologies) if table is not None else []
    for drug in bar(cohort.drugs, "drugs"):
        folder = out if len(cohort.drugs) == 1 else out / re.sub(r"[^\w.-]+", "_", drug)
        found = compare(cfg, cohort, table, drug)
        outputs = Outputs(folder)
        _write(outputs, cfg, cohort, table, found)
        facts: dict[str, object] = {"drug": drug, "tumours": int(found.value.notna().sum())}
        facts["group_size"] = int((found.group == SENSITIVE).sum())
        if table is not None:
            facts["enrichment"] = enrich(cfg, outputs, _question(cfg, found), sets, drug)
        outputs.record(cfg, "extremes", **facts)
        _print(found, folder)


def compare(cfg: DictConfig, cohort: Cohort, table: Table | None, drug: str) -> Found:
    """Group the tumours by their response to ``drug`` and compare the groups."""
    value = pd.Series(
        cohort.response[:, list(cohort.drugs).index(drug)], index=list(cohort.cells), name=drug
    )
    try:
        group = extreme_groups(value, cfg.share, cfg.higher)
    except ValueError as error:
        raise MmdrpError(f"share={cfg.share}: {error}") from error
    labels = group.to_numpy(dtype=str)
    kind = pd.Series(cohort.kind, index=list(cohort.cells))
    genes = np.array(cohort.mutations.genes)
    expression = pd.DataFrame()
    if table is not None:
        rows = table.locate(list(cohort.cells))
        chosen = (labels != "") & (rows >= 0)
        expression = expression_changes(
            table.values[rows[chosen]], np.array(table.features), labels[chosen]
        )
    known = cohort.mutations.mutated
    return Found(
        drug, value, group, composition(group, kind), mutation_changes(known, genes, labels),
        expression,
    )  # fmt: skip


def _question(cfg: DictConfig, found: Found) -> Question:
    frame = found.expression
    ranked = frame["gene"][in_direction(frame, cfg.direction, "expression")]
    return Question(
        list(ranked.head(cfg.top)), list(frame["gene"]), "all genes whose expression was compared"
    )


def _write(
    outputs: Outputs, cfg: DictConfig, cohort: Cohort, table: Table | None, found: Found
) -> None:
    group = found.group[found.group != ""]
    kind = pd.Series(cohort.kind, index=list(cohort.cells))
    listed = pd.DataFrame(
        {"group": group, "type": kind[group.index], "value": found.value[group.index]}
    )
    listed = listed.sort_values("value").rename_axis("cell").reset_index()
    outputs.table("groups", listed, "tumours of the two groups")
    outputs.table("types", found.types, "cancer types of the groups")
    outputs.table("mutations", found.mutations, "mutation rates of the groups, Fisher's exact test")
    outputs.figure("waterfall", waterfall(found.value, found.group, found.drug, cfg.unit),
                   "response of all tumours in order")  # fmt: skip
    outputs.figure("types", type_shares(found.types, found.drug), "cancer types of the groups")
    if table is not None:
        unit = expression_unit(Path(cfg.data))
        shown = found.expression
        if "log2" in unit:
            shown = shown.rename(columns={"difference": "log2_fold_change"})
        about = f"expression of the groups, Welch's test; {unit or 'unit of the table'}"
        outputs.table("expression", shown, about)
    outputs.figure("heatmap", _picture(cfg, cohort, table, found, kind), "the groups side by side")


def _picture(
    cfg: DictConfig, cohort: Cohort, table: Table | None, found: Found, kind: pd.Series
) -> Figure:
    groups = {name: list(found.group.index[found.group == name]) for name in (SENSITIVE, RESISTANT)}
    cells = [cell for part in groups.values() for cell in part]
    place = {gene: i for i, gene in enumerate(cohort.mutations.genes)}
    best = list(found.mutations["gene"].head(MUTATIONS))
    columns = [list(cohort.cells).index(c) for c in cells]
    picked = cohort.mutations.mutated[[place[g] for g in best]][:, columns].toarray().T
    mutated = pd.DataFrame(picked, index=cells, columns=best)
    levels = pd.DataFrame(index=cells)
    if table is not None and cfg.shown:
        genes = list(found.expression["gene"].head(cfg.shown))
        at = [list(table.features).index(g) for g in genes]
        rows = table.locate(cells)
        values = np.where((rows >= 0)[:, None], table.values[rows][:, at], np.nan)
        levels = pd.DataFrame(values, index=cells, columns=genes)
    return heatmap(groups, kind, mutated, levels, found.drug)


def expression_unit(folder: Path) -> str:
    """Return the unit that the study's manifest gives for expression, "" without one."""
    if not (folder / NAME).is_file():
        return ""
    entry = Manifest.read(folder).tables.get("expression")
    return entry.unit if entry else ""


def _print(found: Found, folder: Path) -> None:
    for name in (SENSITIVE, RESISTANT):
        n = int((found.group == name).sum())
        best = found.types.sort_values(f"share_{name}", ascending=False).head(3)
        listed = ", ".join(
            f"{k} {s:.1%}" for k, s in zip(best["type"], best[f"share_{name}"], strict=True)
        )
        print(f"{found.drug}, {n} most {name}: {listed}")
    for row in found.mutations.head(3).itertuples():
        print(f"  {row.gene}: mutated in {row.rate_sensitive:.1%} of sensitive, "
              f"{row.rate_resistant:.1%} of resistant, p = {row.p:.1e}")  # fmt: skip
    print(f"Tables and figures: {folder}")
