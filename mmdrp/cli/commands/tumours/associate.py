"""``mmdrp associate``: every frequent mutation with every drug."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_files, check_keywords, keywords, recorded
from mmdrp.cli.options.cohort import check_cohort
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.io.shards import Shard
from mmdrp.tumours import Associations, Cohort, associate, expression_marks, read_targets
from mmdrp.tumours.shards.parts import associate_shard


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, associate, Associations.write)
    check_cohort(cfg, "associate")
    check_files(cfg, "targets")
    if cfg.shard is not None:
        Shard.parse(cfg.shard)


def run(cfg: DictConfig, out: Path) -> Done:
    """Write all tests, the significant ones, genes by drugs they modulate, and known targets."""
    if cfg.shard is not None:
        options = {**keywords(cfg, Cohort.read), **keywords(cfg, associate), "shard": cfg.shard}
        count = associate_shard(**options, out=out)
        return Done(f"{count} tests of one part", {"tests": count})
    targets = read_targets(cfg.targets)
    cohort = Cohort.read(**keywords(cfg, Cohort.read), genes=expression_marks(targets))
    options = {**keywords(cfg, associate), "targets": targets}
    associations = associate(cohort, **options)
    associations.write(out, **keywords(cfg, Associations.write), **recorded(cfg))
    show(associations)
    return Done("Tables and figures", figures.of_associations(associations))
