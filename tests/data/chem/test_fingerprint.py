"""Fingerprints are RDKit's, bit for bit, and depend on the compound alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rdkit import Chem
from rdkit.Chem import MACCSkeys, rdFingerprintGenerator

from mmdrp.data.chem.fingerprint import FCFP, MACCS, AtomPair, Hashed, Morgan, Torsion, parse
from mmdrp.data.chem.identity import Identity
from mmdrp.data.chem.standardise import standardise
from mmdrp.errors import MmdrpError

DRUGS = {
    "aspirin": "CC(=O)Oc1ccccc1C(=O)O",
    "caffeine": "Cn1c(=O)c2c(ncn2C)n(C)c1=O",
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
    "vorinostat": "O=C(CCCCCCC(=O)Nc1ccccc1)NO",
    "cisplatin": "N.N.Cl[Pt]Cl",
    "methane": "C",
    "alanine": "C[C@H](N)C(=O)O",
}
KINDS: list[Callable[..., Hashed]] = [Morgan, FCFP, AtomPair, Torsion]


def oracle(kind: Callable[..., Hashed], chirality: bool) -> Any:
    """RDKit's own generator, for 1024 columns and the kind's usual reach."""
    make = rdFingerprintGenerator
    if kind is AtomPair:
        return make.GetAtomPairGenerator(fpSize=1024, includeChirality=chirality)
    if kind is Torsion:
        return make.GetTopologicalTorsionGenerator(fpSize=1024, includeChirality=chirality)
    atoms = make.GetMorganFeatureAtomInvGen() if kind is FCFP else None
    return make.GetMorganGenerator(
        radius=2, fpSize=1024, includeChirality=chirality, atomInvariantsGenerator=atoms
    )


@pytest.mark.parametrize("chirality", [False, True])
@pytest.mark.parametrize("counts", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_rdkits(kind: Callable[..., Hashed], counts: bool, chirality: bool) -> None:
    found = kind(size=1024, counts=counts, chirality=chirality)(DRUGS)
    generator = oracle(kind, chirality)
    for row, smiles in zip(found, DRUGS.values(), strict=True):
        molecule = Chem.MolFromSmiles(smiles)
        if counts:
            expected = generator.GetCountFingerprint(molecule).GetNonzeroElements()
        else:
            expected = dict.fromkeys(generator.GetFingerprint(molecule).GetOnBits(), 1)
        assert {int(i): int(row[i]) for i in np.flatnonzero(row)} == expected


def test_maccs_keys_are_rdkits() -> None:
    found = MACCS()(DRUGS)
    assert found.shape == (len(DRUGS), 166) == (len(DRUGS), len(MACCS().features))
    keys: Any = MACCSkeys
    for row, smiles in zip(found, DRUGS.values(), strict=True):
        on = keys.GenMACCSKeys(Chem.MolFromSmiles(smiles)).GetOnBits()
        assert [f"maccs_{bit}" for bit in on] == [
            name for name, value in zip(MACCS().features, row, strict=True) if value
        ]


# Atom pairs are left out: RDKit's folding drops the part of the code that holds R and S.
@pytest.mark.parametrize("kind", [Morgan, FCFP, Torsion])
def test_chirality_tells_mirror_images_apart(kind: Callable[..., Hashed]) -> None:
    pair = {"S": "C[C@H](N)C(=O)O", "R": "C[C@@H](N)C(=O)O"}
    for chirality in (False, True):
        one, other = kind(chirality=chirality)(pair)
        assert bool((one != other).any()) is chirality


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Morgan(radius=-1), "radius=-1: needs at least 0"),
        (lambda: FCFP(size=0), "size=0: needs at least 1"),
        (lambda: AtomPair(distance=0), "distance=0: needs at least 1"),
        (lambda: Torsion(atoms=1), "atoms=1: needs at least 2"),
    ],
)
def test_options_out_of_range_are_named(make: Callable[[], object], said: str) -> None:
    with pytest.raises(MmdrpError, match=said):
        make()


def test_a_name_is_one_column_and_a_stranger_has_none() -> None:
    found = Identity(["b", "a"])({"a": "C", "b": "CC", "new": "CCC"})
    assert found.tolist() == [[0, 1], [1, 0], [0, 0]]
    assert Identity(["b", "a"]).features == ["b", "a"]


@pytest.mark.parametrize("radius", [0, 1, 2, 3])
@pytest.mark.parametrize("size", [64, 1024, 2048])
def test_bits_are_rdkits(radius: int, size: int) -> None:
    found = Morgan(radius, size)(DRUGS)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=radius, fpSize=size)
    assert found.shape == (len(DRUGS), size)
    for row, smiles in zip(found, DRUGS.values(), strict=True):
        on = generator.GetFingerprint(Chem.MolFromSmiles(smiles)).GetOnBits()
        assert np.flatnonzero(row).tolist() == list(on)
        assert set(np.unique(row)) <= {0.0, 1.0}


def test_counts_are_rdkits() -> None:
    found = Morgan(counts=True)(DRUGS)
    generator = rdFingerprintGenerator.GetMorganGenerator(radius=2, fpSize=2048)
    for row, smiles in zip(found, DRUGS.values(), strict=True):
        counts = generator.GetCountFingerprint(Chem.MolFromSmiles(smiles)).GetNonzeroElements()
        assert {int(i): int(row[i]) for i in np.flatnonzero(row)} == counts
    np.testing.assert_array_equal(found > 0, Morgan()(DRUGS) > 0)


@settings(max_examples=25, deadline=None)
@given(st.permutations(sorted(DRUGS)))
def test_the_order_of_drugs_means_nothing(order: list[str]) -> None:
    alphabetic = dict(zip(sorted(DRUGS), Morgan()({d: DRUGS[d] for d in sorted(DRUGS)})))  # noqa: B905
    for drug, row in zip(order, Morgan()({d: DRUGS[d] for d in order}), strict=True):
        np.testing.assert_array_equal(row, alphabetic[drug])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(sorted(DRUGS)), st.integers(0, 2**31 - 1))
def test_the_spelling_of_a_smiles_means_nothing(drug: str, seed: int) -> None:
    molecule = Chem.MolFromSmiles(DRUGS[drug])
    for other in Chem.MolToRandomSmilesVect(molecule, 3, randomSeed=seed):
        found = Morgan()({"one": DRUGS[drug], "other": other})
        np.testing.assert_array_equal(found[0], found[1])
        assert standardise(other) == standardise(DRUGS[drug])


def test_columns_have_names_of_their_own() -> None:
    names = Morgan(3, 512).features
    assert len(set(names)) == len(names) == 512
    assert names[7] == "morgan3_7"
    assert Morgan()({}).shape == (0, 2048)


@pytest.mark.parametrize("smiles", ["", "C1CC", "c1ccc", "notasmiles", "C(C)(C)(C)(C)C", "CC("])
def test_an_invalid_smiles_is_named(smiles: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MmdrpError, match="drug 'broken', column 'smiles'") as caught:
        Morgan()({**DRUGS, "broken": smiles})
    assert repr(smiles) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert capfd.readouterr().err == ""  # RDKit's own complaint stays away


def test_rdkit_may_complain_again_afterwards(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(MmdrpError):
        parse("C1CC", "broken")
    assert Chem.MolFromSmiles("C1CC") is None
    assert "C1CC" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("salt", "parent"),
    [
        ("COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1.Cl", DRUGS["gefitinib"]),
        ("CC(=O)Oc1ccccc1C(=O)[O-].[Na+]", DRUGS["aspirin"]),
        ("Cn1c(=O)c2c(ncn2C)n(C)c1=O.OC(=O)CC(O)(CC(=O)O)C(=O)O.O", DRUGS["caffeine"]),
    ],
)
def test_a_salt_is_its_parent_once_standardised(salt: str, parent: str) -> None:
    raw, clean = Morgan()({"salt": salt, "parent": parent})
    assert (raw != clean).any()
    found = Morgan()({"salt": standardise(salt), "parent": standardise(parent)})
    np.testing.assert_array_equal(found[0], found[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [("C[C@H](N)C(=O)O", "C[C@@H](N)C(=O)O"), ("F/C=C/F", "F/C=C\\F")],
)
def test_stereo_is_kept_in_the_smiles_and_not_seen_by_morgan(one: str, other: str) -> None:
    assert standardise(one) != standardise(other)
    found = Morgan()({"one": one, "other": other})
    np.testing.assert_array_equal(found[0], found[1])


def test_isotopes_and_fixed_charges_stay() -> None:
    assert standardise("[2H]C([2H])([2H])O") != standardise("CO")
    assert standardise("C[N+](C)(C)C.[Cl-]") == "C[N+](C)(C)C"
