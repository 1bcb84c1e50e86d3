"""What every base shares: buffers whose shapes are learned, and the contract of a base."""

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from mmdrp.errors import MmdrpError

Marker = tuple[int, str, int, float, float]
"""task, source, feature, effect, t: one single feature that a task's prediction uses"""


class Fitted(nn.Module):
    """A module that learns in closed form: every learned value is a buffer, of any shape.

    ``load_state_dict`` allocates the buffers by the shapes that come, so a base is restored from
    its options alone.
    """

    def set_buffers(self, **values: Tensor) -> None:
        """Keep these as buffers, in place of those of the same name."""
        for name, value in values.items():
            self.register_buffer(name, value.detach().clone(memory_format=torch.contiguous_format))

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        for name, own in list(self._buffers.items()):
            coming = state_dict.get(prefix + name)
            if coming is not None and name not in self._non_persistent_buffers_set:
                device = None if own is None else own.device
                self.register_buffer(name, torch.empty_like(coming, device=device))
        super()._load_from_state_dict(dict(state_dict), prefix, *args, **kwargs)


class Base(Fitted):
    """A first guess of the response of ``t`` tasks from the omics of lines.

    ``inputs`` holds raw features (n, d) per source, NaN where a value is unmeasured; ``present``
    (n,) is False where a line lacks the source, and what stands in such a row is never read.
    """

    mean: Tensor
    """(t,): the training mean of each task, in the response's unit"""
    imputed_response: Tensor
    """(k, t): responses of the training lines, unmeasured ones filled with the best guess"""
    held_out: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(mean=torch.zeros(0), imputed_response=torch.zeros(0, 0))
        self.register_buffer("held_out", torch.zeros(0, 0), persistent=False)

    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        """Learn from training lines; ``y`` (n, t), NaN where unmeasured."""
        raise NotImplementedError

    def forward(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> Tensor:
        """Predict the response of lines never seen, (n, t)."""
        raise NotImplementedError

    @property
    def leave_one_out(self) -> Tensor:
        """Predictions (n, t) of the training lines, each as if that line had not been there.

        Only after ``fit``: a checkpoint does not carry them.
        """
        if not self.held_out.numel():
            raise RuntimeError("leave-one-out predictions exist after fit only; call fit first")
        return self.held_out

    def selected(self) -> list[Marker]:
        """Return the single features that predictions use, strongest t first within a task."""
        return []

    def attribute(
        self,
        inputs: Mapping[str, Tensor],
        present: Mapping[str, Tensor],
        baseline: Mapping[str, Tensor] | None,
        task: int,
    ) -> dict[str, Tensor]:
        """Return integrated gradients (n, d) per source, from ``baseline`` (d,) to the input.

        A source that ``baseline`` does not name starts at its training mean.
        """
        return {source: torch.zeros_like(x) for source, x in inputs.items()}


def centred(y: Tensor) -> tuple[Tensor, Tensor]:
    """Return the mean (t,) of each task and what it leaves (n, t), NaN where unmeasured.

    A task that no line measures has the mean of all.
    """
    if not bool(torch.isfinite(y).any()):
        raise MmdrpError("base: no training line has a measured response; check split and response")
    mean = y.nanmean(0)
    mean = torch.where(torch.isfinite(mean), mean, y.nanmean())
    return mean, torch.where(torch.isfinite(y), y - mean, torch.nan)


def rows(inputs: Mapping[str, Tensor], present: Mapping[str, Tensor]) -> int:
    """Return the number of lines."""
    for table in (*inputs.values(), *present.values()):
        return len(table)
    raise MmdrpError("base: no source among the inputs; choose at least one modality")


def children(state_dict: Mapping[str, Any], prefix: str) -> list[str]:
    """Return the names of the modules below a prefix, from the names of their weights."""
    keys = (key.removeprefix(prefix) for key in state_dict if key.startswith(prefix))
    return sorted({key.split(".")[0] for key in keys})
