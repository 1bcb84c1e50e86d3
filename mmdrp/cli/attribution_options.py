"""Options of ``mmdrp attribute``, refused before a folder is made."""

from pathlib import Path

from omegaconf import DictConfig, ListConfig, OmegaConf

from mmdrp.errors import MmdrpError

CHOICES = {
    "lines": ("all", "train", "validation", "test"),
    "among": ("all", "sensitive", "resistant"),
    "by": (None, "tissue", "line"),
    "within": (None, "tissue"),
    "part": ("all", "network"),
}
LEAST = {"steps": 1, "permutations": 0, "stable": 1, "pictures": 0, "block": 1}
CONFIG = "config.yaml"
BASELINES = ("mean", "zero", "tissue", "insensitive")


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    for key, choices in CHOICES.items():
        if cfg[key] not in choices:
            named = ", ".join("null" if c is None else c for c in choices)
            raise MmdrpError(f"{key}={cfg[key]}: choose among {named}")
    for key, least in LEAST.items():
        if cfg[key] < least:
            raise MmdrpError(f"{key}={cfg[key]}: give at least {least}")
    if cfg.conditional is not None and not (
        isinstance(cfg.conditional, int | float) and cfg.conditional > 0
    ):
        raise MmdrpError(
            f"conditional={cfg.conditional}: give a number above 0, such as 32, or null"
        )
    if cfg.top is not None and cfg.top < 1:
        raise MmdrpError(f"top={cfg.top}: give at least 1, or null for all features")
    if not 0 < cfg.quantile < 1:
        raise MmdrpError(f"quantile={cfg.quantile}: give a share between 0 and 1, such as 0.25")
    if cfg.baseline not in BASELINES and not Path(str(cfg.baseline)).exists():
        raise MmdrpError(
            f"baseline={cfg.baseline}: choose {', '.join(BASELINES)}, or a file of line ids, one "
            "per row; there is no such file"
        )
    if cfg.enrich not in (None, "go") and not Path(str(cfg.enrich)).is_file():
        raise MmdrpError(f"enrich={cfg.enrich}: choose go or a GMT file; there is no such file")
    if cfg.method._target_.endswith("Shapley") and (cfg.structure or cfg.enrich):
        option = "structure=true" if cfg.structure else f"enrich={cfg.enrich}"
        raise MmdrpError(f"{option}: method=shapley tells modalities apart only; use method=ig")
    _method(cfg)


def _method(cfg: DictConfig) -> None:
    """Refuse a method that has no form for the base of the run, before anything is read."""
    name = {"DeepLift": "deeplift", "FeatureAblation": "feature_ablation"}.get(
        str(cfg.method._target_).rpartition(".")[2]
    )
    if name is None or cfg.part == "network":
        return
    given = cfg.run if isinstance(cfg.run, ListConfig) else [cfg.run]
    for path in (Path(str(run)) / CONFIG for run in given):
        base = OmegaConf.select(OmegaConf.load(path), "base._target_") if path.is_file() else ""
        if str(base).endswith(".Kernel"):
            raise MmdrpError(
                f"method={name} has no form for the kernel base; choose ig, input_x_gradient, "
                "saliency, gradient_shap or shapley, or explain the network's part alone with "
                "part=network"
            )
