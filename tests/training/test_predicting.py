"""What is predicted: any samples, any drugs, any order; nothing that is not there is felt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from mmdrp.data.batches.dataset import ResponseDataset
from mmdrp.data.examples import examples_of
from mmdrp.data.source import Table
from mmdrp.data.sources import sources_of
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.model import ResponseModel, load_model
from tests.training.conftest import KINDS, Fitted

OMICS = ("expression", "mutation")
ASPIRIN = {"aspirin": "CC(=O)Oc1ccccc1C(=O)O"}


def frames(study: Study, names: tuple[str, ...] = OMICS) -> dict[str, pd.DataFrame]:
    return {name: study.modality(name).frame() for name in names}


def wide(pred: pd.DataFrame) -> pd.DataFrame:
    return pred.pivot(index="cell", columns="drug", values="pred")


@pytest.mark.parametrize("kind", ["panel", "pairs", "graph on base", "two stages"])
def test_a_study_and_its_frames_are_predicted_alike(
    kind: str, fitted: Fitted, small: Study
) -> None:
    model = fitted(kind)
    omics = tuple(n for n in OMICS if n in model.info_.sources)
    given = {n: f[f.columns[::-1]].sample(frac=1, random_state=0)
             for n, f in frames(small, omics).items()}  # fmt: skip
    one, two = model.predict(small), model.predict(given, samples=small.cells, block=7)
    pd.testing.assert_frame_equal(one, two, atol=1e-6, rtol=1e-5)
    assert list(one.columns) == ["cell", "drug", "pred", "percentile", "z", "extrapolated",
                                 "lower", "upper", "sd", "outside"]  # fmt: skip
    units = {n: "0/1" if n == "mutation" else "arbitrary" for n in omics}
    assert one.attrs == {"measure": "auc" if model.info_.pairs else "ic50", "unit": "arbitrary",
                         "higher": "resistant", "units": units}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"ridge", "graph"}))
def test_pairs_come_back_in_the_order_they_are_asked(
    kind: str, fitted: Fitted, small: Study
) -> None:
    model = fitted(kind)
    grid = model.predict(small)
    asked = grid[["cell", "drug"]].sample(300, replace=True, random_state=1)
    asked["note"] = np.arange(300)
    for block in (3, 64):
        found = model.predict(small, pairs=asked, block=block)
        pd.testing.assert_frame_equal(found[asked.columns], asked, check_dtype=False)
        expected = asked.merge(grid, on=["cell", "drug"], how="left")["pred"]
        np.testing.assert_allclose(found["pred"], expected, atol=1e-5)
    tuples = list(asked[["cell", "drug"]].head().itertuples(index=False, name=None))
    few = model.predict(small, pairs=tuples)["pred"]
    np.testing.assert_allclose(few, found["pred"].head(), atol=1e-5)
    assert model.predict(small, pairs=asked[:0]).empty


@pytest.mark.parametrize("kind", ["panel", "pairs", "two stages"])
def test_a_sample_without_a_row_lacks_the_modality(kind: str, fitted: Fitted, small: Study) -> None:
    model, given = fitted(kind), frames(small)
    both = [c for c in given["mutation"].index if c in given["expression"].index]
    some, rest = both[:10], both[10:]
    alone = model.predict({"expression": given["expression"].loc[some]})
    # Others have the modality, whatever it says of them: the ten that lack it do not feel it.
    others = 1 - given["mutation"].loc[rest]
    beside = model.predict({"expression": given["expression"].loc[some], "mutation": others})
    pd.testing.assert_frame_equal(
        alone, beside[beside["cell"].isin(some)].reset_index(drop=True), atol=1e-5
    )
    full = model.predict({n: f.loc[some] for n, f in given.items()})
    assert not np.allclose(full["pred"], alone["pred"], atol=1e-3)


@pytest.mark.parametrize("kind", ["panel", "pairs", "graph on base", "two stages"])
def test_garbage_where_nothing_is_changes_nothing(kind: str, fitted: Fitted, small: Study) -> None:
    model = fitted(kind)
    data = model.spec_.data
    sources = sources_of(data, small)
    tables = {n: t.align(model.info_.features[n]) if isinstance(t, Table) else t
              for n, t in sources.items() if n in model.info_.sources}  # fmt: skip
    examples = examples_of(data, small, sources)
    dataset = ResponseDataset(examples, tables, model.train_ids_)
    batch = dataset.__getitems__(range(0, len(examples), max(1, len(examples) // 50)))
    some = torch.arange(len(batch.present["expression"])) % 2 == 0
    present = {**batch.present, "expression": batch.present["expression"] & some}
    preds = []
    for garbage in (torch.nan, 0.0, 1e6):
        x = batch.inputs["expression"].clone()
        x[~present["expression"]] = garbage
        inputs = {**batch.inputs, "expression": x}
        with torch.inference_mode():
            preds.append(model.net_(batch._replace(inputs=inputs, present=present)))
    assert bool(torch.isfinite(preds[0]).all())
    torch.testing.assert_close(preds[0], preds[1])
    torch.testing.assert_close(preds[0], preds[2])


@pytest.mark.parametrize("kind", ["panel", "pairs"])
def test_drugs_are_named_as_people_write_them(kind: str, fitted: Fitted, small: Study) -> None:
    model = fitted(kind)
    every = wide(model.predict(small))
    found = model.predict(small, drugs=["DRUG-00", "drug 13", "Drug_27", "drug00"])
    assert list(dict.fromkeys(found["drug"])) == ["drug-00", "drug-13", "drug-27"]
    pd.testing.assert_frame_equal(wide(found), every[["drug-00", "drug-13", "drug-27"]], atol=1e-5)
    with pytest.raises(MmdrpError, match="there is no drug 'drug-99'"):
        model.predict(small, drugs=["drug-99"])
    cell = every.index[0]
    one = model.predict(small, pairs=[(cell, "DRUG 13")])
    assert one.loc[0, "drug"] == "DRUG 13"  # as it was asked
    assert one.loc[0, "pred"] == pytest.approx(every.loc[cell, "drug-13"], abs=1e-5)


@pytest.mark.parametrize("kind", ["pairs", "pairs, mean effects", "graph", "graph on base"])
def test_new_drugs_are_predicted_from_their_structure(
    kind: str, fitted: Fitted, small: Study
) -> None:
    model = fitted(kind)
    known = model.info_.drugs[0]
    smiles = {**ASPIRIN, "salt": f"{ASPIRIN['aspirin'][:-1]}[O-].[Na+]", "methane": "C"}
    given = {**smiles, known: model.info_.smiles[known]}
    found = wide(model.predict(small, drugs=given))
    assert set(found) == set(given)
    np.testing.assert_allclose(found["aspirin"], found["salt"], atol=1e-5)
    assert not np.allclose(found["aspirin"], found["methane"], atol=1e-4)
    usual = wide(model.predict(small, drugs=[known]))
    np.testing.assert_allclose(found[known], usual[known], atol=1e-5)
    asked = pd.DataFrame({"cell": found.index[:4], "drug": ["methane", known, "salt", "aspirin"]})
    one = model.predict(small, drugs=given, pairs=asked)["pred"]
    np.testing.assert_allclose(one, [found.loc[c, d] for c, d in asked.to_numpy()], atol=1e-5)


def test_pairs_of_new_drugs_name_those_that_are_given(fitted: Fitted, small: Study) -> None:
    model, cell = fitted("pairs"), small.modality("mutation").ids[0]
    found = model.predict(small, drugs={**ASPIRIN, "methane": "C"}, pairs=[(cell, "Aspirin")])
    whole = model.predict(small, drugs=ASPIRIN).set_index("cell")["pred"]
    assert found["pred"].tolist() == pytest.approx([whole[cell]], abs=1e-5)
    with pytest.raises(MmdrpError, match="there is no drug 'ethane'"):
        model.predict(small, drugs={**ASPIRIN, "methane": "C"}, pairs=[(cell, "ethane")])


def test_a_loaded_model_does_not_know_the_study(
    fitted: Fitted, small: Study, tmp_path: Path
) -> None:
    again = load_model(fitted("panel").save(tmp_path / "model.ckpt"))
    pairs = pd.DataFrame({"cell": ["LINE000"], "drug": ["drug-00"]})
    with pytest.raises(MmdrpError, match=r"predict: give the study: model.predict\(study, pairs"):
        again.predict(pairs)
    assert again.predict(small, pairs=pairs)["pred"].iloc[0] == pytest.approx(
        float(fitted("panel").predict(pairs)[0])
    )


def test_a_sample_without_any_modality_gets_the_mean_of_each_drug(
    small: Study, caplog: pytest.LogCaptureFixture
) -> None:
    model = ResponseModel(modalities=["expression"], base="ridge", net=False).fit(small, fold=0)
    pred = model.predict(small, pairs=[("nobody", d) for d in model.info_.drugs])["pred"]
    assert "1 samples (nobody, ...) have none of the modalities" in caplog.text
    learned = small.response("ic50").query("cell in @model.train_ids_['cell']")
    mean = learned.groupby("drug")["value"].mean()[model.info_.drugs]
    np.testing.assert_allclose(pred, mean, atol=1e-5)


def test_a_line_of_training_may_be_taken_as_new(fitted: Fitted, small: Study) -> None:
    model = fitted("pairs, mean effects")
    line = model.train_ids_["cell"][0]
    given = {n: f.loc[[line]] for n, f in frames(small).items() if line in f.index}
    known, new = model.predict(given), model.predict(given, known_lines=False)
    renamed = {n: f.rename(index={line: "somebody"}) for n, f in given.items()}
    other = model.predict(renamed)
    assert not np.allclose(known["pred"], new["pred"], atol=1e-3)
    np.testing.assert_allclose(new["pred"], other["pred"], atol=1e-6)


def test_samples_that_have_every_modality(fitted: Fitted, small: Study) -> None:
    model, given = fitted("panel"), frames(small)
    both = set(given["expression"].index) & set(given["mutation"].index)
    assert set(model.predict(small, complete=True)["cell"]) == both
    assert set(model.predict(small)["cell"]) > both


def first(study: Study, columns: int) -> dict[str, pd.DataFrame]:
    return {"expression": study.modality("expression").frame().iloc[:, :columns]}


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda m, s: m.predict(first(s, 9)), r"expression: has 9 of the 20 features .* needed"),
        (lambda m, s: m.predict({"rppa": pd.DataFrame()}), "'rppa' is no modality of the model"),
        (lambda m, s: m.predict({}), "has none of the model's modalities"),
        (lambda m, s: m.predict([1]), "expected a study"),
        (lambda m, s: m.predict({"expression": [1]}), "expression: expected a data frame"),
        (lambda m, s: m.predict(s, min_features=2), "min_features=2: expected a number"),
        (lambda m, s: m.predict(s, block=0), "block=0: expected a whole number"),
        (lambda m, s: m.predict(s, pairs=pd.DataFrame({"cell": ["a"]})), "no column 'drug'"),
        (lambda m, s: m.predict(s, drugs=ASPIRIN), "drugs: a panel predicts the drugs of training"),
        (lambda m, s: m.predict(s, drugs=["asprin"]), "there is no drug 'asprin'"),
    ],
)
def test_what_cannot_be_predicted_is_said(
    ask: Callable[[ResponseModel, Study], Any], said: str, fitted: Fitted, small: Study
) -> None:
    with pytest.raises(MmdrpError, match=said) as caught:
        ask(fitted("panel"), small)
    assert len(str(caught.value).splitlines()) == 1


def test_fewer_features_may_be_allowed(fitted: Fitted, small: Study) -> None:
    pred = fitted("panel").predict(first(small, 9), min_features=0.4)
    assert np.isfinite(pred["pred"]).all()


def test_a_broken_smiles_is_named(fitted: Fitted, small: Study) -> None:
    for kind in ("pairs", "graph"):
        with pytest.raises(MmdrpError, match=r"drug 'bad'.*not a valid"):
            fitted(kind).predict(small, drugs={"bad": "C1CC"})
    with pytest.raises(OptionError, match="drugs"):
        fitted("pairs").predict(small, drugs="drug-00")


def test_pairs_with_their_own_responses(small: Study) -> None:
    """Responses given beside pairs replace those of the study, which are not read."""
    long = small.response("ic50")
    pairs, y = long[["cell", "drug"]], long["value"]
    model = ResponseModel(modalities=[*OMICS], net=False).fit(pairs, y, study=small)
    theirs = ResponseModel(modalities=[*OMICS], net=False).fit(small)
    np.testing.assert_allclose(model.predict(pairs), theirs.predict(small, pairs=pairs)["pred"])
    twice = ResponseModel(modalities=[*OMICS], net=False).fit(pairs, 2 * y, study=small)
    assert twice.predict(pairs).std() > 1.5 * model.predict(pairs).std()
