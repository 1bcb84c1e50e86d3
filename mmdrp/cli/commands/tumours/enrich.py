"""``mmdrp enrich genes=FILE``: what the best genes of a ranking have in common."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_files, check_keywords, keywords, recorded
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.errors import MmdrpError
from mmdrp.tumours import enrich, read_genes
from mmdrp.tumours.enrichment import check_sizes

FILES = ("genes", "background")


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    if cfg.genes is None:
        raise MmdrpError("mmdrp enrich needs genes=...")
    check_keywords(cfg, read_genes)
    check_sets(cfg)
    check_files(cfg, *FILES)


def check_sets(cfg: DictConfig) -> None:
    """Refuse options of gene sets and clusters that cannot be meant."""
    check_keywords(cfg, enrich, skip=FILES)
    check_sizes(cfg.min_size, cfg.max_size)
    check_files(cfg, *[] if cfg.gene_sets == "go" else ["gene_sets"])


def run(cfg: DictConfig, out: Path) -> Done:
    """Write ``enrichment.csv``, ``clusters.csv`` and a picture for a file of genes."""
    chosen = read_genes(cfg.genes, **keywords(cfg, read_genes))
    enrichment = enrich(**vars(chosen), **keywords(cfg, enrich, skip=FILES))
    show(enrichment)
    enrichment.write(out, **recorded(cfg))
    return Done("Tables and figures", figures.of_enrichment(enrichment))
