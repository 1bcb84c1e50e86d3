"""Tables of associations: rows, directions, drugs per gene; and known targets."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from mmdrp.tumours.stats.association import t_tests
from mmdrp.tumours.stats.modulation import count_modulators, effect_direction, long_table
from mmdrp.tumours.stats.targets import TargetTest, compare_carriers, upper_half


def table(min_mutated: int = 2, min_wildtype: int = 2) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    mutated = np.zeros((2, 50))
    mutated[0, :20] = mutated[1, :3] = 1
    response = rng.normal(0, 0.1, (50, 3))
    response[:20, 0] -= 5
    response[:20, 1] += 5
    response[:2, 2] = np.nan
    found = t_tests(sparse.csr_array(mutated), response)
    names = (["LUAD", "LUSC"], ["A", "B", "C"], ["x", "y", "z"])
    genes, drugs = np.array([2, 0], dtype=np.int32), np.arange(3, dtype=np.int32)
    return long_table(found, genes, drugs, names, 1, min_mutated, min_wildtype)


def test_one_row_per_tested_pair() -> None:
    rows = table()
    # Gene A has one mutated tumour left with drug z: Welch cannot, two are asked for.
    listed = list(rows[["cancer", "gene", "drug"]].astype(str).itertuples(index=False, name=None))
    assert listed == [("LUSC", "C", "x"), ("LUSC", "C", "y"), ("LUSC", "C", "z"),
                      ("LUSC", "A", "x"), ("LUSC", "A", "y")]  # fmt: skip
    assert rows["mutated"].tolist() == [20, 20, 18, 3, 3]
    assert rows["difference"].iloc[0] == pytest.approx(-5, abs=0.2)
    assert len(table(min_mutated=4)) == 3
    assert len(table(min_wildtype=31)) == 2


@pytest.mark.parametrize(("higher", "expected"), [
    ("resistant", ["sensitive", "resistant", ""]), ("sensitive", ["resistant", "sensitive", ""]),
])  # fmt: skip
def test_direction_follows_what_a_higher_response_means(higher: str, expected: list[str]) -> None:
    rows = table()
    difference, significant = rows["difference"].to_numpy(), rows["p_welch"].to_numpy() < 1e-9
    assert effect_direction(difference, significant, higher)[:3].tolist() == expected


def test_drugs_are_counted_per_gene_and_the_busiest_is_first() -> None:
    rows = table().assign(effect=["sensitive", "resistant", "", "", "resistant"])
    counted = count_modulators(rows)
    assert counted["gene"].tolist() == ["C", "A"]
    assert "beside_covariates" not in counted
    kept = count_modulators(rows.assign(effect_covariates=["sensitive", "", "resistant", "", ""]))
    assert kept["beside_covariates"].tolist() == [1, 0]
    first = counted.iloc[0]
    assert (first["modulated"], first["sensitive"], first["resistant"], first["tested"]) == (
        2, 1, 1, 3,
    )  # fmt: skip
    assert first["rate"] == pytest.approx(0.4)


def test_no_test_gives_an_empty_count() -> None:
    assert count_modulators(table().assign(effect="").iloc[:0]).empty


def test_a_known_target_has_direction_and_p() -> None:
    carrier = np.array([1.0] * 10 + [0.0] * 10 + [np.nan] * 5)
    response = np.r_[np.linspace(0, 1, 10), np.linspace(4, 5, 10), np.full(5, 99.0)]
    found = compare_carriers(carrier, response)
    assert isinstance(found, TargetTest)
    assert (found.carriers, found.others, found.found) == (10, 10, "sensitive")
    assert found.difference == pytest.approx(-4)
    mirrored = compare_carriers(carrier, response, higher="sensitive")
    assert isinstance(mirrored, TargetTest)
    assert mirrored.found == "resistant"


def test_what_cannot_be_tested_says_why() -> None:
    assert "2 tumours with and 8 without" in str(
        compare_carriers(np.repeat([1.0, 0.0], [2, 8]), np.ones(10))
    )
    assert "same in all" in str(compare_carriers(np.repeat([1.0, 0.0], 5), np.ones(10)))


def test_the_upper_half_is_above_the_median() -> None:
    halves = upper_half(np.array([3.0, np.nan, 1.0, 2.0, 9.0]))
    assert halves == pytest.approx([1, np.nan, 0, 0, 1], nan_ok=True)
    assert np.isnan(upper_half(np.full(3, np.nan))).all()
