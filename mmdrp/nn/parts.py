"""The parts of a network by name: bases, encoders, scalings, fusions, losses."""

from collections.abc import Callable
from typing import Any

from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.mean import Mean, MeanEffects, Zero
from mmdrp.nn.base.ridge import RidgeKernel
from mmdrp.nn.drug import AsDrawn, GraphEncoder, NameEncoder
from mmdrp.nn.encoder import LinearEncoder, MLPEncoder
from mmdrp.nn.fusion import (
    AttentionFusion,
    ConcatFusion,
    LowRankFusion,
    MeanFusion,
    ProductFusion,
)
from mmdrp.nn.loss import MAE, MSE, RMSE, Huber
from mmdrp.nn.pca import PCAEncoder
from mmdrp.nn.scale import Standardize
from mmdrp.registry import register

PARTS: dict[str, dict[str, Callable[..., Any]]] = {
    "base": {
        "kernel": Kernel, "ridge": RidgeKernel, "mean": Mean, "mean_effects": MeanEffects,
        "none": Zero,
    },
    "encoder": {
        "mlp": MLPEncoder, "linear": LinearEncoder, "pca": PCAEncoder, "graph": GraphEncoder,
        "name": NameEncoder,
    },
    "scale": {"standardize": Standardize, "as_drawn": AsDrawn},
    "fusion": {
        "concat": ConcatFusion, "mean": MeanFusion, "attention": AttentionFusion,
        "product": ProductFusion, "lowrank": LowRankFusion,
    },
    "loss": {"mse": MSE, "rmse": RMSE, "mae": MAE, "huber": Huber},
}  # fmt: skip

for kind, parts in PARTS.items():
    for name, made in parts.items():
        register(kind, name, made)
