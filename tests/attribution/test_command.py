"""``mmdrp attribute`` end to end on the synthetic study: files, options, several runs, mistakes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.study import Study

Cli = Callable[..., int]
DRUGS = "drugs=[drug-00,drug-11]"


@pytest.fixture(scope="module")
def base_run(mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A panel that kept its base alone, trained in a second."""
    out = tmp_path_factory.mktemp("runs") / "base"
    assert mmdrp(
        "train", "study=synthetic", "modality=[expression,mutation,rppa,metabolomics]",
        "net=false", f"out={out}",
    ) == 0  # fmt: skip
    return out


@pytest.fixture(scope="module")
def full(base_run: Path, mmdrp: Cli, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All drugs of it, with permutations and tissues."""
    out = tmp_path_factory.mktemp("ranked")
    drugs = ",".join(f"drug-{family}{k}" for family in range(4) for k in (0, 5))
    words = [f"drugs=[{drugs}]", "permutations=100", "by=tissue", "pictures=2", "block=50"]
    assert mmdrp("attribute", f"run={base_run}", f"out={out}", *words) == 0
    return out


def test_every_file_is_there_and_agrees(full: Path) -> None:
    ranking = pd.read_parquet(full / "rankings.parquet")
    assert list(ranking.columns) == [
        "drug", "source", "feature", "mean_abs", "mean", "consistency", "share", "direction", "n",
        "correlation", "correlation_rank", "rank", "high_means", "p", "q",
    ]  # fmt: skip
    drugs = sorted(set(ranking["drug"]))
    assert len(drugs) == 8
    files = sorted(p.name for p in (full / "attributions.parquet").iterdir())
    assert files == [f"{d}.parquet" for d in drugs]
    long = pd.read_parquet(full / "attributions.parquet")
    assert set(long["drug"]) == set(drugs)
    gaps = pd.read_parquet(full / "completeness.parquet")
    shares = pd.read_parquet(full / "shares.parquet")
    total = shares.groupby(["drug", "cell"])["signed"].sum()
    change = gaps.set_index(["drug", "cell"])["change"].reindex(total.index)
    np.testing.assert_allclose(total, change, atol=1e-4)
    assert pd.read_csv(full / "completeness.csv")["gap_of_range"].max() < 1e-3
    tissue = pd.read_parquet(full / "rankings_tissue.parquet")
    assert set(tissue["tissue"]) == {"lung", "breast", "skin", "blood", "colon", "brain"}
    for name in ("biomarkers", "heatmap", "shares", "swarm_drug-00", "swarm_drug-05"):
        assert (full / f"{name}.png").stat().st_size > 5_000
    agreement = pd.read_csv(full / "agreement.csv")
    assert agreement["spearman"].between(-1, 1).all()


def test_planted_features_lead_are_significant_and_others_hardly_ever(
    full: Path, study: Study
) -> None:
    ranking = pd.read_parquet(full / "rankings.parquet")
    key = ["drug", "source", "feature"]
    planted = pd.read_csv(study.folder / "planted.csv")
    both = ranking.merge(planted, on=key, how="left")
    true = both["effect"].notna()
    assert (both.loc[true, "rank"] <= 10).all()
    assert (both.loc[true, "q"] < 0.05).mean() > 0.9
    called = both[both["q"] < 0.05]
    assert called["effect"].isna().mean() < 0.05
    raises = both.loc[true, "effect"] > 0
    words = both.loc[true, "high_means"]
    assert (words == np.where(raises, "resistance", "sensitivity")).mean() > 0.95


def test_sensitive_lines_alone(base_run: Path, mmdrp: Cli, tmp_path: Path) -> None:
    words = [DRUGS, "among=sensitive", "quantile=0.2", "baseline=insensitive", "pictures=0"]
    assert mmdrp("attribute", f"run={base_run}", f"out={tmp_path}", *words) == 0
    table = pd.read_csv(tmp_path / "completeness.csv")
    assert (table["lines"] < 40).all()
    assert (table["lines"] > 15).all()
    # From insensitive lines to sensitive ones the response falls.
    assert (pd.read_parquet(tmp_path / "completeness.parquet")["change"] < 0).mean() > 0.9


def test_a_file_of_lines_as_baseline_and_a_view_by_line(
    base_run: Path, mmdrp: Cli, tmp_path: Path
) -> None:
    group = tmp_path / "normal.txt"
    group.write_text("LINE000\nLINE003\n")
    out = tmp_path / "out"
    words = [DRUGS, f"baseline={group}", "by=line", "pictures=0", "top=null"]
    assert mmdrp("attribute", f"run={base_run}", f"out={out}", *words) == 0
    by_line = pd.read_parquet(out / "rankings_line.parquet")
    assert (by_line.groupby("cell").size() == 20).all()
    long = pd.read_parquet(out / "attributions.parquet")
    features = pd.read_parquet(out / "rankings.parquet").groupby("drug").size()
    assert (long.groupby(["drug", "cell"]).size() == features.iloc[0]).all()


def test_the_old_name_of_an_option_still_works_and_says_so(
    base_run: Path, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["lines=test", "drugs=[drug-00]", "pictures=0"]
    assert mmdrp("attribute", f"run={base_run}", f"out={tmp_path}", *words) == 0
    said = capsys.readouterr()
    assert "write `subset=` instead of `lines=`" in said.err
    assert said.out.startswith(
        "Strongest features of 1 drug, mean size in arbitrary (+: more of it"
    )


@pytest.mark.parametrize("method", ["saliency", "input_x_gradient", "gradient_shap", "shapley"])
def test_methods_that_join_the_base(
    method: str, base_run: Path, mmdrp: Cli, tmp_path: Path, study: Study
) -> None:
    words = [DRUGS, f"method={method}", "pictures=0"]
    extra = ["method.samples=8"] if method == "gradient_shap" else []
    assert mmdrp("attribute", f"run={base_run}", f"out={tmp_path}", *words, *extra) == 0
    ranking = pd.read_parquet(tmp_path / "rankings.parquet")
    if method == "shapley":
        assert set(ranking["feature"]) == set(ranking["source"])
        return
    planted = pd.read_csv(study.folder / "planted.csv")
    both = planted.merge(ranking, on=["drug", "source", "feature"])
    assert len(both) == 6
    assert (both["rank"] <= 10).all()


def test_several_runs_are_averaged(base_run: Path, mmdrp: Cli, tmp_path: Path) -> None:
    other, out = tmp_path / "other", tmp_path / "out"
    assert mmdrp(
        "train", "study=synthetic", "modality=[expression,mutation,rppa,metabolomics]",
        "net=false", "fold=1", f"out={other}",
    ) == 0  # fmt: skip
    words = [DRUGS, "stable=5", "pictures=1"]
    assert mmdrp("attribute", f"run=[{base_run},{other}]", f"out={out}", *words) == 0
    mean = pd.read_parquet(out / "rankings.parquet")
    assert (mean["runs"] == 2).all()
    assert set(mean["selected"]) <= {0.0, 0.5, 1.0}
    one = pd.read_parquet(out / "run_0" / "rankings.parquet").set_index(["drug", "feature"])
    two = pd.read_parquet(out / "run_1" / "rankings.parquet").set_index(["drug", "feature"])
    both = mean.set_index(["drug", "feature"])["mean_abs"]
    half = (one["mean_abs"] + two["mean_abs"].reindex(one.index)) / 2
    np.testing.assert_allclose(both.reindex(half.index), half, rtol=1e-5)
    stable = pd.read_csv(out / "stability.csv")
    assert stable["overlap"].between(0.4, 1).all()
    assert stable["spearman"].between(0, 1).all()


def test_bits_and_atoms_of_drugs_never_screened(mmdrp: Cli, tmp_path: Path) -> None:
    run, out = tmp_path / "run", tmp_path / "out"
    assert mmdrp(
        "train", "study=synthetic", "response=auc", "split=drug", "net=false",
        "modality=[expression,mutation,rppa]", f"out={run}",
    ) == 0  # fmt: skip
    words = ["subset=test", "structure=true", "pictures=1"]
    assert mmdrp("attribute", f"run={run}", f"out={out}", *words) == 0
    assert pd.read_csv(out / "completeness.csv")["gap_of_range"].max() < 1e-3
    whole = pd.read_csv(out / "structure_completeness.csv")
    assert (whole["largest_gap"] < 1e-4).all()
    assert (whole["mean_change"].abs() > 1e-3).any()
    atoms = pd.read_csv(out / "structure_atoms.csv")
    assert atoms["value"].any()
    drawn = sorted(p.suffix for p in out.glob("molecule_*"))
    assert drawn == [".png", ".svg"]
    assert "drug" in set(pd.read_parquet(out / "rankings.parquet")["source"])


MISTAKES = {
    "method": (["method=lime"], "choose among: deeplift, feature_ablation"),
    "subset": (["subset=some"], "subset=some: expected all or train or validation or test"),
    "among": (["among=best"], "among=best: expected all or sensitive or resistant"),
    "by": (["by=gene"], "by=gene: expected tissue or line or null"),
    "quantile": (["quantile=1.5"], "quantile=1.5: expected a number between 0 and 1"),
    "baseline": (["baseline=healthy"], "choose mean, zero, tissue, insensitive, or a file"),
    "steps": (["steps=0"], "steps=0: expected a whole number from 1 to"),
    "top": (["top=0"], "top=0: expected a whole number at least 1 or null"),
    "deeplift of a base": (["method=deeplift"], "method=deeplift has no form for the kernel base"),
    "network of a base alone": (["part=network"], "kept its base alone"),
    "structure of a panel": (["structure=true"], "train pairs (response=auc)"),
    "unknown drug": (["drugs=[aspirin]"], "there is no drug 'aspirin'"),
    "gene sets": (["enrich=nowhere.gmt"], "enrich=nowhere.gmt"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_leaves_no_table(
    mistake: str, base_run: Path, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words, expected = MISTAKES[mistake]
    capsys.readouterr()
    assert mmdrp("attribute", f"run={base_run}", f"out={tmp_path / 'out'}", *words) == 2
    said = [x for x in capsys.readouterr().err.splitlines() if x.startswith("mmdrp: ")]
    assert len(said) == 1
    assert expected in said[0]
    assert not list((tmp_path / "out").glob("*.parquet")) if (tmp_path / "out").exists() else True


def test_a_baseline_file_with_an_unknown_line_names_its_row(
    base_run: Path, mmdrp: Cli, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    group = tmp_path / "normal.txt"
    group.write_text("LINE000\nNOBODY\n")
    out = tmp_path / "out"
    assert mmdrp("attribute", f"run={base_run}", f"out={out}", f"baseline={group}", DRUGS) == 2
    assert "normal.txt: row 2: 'NOBODY' is not a line" in capsys.readouterr().err
