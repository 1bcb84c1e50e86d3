"""A molecule's graph says what RDKit says of its atoms and bonds, in any order of atoms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem

from mmdrp.data.chem.graph import Graphs, Molecule
from tests.data.chem.test_fingerprint import DRUGS


def one(smiles: str, stereo: bool = True) -> Molecule:
    return Graphs(stereo)({"it": smiles})[0]


def value(molecule: Molecule, names: list[str], name: str) -> list[float]:
    table = molecule.atoms if name in Graphs().atom_features else molecule.bonds
    column: list[float] = table[:, names.index(name)].tolist()
    return column


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("stereo", [False, True])
def test_shapes_and_columns(drug: str, stereo: bool) -> None:
    graphs = Graphs(stereo)
    found, mol = one(DRUGS[drug], stereo), Chem.MolFromSmiles(DRUGS[drug])
    assert len(graphs.atom_features) == (39 if stereo else 36)
    assert found.atoms.shape == (mol.GetNumAtoms(), len(graphs.atom_features))
    assert found.bonds.shape == (2 * mol.GetNumBonds(), len(graphs.bond_features))
    assert found.edge.shape == (2, 2 * mol.GetNumBonds())
    assert len({*graphs.atom_features, *graphs.bond_features}) == sum(
        map(len, (graphs.atom_features, graphs.bond_features))
    )


@pytest.mark.parametrize("drug", DRUGS)
def test_columns_agree_with_rdkit(drug: str) -> None:
    names = Graphs().atom_features
    found, mol = one(DRUGS[drug]), Chem.MolFromSmiles(DRUGS[drug])
    block = {prefix: [i for i, n in enumerate(names) if n.startswith(prefix)]
             for prefix in ("atom_", "degree_", "hybrid_", "hydrogens_")}  # fmt: skip
    for columns in block.values():
        assert (found.atoms[:, columns].sum(1) == 1).all()  # exactly one of each kind
    assert value(found, names, "aromatic") == [float(a.GetIsAromatic()) for a in mol.GetAtoms()]
    degree = found.atoms[:, block["degree_"]].argmax(1).tolist()
    assert degree == [a.GetDegree() for a in mol.GetAtoms()]
    ring = found.bonds[:, Graphs().bond_features.index("ring")]
    assert ring.tolist() == 2 * [float(b.IsInRing()) for b in mol.GetBonds()]


def test_edges_go_both_ways_with_the_same_numbers() -> None:
    found = one(DRUGS["gefitinib"])
    there = {tuple(map(int, e)): tuple(b) for e, b in zip(found.edge.T, found.bonds, strict=True)}
    assert len(there) == len(found.bonds)
    assert all(there[(b, a)] == numbers for (a, b), numbers in there.items())


def test_charges_and_metals() -> None:
    names = Graphs().atom_features
    assert value(one("C[N+](C)(C)C"), names, "charge") == [0, 1, 0, 0, 0]
    assert value(one("Cl[Pt]Cl"), names, "atom_other") == [0, 1, 0]


@pytest.mark.parametrize(
    ("pair", "column"),
    [(("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"), "stereo_S"), (("F/C=C/F", "F/C=C\\F"), "stereo_e")],
)
def test_stereo_is_an_option(pair: tuple[str, str], column: str) -> None:
    names = Graphs().atom_features if column == "stereo_S" else Graphs().bond_features
    sums = sorted(sum(value(one(s), names, column)) for s in pair)
    assert sums[0] == 0 < sums[1]
    flat = [one(s, stereo=False) for s in pair]
    np.testing.assert_array_equal(flat[0].atoms, flat[1].atoms)
    np.testing.assert_array_equal(flat[0].bonds, flat[1].bonds)


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(DRUGS)), st.randoms(use_true_random=False))
def test_renumbered_atoms_are_the_same_graph(drug: str, random: object) -> None:
    mol = Chem.MolFromSmiles(DRUGS[drug])
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)  # type: ignore[attr-defined]
    graphs = Graphs()
    before, after = graphs.molecule(mol), graphs.molecule(Chem.RenumberAtoms(mol, order))
    np.testing.assert_array_equal(after.atoms, before.atoms[order])
    place = {atom: k for k, atom in enumerate(order)}

    def edges(m: Molecule, move: dict[int, int]) -> set[tuple[int, ...]]:
        ends = [(move[int(a)], move[int(b)]) for a, b in m.edge.T]
        return {(*e, *map(int, b)) for e, b in zip(ends, m.bonds, strict=True)}

    assert edges(after, {k: k for k in place.values()}) == edges(before, place)
