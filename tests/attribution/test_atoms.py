"""Bits traced to atoms: every set bit and no other, and nothing lost on the way."""

from typing import Any

import numpy as np
import pytest
from rdkit import Chem

from mmdrp.attribution.drug_structure.atoms import atom_scores, described, fragments
from mmdrp.attribution.plots.molecule import molecule
from mmdrp.data.chem.fingerprint import FCFP, MACCS, AtomPair, Morgan, Torsion
from mmdrp.errors import MmdrpError

SMILES = {"benzene": "c1ccccc1", "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"}
KINDS = [Morgan(), Morgan(3, 64), FCFP(), AtomPair(), Torsion()]


@pytest.mark.parametrize("kind", KINDS, ids=lambda k: f"{type(k).__name__}{k.size}")
@pytest.mark.parametrize("name", SMILES)
def test_every_set_bit_has_its_atoms_and_their_scores_add_up(kind: Any, name: str) -> None:
    row = kind({name: SMILES[name]})[0]
    found = fragments(kind, SMILES[name])
    assert set(found) == set(np.flatnonzero(row))
    atoms = Chem.MolFromSmiles(SMILES[name]).GetNumAtoms()
    values = np.random.default_rng(0).normal(size=len(row))
    scores = atom_scores(found, values, atoms)
    assert scores.shape == (atoms,)
    assert scores.sum() == pytest.approx(values[row > 0].sum())


def test_like_atoms_get_the_same_and_a_bit_lies_where_its_fragment_is() -> None:
    kind = Morgan()
    scores = atom_scores(fragments(kind, "c1ccccc1"), np.ones(2048), 6)
    np.testing.assert_allclose(scores, scores[0])
    found = fragments(kind, "CCO")
    lone = next(bit for bit, places in found.items() if places == [[2]])
    values = np.zeros(2048)
    values[lone] = 1.5
    np.testing.assert_allclose(atom_scores(found, values, 3), [0, 0, 1.5])
    assert described(found, "CCO", {lone: 0.0, 2047: 0.0}) == ["O", ""]


def test_keys_without_a_record_say_what_to_do() -> None:
    with pytest.raises(MmdrpError, match="bits of MACCS are not traced to atoms; train with"):
        fragments(MACCS(), "CCO")


def test_a_molecule_is_drawn_with_red_and_blue_atoms() -> None:
    scores = np.array([1.0, 0.0, -1.0])
    svg = molecule("CCO", scores, "ethanol").decode()
    assert "#C44F3D" in svg
    assert "#3F63A3" in svg
    assert molecule("CCO", scores, "ethanol") == svg.encode()
    assert "#C44F3D" not in molecule("CCO", np.zeros(3)).decode()
    assert molecule("CCO", scores, kind="png")[:4] == b"\x89PNG"
