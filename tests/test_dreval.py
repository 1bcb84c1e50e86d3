"""mmdrp's models in drevalpy's own loop; skipped where drevalpy 1.6 is not installed."""

import runpy
import shutil
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp
from mmdrp.data.study import Study
from tests.benchmarks._dreval import write_data
from tests.benchmarks.speed import api_overhead

installed = pytest.mark.skipif(
    find_spec("drevalpy") is None, reason="needs drevalpy 1.6: pip install 'mmdrp[dreval]'"
)
THEIRS = "ignore:.*:DeprecationWarning", "ignore:.*:FutureWarning", "ignore:.*:UserWarning"


def test_without_drevalpy_the_import_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "mmdrp.dreval", raising=False)
    for name in [n for n in sys.modules if n.partition(".")[0] == "drevalpy"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "drevalpy", None)
    with pytest.raises(mmdrp.MmdrpError, match=r"pip install 'mmdrp\[dreval\]'"):
        import_module("mmdrp.dreval")
    with pytest.raises(SystemExit, match=r"pip install 'mmdrp\[dreval\]'"):
        runpy.run_module("mmdrp.dreval", run_name="__main__")


def test_the_adapter_is_short() -> None:
    assert api_overhead.code_lines(api_overhead.ADAPTER.read_text()) <= 120


@pytest.fixture(scope="module")
def data(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of drevalpy's data: TOY, and OTHER of other drugs, to be predicted from TOY."""
    root = tmp_path_factory.mktemp("dreval")
    drugs = sorted(study.drugs.index)
    write_data(study, root, "TOY", drugs[:8])
    write_data(study, root, "OTHER", drugs[6:12])
    return root


def loaded(root: Path, name: str) -> Any:
    from drevalpy.datasets.loader import load_custom

    return load_custom(root / name / f"{name}.csv", name, "AUC", "tissue")


def ours(name: str) -> Any:
    return import_module("drevalpy.models").MODEL_FACTORY[name]


@pytest.mark.filterwarnings(*THEIRS)
@installed
@pytest.mark.parametrize("mode", ["LPO", "LCO", "LDO", "LTO"])
def test_its_loop_runs_ours_in_every_test_mode_and_on_another_study(
    mode: str, data: Path, tmp_path: Path
) -> None:
    import_module("mmdrp.dreval")
    from drevalpy.experiment import drug_response_experiment

    drug_response_experiment(
        [ours("MMDRP-expression")], loaded(data, "TOY"), [ours("NaiveDrugMeanPredictor")],
        test_mode=mode, n_cv_splits=2, cross_study_datasets=[loaded(data, "OTHER")],
        path_out=str(tmp_path), path_data=str(data), run_id="run", hyperparameter_tuning=False,
    )  # fmt: skip
    report = mmdrp.evaluate(dreval=tmp_path, baselines=["drug_mean"])  # it is the only folder there
    assert set(report.scores["split"]) == {mode}
    means = report.metrics
    assert means["MMDRP-expression"]["rmse"] < means["NaiveDrugMeanPredictor"]["rmse"]
    if mode != "LTO":  # every tissue of the other study was learned from
        path = tmp_path / "run" / "TOY" / mode / "MMDRP-expression" / "cross_study"
        across = pd.read_csv(path / "cross_study_OTHER_split_0.csv")
        assert len(across)
        assert np.isfinite(across["predictions"]).all()


@pytest.mark.filterwarnings(*THEIRS)
@installed
def test_lines_that_lack_a_table_stay_in_and_a_saved_model_predicts_the_same(
    data: Path, tmp_path: Path
) -> None:
    import_module("mmdrp.dreval")
    folder = tmp_path / "TOY"
    shutil.copytree(data / "TOY", folder)
    mutations = pd.read_csv(folder / "mutations.csv")
    mutations.iloc[40:].to_csv(folder / "mutations.csv", index=False)
    rows, model = loaded(tmp_path, "TOY"), ours("MMDRP")()
    (settings,) = model.get_hyperparameter_set()
    model.build_model(settings)
    lines = model.load_cell_line_features(str(tmp_path), "TOY")
    drugs = model.load_drug_features(str(tmp_path), "TOY")
    lacking = [i for i in lines.identifiers if i not in set(mutations["cell_line_name"][40:])]
    assert len(lacking) >= 40
    assert np.isnan(lines.features[lacking[0]]["mutations"]).all()
    model.train(rows, lines, drugs)
    assert set(model.model.info_.units) >= {"expression", "mutation"}
    learned = model.model.train_ids_["cell"]
    assert set(lacking) & set(learned)
    asked = rows.cell_line_ids[:50], rows.drug_ids[:50], lines, drugs
    pred = model.predict(*asked)
    model.save(str(tmp_path))
    assert np.array_equal(type(model).load(str(tmp_path)).predict(*asked), pred)


@pytest.mark.filterwarnings(*THEIRS)
@installed
def test_without_structures_it_is_a_panel(data: Path, tmp_path: Path) -> None:
    import_module("mmdrp.dreval")
    shutil.copytree(data / "TOY", tmp_path / "TOY")
    (tmp_path / "TOY" / "drug_smiles.csv").unlink()
    rows, model = loaded(tmp_path, "TOY"), ours("MMDRP-expression")()
    model.build_model({"net": False})
    lines = model.load_cell_line_features(str(tmp_path), "TOY")
    assert model.load_drug_features(str(tmp_path), "TOY") is None
    model.train(rows, lines, None)
    pred = model.predict(rows.cell_line_ids, rows.drug_ids, lines)
    assert np.corrcoef(pred, rows.response)[0, 1] > 0.5
    with pytest.raises(mmdrp.MmdrpError, match="unseen"):
        model.predict(rows.cell_line_ids[:1], np.array(["unseen"]), lines)


@pytest.mark.filterwarnings(*THEIRS)
@installed
def test_its_command_line_knows_ours(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = "--measure AUC --no_refitting --models MMDRP-expression --test_mode LCO --n_cv_splits 2"
    where = ["--dataset_name", "TOY", "--path_out", str(tmp_path), "--path_data", str(data)]
    monkeypatch.delitem(sys.modules, "mmdrp.dreval", raising=False)  # else runpy warns
    monkeypatch.setattr(sys, "argv", ["drevalpy", *words.split(), *where])
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("mmdrp.dreval", run_name="__main__")
    assert not ended.value.code
    assert set(mmdrp.read_dreval(tmp_path).models) == {
        "MMDRP-expression", "NaiveMeanEffectsPredictor",
    }  # fmt: skip
    bare = tmp_path / "bare"
    shutil.copytree(data, bare)
    (bare / "TOY" / "gene_expression.csv").unlink()
    where = ["--dataset_name", "TOY", "--path_out", str(tmp_path / "out"), "--path_data", str(bare)]
    monkeypatch.setattr(sys, "argv", ["drevalpy", *words.split(), *where])
    with pytest.raises(SystemExit, match=r"mmdrp.dreval: .*has none of gene_expression"):
        runpy.run_module("mmdrp.dreval", run_name="__main__")
