"""``mmdrp.attribute`` on fitted models: frames, figures, files, and what it refuses."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.figure import Figure

import mmdrp
from mmdrp.attribution import AttributionResult, attribute, attributor
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.folder import RESUME
from mmdrp.io.marker import MARKER

DRUGS = ["drug-00", "drug-05", "drug-11"]
MODALITIES = ["expression", "mutation", "rppa", "metabolomics"]


@pytest.fixture(scope="module")
def model(study: Study) -> Any:
    """A panel that kept its base alone, fitted in memory."""
    return mmdrp.ResponseModel(MODALITIES, net=False).fit(study, measure="ic50", fold=0)


@pytest.fixture(scope="module")
def result(model: Any) -> AttributionResult:
    return attribute(model, drugs=DRUGS, permutations=50, by="tissue", block=50)


@pytest.fixture(scope="module")
def pairs(study: Study) -> Any:
    """Pairs whose test drugs were never seen."""
    model = mmdrp.ResponseModel(["expression", "mutation"], "morgan", net=False, split="drug")
    return model.fit(study, measure="auc", fold=0)


def test_a_result_holds_frames_in_the_unit_of_the_response(
    result: AttributionResult, study: Study
) -> None:
    assert repr(result) == "<AttributionResult by ig: 3 drugs, arbitrary>"
    assert str(result).startswith("Strongest features of 3 drugs, mean size in arbitrary (+:")
    ranking = result.ranking
    assert list(ranking.columns) == [
        "drug", "source", "feature", "mean_abs", "mean", "consistency", "share", "direction", "n",
        "correlation", "correlation_rank", "rank", "high_means", "p", "q",
    ]  # fmt: skip
    assert ranking.attrs == {"unit": study.unit("ic50"), "higher": "resistant"}
    assert set(ranking["drug"]) == set(DRUGS)
    own = result.top(3, ["Drug 05"])["feature"]
    assert own.tolist() == ranking[ranking["drug"] == "drug-05"]["feature"].head(3).tolist()
    assert result.top(3)["rank"].tolist() == [1, 2, 3] * 3
    assert len(result.top(30)) == 90
    assert set(result.by_tissue["drug"]) <= set(DRUGS)
    assert set(result.attributions.columns) == {"cell", "drug", "source", "feature", "value"}
    total = result.line_shares.groupby(["drug", "cell"])["signed"].sum()
    change = result.line_gaps.set_index(["drug", "cell"])["change"].reindex(total.index)
    np.testing.assert_allclose(total, change, atol=1e-4)


def test_planted_features_lead(result: AttributionResult, study: Study) -> None:
    planted = pd.read_csv(study.folder / "planted.csv")
    both = result.ranking.merge(planted, on=["drug", "source", "feature"])
    assert (both["rank"] <= 10).all()
    assert (both["q"] < 0.05).mean() > 0.8
    words = np.where(both["effect"] > 0, "resistance", "sensitivity")
    assert (both["high_means"] == words).mean() > 0.9


def test_files_and_memory_hold_the_same(
    result: AttributionResult, model: Any, tmp_path: Path
) -> None:
    streamed = attribute(
        model, drugs=DRUGS, permutations=50, by="tissue", block=50, out=tmp_path / "a"
    )
    streamed.write(tmp_path / "a", pictures=1)
    result.write(tmp_path / "b", pictures=1)
    names = [
        sorted(str(p.relative_to(d)) for p in d.rglob("*") if p.is_file() and p.name != MARKER)
        for d in (tmp_path / "a", tmp_path / "b")
    ]
    assert names[0] == names[1]
    for name in (n for n in names[0] if n.endswith(".parquet")):
        one, other = (pd.read_parquet(tmp_path / d / name) for d in "ab")
        pd.testing.assert_frame_equal(one, other)
        assert one.attrs == {"unit": "arbitrary", "higher": "resistant"}
    pd.testing.assert_frame_equal(streamed.ranking, result.ranking)
    assert pd.read_csv(tmp_path / "a" / "biomarkers.csv")["unit"].eq("arbitrary").all()


def test_figures_name_drugs_unit_and_direction(result: AttributionResult) -> None:
    bars = result.plot.bars(["drug-00"])
    assert bars.axes[0].get_xlabel() == "mean |attribution|, signed (arbitrary)"
    swarm = result.plot.swarm("drug-11")
    assert "arbitrary, higher: resistant" in swarm.axes[0].get_xlabel()
    assert len(swarm.axes[0].collections) == 10
    assert isinstance(result.plot.heatmap(), Figure)
    assert isinstance(result.plot.shares(DRUGS[:2]), Figure)
    with pytest.raises(MmdrpError, match="there is no drug 'aspirin'"):
        result.plot.swarm("aspirin")
    with pytest.raises(MmdrpError, match="structure=True"):
        result.plot.molecule("drug-00")


def test_a_long_table_is_kept_only_if_small_or_asked_for(
    model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mmdrp.attribution.attributing.MAX_ROWS", 10)
    dropped = attribute(model, drugs=["drug-00"], top=2)
    with pytest.raises(MmdrpError, match="give out=FOLDER"):
        _ = dropped.attributions
    kept = attribute(model, drugs=["drug-00"], top=2, keep_attributions=True)
    assert len(kept.attributions) == 2 * kept.attributions["cell"].nunique()


def test_nothing_of_torchs_state_changes(model: Any) -> None:
    with torch.no_grad():
        attribute(model, drugs=["drug-00"], subset="test")
        assert not torch.is_grad_enabled()


def test_features_are_matched_by_name_in_another_study(model: Any, study: Study) -> None:
    frames = {name: study.modality(name).frame() for name in MODALITIES}
    turned = {name: frame[frame.columns[::-1]] for name, frame in frames.items()}
    response = study.response("ic50").assign(measure="ic50")
    other = Study.from_frames(
        response, turned, samples=study.cells, drugs=study.drugs, unit="arbitrary",
        higher="resistant",
    )  # fmt: skip
    mine = attribute(model, drugs=["drug-00"]).ranking
    again = attribute(model, other, drugs=["drug-00"]).ranking
    assert mine["feature"].head(5).tolist() == again["feature"].head(5).tolist()
    np.testing.assert_allclose(mine["mean_abs"].head(20), again["mean_abs"].head(20), rtol=1e-3)


def test_several_models_are_averaged(model: Any, study: Study) -> None:
    other = mmdrp.ResponseModel(MODALITIES, net=False).fit(study, measure="ic50", fold=1)
    mean = attribute([model, other], drugs=DRUGS, stable=5)
    assert len(mean.models) == 2
    assert mean.stability is not None
    assert mean.stability["overlap"].between(0.4, 1).all()
    assert (mean.ranking["runs"] == 2).all()
    assert isinstance(mean.plot.swarm("drug-00"), Figure)
    pair = mmdrp.ResponseModel(["expression"], "morgan", net=False).fit(study, measure="auc")
    with pytest.raises(MmdrpError, match="the models differ in measure"):
        attribute([model, pair], drugs=DRUGS)


def test_a_list_of_lines_is_a_baseline(model: Any, tmp_path: Path) -> None:
    path = tmp_path / "normal.txt"
    path.write_text("LINE000\nLINE003\n")
    listed = attribute(model, drugs=["drug-00"], baseline=["LINE000", "LINE003"])
    read = attribute(model, drugs=["drug-00"], baseline=path)
    pd.testing.assert_frame_equal(listed.ranking, read.ranking)
    with pytest.raises(MmdrpError, match="baseline: row 2: 'NOBODY' is not a line"):
        attribute(model, drugs=["drug-00"], baseline=["LINE000", "NOBODY"])


def test_bits_and_atoms_of_drugs_never_screened(pairs: Any) -> None:
    result = attribute(pairs, subset="test", structure=True)
    assert result.completeness["gap_of_range"].max() < 1e-3
    assert result.structure is not None
    assert (result.structure.completeness["largest_gap"] < 1e-4).all()
    assert result.structure.atoms["value"].any()
    assert "drug" in set(result.ranking["source"])
    drawing = result.plot.molecule(result.drugs[0])
    assert "<svg" in drawing.svg
    assert drawing.png.startswith(b"\x89PNG")


def test_a_model_that_held_nothing_out_has_no_test_lines(study: Study) -> None:
    model = mmdrp.ResponseModel(["expression"], net=False).fit(study, measure="ic50")
    checkpoint = attribute(model, drugs=["drug-00"], subset="train")
    assert checkpoint.completeness["lines"].iloc[0] > 50


def test_a_checkpoint_alone_needs_its_study(model: Any, study: Study, tmp_path: Path) -> None:
    path = model.save(tmp_path / "model.ckpt")
    with pytest.raises(MmdrpError, match="study"):
        attribute(path, drugs=["drug-00"])
    result = attribute(path, study, drugs=["Drug 00"], subset="all")
    assert result.drugs == ["drug-00"]
    with pytest.raises(MmdrpError, match="subset=test: the model held nothing out"):
        attribute(path, study, drugs=["drug-00"], subset="test")


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "method": ({"method": "lime"}, "method=lime: choose among: deeplift, feature_ablation"),
    "method's option": ({"method": {"name": "gradient_shap", "samples": 0}}, "method.samples=0"),
    "subset": ({"subset": "some"}, "subset=some: expected all or train or validation or test"),
    "among": ({"among": "best"}, "among=best: expected all or sensitive or resistant"),
    "by": ({"by": "gene"}, "by=gene: expected tissue or line or null"),
    "quantile": ({"quantile": 1.5}, "quantile=1.5: expected a number between 0 and 1"),
    "baseline": ({"baseline": "healthy"}, "choose mean, zero, tissue, insensitive, or a file"),
    "steps": ({"steps": 0}, "steps=0: expected a whole number from 1 to"),
    "top": ({"top": 0}, "top=0: expected a whole number at least 1 or null"),
    "conditional": ({"conditional": -1.0}, "conditional=-1.0: expected a number above 0"),
    "gene sets": ({"enrich": "nowhere.gmt"}, "enrich=nowhere.gmt"),
    "shapley's structure": ({"method": "shapley", "structure": True}, "modalities apart only"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_an_option_that_cannot_be_is_refused_at_once(mistake: str, model: Any) -> None:
    options, expected = MISTAKES[mistake]
    with pytest.raises(OptionError) as said:
        attribute(model, **options)
    assert expected in str(said.value)
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"method": "deeplift"}, "method=deeplift has no form for the kernel base"),
        ({"part": "network"}, "kept its base alone"),
        ({"structure": True}, r"train pairs \(response=auc\)"),
        ({"drugs": ["aspirin"]}, "there is no drug 'aspirin'"),
    ],
)
def test_what_a_model_cannot_give_is_said(
    options: dict[str, Any], expected: str, model: Any, tmp_path: Path
) -> None:
    with pytest.raises(MmdrpError, match=expected):
        attribute(model, **options, out=tmp_path / "out")
    assert not list(tmp_path.rglob("*.parquet"))


def test_drugs_that_share_a_name_are_told_apart_by_their_ids(result: AttributionResult) -> None:
    names = {DRUGS[0]: "twin", DRUGS[1]: "twin", DRUGS[2]: "single"}
    shared = replace(result, names=names)
    assert list(shared.titles.values()) == [DRUGS[0], DRUGS[1], "single"]
    drawn = [axis.get_title().partition(" (n = ")[0] for axis in shared.plot.bars().axes]
    assert drawn[:3] == [DRUGS[0], DRUGS[1], "single"]


def test_an_interrupted_attribution_goes_on_with_the_other_drugs(
    model: Any, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options: dict[str, Any] = {"drugs": DRUGS, "permutations": 20, "by": "tissue"}
    whole = attribute(model, study, out=tmp_path / "whole", **options)
    usual: Any = vars(attributor)["explained"]
    asked: list[str] = []

    def cut(explainer: Any, target: Any, *rest: Any) -> Any:
        asked.append(target.drug)
        if len(asked) == 2:
            raise KeyboardInterrupt
        return usual(explainer, target, *rest)

    monkeypatch.setattr(attributor, "explained", cut)
    out = tmp_path / "cut"
    with pytest.raises(KeyboardInterrupt):
        attribute(model, study, out=out, **options)
    assert {p.name for p in out.iterdir()} == {MARKER, RESUME}
    again = attribute(model, study, out=out, **options)
    assert asked == [DRUGS[0], DRUGS[1], DRUGS[1], DRUGS[2]]
    assert not (out / RESUME).exists()
    for result, folder in ((whole, tmp_path / "whole"), (again, out)):
        result.write(folder)
    files = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    for name, content in files.items():
        if name.name != MARKER:
            assert (tmp_path / "whole" / name).read_bytes() == content, name
    with pytest.raises(MmdrpError, match="is finished already"):
        attribute(model, study, out=out, **options)
    other = attribute(model, study, drugs=DRUGS[:1], out=out, overwrite=True)
    assert set(other.ranking["drug"]) == {DRUGS[0]}
    assert not (out / "biomarkers.csv").exists()
