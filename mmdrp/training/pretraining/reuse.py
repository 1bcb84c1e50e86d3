"""Pre-trained encoders as the start of a network: shape, weights, and who may have been seen."""

import logging
from collections.abc import Mapping, Sequence

from torch import nn

from mmdrp.errors import MmdrpError
from mmdrp.nn.scale import Standardize
from mmdrp.registry import Part
from mmdrp.training.pretraining.pretrained import Pretrained

log = logging.getLogger(__name__)

SHAPE = ("hidden", "output_dim", "activation")
"""what of an encoder's options its weights depend on"""


def adopt(own: Part, pretrained: Part) -> Part:
    """Return the pre-trained encoder with those options of our own that do not shape it.

    Dropout is a matter of training, not of shape.

    >>> own = Part("mlp", {"hidden": [8], "dropout": 0.1})
    >>> adopt(own, Part("mlp", {"hidden": [4], "dropout": 0.0})).plain()
    {'name': 'mlp', 'hidden': [4], 'dropout': 0.1}
    """
    loose = {k: v for k, v in own.options.items() if k in pretrained.options and k not in SHAPE}
    return Part(pretrained.name, {**pretrained.options, **loose})


def refuse_held_out(given: Mapping[str, Pretrained], held_out: frozenset[str]) -> None:
    """Refuse encoders that saw lines of validation or test, unless they were allowed to."""
    for modality, encoder in given.items():
        leaked = sorted(encoder.ids & held_out)
        if not leaked:
            continue
        what = (
            f"{encoder.name} has seen {len(leaked)} lines of validation and test ({leaked[0]}, ...)"
        )
        if not encoder.held_out_allowed:
            raise MmdrpError(
                f"pretrained: {what}; pre-train with fold_file= of this fold, or with "
                "held_out=true if that is meant"
            )
        log.warning("%s: %s, as held_out=true allowed: scores are too good", modality, what)


def warm_start(
    encoder: nn.Module,
    scale: Standardize,
    features: Sequence[str],
    pretrained: Pretrained,
    absent: str,
) -> int:
    """Copy an encoder's weights, first-layer columns by feature name; return how many matched.

    Features that it does not know get columns of zeros (``absent=zero``: the encoder computes what
    it did) or stay as initialised (``keep``).
    """
    kept = [features[int(j)] for j in scale.keep]
    column = {name: j for j, name in enumerate(pretrained.features)}
    here = [j for j, name in enumerate(kept) if name in column]
    if not here:
        raise MmdrpError(
            f"pretrained: {pretrained.name} shares no feature with {pretrained.modality} of the "
            f"study (it has {pretrained.features[0]}, ...; the study {kept[0]}, ...)"
        )
    there = [column[kept[j]] for j in here]
    state = dict(encoder.state_dict())
    own = state["project.weight"].clone()
    if absent == "zero":
        own.zero_()
    own[:, here] = pretrained.weights["project.weight"][:, there]
    encoder.load_state_dict({**state, **pretrained.weights, "project.weight": own})
    log.info(
        "%s: encoder of %s (%d samples); %d of %d features of the lines are among its %d",
        pretrained.modality, pretrained.name, len(pretrained.ids), len(here), len(kept),
        len(pretrained.features),
    )  # fmt: skip
    return len(here)
