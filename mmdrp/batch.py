"""All that travels to a network."""

from typing import NamedTuple

from torch import Tensor


class Batch(NamedTuple):
    """Each distinct cell line and each distinct drug once, and which of them an example joins.

    A ``NamedTuple``, not a dataclass: Lightning moves it to a device and workers pickle it intact.
    """

    inputs: dict[str, Tensor]
    """per source, (u, d): raw features of u distinct entities; NaN where a feature is unmeasured"""
    present: dict[str, Tensor]
    """per source, (u,) bool: False where the entity lacks the source altogether"""
    index: dict[str, Tensor]  # type: ignore[assignment]  # hides tuple.index, unused here
    """per axis ("cell", "drug"), (b,) int64: the entity of each example"""
    known: dict[str, Tensor]
    """per axis, (u,) int64: place among the entities of training, -1 for one never seen"""
    y: Tensor
    """(b, t): response, NaN where unmeasured"""
    weight: Tensor
    """(b, t): weight of each label in the loss"""
    example: Tensor
    """(b,) int64: position among the examples, to find the ids again"""
