"""``mmdrp extremes drug=NAME``: the most sensitive and the most resistant tumours."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.commands.tumours import enrich as enrich_command
from mmdrp.cli.keywords import check_keywords, keywords, recorded
from mmdrp.cli.options.cohort import check_cohort
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.io.files import file_name
from mmdrp.progress import bar
from mmdrp.tumours import Cohort, Extremes, compare_extremes, enrich, read_gene_sets


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, compare_extremes, Extremes.write, Extremes.enrich)
    enrich_command.check_sets(cfg)
    check_cohort(cfg, "extremes")


def run(cfg: DictConfig, out: Path) -> Done:
    """Compare the extremes of each drug; several drugs get a folder each."""
    cohort = Cohort.read(**keywords(cfg, Cohort.read))
    sets = read_gene_sets(cfg.gene_sets, cfg.ontologies)
    told = {}
    for drug in bar(cohort.drugs, "drugs"):
        folder = out if len(cohort.drugs) == 1 else out / file_name(drug, cohort.drugs)
        extremes, found = compare_extremes(cohort, drug, share=cfg.share), None
        if extremes.expression is not None:
            options = keywords(cfg, Extremes.enrich) | keywords(cfg, enrich)
            found = extremes.enrich(**options | {"gene_sets": sets})
            show(found.describe(drug))
        extremes.write(folder, enrichment=found, heatmap_genes=cfg.heatmap_genes, **recorded(cfg))
        show(extremes)
        told[drug] = figures.of_extremes(extremes, found)
    return Done("Tables and figures", {"drugs": told})
