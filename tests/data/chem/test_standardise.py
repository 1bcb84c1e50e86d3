"""One spelling per compound, whatever salt or charge a database wrote it with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdrp.data.chem.standardise import standardise


@pytest.mark.parametrize(
    ("given_", "expected"),
    [
        ("CCN.Cl", "CCN"),
        ("CC[NH3+].[Cl-]", "CCN"),
        ("OC(=O)c1ccccc1", "O=C(O)c1ccccc1"),
        ("[Na+].[O-]C(=O)c1ccccc1", "O=C(O)c1ccccc1"),
        ("C[N+](C)(C)CCO", "C[N+](C)(C)CCO"),  # a fixed charge is part of the drug
        ("C[N+](=O)[O-]", "C[N+](=O)[O-]"),
        ("F[C@](Cl)(Br)I", "F[C@](Cl)(Br)I"),
        (" CCO ", "CCO"),
        ("CS(=O)(=O)O.c1ccccc1CN", "NCc1ccccc1"),
    ],
)
def test_salts_and_charges(given_: str, expected: str) -> None:
    assert standardise(given_) == standardise(expected)
    assert "." not in standardise(given_)


@pytest.mark.parametrize("text", ["", "  ", "C1CC", "c1ccc", "not smiles", "C(C)(C)(C)(C)C"])
def test_what_does_not_parse_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a valid SMILES"):
        standardise(text)


@given(st.text(max_size=20))
def test_any_text_is_a_compound_or_refused(text: str) -> None:
    try:
        found = standardise(text)
    except ValueError:
        return
    assert standardise(found) == found
