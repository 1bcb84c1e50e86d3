"""Gradients clipped under every precision, the fused optimizers' included."""

from typing import Any

from pytorch_lightning import LightningModule
from torch import nn
from torch.optim import Optimizer

from mmdrp.errors import OptionError


class ClippingModule(LightningModule):
    """Clips by norm itself where Lightning would refuse a fused optimizer without need."""

    def configure_gradient_clipping(
        self,
        optimizer: Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the norm of all gradients; bfloat16 scales none, so a fused step needs no care.

        Raises OptionError where gradients are scaled and the step itself takes the scale off.
        """
        plugin: Any = self.trainer.precision_plugin
        if not gradient_clip_val or not getattr(optimizer, "_step_supports_amp_scaling", False):
            super().configure_gradient_clipping(
                optimizer, gradient_clip_val, gradient_clip_algorithm
            )
        elif getattr(plugin, "scaler", None) is None:
            nn.utils.clip_grad_norm_(self.parameters(), float(gradient_clip_val))
        else:
            raise OptionError(
                f"trainer.precision={plugin.precision}: cannot clip gradients of a fused "
                "optimizer; choose bf16-mixed, optimizer.fused=false or gradient_clip_val=null"
            )
