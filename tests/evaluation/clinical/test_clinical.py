"""Patients: areas under the curve against sklearn, planted truth, null, and bad tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import kstest, mannwhitneyu
from sklearn.metrics import roc_auc_score

import mmdrp as library
from mmdrp import MmdrpError, Study
from mmdrp.data.known.clinic import ClinicNames
from mmdrp.data.known.names import drug_names
from mmdrp.evaluation.clinical.outcomes import outcomes
from mmdrp.evaluation.clinical.ranking import stratified_auroc
from mmdrp.evaluation.clinical.survival import survival_of

Cli = Callable[..., int]
QUICK: dict[str, Any] = {"bootstrap": 200, "permutations": 200}


def cohort(
    n: int = 120, effect: float = 2.0, seed: int = 0, drugs: tuple[str, ...] = ("Paclitaxel",)
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Predictions (ln IC50) and patients; responders are ``effect`` more sensitive.

    Types differ in level and in how many respond, so that an area over all types would mislead.
    """
    rng = np.random.default_rng(seed)
    predictions, patients = [], []
    for i in range(n):
        kind = i % 2
        for drug in drugs:
            responds = rng.random() < (0.7 if kind else 0.3)
            pred = 5.0 * kind - effect * responds + rng.normal()
            predictions.append((f"P{i}", drug, pred))
            word = rng.choice(["CR", "Partial Response"] if responds else ["SD", "PD"])
            patients.append((f"P{i}", drug, word, ("LUAD", "BRCA")[kind]))
    frame = pd.DataFrame(predictions, columns=["cell", "drug", "pred"])
    frame.attrs["higher"] = "resistant"
    return frame, pd.DataFrame(patients, columns=["patient", "drug", "response", "cancer_type"])


def test_one_stratum_is_sklearns_area_and_mann_whitneys_p() -> None:
    rng = np.random.default_rng(0)
    score = rng.normal(size=80).round(1)  # ties
    responds = rng.random(80) < 0.4
    score[responds] += 0.5
    found = stratified_auroc(score, responds, np.zeros(80, int), permutations=20_000)
    assert found is not None
    assert found.auroc == pytest.approx(roc_auc_score(responds, score))
    u = mannwhitneyu(score[responds], score[~responds], method="asymptotic")
    assert found.p == pytest.approx(u.pvalue, abs=0.01)
    assert found.low < found.auroc < found.high


def test_strata_weigh_by_pairs_and_one_sided_strata_do_not_count() -> None:
    rng = np.random.default_rng(1)
    stratum = np.repeat([0, 1, 2], [30, 50, 20])
    responds = rng.random(100) < 0.5
    responds[stratum == 2] = True
    score = rng.normal(size=100) + 10 * stratum
    found = stratified_auroc(score, responds, stratum, bootstrap=10, permutations=10)
    assert found is not None
    areas, pairs = [], []
    for s in (0, 1):
        inside = stratum == s
        areas.append(roc_auc_score(responds[inside], score[inside]))
        pairs.append(responds[inside].sum() * (~responds[inside]).sum())
    assert found.auroc == pytest.approx(np.average(areas, weights=pairs))
    assert found.strata == 2
    one = stratified_auroc(score[:5], np.ones(5, bool), stratum[:5])
    assert one is None


def test_p_is_uniform_where_nothing_is_there_and_intervals_hold_the_truth() -> None:
    rng = np.random.default_rng(2)
    p, held = [], []
    truth = 0.760250  # of two unit normals one sd apart: the normal integral at 1 / sqrt 2
    stratum = np.repeat([0, 1], 40)
    for i in range(200):
        responds = rng.permuted(np.tile([True, False], 40))
        null = stratified_auroc(
            rng.normal(size=80), responds, stratum, bootstrap=1, permutations=199, seed=i
        )
        shifted = rng.normal(size=80) + responds + 5 * stratum
        found = stratified_auroc(shifted, responds, stratum, bootstrap=400, permutations=1, seed=i)
        assert null is not None
        assert found is not None
        p.append(null.p)
        held.append(found.low <= truth <= found.high)
    assert kstest(p, "uniform").pvalue > 0.01
    assert 0.90 <= np.mean(held) <= 0.99


