"""One source of lines: its features standardised, and its kernel with the training lines."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor, nn

from mmdrp.batch import TISSUE
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.fitted import Fitted

MIN_WEIGHT = 0.005  # a kernel of less weight changes nothing that can be measured


Kept = dict[tuple[int, int, int], tuple[Tensor, Tensor, Tensor]]
_KEPT: ContextVar[Kept | None] = ContextVar("plain kernels", default=None)


@contextmanager
def computed_once() -> Iterator[None]:
    """Within, a source's plain kernel of the same tensors is computed once; they must not change.

    A prediction, its interval and the distance to training all need it.
    """
    token = _KEPT.set({})
    try:
        yield
    finally:
        _KEPT.reset(token)


class Features(Fitted):
    """Affine features of one source, 0 where a value or the whole source is unmeasured.

    ``mean`` (p,), ``scale`` (p,) and ``keep`` (p,), the columns of the d raw ones that vary.
    """

    keep: Tensor
    mean: Tensor
    scale: Tensor
    width: Tensor

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source
        self.set_buffers(
            keep=torch.zeros(0, dtype=torch.int64), width=torch.zeros((), dtype=torch.int64)
        )
        self.set_buffers(mean=torch.zeros(0), scale=torch.zeros(0))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Map raw features (n, d) to (n, p)."""
        if x.shape[1] != int(self.width):
            raise MmdrpError(
                f"source {self.source!r}: {x.shape[1]} features, but the base was fitted on "
                f"{int(self.width)}; align the table with those of the checkpoint"
            )
        if len(self.keep) < x.shape[1]:
            x = x.index_select(1, self.keep)
        if not x.requires_grad and whole(x, present):
            return (x.to(self.mean.dtype) - self.mean) / self.scale
        # Replaced before any arithmetic: what stands in an absent row touches neither the
        # value nor the gradient.
        read = present[:, None] & torch.isfinite(x)
        return (torch.where(read, x, self.mean).to(self.mean.dtype) - self.mean) / self.scale

    def standardise(self, x: Tensor, present: Tensor, power: float) -> "Features":
        """Learn (x - mean) / sd ** power from training rows; a constant feature is dropped."""
        mean, sd, share = moments(x, present)
        keep = ((sd > 1e-6) & (share >= 0.5)).nonzero().squeeze(1)
        return self.of(x.shape[1], keep, mean[keep], sd[keep] ** power)

    def of(self, width: int, keep: Tensor, mean: Tensor, scale: Tensor) -> "Features":
        """Keep these columns, centred and scaled so."""
        self.set_buffers(
            keep=keep, width=torch.tensor(width, device=keep.device), mean=mean, scale=scale
        )
        return self


def whole(x: Tensor, present: Tensor) -> bool:
    """Return whether every row is present and every value finite.

    One sum says so at a tenth of the cost of a mask; where it overflows, the answer is no.
    """
    return bool(present.all()) and bool(torch.isfinite(x.sum()))


