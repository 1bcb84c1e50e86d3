"""Ridge on standardised omics, all drugs under one penalty: the kernel base, its steps off."""

from collections.abc import Mapping
from typing import Annotated, Literal

from mmdrp.nn.base.kernel import Kernel, Positive, Weight
from mmdrp.options import Count, Range

EXPRESSION = {"expression": 1.0}
NO_MARKERS: dict[str, float] = {}


class RidgeKernel(Kernel):
    """``Kernel`` with linear kernels and no single features, unless they are switched on."""

    def __init__(
        self,
        weights: Mapping[str, Weight] | Literal["loo"] = EXPRESSION,
        default_weight: Weight = 0.0,
        marker_threshold: Mapping[str, Positive] = NO_MARKERS,
        tissue: Weight = 0.0,
        em_impute: bool = False,
        rbf: bool = False,
        power: Annotated[float, Range(least=0, most=1)] = 1.0,
        components: Annotated[int, Range(least=0)] = 0,
        penalties: tuple[Positive, Positive, Count] = (0.1, 1000.0, 30),
    ) -> None:
        super().__init__(
            weights, default_weight, marker_threshold, tissue, em_impute=em_impute, rbf=rbf,
            power=power, components=components, penalties=penalties,
            context=(), student=None, measured_power=0.0, correlated=0.0, drug_weights="one",
        )  # fmt: skip