def test_a_planted_signal_is_found_within_types_and_no_other() -> None:
    planted, told = cohort()
    empty, silent = cohort(effect=0, seed=3, drugs=("Cisplatin", "Docetaxel"))
    predictions = pd.concat([planted, empty])
    predictions.attrs["higher"] = "resistant"
    told["drug"] = "Taxol"
    report = library.evaluate_clinical(predictions, pd.concat([told, silent]), **QUICK)
    scores = report.scores.set_index("treatment")
    truth = 0.921350  # two unit normals two sd apart: the normal integral at sqrt 2
    low, high = scores[["low", "high"]].T["Paclitaxel"].astype(float)
    assert 0.7 < low < truth < high
    assert (scores.loc[["Cisplatin", "Docetaxel"], "q"] > 0.05).all()
    assert "1 of 3 drugs" in report.verdict
    assert report.scores["types"].eq(2).all()
    # Neither the order of rows nor the sign's statement changes the area.
    flipped = predictions.assign(pred=-predictions["pred"]).sample(frac=1, random_state=0)
    again = library.evaluate_clinical(
        flipped, pd.concat([silent, told]), higher="sensitive", **QUICK
    )
    assert again.scores.set_index("treatment")["auroc"].to_dict() == pytest.approx(
        scores["auroc"].to_dict()
    )


def test_a_null_result_is_said_plainly() -> None:
    predictions, told = cohort(effect=0, seed=5)
    report = library.evaluate_clinical(predictions, told, **QUICK)
    assert report.verdict.startswith("Response: none of 1 drug tested")
    assert "do not tell responders from others" in report.verdict


def test_names_of_the_clinic_are_resolved() -> None:
    ids = ["GDSC:11", "GDSC:135", "GDSC:1375", "GDSC:1005", "GDSC:265", "Oxaliplatin", "GDSC:133"]
    known = ["Paclitaxel", "Gemcitabine", "Temozolomide", "Cisplatin", "5-Fluorouracil"]
    names = ClinicNames(ids, dict(zip(ids, [*known, "Oxaliplatin", "Doxorubicin"], strict=True)))
    for word, drugs in {
        "TAXOL": ["Paclitaxel"],
        "Gemcitabine Hydrochloride": ["Gemcitabine"],
        "Temodar": ["Temozolomide"],
        "5-FU": ["5-Fluorouracil"],
        "Taxol (paclitaxel)": ["Paclitaxel"],
        "cisplatin/gemzar": ["Cisplatin", "Gemcitabine"],
        "Cisplatin-Gemcitabine": ["Cisplatin", "Gemcitabine"],
        "FOLFOX": ["5-Fluorouracil", "Oxaliplatin"],
        "5FU + leucovorin": ["5-Fluorouracil"],
        "Adriamycin": ["Doxorubicin"],
        "Doxorubicin Hydrochloride Liposome": ["Doxorubicin"],
        "Taxol 175 mg/m2": ["Paclitaxel"],
        "80 mg Taxol": ["Paclitaxel"],
        "Gemcitabine 1,000 mg/m2 + Cisplatin AUC=5": ["Gemcitabine", "Cisplatin"],
        "paclitaxel protein-bound": ["Paclitaxel"],
        "Temozolomide + radiation": ["Temozolomide"],
    }.items():
        found = names.find(word)
        assert [name for name, _ in found.drugs] == drugs, word
        assert not found.unknown
    assert names.find("Taxol and Nosuchmab").unknown == ("Nosuchmab",)
    assert not names.find("5-FU/LV").is_combination


def test_the_table_of_names_is_consistent() -> None:
    table = drug_names()
    assert table["source"].ne("").all()
    words = [w.casefold() for n, a in table["also"].items() for w in (str(n), *a.split(";")) if w]
    assert len(words) == len(set(words))
    parts = {p for text in table["parts"] for p in text.split(";") if p}
    assert parts <= set(table.index)


