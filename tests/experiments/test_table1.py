"""Table 1 from Python: published settings, variants on the same lines, going on after a stop."""

import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import mmdrp
from mmdrp.cli.config import spec_of_config
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.experiments import deepdr
from mmdrp.experiments.deepdr.compare import with_seed
from mmdrp.experiments.deepdr.result import Table1, differences, summarise
from mmdrp.io.marker import check_finished
from mmdrp.training.plain import config_of
from mmdrp.training.pretraining.encoders import Encoders
from mmdrp.training.pretraining.learn import pretrain
from tests.conftest import Compose

SMALL: dict[str, Any] = {"width": (16, 8), "latent": 4, "max_epochs": 2}


@pytest.fixture(scope="module")
def encoders(study: Study) -> Encoders:
    return pretrain(study, held_out=True, **SMALL)


@pytest.fixture(scope="module")
def whole(study: Study, encoders: Encoders, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("table1") / "run"
    deepdr.table1(study, encoders, repeats=2, out=out, **SMALL).write(out, command="mmdrp train")
    return out


@pytest.mark.parametrize(
    ("experiment", "made"), [("deepdr", deepdr.spec), ("deepdr_plus", deepdr.plus_spec)]
)
@pytest.mark.parametrize("seed", [0, 3])
def test_the_published_settings_are_those_of_the_command(
    experiment: str, made: Any, seed: int, composed: Compose
) -> None:
    cfg = composed("train", f"experiment={experiment}", f"seed={seed}")
    assert config_of(spec_of_config(cfg)) == config_of(with_seed(made(), seed))


def test_the_variants_are_those_of_the_command(composed: Compose) -> None:
    from hydra import compose

    words = ["experiment=deepdr_table1", "out=x"]
    cfg = compose("train", words)
    assert list(cfg.variants) == list(deepdr.VARIANTS)
    for name, changes in cfg.variants.items():
        keys = {str(change).split("=")[0] for change in changes}
        kept = [word for word in words if word.split("=")[0] not in keys]
        ours = deepdr.spec(**deepdr.VARIANTS[name])
        assert spec_of_config(compose("train", [*kept, *changes])) == ours, name


def test_a_seed_moves_lines_weights_and_batches() -> None:
    moved = with_seed(deepdr.spec(seed=2), 7)
    assert moved == with_seed(deepdr.spec(seed=7), 7)
    own = deepdr.spec(split={"name": "cell", "seed": 5})
    assert with_seed(own, 7).split.split.options["seed"] == 5


def test_a_comparison_in_memory_is_the_one_in_a_folder(
    study: Study, encoders: Encoders, whole: Path
) -> None:
    variants = {"deepdr": {}, "pca": deepdr.VARIANTS["pca"]}
    found = deepdr.table1(study, encoders, repeats=1, variants=variants, **SMALL)
    assert isinstance(found, Table1)
    assert list(found.table["variant"]) == [
        "deepdr", "pca", "linear_regression", "svm", "drug_mean", "mean_effects",
    ]  # fmt: skip
    stored = pd.read_csv(whole / "shuffles.csv")
    stored = stored[(stored["repeat"] == 0) & stored["variant"].isin(found.repeats["variant"])]
    pd.testing.assert_frame_equal(
        found.repeats.drop(columns="seconds"),
        stored.reset_index(drop=True).drop(columns="seconds"),
    )
    assert set(found.per_sample["part"]) == {"train", "validation", "test"}
    assert found.plot.figure2a().axes[0].get_xlabel() == "ic50 (arbitrary)"
    assert len(found.plot.figure2e().axes[0].get_xticklabels()) == 6
    assert "deepdr minus pca" in str(found)


def test_a_variant_may_be_a_whole_spec(study: Study, whole: Path, encoders: Encoders) -> None:
    own = deepdr.spec(pretrained=encoders, **SMALL)
    found = deepdr.table1(
        study, repeats=1, variants={"deepdr": own}, closed_form_baselines=(), **SMALL
    )
    stored = pd.read_csv(whole / "shuffles.csv")
    assert found.repeats["mse_measured"][0] == pytest.approx(stored["mse_measured"][0])


def test_a_repeat_that_is_finished_is_not_done_again(
    study: Study, encoders: Encoders, whole: Path, tmp_path: Path
) -> None:
    out = tmp_path / "run"
    shutil.copytree(whole, out)
    first = out / "shuffles" / "0000.csv"
    before, text = first.stat().st_mtime_ns, (out / "shuffles" / "0001.csv").read_text()
    (out / "shuffles" / "0001.csv").unlink()
    again = deepdr.table1(study, encoders, repeats=2, out=out, **SMALL)
    assert first.stat().st_mtime_ns == before
    redone = pd.read_csv(out / "shuffles" / "0001.csv").drop(columns="seconds")
    (tmp_path / "before.csv").write_text(text)
    pd.testing.assert_frame_equal(
        redone, pd.read_csv(tmp_path / "before.csv").drop(columns="seconds")
    )
    assert again.responses is not None
    for changed, said in (
        ({"patience": 4}, "settings.patience"),
        ({"closed_form_baselines": ("drug_mean",)}, "closed_form_baselines"),
        ({"seed": 1}, "settings"),
    ):
        with pytest.raises(MmdrpError, match=f"made with another {said}"):
            deepdr.table1(study, encoders, repeats=2, out=out, **{**SMALL, **changed})
    other = pretrain(study, held_out=True, seed=1, **SMALL)
    with pytest.raises(MmdrpError, match="made with another encoders"):
        deepdr.table1(study, other, repeats=2, out=out, **SMALL)


def test_a_folder_of_an_earlier_version_goes_on(
    study: Study, encoders: Encoders, whole: Path, tmp_path: Path, composed: Compose
) -> None:
    from omegaconf import OmegaConf

    out = tmp_path / "run"
    (out / "shuffles").mkdir(parents=True)
    frame = pd.read_csv(whole / "shuffles" / "0000.csv")
    renamed = {"repeat": "shuffle", "variant": "design"}
    frame.rename(columns=renamed).to_csv(out / "shuffles" / "0000.csv", index=False)
    words = ["experiment=deepdr_table1", "width=[16,8]", "latent=4", "trainer.max_epochs=2"]
    config: Any = OmegaConf.to_container(composed("train", *words), resolve=True)
    config |= {"designs": config.pop("variants"), "closed": config.pop("closed_form_baselines")}
    OmegaConf.save(OmegaConf.create(config), out / "config.yaml")
    found = deepdr.table1(study, encoders, repeats=1, out=out, **SMALL)
    pd.testing.assert_frame_equal(found.repeats, frame)
    (out / "question.json").unlink()
    with pytest.raises(MmdrpError, match=r"made with another settings\.patience"):
        deepdr.table1(study, encoders, repeats=1, out=out, **{**SMALL, "patience": 4})
    assert check_finished(out)  # as it was before that was refused
    (out / "config.yaml").unlink()
    with pytest.raises(MmdrpError, match="not what they were made with"):
        deepdr.table1(study, encoders, repeats=1, out=out, **SMALL)


def test_medians_and_differences_are_over_the_same_repeats() -> None:
    rows = [
        {
            "repeat": repeat, "variant": variant, "mse_measured": repeat + gap, "mse_imputed": gap,
            "mse_imputed_all": gap, "r_per_drug": 0.5, "lines_test": 10, "lines_train": 80,
        }
        for repeat in range(3)
        for variant, gap in (("deepdr", 1.0), ("drug_mean", 2.0))
    ]  # fmt: skip
    table = summarise(pd.DataFrame(rows)).set_index("variant")
    assert table.loc["deepdr", "mse_measured_median"] == 2
    assert table.loc["deepdr", "to_drug_mean"] == pytest.approx(2 / 3)
    gaps = differences(pd.DataFrame(rows))
    assert gaps["difference"].tolist() == [-1.0, -1.0]
    assert gaps["folds"].tolist() == [3, 3]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"repeats": 0}, "repeats=0: expected a whole number from 1 to"),
        ({"closed_form_baselines": ("forest",)}, "closed_form_baselines"),
        ({"variants": {"deepdr": {}}}, "components of the variant pca"),
        ({"variants": {}}, "variants: give at least one"),
        ({"variants": {"deepdr": []}}, "variants.deepdr: expected what it changes"),
        ({"latent": 0}, "latent=0"),
        ({"measure": "auc", "drug_features": "morgan"}, "compared on panels"),
    ],
)
def test_mistakes_name_the_argument(study: Study, options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        deepdr.table1(study, **options)


def test_the_experiment_is_found_from_the_package() -> None:
    assert mmdrp.experiments.deepdr.table1 is deepdr.table1
