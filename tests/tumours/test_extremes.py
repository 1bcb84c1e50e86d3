"""Extreme tumours of a drug and how they differ."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse, stats

from mmdrp.tumours.stats.extremes import (
    composition,
    expression_changes,
    extreme_groups,
    mutation_changes,
)


def test_one_per_cent_of_deepdrs_tumours_is_91() -> None:
    value = pd.Series(np.random.default_rng(0).normal(size=9059))
    group = extreme_groups(value)
    assert (group == "sensitive").sum() == (group == "resistant").sum() == 91
    assert value[group == "sensitive"].max() < value[group == ""].min()
    assert value[group == "resistant"].min() > value[group == ""].max()
    swapped = extreme_groups(value, higher="sensitive")
    assert (swapped == "resistant").equals(group == "sensitive")


def test_gaps_are_in_no_group_and_order_of_rows_does_not_matter() -> None:
    value = pd.Series([1.0, 1.0, 1.0, 1.0, np.nan], index=list("badce"))
    group = extreme_groups(value, 0.25)
    assert group["e"] == ""
    assert group["a"] == "sensitive"
    assert group["d"] == "resistant"
    assert extreme_groups(value[::-1], 0.25)[value.index].equals(group)


@pytest.mark.parametrize(("share", "n"), [(0.0, 10), (0.6, 10), (0.5, 3), (0.1, 0)])
def test_shares_that_make_no_two_groups_are_refused(share: float, n: int) -> None:
    with pytest.raises(ValueError, match="makes no two groups"):
        extreme_groups(pd.Series(np.arange(float(n))), share)


def test_composition_counts_every_group() -> None:
    group = pd.Series(["sensitive", "sensitive", "resistant", "", ""], index=list("abcde"))
    kind = pd.Series({"a": "LGG", "b": "LGG", "c": "LIHC", "d": "", "e": "LGG"})
    table = composition(group, kind).set_index("type")
    assert list(table[["sensitive", "resistant", "all"]].T["LGG"]) == [2, 0, 3]
    assert table.loc["LGG", "share_sensitive"] == 1
    assert table.loc["unknown", "all"] == 1
    assert table["share_all"].sum() == pytest.approx(1)


def test_mutation_changes_agree_with_fishers_test() -> None:
    rng = np.random.default_rng(1)
    group = np.repeat(["sensitive", "resistant", ""], [30, 25, 100])
    mutated = (rng.random((40, 155)) < rng.random((40, 1)) * 0.5).astype(float)
    mutated[3] = 0
    mutated[5, :30] = 1
    mutated[5, 30:55] = 0
    genes = np.array([f"G{i}" for i in range(40)])
    table = mutation_changes(sparse.csr_array(mutated), genes, group)
    assert "G3" not in set(table["gene"])
    assert table["gene"].iloc[0] == "G5"
    assert table["change"].iloc[0] == -1
    for row in table.itertuples():
        m = mutated[list(genes).index(str(row.gene))]
        a, b = int(m[:30].sum()), int(m[30:55].sum())
        assert row.p == pytest.approx(stats.fisher_exact([[a, 30 - a], [b, 25 - b]]).pvalue)
    assert (np.diff(table["change"].abs()) <= 1e-9).all()


def test_mutation_changes_of_nothing() -> None:
    none = sparse.csr_array(np.zeros((2, 4)))
    table = mutation_changes(none, np.array(["A", "B"]), np.repeat(["sensitive", "resistant"], 2))
    assert table.empty
    assert "p_fdr" in table


def test_expression_changes_agree_with_welchs_test() -> None:
    rng = np.random.default_rng(2)
    group = np.repeat(["sensitive", "resistant", ""], [20, 30, 10])
    values = rng.normal(5, 1, (60, 12))
    values[rng.random(values.shape) < 0.1] = np.nan
    values[20:50, 4] += 4
    values[:, 5] = 1.3  # constant: no test
    values[:19, 6] = np.nan  # one value in a group: no test
    genes = np.array([f"G{i}" for i in range(12)])
    table = expression_changes(values, genes, group).set_index("gene")
    assert table.index[0] == "G4"
    assert table.loc["G4", "difference"] == pytest.approx(4, abs=0.8)
    assert table["p"].isna()["G5"]
    assert "G6" not in table.index
    for name in ("G0", "G4", "G11"):
        j = list(genes).index(name)
        want = stats.ttest_ind(values[20:50, j], values[:20, j], equal_var=False, nan_policy="omit")
        assert table.loc[name, "p"] == pytest.approx(want.pvalue, rel=1e-9)
        assert table.loc[name, "t"] == pytest.approx(want.statistic, rel=1e-9)