def test_responses_in_words_and_numbers() -> None:
    words = ["CR", "complete response", "Partial Remission/Response", "SD", "Stable Disease",
             "Clinical Progressive Disease", "pd", "NE", "[Not Available]", None]  # fmt: skip
    found = outcomes(pd.Series(words))
    np.testing.assert_array_equal(found.responds, [1, 1, 1, 0, 0, 0, 0, *[np.nan] * 3])
    assert outcomes(pd.Series(["SD", "PR"]), stable="responds").responds.tolist() == [1, 1]
    assert np.isnan(outcomes(pd.Series(["SD", "PR"]), stable="leave_out").responds[0])
    assert outcomes(pd.Series(["1", "0", ""])).responds[:2].tolist() == [1, 0]
    assert outcomes(pd.Series([-45.0, -30, -29, 80])).responds.tolist() == [1, 1, 0, 0]
    assert outcomes(pd.Series([3.0, 9]), responds_above=6.0).responds.tolist() == [0, 1]
    with pytest.raises(MmdrpError, match="responds_above"):
        outcomes(pd.Series([3.0, 9]))
    assert "neither RECIST nor a number" in outcomes(pd.Series(["great"])).reasons[0]


def test_combinations_follow_the_rule_that_is_asked() -> None:
    predictions, told = cohort(drugs=("Paclitaxel", "Cisplatin"))
    both = told[told["drug"] == "Paclitaxel"].assign(drug="Taxol + CDDP")
    each = library.evaluate_clinical(predictions, both, **QUICK)
    assert sorted(each.scores["treatment"]) == ["Cisplatin", "Paclitaxel"]
    assert each.scores["combinations"].eq(120).all()
    one = library.evaluate_clinical(predictions, both, combinations="treatment", **QUICK)
    assert one.scores["treatment"].tolist() == ["Cisplatin + Paclitaxel"]
    assert any("independent action" in note for note in one.notes)
    with pytest.raises(MmdrpError, match="a combination"):
        library.evaluate_clinical(predictions, both, combinations="single", **QUICK)


def test_what_cannot_be_used_is_listed_and_the_rest_goes_on() -> None:
    predictions, told = cohort()
    extra = pd.DataFrame(
        [("NOBODY", "Taxol", "CR", "LUAD"), ("P0", "Nosuchmab", "CR", "LUAD"),
         ("P1", "Xeloda", "CR", "LUAD"), ("P0", "paclitaxel", "PD", "LUAD")],
        columns=told.columns,
    )  # fmt: skip
    told.loc[0, "response"] = "marvellous"
    report = library.evaluate_clinical(predictions, pd.concat([told, extra]), **QUICK)
    reasons = " | ".join(report.left_out["reason"])
    for said in ("'NOBODY' has no predictions", "no table knows the drug 'Nosuchmab'",
                 "no predictions for 'Xeloda'", "'marvellous' is neither RECIST",
                 "first row with this drug counts"):  # fmt: skip
        assert said in reasons
    assert report.scores["n"].tolist() == [119]
    assert report.left_out["row"].min() == 1


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("drug", "Nosuchmab", "no table knows the drug 'Nosuchmab', row 1"),
        ("drug", "Pacitaxel", "drug 'Pacitaxel' .did you mean Paclitaxel"),
        ("drug", "N/A", "'N/A' is no drug that acts on a tumour, row 1"),
        ("patient", "NOBODY", "patient 'NOBODY' has no predictions"),
        ("response", "marvellous", "'marvellous' is neither RECIST nor a number"),
        ("drug", "", "column 'drug', row 1: is empty"),
        ("drug", None, "column 'drug', row 1: is empty"),
    ],
)
def test_a_table_of_which_nothing_can_be_used_is_one_line(
    column: str, value: str | None, said: str
) -> None:
    predictions, told = cohort(n=20)
    told[column] = value
    with pytest.raises(MmdrpError, match=said) as error:
        library.evaluate_clinical(predictions, told, **QUICK)
    assert len(str(error.value)) <= 200
    with pytest.raises(MmdrpError, match="no column 'drug'"):
        library.evaluate_clinical(predictions, told.drop(columns="drug"))


