"""The attribution methods by name."""

from collections.abc import Callable

from mmdrp.attribution.methods.ablation import FeatureAblation
from mmdrp.attribution.methods.gradients import (
    DeepLift,
    GradientShap,
    InputXGradient,
    Saliency,
)
from mmdrp.attribution.methods.integrated import DirectIntegrated, Integrated, Method
from mmdrp.attribution.methods.shapley import Shapley
from mmdrp.registry import register

METHODS: dict[str, Callable[..., Method]] = {
    "ig": Integrated,
    "ig_direct": DirectIntegrated,
    "gradient_shap": GradientShap,
    "saliency": Saliency,
    "input_x_gradient": InputXGradient,
    "deeplift": DeepLift,
    "feature_ablation": FeatureAblation,
    "shapley": Shapley,
}

for name, made in METHODS.items():
    register("method", name, made)
