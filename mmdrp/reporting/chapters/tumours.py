"""Folders of ``mmdrp associate``, ``extremes`` and ``enrich``."""

from collections.abc import Sequence

import pandas as pd

from mmdrp.reporting.folders import Folder
from mmdrp.reporting.numbers import table_of
from mmdrp.reporting.page import Block, Section, Text
from mmdrp.reporting.pictures import pictures

ROWS = 500
TESTS = {
    "gene": "",
    "drug": "",
    "cancer": "cancer type, or all of them",
    "mutated": "tumours that carry a mutation",
    "wildtype": "tumours that do not",
    "difference": "mean response of mutated minus wild-type, in the unit of the response",
    "hedges_g": "the difference in standard deviations",
    "p_welch": "two-sided t-test",
    "p_bonferroni": "adjusted over all tests",
    "p_fdr": "by Benjamini and Hochberg",
    "effect": "what mutated tumours are, where the test is significant",
    "p_covariates": "beside cancer type and number of mutated genes",
    "effect_covariates": "",
}
TERMS = {"name": "", "term": "", "kind": "", "hits": "chosen genes in the set", "size": "",
         "fold": "hits by those expected", "p": "", "p_fdr": "", "cluster": "",
         "score": "of the cluster"}  # fmt: skip


def associations(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of mutations and responses."""
    del every
    folder = folders[0]
    said = folder.json("associate.json")
    groups = said.get("groups")
    rows = groups.items() if isinstance(groups, dict) else ()
    counts = pd.DataFrame([{"cancer": k, **v} for k, v in rows if isinstance(v, dict)])
    text = f"{said.get('tumours', '?')} tumours, {said.get('drugs', '?')} drugs, response in "
    text += f"{said.get('unit') or 'a unit not stated'}; higher means {said.get('higher', '?')}."
    blocks: list[Block] = [Text(text)]
    blocks += [table_of(counts, "Tests per cancer type")] if len(counts) else []
    return [
        Section("What was tested", blocks),
        Section("Significant associations", [
            *_table(folder, "associations.csv", ("gene", "drug", "cancer"), "Associations", TESTS),
            *pictures(folder, "volcano_*.png", "difference of response against adjusted p"),
        ]),
        Section("Genes by drugs that they modulate", [
            *_table(folder, "genes_pan_cancer.csv", ("gene", "cancer"), "All cancer types"),
            *_table(folder, "genes.csv", ("gene", "cancer"), "Per cancer type"),
        ]),
        Section("Known targets", _table(
            folder, "targets.csv", ("drug", "mark", "verdict"), "Expected and found")),
    ]  # fmt: skip


def extremes(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the sections of the most sensitive and the most resistant tumours."""
    del every
    folder = folders[0]
    return [
        Section("The tumours", [
            *pictures(folder, "waterfall.png", "all responses in order, extremes in colour"),
            *_table(folder, "groups.csv", ("cell", "group", "type"), "Tumours of the two groups"),
            *_table(folder, "types.csv", ("type",), "Cancer types of the groups"),
        ]),
        Section("Mutations", _table(folder, "mutations.csv", ("gene",), "Carriers in both groups")),
        Section("Expression", _table(folder, "expression.csv", ("gene",), "Genes that differ")),
        *enriched(folders, ()),
    ]  # fmt: skip


def enriched(folders: Sequence[Folder], every: Sequence[Folder]) -> list[Section]:
    """Return the section of enriched gene sets."""
    del every
    blocks = _table(folders[0], "clusters.csv", ("name", "term"), "Enriched gene sets", TERMS)
    return [Section("Gene sets", blocks)]


def _table(
    folder: Folder, name: str, texts: tuple[str, ...], caption: str,
    heads: dict[str, str] | None = None,
) -> list[Block]:  # fmt: skip
    table = folder.frame(name, text=texts)
    if table is None:
        return [Text(f"Not in this folder: no {name}.", missing=True)]
    if table.empty:
        return [Text(f"{caption}: none, {name} has no row.", missing=True)]
    table = table[[*texts, *(c for c in table if c not in texts)]]
    few = f" (the first {ROWS} of {len(table)})" if len(table) > ROWS else ""
    return [table_of(table.head(ROWS), f"{caption}{few}", heads)]