@pytest.mark.parametrize(("text", "said"), [("", "t.csv: is empty"), ("x\n", "t.csv: ")])
def test_a_file_without_columns_is_one_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(MmdrpError, match=said):
        library.evaluate_clinical(cohort(n=20)[0], tmp_path / "t.csv", **QUICK)


def test_a_barcode_of_a_sample_is_its_patients() -> None:
    predictions, told = cohort()
    predictions["cell"] += "-01A"
    report = library.evaluate_clinical(predictions, told, **QUICK)
    assert report.scores["n"].tolist() == [120]


def timed(seed: int, effect: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    score = rng.normal(size=200)
    kind = rng.integers(2, size=200)
    time = rng.exponential(np.exp(effect * score + 2 * kind))
    return pd.DataFrame(
        {"score": score, "type": np.array(["A", "B"])[kind], "time": np.minimum(time, 3.0),
         "event": (time < 3.0).astype(float)}
    )  # fmt: skip


def test_log_rank_sees_a_planted_difference_and_no_other() -> None:
    assert survival_of(timed(0, 0.7), 5, 0.95)["p_logrank"] < 1e-3
    p = [survival_of(timed(s, 0.0), 5, 0.95)["p_logrank"] for s in range(1, 15)]
    assert np.median(p) > 0.1
    few = survival_of(timed(0, 0.7).assign(event=0.0), 5, 0.95)
    assert "fewer than 5 events" in few["why"]


def test_coxs_hazard_ratio_is_the_planted_one() -> None:
    found = survival_of(timed(0, 0.7), 5, 0.95)
    assert found["low"] < np.exp(-0.7) < found["high"]
    assert found["p_cox"] < 1e-6


def test_survival_is_reported_beside_response(tmp_path: Path) -> None:
    predictions, told = cohort()
    rng = np.random.default_rng(0)
    told = told.assign(
        days=rng.exponential(100, len(told)), event=rng.choice(["dead", "alive"], 120)
    )
    report = library.evaluate_clinical(predictions, told, **QUICK)
    assert report.survival["p_logrank"].gt(0).all()
    assert report.survival["hazard_ratio"].gt(0).all()
    names = {path.name for path in report.write(tmp_path / "out")}
    assert names == {"clinical.csv", "survival.csv", "left_out.csv", "notes.txt"}
    alone = library.evaluate_clinical(predictions, told.drop(columns="response"), **QUICK)
    assert alone.scores.empty
    assert len(alone.survival) == 1


def test_the_command_judges_a_run_and_its_predictions(
    mmdrp: Cli, study: Study, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    model = library.ResponseModel(["expression"], net=False).fit(study, measure="ic50", fold=0)
    panel = model.save(tmp_path / "run")
    name = model.info_.drugs[0]
    lines = list(study.modality("expression").ids)[:40]
    table = tmp_path / "patients.csv"
    told = {"patient": lines, "drug": name, "response": ["CR", "PD"] * 20}
    pd.DataFrame(told).to_csv(table, index=False)
    out = tmp_path / "judged"
    words = [f"clinical={table}", "bootstrap=50", "permutations=50"]
    assert mmdrp("evaluate", *words, f"run={panel}", f"data={study.folder}", f"out={out}") == 0
    assert "Response:" in capsys.readouterr().out
    scores = pd.read_csv(out / "clinical.csv")
    assert scores["n"].tolist() == [40]
    predicted = tmp_path / "predicted"
    assert mmdrp("predict", f"run={panel}", f"data={study.folder}", "known_lines=false",
                 f"out={predicted}") == 0  # fmt: skip
    assert mmdrp("evaluate", *words, f"predictions={predicted}", f"out={tmp_path / 'again'}") == 0
    again = pd.read_csv(tmp_path / "again" / "clinical.csv")
    assert again["auroc"].tolist() == pytest.approx(scores["auroc"].tolist())
    capsys.readouterr()
    assert mmdrp("evaluate", *words) == 2
    assert "give predictions=FOLDER" in capsys.readouterr().err
    assert mmdrp("evaluate", "clinical=nowhere.csv", f"predictions={predicted}") == 2
    assert "nowhere.csv" in capsys.readouterr().err
