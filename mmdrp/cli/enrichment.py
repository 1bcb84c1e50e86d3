"""``mmdrp associate mode=enrichment``: what the best genes of a ranking have in common."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from mmdrp.cli.outputs import Outputs
from mmdrp.data import genesets, tables
from mmdrp.errors import MmdrpError
from mmdrp.plots.terms import term_bars
from mmdrp.stats.enrichment import Sizes, clustered, over_represented

log = logging.getLogger(__name__)
MOST_CLUSTERED = 1000
"""terms, by p, that are compared with one another"""


@dataclass(frozen=True)
class Question:
    """Chosen genes, what they were chosen from, and where that background comes from."""

    chosen: Sequence[str]
    background: Collection[str]
    stated: str


def run(cfg: DictConfig, out: Path) -> None:
    """Write ``enrichment.csv``, ``clusters.csv`` and a picture for a file of genes."""
    sets = genesets.read(cfg.sets, cfg.ontologies)
    question = _question(cfg, sets)
    outputs = Outputs(out)
    facts = enrich(cfg, outputs, question, sets, "enrichment")
    outputs.record(cfg, "enrichment", **facts)
    print(f"Tables and figures: {out}")


def enrich(
    cfg: DictConfig,
    outputs: Outputs,
    question: Question,
    sets: Sequence[genesets.GeneSet],
    title: str,
) -> dict[str, object]:
    """Test all sets, cluster the terms found, write both; return what to record."""
    table = over_represented(
        question.chosen, question.background, {s.id: s.genes for s in sets},
        Sizes(cfg.min_size, cfg.max_size),
    )  # fmt: skip
    known = {s.id: s for s in sets}
    table.insert(1, "name", [known[t].name for t in table["term"]])
    table.insert(2, "kind", [known[t].kind for t in table["term"]])
    found = table[(table["p_fdr"] < cfg.max_fdr) & (table["hits"] > 0)]
    groups = clustered(found.head(MOST_CLUSTERED), cfg.similarity, cfg.least_similar)
    outputs.table("enrichment", table, f"every term of {cfg.sets} with its p")
    outputs.table("clusters", groups, "terms with FDR < max_fdr, grouped by the genes they share")
    if len(groups):
        outputs.figure(
            "enrichment", term_bars(groups, title), "largest terms of the first clusters"
        )
    n = int(table["chosen"].iloc[0]) if len(table) else 0
    print(f"{title}: {n} genes of {len(question.background)} ({question.stated}), {len(table)} "
          f"terms tested, {len(found)} with FDR < {cfg.max_fdr:g}")  # fmt: skip
    for cluster in range(1, 1 + min(3, int(groups["cluster"].max()) if len(groups) else 0)):
        part = groups[groups["cluster"] == cluster].sort_values("hits", ascending=False)
        names = ", ".join(part["name"].head(3))
        print(f"  cluster {cluster} (score {part['score'].iloc[0]:.2f}): {names}")
    return {
        "chosen": n,
        "background": len(set(question.background)),
        "background_is": question.stated,
        "terms_tested": len(table),
        "terms_found": len(found),
        "clusters": int(groups["cluster"].nunique()) if len(groups) else 0,
    }


def _question(cfg: DictConfig, sets: Sequence[genesets.GeneSet]) -> Question:
    ranked = _ranking(Path(cfg.genes), cfg.direction)
    chosen = list(ranked.iloc[: cfg.top])
    if cfg.background is not None:
        background = set(_ranking(Path(cfg.background), "both"))
        stated = f"genes of {cfg.background}"
    elif len(_ranking(Path(cfg.genes), "both")) > cfg.top:
        background = set(_ranking(Path(cfg.genes), "both"))
        stated = f"all genes of {cfg.genes}"
    else:
        background = {gene for s in sets for gene in s.genes}
        stated = f"all genes of {cfg.sets}; background=FILE names the genes that were measured"
        log.warning("background: %s", stated)
    if not set(chosen) & background:
        raise MmdrpError(f"genes={cfg.genes}: none of its genes is in the background")
    return Question(chosen, background, stated)


def _ranking(path: Path, direction: str) -> pd.Series:
    """Read genes in order: one a row, or the column ``gene`` of a table."""
    if path.suffix in (".txt", ".list"):
        try:
            genes = pd.Series(path.read_text(encoding="utf-8").split(), dtype=object)
        except (OSError, UnicodeDecodeError) as error:
            raise MmdrpError(f"{path.name}: not a readable text file: {error}") from error
    else:
        frame = tables.read_frame(path, None, ["gene"])
        genes = frame["gene"][in_direction(frame, direction, path.name)]
    genes = genes.dropna().drop_duplicates()
    if genes.empty:
        raise MmdrpError(f"{path.name}: holds no gene")
    return genes.reset_index(drop=True)


def in_direction(frame: pd.DataFrame, direction: str, name: str) -> pd.Series:
    """Return which rows change in this direction, by ``log2_fold_change`` or ``difference``."""
    if direction == "both":
        return pd.Series(True, frame.index)
    column = next((c for c in ("log2_fold_change", "difference") if c in frame), None)
    if column is None:
        raise MmdrpError(f"{name}: direction={direction} needs a column 'difference'")
    return frame[column] > 0 if direction == "up" else frame[column] < 0
