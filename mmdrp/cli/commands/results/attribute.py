"""``mmdrp attribute``: what drives each drug's prediction."""

from pathlib import Path
from typing import Any

from omegaconf import DictConfig

from mmdrp.attribution import AttributionResult, attribute
from mmdrp.attribution.attributing import check_options, method_of
from mmdrp.attribution.shards.work import part_of_drugs
from mmdrp.cli.config import plain_of
from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.options import complete


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    o = complete(attribute, _options(cfg), skip=("model", "study"))
    check_options(method_of(o["method"]), **{n: o[n] for n in ("baseline", "structure", "enrich")})
    check_keywords(cfg, AttributionResult.write)
    if cfg.shard is not None:
        part_of_drugs(cfg.shard, cfg.out, cfg.structure, cfg.by)


def run(cfg: DictConfig, out: Path) -> Done:
    """Write the tables and pictures that docs/attribution.md lists."""
    result = attribute(plain_of(cfg)["run"], **_options(cfg), out=out)
    if cfg.shard is None:  # merge draws pictures of parts
        result.write(out, cfg.pictures)
    show(result)
    return Done("All attributions, rankings and pictures", figures.of_attribution(result))


def _options(cfg: DictConfig) -> dict[str, Any]:
    options = keywords(cfg, attribute, skip=("out",))
    if isinstance(options["drugs"], list):  # an id may be a number
        options["drugs"] = [str(drug) for drug in options["drugs"]]
    return options
