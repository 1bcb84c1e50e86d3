"""Principal components in an encoder's place: linear, fitted once, never trained."""

import torch
from torch import Tensor, nn

from mmdrp.options import Units


class PCAEncoder(nn.Module):
    """The first ``output_dim`` components of the training rows, each scaled to unit variance.

    ``fit`` must be called before training. Components beyond what the rows span are 0.
    """

    def __init__(self, input_dim: int, output_dim: Units = 64) -> None:
        super().__init__()
        self.output_dim = output_dim
        self.project = nn.Linear(input_dim, output_dim).requires_grad_(False)

    @torch.no_grad()
    def fit(self, x: Tensor) -> "PCAEncoder":
        """Learn from standardised training rows (n, d), by eigenvectors of their Gram matrix."""
        x = x.double()
        mean = x.mean(0)
        rows = x - mean
        values, vectors = torch.linalg.eigh(rows @ rows.T)
        count = min(self.output_dim, int((values > values[-1] * 1e-10).sum()))
        top = torch.arange(len(values) - 1, len(values) - 1 - count, -1)
        # v = X'u / s is a direction in features; scores X v = u s have the variance s^2 / n.
        loadings = (rows.T @ vectors[:, top]) / values[top] * len(rows) ** 0.5
        self.project.weight.zero_()
        self.project.weight[:count] = loadings.T.float()
        self.project.bias.zero_()
        self.project.bias[:count] = -(mean @ loadings).float()
        return self

    def trunk(self, h: Tensor) -> Tensor:
        """Return ``h`` (u, output_dim)."""
        return h

    def forward(self, x: Tensor) -> Tensor:
        """Map the standardised input (u, d) to component scores (u, output_dim)."""
        out: Tensor = self.project(x)
        return out
