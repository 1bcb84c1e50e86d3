"""The closed-form base's own part of an attribution, exact, for any drug at once."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from mmdrp.attribution.methods.integrated import Attribution, Method
from mmdrp.attribution.methods.shapley import of_base
from mmdrp.batch import TISSUE
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.fitted import Base
from mmdrp.nn.base.kernel import Kernel
from mmdrp.nn.base.path import Path, Rule

POINTS = 24  # Gauss-Legendre points; the gap is below float32's own error


class BasePart:
    """A base at the features of n lines: shares of any weighted sum of its tasks.

    ``weights`` (t,) of a task are 1 at its own place; those of a drug never screened come from its
    structure (``DrugKernel.weights``), for its prediction is linear in those of training drugs.
    """

    def __init__(
        self,
        base: Base,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        baseline: Mapping[str, Tensor],
        method: Method,
        point: float | None = None,
    ) -> None:
        self.base, self.inputs, self.present, self.method = base, inputs, present, method
        self.baseline = baseline
        self._check()
        self.shapley = of_base(base, inputs, present) if method.name == "shapley" else None
        self.path = None
        if isinstance(base, Kernel) and self.shapley is None:
            self.path = Path(base, inputs, present, baseline, self._rule(base, point))
        self.change = self._change()

    def __call__(self, weights: Tensor, rows: Tensor) -> Attribution:
        """Return the shares (r, d) of each source for some lines; a missing source gets zero."""
        change = (self.change[rows] @ weights.to(self.change)).float()
        if self.shapley is not None:
            values = {s: (v[rows] @ weights.to(v))[:, None] for s, v in self.shapley.items()}
        elif self.path is not None:
            effect = {s: m.effect @ weights for s, m in self.path.base.by_marker.items()}
            dual = self.path.base.dual @ weights
            values = self.path.of(dual, effect, rows, multiply=self.method.name != "saliency")
        else:
            values = self._by_task(weights, rows)
        for source, value in values.items():
            here = self.present[source][rows]
            whole = value if bool(here.all()) else torch.where(here.unsqueeze(1), value, 0.0)
            values[source] = whole.float()
        return Attribution.summed(values, change)

    def _by_task(self, weights: Tensor, rows: Tensor) -> dict[str, Tensor]:
        inputs = {s: x[rows] for s, x in self.inputs.items()}
        here = {s: p[rows] for s, p in self.present.items()}
        total = {s: torch.zeros_like(x) for s, x in inputs.items()}
        for task in weights.nonzero().flatten().tolist():
            for s, share in self.base.attribute(inputs, here, self.baseline, task).items():
                total[s] += weights[task] * share
        return total

    def _rule(self, base: Kernel, point: float | None) -> Rule:
        if self.method.base == "path":
            return Rule.of(POINTS, base.dual)
        return Rule.at(1.0 if point is None else point, base.dual)

    def _check(self) -> None:
        if isinstance(self.base, Kernel):
            check_form(self.method)

    @torch.no_grad()
    def _change(self) -> Tensor:
        """Return the base's prediction minus that at its baseline, (n, t)."""
        end: Tensor = self.base(self.inputs, self.present)
        if self.shapley is not None:
            nobody = {s: torch.zeros_like(p) for s, p in self.present.items()}
            empty: Tensor = self.base(self.inputs, nobody)
            return end - empty
        start: Tensor = self.base(self._start(), self.present)
        return end - start

    def _start(self) -> dict[str, Tensor]:
        start = {}
        product = getattr(self.base, "product", None)
        for source, x in self.inputs.items():
            begin = self.baseline.get(source)
            if (
                begin is None
                and source == TISSUE
                and product is not None
                and product.X_fit_.numel()
            ):
                begin = product.share
            # An unmeasured value stands at its training mean, which is where the path begins.
            nothing = torch.full_like(x, torch.nan)
            start[source] = (
                nothing if begin is None else torch.where(torch.isfinite(x), begin.to(x), nothing)
            )
        return start


class BaseParts:
    """Several bases as one: that of the study, then those of further ones, with all their tasks."""

    def __init__(self, parts: Sequence[BasePart]) -> None:
        self.parts = parts

    def __call__(self, weights: Tensor, rows: Tensor) -> Attribution:
        """Return the shares of a weighted sum of all tasks, ``weights`` (t + m,)."""
        values: dict[str, Tensor] = {}
        change = torch.zeros(len(rows))
        sizes = [part.change.shape[1] for part in self.parts]
        for i, (part, own) in enumerate(zip(self.parts, torch.split(weights, sizes), strict=True)):
            if i and not own.any():  # a drug of training: other studies say nothing of it
                continue
            found = part(own, rows)
            change = change + found.change
            for source, value in found.values.items():
                values[source] = values[source] + value if source in values else value
        return Attribution.summed(values, change)


def check_form(method: Method) -> None:
    """Refuse a method that cannot be applied to a kernel base."""
    if method.base is None:
        raise MmdrpError(
            f"method={method.name} has no form for the kernel base; choose ig, input_x_gradient, "
            "saliency, gradient_shap or shapley, or explain the network's part alone with "
            "part=network"
        )
