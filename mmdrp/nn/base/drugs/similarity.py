"""How alike drugs are: one kernel for each thing that is known of them."""

from typing import Annotated, Literal, Self, get_args

import torch
from torch import Tensor

from mmdrp.nn.base.fitted import Fitted
from mmdrp.options import Range

CELLS = 1 << 24  # entries of one block of minima: 64 MB in float32
MOST = 100  # counts up to which minima are products

Name = Literal["structure", "embedding", "linear", "targets", "pathways"]
NAMES: tuple[Name, ...] = get_args(Name)
READS = {"linear": "embedding"}
"""kernel -> what it reads of a drug, where that is called otherwise"""
Weight = Annotated[float, Range(least=0)]


def tanimoto(a: Tensor, b: Tensor) -> Tensor:
    """Return sum min / sum max of counts (m, bits) and (t, bits), (m, t): Ralaivola et al. 2005.

    Two rows without any count have nothing in common: 0.
    """
    least = _overlap(a, b)
    most = a.sum(1)[:, None] + b.sum(1) - least
    return least / most.clamp(min=1e-12)


def _overlap(a: Tensor, b: Tensor) -> Tensor:
    """Return sum min, (m, t)."""
    levels = int(min(a.max(), b.max())) if a.numel() and b.numel() else 0
    if levels <= MOST and not bool((a % 1).any() or (b % 1).any()):
        # The lesser of two counts is how many levels both reach: products of 0/1 tables.
        least = a.new_zeros(len(a), len(b))
        for level in range(1, levels + 1):
            one, two = a >= level, b >= level
            both = one.any(0) & two.any(0)
            least += one[:, both].to(a) @ two[:, both].to(a).T
        return least
    size = max(1, CELLS // max(1, b.numel()))
    return torch.cat([torch.minimum(rows[:, None], b).sum(2) for rows in torch.split(a, size)])


class Similarity(Fitted):
    """Kernel of any drugs with those of training, whose rows it keeps."""

    X_fit_: Tensor
    """(t, d): of the training drugs; NaN in the row of a drug of which it is not known"""

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(X_fit_=torch.zeros(0, 0))

    def fit(self, x: Tensor) -> Self:
        """Learn from the training drugs (t, d)."""
        self.set_buffers(X_fit_=x)
        return self

    def forward(self, x: Tensor) -> Tensor:
        """Return the kernel (m, t) of drugs (m, d); 0 for a drug of which nothing is known."""
        raise NotImplementedError

    def extend(self, x: Tensor) -> None:
        """Keep further drugs (m, d) as rows; nothing else is learned from them."""
        self.set_buffers(X_fit_=torch.cat([self.X_fit_, x.to(self.X_fit_)]))

    def own(self, x: Tensor) -> Tensor:
        """Return the kernel (m,) of each drug with itself."""
        raise NotImplementedError

    def mean(self) -> Tensor:
        """Return the mean row (d,) of the training drugs."""
        return self.X_fit_.mean(0)

    def slope(self, x: Tensor) -> Tensor:
        """Return the slope (t, d) of the kernel of one drug (d,) with each training drug."""
        raise NotImplementedError


class Sets(Similarity):
    """Tanimoto's kernel (min/max) on counts: fragments of a structure, targets, pathways."""

    def forward(self, x: Tensor) -> Tensor:
        """Return sum min / sum max, (m, t)."""
        return tanimoto(x.to(self.X_fit_), self.X_fit_)

    def own(self, x: Tensor) -> Tensor:
        """Return 1, or 0 for a drug without any count."""
        return (x.sum(1) > 0).to(self.X_fit_)

    def slope(self, x: Tensor) -> Tensor:
        """Return that of s = a / b, a = sum min and b = sum max.

        It is (I b - (1 - I) a) / b^2 by a count, I = 1 where it is the smaller one.
        """
        x = x.to(self.X_fit_)
        a = torch.minimum(x, self.X_fit_).sum(1, keepdim=True)
        b = (x.sum() + self.X_fit_.sum(1, keepdim=True) - a).clamp(min=1e-12)
        smaller = (x < self.X_fit_).to(x)
        return (smaller * b - (1 - smaller) * a) / b**2


class Dense(Similarity):
    """What the two kernels on an embedding share: it is centred on the training drugs."""

    centre: Tensor
    """(d,)"""
    here: Tensor
    """(t,): 1 where the embedding is known"""
    scale: Tensor
    """(): by which squares are divided"""

    def __init__(self) -> None:
        super().__init__()
        self.set_buffers(centre=torch.zeros(0), here=torch.zeros(0), scale=torch.ones(()))

    def fit(self, x: Tensor) -> Self:
        """Learn centre and scale from the training drugs of which the embedding is known."""
        known = x[torch.isfinite(x).all(1)]
        centre = known.mean(0) if len(known) else x.new_zeros(x.shape[1])
        rows = torch.where(torch.isfinite(x).all(1)[:, None], x - centre, torch.nan)
        self.set_buffers(centre=centre, X_fit_=torch.nan_to_num(rows), here=_known(x))
        self.set_buffers(scale=self._spread(known - centre).clamp(min=1e-12))
        return self

    def mean(self) -> Tensor:
        """Return the mean row (d,) of the training drugs."""
        return self.centre

    def extend(self, x: Tensor) -> None:
        """Keep further drugs (m, d) as rows, centred as those of training."""
        given, known = self._given(x)
        self.set_buffers(here=torch.cat([self.here, known[:, 0]]))
        self.set_buffers(X_fit_=torch.cat([self.X_fit_, given]))

    def _spread(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def _given(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return drugs centred, 0 where not known, and where they are, (m, 1)."""
        x = x.to(self.X_fit_)
        return torch.nan_to_num(x - self.centre), _known(x)[:, None]


class Rbf(Dense):
    """exp(-|x - x'|^2 / m), m the median squared distance of two training drugs."""

    def _spread(self, x: Tensor) -> Tensor:
        square = _distance(x, x)
        apart = square[torch.triu(torch.ones_like(square), 1) > 0]
        apart = apart[apart > 1e-9 * (1 + apart.max())] if len(apart) else apart
        return apart.median() if len(apart) else x.new_ones(())

    def forward(self, x: Tensor) -> Tensor:
        """Return the kernel (m, t)."""
        given, known = self._given(x)
        return torch.exp(-_distance(given, self.X_fit_) / self.scale) * known * self.here

    def own(self, x: Tensor) -> Tensor:
        """Return 1, or 0 where the embedding is not known."""
        return self._given(x)[1][:, 0]

    def slope(self, x: Tensor) -> Tensor:
        """Return -2 (x - x') / m times the kernel."""
        given, _ = self._given(x[None])
        away = given - self.X_fit_
        slope: Tensor = -2 / self.scale * away * self(x[None]).T
        return slope


class Linear(Dense):
    """x x' over its mean diagonal on training drugs."""

    def _spread(self, x: Tensor) -> Tensor:
        return (x**2).sum(1).mean() if len(x) else x.new_ones(())

    def forward(self, x: Tensor) -> Tensor:
        """Return the kernel (m, t)."""
        given, known = self._given(x)
        kernel: Tensor = given @ self.X_fit_.T / self.scale * known
        return kernel

    def own(self, x: Tensor) -> Tensor:
        """Return |x|^2 over the mean diagonal."""
        given, known = self._given(x)
        return (given**2).sum(1) / self.scale * known[:, 0]

    def slope(self, x: Tensor) -> Tensor:
        """Return the training drugs themselves, scaled."""
        return self.X_fit_ / self.scale


def made(name: str) -> Similarity:
    """Return an unfitted kernel of this name."""
    return {"embedding": Rbf, "linear": Linear}.get(name, Sets)()


def _known(x: Tensor) -> Tensor:
    return torch.isfinite(x).all(1).to(x.dtype)


def _distance(a: Tensor, b: Tensor) -> Tensor:
    square = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return square.clamp(min=0)
