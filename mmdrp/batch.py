"""All that travels to a network."""

from typing import Any, NamedTuple

from torch import Tensor

TISSUE, STRUCTURE, TARGETS, PATHWAYS = "tissue", "structure", "targets", "pathways"
BASE_ONLY = (TISSUE, STRUCTURE, TARGETS, PATHWAYS)
"""sources that only a base looks at: one-hot tissue of a line; of a drug, a description beside that
of the network, known targets, and pathways that these are in"""

CONTEXT, BATCH = "context:", "batch:"
"""what the names of sources begin with that say how a line was grown, or measured, one-hot"""


def is_context(name: str) -> bool:
    """Whether a source is a column of the cells table: how a line was grown, or when measured.

    >>> is_context("context:medium"), is_context("expression")
    (True, False)
    """
    return name.startswith((CONTEXT, BATCH))


def is_annotation(name: str) -> bool:
    """Whether a source of lines says what they are, not what was measured of them."""
    return name == TISSUE or is_context(name)


def is_base_only(name: str) -> bool:
    """Whether only a base looks at a source."""
    return name in BASE_ONLY or is_context(name)


def is_omics(name: str, axis: str) -> bool:
    """Whether a source is a modality of lines, of which a sample needs one to be predicted."""
    return axis == "cell" and not is_base_only(name)


class MolBatch(NamedTuple):
    """Molecules side by side as one graph of n atoms and e edges; an absent one has no atoms."""

    atoms: Tensor
    """(n, f): numbers of each atom"""
    bonds: Tensor
    """(e, k): numbers of each edge; a chemical bond is two edges, one each way"""
    edge: Tensor
    """(2, e) int64: the atom an edge comes from, and the atom it leads to"""
    molecule: Tensor
    """(n,) int64: the molecule of each atom"""
    size: int
    """u, the number of molecules"""

    def select(self, present: Tensor) -> "MolBatch":
        """Return the molecules where ``present`` (u,) is True, in their order."""
        kept = present[self.molecule]
        held = kept[self.edge[0]]
        atom = kept.cumsum(0) - 1
        molecule = (present.cumsum(0) - 1)[self.molecule[kept]]
        size = int(present.sum())
        return MolBatch(
            self.atoms[kept], self.bonds[held], atom[self.edge[:, held]], molecule, size
        )


class Batch(NamedTuple):
    """Each distinct cell line and each distinct drug once, and which of them an example joins.

    A ``NamedTuple``, not a dataclass: Lightning moves it to a device and workers pickle it intact.
    """

    inputs: dict[str, Any]  # Tensor or MolBatch: which one, the source's encoder knows
    """per source, (u, d): raw features of u distinct entities, NaN where a feature is unmeasured;
    of a source of molecules, u graphs"""
    present: dict[str, Tensor]
    """per source, (u,) bool: False where the entity lacks the source altogether"""
    index: dict[str, Tensor]  # type: ignore[assignment]  # hides tuple.index, unused here
    """per axis ("cell", "drug"), (b,) int64: the entity of each example"""
    train_index: dict[str, Tensor]
    """per axis, (u,) int64: place among the entities of training, -1 for one never seen"""
    y: Tensor
    """(b, t): response, NaN where unmeasured"""
    weight: Tensor
    """(b, t): weight of each label in the loss"""
    example: Tensor
    """(b,) int64: position among the examples, to find the ids again"""
