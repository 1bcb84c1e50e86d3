"""Molecules cut out of the whole are the molecules that went in."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.batch import MolBatch
from mmdrp.data.chem.graph import Graphs
from mmdrp.data.molecules import Molecules
from tests.data.chem.test_fingerprint import DRUGS

GRAPHS = Graphs()
SINGLE = GRAPHS(DRUGS)


def molecules() -> Molecules:
    return Molecules("drug", list(DRUGS), SINGLE, GRAPHS.atom_features, GRAPHS.bond_features)


def check(batch: MolBatch, rows: list[int]) -> None:
    """The batch is these molecules one after the other."""
    assert batch.size == len(rows)
    start = 0
    for place, row in enumerate(rows):
        mine = batch.molecule == place
        atoms = SINGLE[row].atoms if row >= 0 else np.zeros((0, 39), np.float32)
        np.testing.assert_array_equal(batch.atoms[mine].numpy(), atoms)
        held = mine[batch.edge[0]]
        assert torch.equal(held, mine[batch.edge[1]])  # no edge leaves its molecule
        if row >= 0:
            np.testing.assert_array_equal(batch.edge[:, held].numpy() - start, SINGLE[row].edge)
            np.testing.assert_array_equal(batch.bonds[held].numpy(), SINGLE[row].bonds)
        start += len(atoms)
    assert len(batch.atoms) == start


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(-1, len(DRUGS) - 1), max_size=9))
def test_take_returns_the_rows_asked_for(rows: list[int]) -> None:
    check(molecules().take(np.array(rows, dtype=np.int64)), rows)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(DRUGS) - 1), st.booleans()), max_size=9))
def test_select_keeps_the_present(given_: list[tuple[int, bool]]) -> None:
    batch = molecules().take(np.array([row for row, _ in given_], dtype=np.int64))
    kept = batch.select(torch.tensor([here for _, here in given_], dtype=torch.bool))
    check(kept, [row for row, here in given_ if here])


def test_ids_are_located_and_columns_named() -> None:
    found = molecules()
    assert found.locate(["methane", "nobody", "aspirin"]).tolist() == [5, -1, 0]
    assert found.features == [*GRAPHS.atom_features, *GRAPHS.bond_features]
    assert found.dim == 49


def test_an_empty_source_gives_empty_molecules() -> None:
    none = Molecules("drug", [], [], GRAPHS.atom_features, GRAPHS.bond_features)
    batch = none.take(none.locate(["a", "b"]))
    assert (batch.size, len(batch.atoms), len(batch.bonds)) == (2, 0, 0)


def test_placed_on_a_device_it_gives_the_same() -> None:
    check(molecules().place(torch.device("cpu")).take(np.array([2, 0])), [2, 0])


def test_ids_and_molecules_are_as_many() -> None:
    with pytest.raises(ValueError, match="1 ids for 7 molecules"):
        Molecules("drug", ["a"], SINGLE, GRAPHS.atom_features, GRAPHS.bond_features)
