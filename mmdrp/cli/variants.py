"""Experiments of many trainings: variants as lists of overrides, composed by Hydra into specs."""

from pathlib import Path

from hydra import compose
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from mmdrp.cli.config import plain_of, spec_of_config, study_of_config
from mmdrp.cli.keywords import check_keywords, keywords, recorded
from mmdrp.cli.screen import show
from mmdrp.errors import MmdrpError
from mmdrp.experiments.deepdr import table1
from mmdrp.options import check
from mmdrp.training.runs import write_config
from mmdrp.training.spec import Spec

OWN = ("out", "repeats", "variants", "closed_form_baselines", "figure_of")
"""options of the experiment; all others are the variants'"""
COMPOSED = ("study", "variants", "out")


def check_variants(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option of variants, if there are any, that cannot be meant."""
    if not cfg.get("variants"):
        return
    check_keywords(cfg, table1, skip=COMPOSED)
    for name, given in plain_of(cfg, without=("out",))["variants"].items():
        check(given, list[str] | None, f"variants.{name}")
    there = [str(name) for name, changes in cfg.variants.items() if changes is not None]
    if there and cfg.figure_of not in there:
        shown = str(cfg.figure_of)[:40]
        raise MmdrpError(f"figure_of={shown}: no variant; choose among: {', '.join(there)}")
    if cfg.get("pretrained") is None:
        raise MmdrpError(
            "these variants need pretrained=FOLDER, the encoders of mmdrp pretrain; "
            "pretrained=false leaves them out"
        )


def run_variants(cfg: DictConfig, out: Path) -> str:
    """Do every repeat that is not there yet; write tables and Figure 2 over all."""
    result = table1(
        study_of_config(cfg), variants=specs(cfg), reference=spec_of_config(cfg), out=out,
        **keywords(cfg, table1, skip=COMPOSED),
    )  # fmt: skip
    write_config(out, plain_of(cfg))
    result.write(out, **recorded(cfg))
    show(result)
    return "Tables and figures"


def specs(cfg: DictConfig) -> dict[str, Spec]:
    """Compose each variant: the options of this run, then what the variant changes.

    A variant that is null is left out.
    """
    words = HydraConfig.get().overrides.task
    given = [word for word in words if _key(word).split(".")[0] not in OWN]
    made = {}
    for name, changes in cfg.variants.items():
        if changes is None:
            continue
        keys = {_key(change) for change in changes}
        kept = [word for word in given if _key(word) not in keys]
        own = compose("train", [*kept, *changes, f"out={cfg.out}"])
        made[str(name)] = spec_of_config(own)
    return made


def _key(word: str) -> str:
    return word.split("=", 1)[0].lstrip("+~")
