"""A symmetric autoencoder around any encoder, so that what it learns can start a network."""

from typing import Literal, cast

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor, nn

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.nn.encoder import Activation, Chance, Encoder, activation_of, mlp
from mmdrp.nn.scale import Standardize
from mmdrp.options import checked

Output = Literal["linear", "relu"]
Objective = Literal["mse", "bce"]


class Autoencoder(nn.Module):
    """Scale, encode, decode (Chiu et al. 2019): the decoder has the encoder's widths, reversed.

    ``output=relu`` is the paper's, fit for data that are nowhere negative; z-scores need
    ``linear``. With ``objective=bce`` the output is a logit and the data must be 0/1, unscaled.

    >>> from mmdrp.nn.encoder import MLPEncoder
    >>> net = Autoencoder(Standardize(20), MLPEncoder(20, hidden=[8], output_dim=2))
    >>> net(torch.zeros(5, 20)).shape, net.encode(torch.zeros(5, 20)).shape
    (torch.Size([5, 20]), torch.Size([5, 2]))
    """

    @checked
    def __init__(
        self,
        scale: Standardize,
        encoder: nn.Module,
        activation: Activation = "relu",
        dropout: Chance = 0.0,
        output: Output = "linear",
        objective: Objective = "mse",
    ) -> None:
        super().__init__()
        if objective == "bce" and output == "relu":
            raise OptionError("output=relu: a logit may be negative; objective=bce needs linear")
        self.scale, self.encoder, self.objective = scale, encoder, objective
        widths = [m.out_features for m in encoder.modules() if isinstance(m, nn.Linear)]
        layers = [mlp([*reversed(widths), scale.output_dim], dropout, activation)]
        self.decoder = nn.Sequential(*layers, *([activation_of("relu")()] * (output == "relu")))

    def encode(self, x: Tensor) -> Tensor:
        """Map raw features (n, d) to the bottleneck (n, latent)."""
        return cast(Encoder, self.encoder).forward(self.scale(x))

    def forward(self, x: Tensor) -> Tensor:
        """Map raw features (n, d) to the reconstruction of the scaled ones (n, kept)."""
        out: Tensor = self.decoder(self.encode(x))
        return out

    def loss(self, x: Tensor) -> Tensor:
        """Return the mean reconstruction error over measured values of raw features (n, d)."""
        return self._mean(x, self(x))

    @torch.no_grad()
    def mean_loss(self, train: Tensor, held: Tensor) -> float:
        """Return the loss on ``held`` of predicting each feature's mean in ``train``."""
        mean = self.scale(train).mean(0, keepdim=True)
        if self.objective == "bce":
            mean = torch.logit(mean.clamp(1e-6, 1 - 1e-6))
        return float(self._mean(held, mean.expand(len(held), -1)))

    def _mean(self, x: Tensor, out: Tensor) -> Tensor:
        target = self.scale(x)
        if self.objective == "bce":
            each = F.binary_cross_entropy_with_logits(out, target, reduction="none")
        else:
            each = (out - target) ** 2
        measured = torch.isfinite(x.index_select(1, self.scale.keep))
        return torch.where(measured, each, 0.0).sum() / measured.sum().clamp(min=1)

    def check(self, x: Tensor) -> None:
        """Refuse data that the objective cannot take."""
        if self.objective == "bce":
            seen = self.scale(x)
            if bool(((seen != 0) & (seen != 1)).any()):
                raise MmdrpError(
                    "objective=bce: the data are not 0/1; use it for modality=[mutation_raw]"
                )