def moments(x: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return mean, standard deviation and share measured of each feature, (d,), of present rows."""
    if whole(x, present):
        mean = x.mean(0)
        return mean, (x - mean).square_().mean(0).sqrt(), torch.ones_like(mean)
    read = present[:, None] & torch.isfinite(x)
    count = read.sum(0).clamp(min=1)
    mean = torch.where(read, x, 0.0).sum(0) / count
    sd = (torch.where(read, x - mean, 0.0) ** 2).sum(0).div(count).sqrt()
    return mean, sd, read.sum(0) / present.sum().clamp(min=1)


class Centring(Fitted):
    """``nrm``: centre a kernel on the training lines and divide by its mean training diagonal."""

    column: Tensor
    grand: Tensor
    diagonal: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(column=torch.zeros(0), grand=torch.zeros(()), diagonal=torch.ones(()))

    def fit(self, kernel: Tensor) -> Tensor:
        """Learn from the kernel (k, k) among training lines; return it normalised."""
        self.set_buffers(column=kernel.mean(0), grand=kernel.mean(), diagonal=kernel.new_ones(()))
        spread = self(kernel).diagonal().mean()
        # A kernel that tells no two lines apart (a source that nobody has) stays at zero.
        self.set_buffers(diagonal=torch.where(spread > 1e-9, spread, torch.ones_like(spread)))
        out: Tensor = self(kernel)
        return out

    def forward(self, kernel: Tensor) -> Tensor:
        """Normalise a kernel (n, k) of any lines with the training lines."""
        return (kernel - kernel.mean(-1, keepdim=True) - self.column + self.grand) / self.diagonal


class SourceKernel(Fitted):
    """RBF exp(-gamma |q - q'|^2 / p), or q.q'/p, on one source scaled to training RMS 1."""

    X_fit_: Tensor
    """(k, p): q of the training lines"""
    weight: Tensor
    """(): its share in the sum of kernels"""

    def __init__(self, source: str, rbf: bool, gamma: float, power: float) -> None:
        super().__init__()
        self.rbf, self.gamma, self.power = rbf, gamma, power
        self.features = Features(source)
        self.centring = Centring()
        self.set_buffers(X_fit_=torch.zeros(0, 0), weight=torch.ones(()))

    def fit(self, x: Tensor, present: Tensor) -> Tensor:
        """Learn from training lines; return their normalised kernel (k, k)."""
        self.features.standardise(x, present, self.power)
        q = self.features(x, present)
        rms = (q[present] ** 2).mean().sqrt() if q[present].numel() else q.new_ones(())
        self.features.set_buffers(scale=self.features.scale * rms)
        self.set_buffers(X_fit_=q / rms)
        return self.centring.fit(self.of(self.X_fit_))

    def forward(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the normalised kernel (n, k) of lines with the training lines."""
        out: Tensor = self.centring(self.plain(x, present))
        return out

    def plain(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the plain kernel (n, k) of lines with the training lines."""
        kept = _KEPT.get()
        if kept is None:
            return self.of(self.features(x, present))
        key = id(self), id(x), id(present)
        if key not in kept:  # the tensors are kept, too, so that no other gets their id
            kept[key] = x, present, self.of(self.features(x, present))
        return kept[key][2]

    def distance(self, x: Tensor, present: Tensor) -> Tensor:
        """Return the squared distance (n, k) of lines to the training lines in the plain kernel."""
        if self.rbf:
            return 2 - 2 * self.plain(x, present)
        q = self.features(x, present)
        own, theirs = (q**2).sum(1)[:, None], (self.X_fit_**2).sum(1)
        out: Tensor = (own + theirs) / max(1, q.shape[1]) - 2 * self.plain(x, present)
        return out

    def of(self, q: Tensor) -> Tensor:
        """Return the plain kernel (n, k) of standardised lines (n, p)."""
        p = max(1, q.shape[1])
        inner = q @ self.X_fit_.T
        if not self.rbf:
            return inner / p
        square = (q**2).sum(1)[:, None] + (self.X_fit_**2).sum(1) - 2 * inner
        return torch.exp(-self.gamma / p * square.clamp(min=0))


class TissueKernel(Fitted):
    """Another source's kernel, kept between lines of one tissue only: k * (T T')."""

    X_fit_: Tensor
    """(k, tissues): one row per training line, zero where the tissue is unknown"""
    share: Tensor
    weight: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.centring = Centring()
        self.set_buffers(X_fit_=torch.zeros(0, 0), share=torch.zeros(0), weight=torch.zeros(()))

    def fit(self, kernel: Tensor, x: Tensor, present: Tensor) -> Tensor:
        """Learn from the other kernel (k, k) and the tissues (k, tissues), one-hot."""
        self.set_buffers(X_fit_=one_hot(x, present, kernel))
        self.set_buffers(share=self.X_fit_.mean(0))
        return self.centring.fit(kernel * self.same(self.X_fit_))

    def forward(self, kernel: Tensor, x: Tensor, present: Tensor) -> Tensor:
        """Return the normalised product (n, k)."""
        out: Tensor = self.centring(kernel * self.same(one_hot(x, present, kernel)))
        return out

    def same(self, tissue: Tensor) -> Tensor:
        """Return 1 where a line shares the tissue of a training line, else 0, (n, k)."""
        return tissue @ self.X_fit_.T


def one_hot(x: Tensor, present: Tensor, like: Tensor) -> Tensor:
    """Return the table in the dtype of ``like``, 0 where unmeasured."""
    read = present[:, None] & torch.isfinite(x)
    return torch.where(read, x, torch.zeros_like(x)).to(like.dtype)


def added_up(
    parts: Mapping[str, Tensor], weights: Mapping[str, float], kernels: nn.ModuleDict,
    product: TissueKernel, needed: str,
) -> Tensor:  # fmt: skip
    """Keep the weights, drop kernels of next to none but the one ``needed``.

    Return the weighted sum (k, k) of ``parts``, the kernels among training lines.
    """
    total = torch.zeros_like(next(iter(parts.values())))
    for source, k in parts.items():
        if weights[source] < MIN_WEIGHT and source not in (needed, TISSUE):
            del kernels[source]
            continue
        part = product if source == TISSUE else kernels[source]
        assert isinstance(part, SourceKernel | TissueKernel)
        part.set_buffers(weight=k.new_tensor(weights[source]))
        total += weights[source] * k
    return total
