"""Known biology: planted features lead, on training lines only; by Python and by the command."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import mmdrp as library
from mmdrp.attribution import benchmark_biomarkers
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import NAME
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.sums import sha256
from mmdrp.training.runs import find_runs

Cli = Callable[..., int]
QUICK = ["net=false", "study=synthetic", "modality=[expression,mutation,rppa]"]


@pytest.fixture(scope="module")
def run(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base alone on three modalities."""
    out = tmp_path_factory.mktemp("known") / "run"
    assert mmdrp("train", *QUICK, f"out={out}") == 0
    return out


@pytest.fixture(scope="module")
def planted(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was planted, as a table of markers; two rows cannot be tested."""
    truth = pd.read_csv(study.folder / "planted.csv")
    truth = truth[truth["source"].isin(["expression", "mutation", "rppa"])].head(24)
    # A higher response is a less sensitive line.
    truth["direction"] = np.where(truth["effect"] > 0, "resistance", "sensitivity")
    more = pd.DataFrame(
        [
            ("drug-00", "mutation", "NO_SUCH", "resistance"),
            ("aspirin", "mutation", "MUTATION_30", "resistance"),
        ],
        columns=["drug", "source", "feature", "direction"],
    )
    path = tmp_path_factory.mktemp("markers") / "planted (all).csv"
    table = pd.concat([truth.drop(columns="effect"), more])
    # Names are matched whatever their case and punctuation.
    table.assign(drug=table["drug"].str.replace("-", " ").str.upper()).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def done(mmdrp: Cli, run: Path, planted: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("known") / "out"
    words = ["attribute", "benchmark", f"run={run}", f"markers={planted}", "trees=30"]
    assert mmdrp(*words, f"out={out}") == 0
    return out


def test_planted_features_lead(done: Path) -> None:
    found = json.loads((done / "known_biology.json").read_text())
    assert found["markers"] == 26
    assert found["testable"] == 24
    assert found["model"]["recall10"] > 0.9
    assert found["model"]["direction"] > 0.95
    assert found["correlation"]["recall10"] > 0.5
    assert found["forest"]["direction"] is None
    gap = found["model_minus_forest_recall50"]
    assert gap["low"] <= gap["mean"] <= gap["high"]


def test_every_marker_has_a_rank_or_a_reason(done: Path, study: Study, run: Path) -> None:
    table = pd.read_csv(done / "known_markers.csv", keep_default_na=False)
    untested = table[table["reason"].ne("")].set_index("feature")["reason"]
    assert untested["NO_SUCH"] == "not among the features of mutation"
    assert untested["MUTATION_30"] == "the run has no such drug"
    tested = table[table["reason"].eq("")]
    for method in ("model", "attribution", "correlation", "ridge", "forest"):
        assert tested[f"{method}_rank"].astype(float).between(1, 200).all()
    missed = tested["model_rank"].astype(float) > 50
    assert (tested["missed"].ne("") == missed).all()


def test_correlation_is_that_of_the_training_lines(done: Path, study: Study, run: Path) -> None:
    table = pd.read_csv(done / "known_markers.csv")
    marker = table[table["reason"].isna() & table["source"].eq("expression")].iloc[0]
    train = find_runs(run)[0].learned.ids["cell"]
    y = study.response("ic50").query("drug == @marker.screen").set_index("cell")["value"]
    source = study.modality("expression")
    x = pd.DataFrame(source.values, index=list(source.ids), columns=list(source.features))
    both = pd.concat([y, x[marker["feature"]]], axis=1, join="inner")
    both = both[both.index.isin(train)]
    r = both.corr().iloc[0, 1]
    n = len(both)
    assert marker["correlation_score"] == pytest.approx(r * np.sqrt((n - 2) / (1 - r**2)), rel=1e-4)


def test_held_out_lines_change_nothing(
    run: Path, planted: Path, study: Study, tmp_path: Path
) -> None:
    """Spoil the responses of lines that the run did not learn from: no rank may move."""
    folder = tmp_path / "study"
    shutil.copytree(study.folder, folder)
    path = folder / study.manifest.tables["response"].file
    table = pd.read_parquet(path)
    held = ~table["cell"].isin(find_runs(run)[0].learned.ids["cell"])
    assert held.any()
    table.loc[held, "value"] = 99.0
    old = sha256(path)
    table.to_parquet(path, index=False)
    manifest = folder / NAME
    manifest.write_text(manifest.read_text().replace(old, sha256(path)))
    options: dict[str, Any] = {"markers": planted, "methods": ["correlation"], "trees": 10}
    before = benchmark_biomarkers(run, **options)
    after = benchmark_biomarkers(run, folder, **options)
    pd.testing.assert_frame_equal(before.markers, after.markers)


def test_a_model_in_memory_and_markers_in_a_frame(study: Study, planted: Path) -> None:
    model = library.ResponseModel(["expression", "mutation", "rppa"], net=False)
    model.fit(study, measure="ic50", fold=0)
    benchmark = benchmark_biomarkers(model, markers=pd.read_csv(planted), methods=["correlation"])
    assert repr(benchmark) == "<BiomarkerBenchmark: 24 of 26 markers tested>"
    assert str(benchmark).startswith("Known biology: 24 of 26 markers can be tested, 8 drugs\n")
    assert benchmark.summary.index.tolist() == ["model", "correlation"]
    assert benchmark.summary["recall10"].loc["model"] > 0.9
    assert benchmark.differences.index.tolist() == ["correlation"]
    assert benchmark.figures["testable"] == 24
    with pytest.raises(OptionError, match="methods="):
        benchmark_biomarkers(model, methods=["trees"])  # type: ignore[list-item]
    with pytest.raises(MmdrpError, match="none of the 188 markers can be tested"):
        benchmark_biomarkers(model)


@pytest.mark.parametrize("base", ["none", "mean_effects", "ridge"])
def test_other_bases_and_pairs_work(base: str, mmdrp: Cli, planted: Path, tmp_path: Path) -> None:
    words = ["response=auc"] if base == "mean_effects" else []
    net = [] if base == "none" else ["net=false"]
    short = ["study=synthetic", "modality=[expression,mutation,rppa]", "trainer=smoke"]
    assert mmdrp("train", *short, f"base={base}", *net, *words, f"out={tmp_path / 'run'}") == 0
    asked = ["attribute", "benchmark", f"run={tmp_path / 'run'}", f"markers={planted}"]
    assert mmdrp(*asked, "methods=[attribution]", f"out={tmp_path / 'out'}") == 0
    found = json.loads((tmp_path / "out" / "known_biology.json").read_text())
    assert found["model"]["recall50"] > 0.8


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "mmdrp attribute benchmark needs run=..."),
        (["run=x", "methods=[trees]"], "methods=['trees']: expected a list of: attribution"),
        (["run=x", "methods=forest"], "methods=forest: expected a list"),
        (["run=x", "noise=0.0"], "noise=0.0: expected a number above 0"),
        (["run=x", "least=0"], "min_count=0: expected a whole number at least 1"),
        (["run=x", "markers=nowhere.csv"], "markers=nowhere.csv: there is no such file"),
        (["run=nowhere"], "there is no such folder"),
    ],
)
def test_mistakes_are_told_in_a_line_and_leave_nothing(
    words: list[str], said: str, mmdrp: Cli, capsys: pytest.CaptureFixture[str],
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    assert mmdrp("attribute", "benchmark", *words) == 2
    told = capsys.readouterr().err.strip().splitlines()
    assert said in told[-1]
    if words != ["run=nowhere"]:
        assert not list(tmp_path.iterdir())


def test_a_study_without_known_drugs_is_refused(
    mmdrp: Cli, run: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    assert mmdrp("attribute", "benchmark", f"run={run}", f"out={out}") == 2
    assert "none of the 188 markers can be tested" in capsys.readouterr().err
    assert not list(out.glob("*.csv"))


def test_rankings_offer_the_same_score(mmdrp: Cli, run: Path, done: Path, tmp_path: Path) -> None:
    """``conditional=32.0`` of ``mmdrp attribute``, over test lines, still judges training lines."""
    words = ["attribute", f"run={run}", "drugs=[drug-00]", "subset=test", "conditional=32.0"]
    assert mmdrp(*words, "pictures=0", f"out={tmp_path / 'out'}") == 0
    ranking = pd.read_parquet(tmp_path / "out" / "rankings.parquet")
    table = pd.read_csv(done / "known_markers.csv")
    mine = table[table["screen"].eq("drug-00") & table["reason"].isna()]
    assert len(mine) == 3
    for marker in mine.itertuples():
        same = ranking["source"].eq(str(marker.source)) & ranking["feature"].eq(str(marker.feature))
        row = ranking[same].iloc[0]
        assert row["t"] == pytest.approx(marker.model_score, rel=1e-4)
        assert row["t_rank"] == marker.model_rank


@pytest.mark.parametrize("value", ["0", "-1", "much"])
def test_a_noise_that_cannot_be_is_refused(
    value: str, mmdrp: Cli, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert mmdrp("attribute", f"run={run}", f"conditional={value}") == 2
    assert f"conditional={value}: expected a number" in capsys.readouterr().err
