"""Associations, extremes and enrichment from data frames: planted effects and invariances."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mmdrp.tumours import (
    Associations,
    Cohort,
    associate,
    check_targets,
    compare_extremes,
    enrich,
    read_targets,
)

TARGETS = pd.DataFrame(
    [["dabrafenib", "BRAF", "mutation", "SKCM", "sensitive"],
     ["docetaxel", "E1", "expression", "", "resistant"],
     ["docetaxel", "status", "annotation", "", "resistant"],
     ["aspirin", "BRAF", "mutation", "", "sensitive"],
     ["docetaxel", "BRAF", "mutation", "OV", "sensitive"]],
    columns=["drug", "mark", "kind", "cancers", "expected"],
)  # fmt: skip


def frames() -> dict[str, Any]:
    """240 samples of two types: BRAF lowers Dabrafenib in SKCM; E0 to E9 follow Docetaxel."""
    rng = np.random.default_rng(5)
    samples = [f"T{i:03d}" for i in range(240)]
    kind = pd.Series(np.repeat(["SKCM", "LGG"], 120), index=samples)
    mutations = pd.DataFrame(
        (rng.random((240, 6)) < 0.3).astype(float), index=samples,
        columns=["BRAF", "TP53", "N1", "N2", "N3", "RARE"],
    )  # fmt: skip
    mutations["RARE"] = 0.0
    pred = pd.DataFrame(
        rng.normal(size=(240, 2)), index=samples, columns=["Dabrafenib", "Docetaxel"]
    )
    pred["Dabrafenib"] -= 4 * ((mutations["BRAF"] == 1) & (kind == "SKCM"))
    expression = pd.DataFrame(
        rng.normal(size=(240, 40)), index=samples, columns=[f"E{i}" for i in range(40)]
    )
    expression.iloc[:, :10] += 2 * pred[["Docetaxel"]].to_numpy()
    status = pd.Series(np.where(pred["Docetaxel"] > 0, "positive", "negative"), index=samples)
    return {"pred": pred, "mutations": mutations, "cancer_type": kind, "expression": expression,
            "annotation": pd.DataFrame({"status": status})}  # fmt: skip


def found(**changes: Any) -> Associations:
    return associate(Cohort(**{**frames(), **changes}), targets=TARGETS)


def test_the_planted_association_is_found_and_nothing_else() -> None:
    result = found()
    listed = result.significant[["cancer", "gene", "drug", "effect", "unit"]]
    assert set(listed.itertuples(index=False, name=None)) == {
        ("SKCM", "BRAF", "Dabrafenib", "sensitive", "ln uM"),
        ("pan-cancer", "BRAF", "Dabrafenib", "sensitive", "ln uM"),
    }
    assert "RARE" not in set(result.table["gene"])
    best = result.genes.iloc[0]
    assert (best["cancer"], best["gene"], best["sensitive"]) == ("SKCM", "BRAF", 1)
    assert result.genes_pan_cancer.iloc[0]["gene"] == "BRAF"
    counts = result.summary.set_index("cancer")[["samples", "genes", "tests", "significant"]]
    assert counts.T["SKCM"].tolist() == [120, 5, 10, 1]
    assert "per cancer type: 20 tests, 1 significant, 1 of them beside" in str(result)
    assert "240" in repr(result.cohort)


def test_known_targets_have_a_verdict_or_a_reason() -> None:
    result = found()
    assert result.targets["verdict"].tolist() == [
        "as expected", "as expected", "as expected", "not testable", "not testable",
    ]  # fmt: skip
    assert "no such drug" in result.targets["note"].iloc[3]
    assert "of type OV" in result.targets["note"].iloc[4]
    alone = check_targets(Cohort(**{**frames(), "expression": None}), TARGETS)
    assert alone.table["note"].iloc[1] == "the study has no expression of E1"
    assert len(read_targets()) > 20


def test_order_and_missing_samples_change_nothing() -> None:
    usual, tables = found(), frames()
    shuffled = {name: table.sample(frac=1, random_state=1) for name, table in tables.items()}
    shuffled["pred"] = shuffled["pred"][["Docetaxel", "Dabrafenib"]]
    pd.testing.assert_frame_equal(found(**shuffled).table, usual.table)
    # A sample that one table lacks is as if no table had it; its response may be missing too.
    gone = ["T003", "T200"]
    lacking = found(mutations=tables["mutations"].drop(gone)).table
    pd.testing.assert_frame_equal(lacking, found(pred=tables["pred"].drop(gone)).table)
    empty = tables["pred"].copy()
    empty.loc[gone] = np.nan
    columns = ["mutated", "difference", "p_welch"]
    pd.testing.assert_frame_equal(found(pred=empty).table[columns], lacking[columns])


def test_the_direction_turns_effects_round_but_no_number() -> None:
    usual, turned = found(), found(higher="sensitive")
    assert turned.significant["effect"].tolist() == ["resistant", "resistant"]
    pd.testing.assert_series_equal(turned.table["p_welch"], usual.table["p_welch"])


def test_extremes_show_what_drives_the_drug(tmp_path: Path) -> None:
    tables = frames()
    extremes = compare_extremes(Cohort(**tables, unit="AUC"), "docetaxel", share=0.1)
    assert extremes.drug == "Docetaxel"
    assert extremes.groups["group"].value_counts().to_dict() == {"sensitive": 24, "resistant": 24}
    assert set(extremes.groups["unit"]) == {"AUC"}
    assert set(extremes.genes("up")[:10]) == {f"E{i}" for i in range(10)}
    sets = {"planted": [f"E{i}" for i in range(10)], "others": [f"E{i}" for i in range(20, 40)]}
    enrichment = extremes.enrich(top=10, direction="up", gene_sets=sets)
    assert enrichment.significant["term"].tolist() == ["planted"]
    axis = extremes.plot.waterfall().axes[0]
    assert "(AUC)" in axis.get_ylabel()
    extremes.write(tmp_path / "x", enrichment=enrichment)
    names = {p.name for p in (tmp_path / "x").iterdir()}
    assert names >= {"groups.csv", "expression.csv", "enrichment.csv", "extremes.json", "types.svg"}
    bare = compare_extremes(Cohort(tables["pred"], tables["mutations"]), "Docetaxel", share=0.1)
    assert bare.expression is None
    assert bare.genes() == []
    assert isinstance(bare.plot.heatmap(), Figure)
    with pytest.raises(ValueError, match="expression: the cohort has none"):
        bare.enrich()
    log2 = compare_extremes(Cohort(**tables, expression_unit="log2(TPM + 1)"), "Docetaxel")
    assert log2.expression is not None
    assert "log2_fold_change" in log2.expression


def test_every_figure_carries_the_unit(tmp_path: Path) -> None:
    result = found(unit="log10 nM")
    for figure in (result.plot.volcano(), result.plot.volcano(pan=True)):
        assert "(log10 nM)" in figure.axes[0].get_xlabel()
    for figure in (result.plot.boxes(), result.plot.targets()):
        assert "(log10 nM)" in figure.get_supylabel()
    result.write(tmp_path / "a", rows="all", panels=0)
    assert set(pd.read_csv(tmp_path / "a" / "associations.csv")["unit"]) == {"log10 nM"}
    assert set(pd.read_csv(tmp_path / "a" / "targets.csv")["unit"]) == {"log10 nM"}
    assert not list((tmp_path / "a").glob("boxes_per*"))
    assert not list((tmp_path / "a").glob(".*"))
    silent = associate(Cohort(**frames()), alpha=1e-300, pan=False)
    with pytest.raises(ValueError, match="no significant association"):
        silent.plot.boxes()
    with pytest.raises(ValueError, match="pan=True: there are no such tests"):
        silent.plot.volcano(pan=True)


def test_enrichment_against_everything_warns(caplog: pytest.LogCaptureFixture) -> None:
    enrichment = enrich(["A", "B", "C"], {"S": ["A", "B", "C"], "T": list("DEFGHIJK")}, min_size=2)
    assert "background: all genes of gene_sets" in caplog.text
    assert enrichment.n_background == 11
    assert enrichment.clusters["term"].tolist() == ["S"]
    assert "3 genes of 11" in str(enrichment)
    assert isinstance(enrichment.plot.bars(), Figure)
    nothing = enrich(["D"], {"S": ["A", "B", "C"], "T": list("DEFGHIJK")}, min_size=2)
    with pytest.raises(ValueError, match="no term has an FDR"):
        nothing.plot.bars()


OUT_OF_RANGE: dict[str, tuple[str, dict[str, Any]]] = {
    "test=wilcoxon: expected welch or pooled": ("associate", {"test": "wilcoxon"}),
    "alpha=0: expected a number above 0": ("associate", {"alpha": 0}),
    "min_rate=1: expected a number": ("associate", {"min_rate": 1}),
    "min_patients=1: expected a whole number at least 2": ("associate", {"min_patients": 1}),
    "cancers=SKCM: expected a list": ("associate", {"cancers": "SKCM"}),
    "adjust=.'age'.: expected a list of: type or burden": ("associate", {"adjust": ["age"]}),
    "no gene is mutated in more than min_rate": ("associate", {"min_patients": 500}),
    "targets: has no column 'mark'": ("associate", {"targets": pd.DataFrame({"drug": ["x"]})}),
    "share=0.6: expected a number above 0 and at most 0.5": ("extremes", {"share": 0.6}),
    "drugs: there is no drug 'x'": ("extremes", {"drug": "x"}),
    "min_size=9 is above max_size=8": ("enrich", {"min_size": 9, "max_size": 8}),
    "similarity=cosine: expected kappa or jaccard": ("enrich", {"similarity": "cosine"}),
    "min_similarity=2: expected": ("enrich", {"min_similarity": 2}),
    "genes: none of them is in the background": ("enrich", {"genes": ["Q"]}),
}


def call(function: str, options: dict[str, Any]) -> object:
    if function == "enrich":
        return enrich(**{"genes": ["A"], "gene_sets": {"S": ["A", "B"]}, **options})
    if function == "extremes":
        return compare_extremes(Cohort(**frames()), **{"drug": "Docetaxel", **options})
    return associate(Cohort(**frames()), **options)


@pytest.mark.parametrize("message", OUT_OF_RANGE)
def test_a_value_error_names_the_argument(message: str) -> None:
    with pytest.raises(ValueError, match="^" + message):
        call(*OUT_OF_RANGE[message])


def test_no_torch_and_no_matplotlib_until_asked_for() -> None:
    code = (
        "import sys, mmdrp.tumours as t; import pandas as pd;"
        "pred = pd.DataFrame({'X': range(40)}, index=[f's{i}' for i in range(40)]);"
        "mut = pd.DataFrame({'A': [0, 1] * 20}, index=pred.index);"
        "t.associate(t.Cohort(pred, mut)); t.compare_extremes(t.Cohort(pred, mut), 'X');"
        "heavy = {'torch', 'matplotlib', 'hydra', 'omegaconf'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
