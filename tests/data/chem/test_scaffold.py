"""Scaffolds are RDKit's, of the parent compound, whatever hangs on them."""

import pytest
from rdkit.Chem.Scaffolds import MurckoScaffold

from mmdrp.data.chem.scaffold import scaffold
from mmdrp.errors import MmdrpError
from tests.data.chem.test_fingerprint import DRUGS


@pytest.mark.parametrize("drug", [d for d in DRUGS if d != "cisplatin"])
def test_the_scaffold_is_rdkits(drug: str) -> None:
    expected = MurckoScaffold.MurckoScaffoldSmiles(DRUGS[drug])  # type: ignore[no-untyped-call]
    assert scaffold(DRUGS[drug], drug) == expected


@pytest.mark.parametrize("smiles", ["Cc1ccccc1", "OC(=O)Cc1ccccc1", "c1ccccc1.Cl", "NCc1ccccc1"])
def test_side_chains_and_salts_mean_nothing(smiles: str) -> None:
    assert scaffold(smiles, "drug") == "c1ccccc1"


def test_stereo_means_nothing() -> None:
    one, other = (scaffold(f"C[C@{at}H]1CCCN(c2ccccc2)C1", "drug") for at in ("", "@"))
    assert one == other != ""


def test_a_chain_has_no_scaffold() -> None:
    assert scaffold("CCCCO", "drug") == scaffold("CCCCO", "drug", generic=True) == ""


def test_generic_scaffolds_are_skeletons() -> None:
    assert scaffold("c1ccncc1", "a", True) == scaffold("O=C1CCCCC1", "b", True) == "C1CCCCC1"
    assert scaffold("c1ccncc1", "a") != scaffold("c1ccccc1", "b")


def test_a_broken_smiles_is_named() -> None:
    with pytest.raises(MmdrpError, match="drug 'x', column 'smiles': 'C1CC' is not a valid"):
        scaffold("C1CC", "x")
