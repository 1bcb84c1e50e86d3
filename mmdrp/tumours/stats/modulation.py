"""Associations as tables: one row per test, and which genes modulate how many drugs."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.tumours.stats.association import TTests

SENSITIVE, RESISTANT = "sensitive", "resistant"
COUNTS = ("mutated", "wildtype")
Codes = npt.NDArray[np.int32]


def long_table(
    tests: TTests,
    genes: Codes,
    drugs: Codes,
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
    cancer: int,
    min_mutated: int = 2,
    min_wildtype: int = 2,
) -> pd.DataFrame:
    """Return one row per tested gene and drug; a pair that could not be tested has none.

    Nor has one with fewer than ``min_mutated`` mutated samples, or ``min_wildtype`` others, that
    have a response.

    ``genes`` and ``drugs`` are places in ``names[1]`` and ``names[2]``, ``cancer`` in
    ``names[0]``: tables of several cancer types then share their categories.
    """
    g, d = tests.difference.shape
    tested = tested_pairs(tests, min_mutated, min_wildtype).ravel()
    codes = (np.full(g * d, cancer, dtype=np.int32), np.repeat(genes, d), np.tile(drugs, g))
    columns: dict[str, object] = {
        name: pd.Categorical.from_codes(code[tested], pd.Index(list(labels)))
        for name, code, labels in zip(("cancer", "gene", "drug"), codes, names, strict=True)
    }
    for name, values in vars(tests).items():
        part = values.ravel()[tested]
        columns[name] = part.astype(np.int32) if name in COUNTS else part
    return pd.DataFrame(columns)


def tested_pairs(tests: TTests, min_mutated: int, min_wildtype: int) -> npt.NDArray[np.bool_]:
    """Return which pairs have a test of so many mutated and wild-type samples, (g, d)."""
    defined = np.isfinite(tests.p_welch) | np.isfinite(tests.p_pooled)
    enough = (tests.mutated >= min_mutated) & (tests.wildtype >= min_wildtype)
    out: npt.NDArray[np.bool_] = defined & enough
    return out


def effect_direction(
    difference: npt.NDArray[np.float64], significant: npt.NDArray[np.bool_], higher: str = RESISTANT
) -> npt.NDArray[np.str_]:
    """Return ``sensitive`` or ``resistant`` where ``significant``, "" elsewhere.

    What the mutation does: a lower response is sensitive, unless ``higher`` says otherwise.

    >>> effect_direction(np.array([-1.0, 2.0, 3.0]), np.array([True, True, False])).tolist()
    ['sensitive', 'resistant', '']
    """
    up, down = (RESISTANT, SENSITIVE) if higher == RESISTANT else (SENSITIVE, RESISTANT)
    out: npt.NDArray[np.str_] = np.where(significant, np.where(difference > 0, up, down), "")
    return out


def count_modulators(table: pd.DataFrame) -> pd.DataFrame:
    """Count drugs per cancer and gene by ``effect`` (tables 2 and 3 of Chiu et al. 2019).

    ``rate`` is the gene's mutation rate among samples with a response; the largest count is first.
    ``beside_covariates`` counts the drugs whose ``effect_covariates`` is the same.
    """
    same = (table["effect"] != "") & (table.get("effect_covariates", "") == table["effect"])
    keys = ["cancer", "gene"]
    frame = table[[*keys, "mutated", "wildtype"]].assign(
        tested=1,
        sensitive=(table["effect"] == SENSITIVE).astype(int),
        resistant=(table["effect"] == RESISTANT).astype(int),
        beside_covariates=same.astype(int),
    )
    group = frame.groupby(keys, observed=True)
    out = group[["mutated", "wildtype"]].max().join(
        group[["tested", "sensitive", "resistant", "beside_covariates"]].sum()
    )  # fmt: skip
    out["modulated"] = out["sensitive"] + out["resistant"]
    out["rate"] = out["mutated"] / (out["mutated"] + out["wildtype"])
    out = out.reset_index()
    order = ["cancer", "gene", "rate", "mutated", "wildtype", "tested", "modulated", "sensitive",
             "resistant"]  # fmt: skip
    order += ["beside_covariates"] if "effect_covariates" in table else []
    return out[order].sort_values(
        ["modulated", "cancer", "gene"], ascending=[False, True, True], ignore_index=True
    )
