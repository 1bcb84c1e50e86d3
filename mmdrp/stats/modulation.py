"""Associations as tables: one row per test, and which genes modulate how many drugs."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.stats.association import Association

SENSITIVE, RESISTANT = "sensitive", "resistant"
TESTS = ("welch", "pooled")
CORRECTIONS = ("bonferroni", "fdr")
COUNTS = ("mutated", "wildtype")
Codes = npt.NDArray[np.int32]


def long_table(
    found: Association,
    genes: Codes,
    drugs: Codes,
    names: tuple[Sequence[str], Sequence[str], Sequence[str]],
    cancer: int,
    least: int = 2,
    others: int = 2,
) -> pd.DataFrame:
    """Return one row per tested gene and drug; a pair that could not be tested has none.

    Nor has one with fewer than ``least`` mutated tumours, or ``others``, that have a response.

    ``genes`` and ``drugs`` are places in ``names[1]`` and ``names[2]``, ``cancer`` in
    ``names[0]``: tables of several cancer types then share their categories.
    """
    g, d = found.difference.shape
    tested = tested_pairs(found, least, others).ravel()
    codes = (np.full(g * d, cancer, dtype=np.int32), np.repeat(genes, d), np.tile(drugs, g))
    columns: dict[str, object] = {
        name: pd.Categorical.from_codes(code[tested], pd.Index(list(labels)))
        for name, code, labels in zip(("cancer", "gene", "drug"), codes, names, strict=True)
    }
    for name, values in vars(found).items():
        part = values.ravel()[tested]
        columns[name] = part.astype(np.int32) if name in COUNTS else part
    return pd.DataFrame(columns)


def tested_pairs(found: Association, least: int, others: int) -> npt.NDArray[np.bool_]:
    """Return which pairs have a test of ``least`` mutated and ``others`` wild-type, (g, d)."""
    defined = np.isfinite(found.p_welch) | np.isfinite(found.p_pooled)
    out: npt.NDArray[np.bool_] = defined & (found.mutated >= least) & (found.wildtype >= others)
    return out


def directed(
    table: pd.DataFrame, p: str, alpha: float, higher: str = RESISTANT
) -> npt.NDArray[np.str_]:
    """Return ``sensitive`` or ``resistant`` where column ``p`` is under ``alpha``, "" elsewhere.

    What the mutation does: a lower response is sensitive, unless ``higher`` says otherwise.
    """
    up, down = (RESISTANT, SENSITIVE) if higher == RESISTANT else (SENSITIVE, RESISTANT)
    sign = table["difference"].to_numpy()
    out: npt.NDArray[np.str_] = np.where(
        table[p].to_numpy() < alpha, np.where(sign > 0, up, down), ""
    )
    return out


def modulators(table: pd.DataFrame) -> pd.DataFrame:
    """Count drugs per cancer and gene by ``effect`` (tables 2 and 3 of Chiu et al. 2019).

    ``rate`` is the gene's mutation rate among tumours with a response; the largest count is first.
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
