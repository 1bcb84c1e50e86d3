"""Configurations of format 1, which named classes by their dotted paths, read by today's names.

The paths are looked up in a closed table and never imported; any other is refused.
"""

from collections.abc import Mapping
from typing import Any

from mmdrp.errors import OptionError

PATHS = {
    "mmdrp.nn.base.kernel.Kernel": "kernel",
    "mmdrp.nn.base.mean.Mean": "mean",
    "mmdrp.nn.base.mean.Zero": "none",
    "mmdrp.nn.encoder.MLPEncoder": "mlp",
    "mmdrp.nn.encoder.LinearEncoder": "linear",
    "mmdrp.nn.pca.PCAEncoder": "pca",
    "mmdrp.nn.drug.GraphEncoder": "graph",
    "mmdrp.nn.drug.NameEncoder": "name",
    "mmdrp.nn.drug.AsDrawn": "as_drawn",
    "mmdrp.nn.scale.Standardize": "standardize",
    "mmdrp.nn.fusion.ConcatFusion": "concat",
    "mmdrp.nn.fusion.MeanFusion": "mean",
    "mmdrp.nn.fusion.AttentionFusion": "attention",
    "mmdrp.nn.fusion.ProductFusion": "product",
    "mmdrp.nn.fusion.LowRankFusion": "lowrank",
    "mmdrp.nn.loss.MSE": "mse",
    "mmdrp.nn.loss.RMSE": "rmse",
    "mmdrp.nn.loss.MAE": "mae",
    "mmdrp.nn.loss.Huber": "huber",
    "mmdrp.data.split.CellSplit": "cell",
    "mmdrp.data.split.DrugSplit": "drug",
    "mmdrp.data.split.BothSplit": "both",
    "mmdrp.data.split.RandomSplit": "random",
    "mmdrp.data.split.TissueSplit": "tissue",
    "mmdrp.data.split.ScaffoldSplit": "scaffold",
    "mmdrp.data.sampler.RandomBatches": "random",
    "mmdrp.data.sampler.BlockBatches": "block",
    "mmdrp.data.label_weight.SmoothedDensity": "smoothed",
    "mmdrp.chem.fingerprint.Morgan": "morgan",
    "mmdrp.chem.fingerprint.FCFP": "fcfp",
    "mmdrp.chem.fingerprint.AtomPair": "atompair",
    "mmdrp.chem.fingerprint.Torsion": "torsion",
    "mmdrp.chem.fingerprint.MACCS": "maccs",
    "mmdrp.chem.identity.Identity": "identity",
    "mmdrp.chem.graph.Graphs": "graphs",
    "torch.optim.Adam": "adam",
    "torch.optim.AdamW": "adamw",
    "torch.optim.lr_scheduler.CosineAnnealingLR": "cosine",
    "pytorch_lightning.strategies.DDPStrategy": "ddp",
}
OPTIONS = {
    "kernel": {
        "fill": "em_impute", "refill": "n_reimpute", "sparse": "marker_threshold",
        "steps": "max_markers",
    },
    "ridge": {"fill": "em_impute", "sparse": "marker_threshold"},
    "block": {"lines": "block"},
}  # fmt: skip
"""part -> option as it was called -> as it is called"""
TRAINER = ("use_distributed_sampler",)
"""options of Lightning that are no longer the user's to set"""

BEFORE: dict[str, Any] = {
    "context": [], "batch": [], "context_weight": 0.0, "student": None, "measured_power": 0.0,
    "correlated": 0.0, "loo_share": 0.0,
}  # fmt: skip
"""options of the kernel base that came later, as they were when nothing of them was written"""
BEFORE_DRUGS: dict[str, Any] = {"drug_weights": "one"}
"""the same of options that came after those"""


def as_written(config: Any) -> Any:
    """Return a configuration that a file holds with all of its base's options.

    A file states every option there was; what it lacks was not done, whatever is the default now.
    """
    base = config.get("base") if isinstance(config, Mapping) else None
    if not isinstance(base, Mapping):
        return config
    if base.get("name", PATHS.get(str(base.get("_target_")))) != "kernel":
        return config
    later = {} if "context" in base else BEFORE
    later = later if "drug_weights" in base else {**later, **BEFORE_DRUGS}
    return {**config, "base": {**later, **base}}


def upgraded(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return a configuration by today's names; one that is up to date comes back equal.

    Raises OptionError for a path that is not in the table.
    """
    return {str(key): _upgraded(value, str(key)) for key, value in config.items()}


def _upgraded(value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        return value
    given = {str(k): v for k, v in value.items()}
    if "_target_" in given:
        given = _named(given, where)
    if where == "trainer":
        given = {k: v for k, v in given.items() if k not in TRAINER}
        if isinstance(strategy := given.get("strategy"), Mapping):
            given["strategy"] = _named(dict(strategy), "trainer.strategy")["name"]
    renamed = OPTIONS.get(str(given.get("name")), {})
    given = {renamed.get(k, k): v for k, v in given.items()}
    if given.get("name") == "identity" and given.get("known") is None:
        given.pop("known", None)
    return {k: _upgraded(v, f"{where}.{k}") for k, v in given.items()}


def _named(given: dict[str, Any], where: str) -> dict[str, Any]:
    path = given.pop("_target_")
    given.pop("_partial_", None)
    if not isinstance(path, str) or path not in PATHS:
        raise OptionError(f"{where}: names {str(path)[:80]!r}, which is no part of mmdrp")
    name = PATHS[path]
    if path == "mmdrp.nn.base.mean.Mean" and given.pop("line_effects", False):
        name = "mean_effects"
    return {"name": name, **given}
