"""How weights start, where PyTorch's default is not wanted."""

from collections.abc import Callable, Mapping

from torch import nn

from mmdrp.errors import MmdrpError


def he_uniform(module: nn.Module) -> None:
    """Draw every trainable linear layer from He's uniform distribution, biases 0.

    He et al. 2015, as DeepDR starts its autoencoders and its predictor.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Linear) and layer.weight.requires_grad:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def _leave(module: nn.Module) -> None:
    del module


INITIAL: Mapping[str, Callable[[nn.Module], None]] = {"default": _leave, "he": he_uniform}


def start(name: str, module: nn.Module) -> None:
    """Initialise a module as ``name`` says."""
    if name not in INITIAL:
        raise MmdrpError(f"init={name}: choose among: {', '.join(INITIAL)}")
    INITIAL[name](module)
