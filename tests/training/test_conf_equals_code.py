"""A default is written in Python once; what ``conf/`` says is held equal to it."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml
from hydra import compose

from mmdrp.cli.config import plain_of, spec_of_config
from mmdrp.cli.launch import config_dir
from mmdrp.data.spec import plain
from mmdrp.experiments.deepdr import published
from mmdrp.registry import names, part
from mmdrp.training.modalities import Shared, drug_spec, modality_spec
from mmdrp.training.model import ResponseModel
from mmdrp.training.model.keywords import spec_from
from mmdrp.training.plain import config_of, spec_of
from mmdrp.training.spec import Spec, TrainerSpec
from tests.conftest import Compose, Specified

CONF = config_dir()


def choices(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def composed_group(group: str, choice: str, *words: str) -> Any:
    """What a group's file says, its interpolations resolved in the train command."""
    return plain_of(compose("train", [f"{group}={choice}", *words, "out=x"]))


PARTS = {
    "base": "base", "fusion": "fusion", "loss": "loss", "split": "split", "sampler": "sampler",
    "optimizer": "optimizer", "scheduler": "scheduler", "label_weight": "label_weight",
}  # fmt: skip
FILES = [(g, c) for g in PARTS for c in choices(g) if (g, c) not in {
    ("fusion", "none"), ("scheduler", "none"), ("label_weight", "none")}]  # fmt: skip
SHORT = {("base", "ridge"), ("base", "mean")}
"""files that show only what makes a base another than the one it shares its code with"""


@pytest.mark.parametrize(("group", "choice"), FILES)
def test_a_file_has_the_defaults_of_its_part_and_all_its_options(
    group: str, choice: str, composed: Compose
) -> None:
    given = composed_group(group, choice)[group]
    usual = part(PARTS[group], choice)
    assert part(PARTS[group], given) == usual
    if (group, choice) not in SHORT:
        assert set(given) == set(usual.plain())


def test_every_registered_part_has_a_file_and_the_other_way_round(composed: Compose) -> None:
    for group, kind in PARTS.items():
        own = {c for c in choices(group) if c != "none" or kind == "base"}
        assert own == set(names(kind)), group


@pytest.mark.parametrize("choice", choices("encoder"))
def test_encoders(choice: str, composed: Compose) -> None:
    given = composed_group("encoder@modality.expression.encoder", choice)
    expected = Shared().encoder(choice, "encoder")
    assert part("encoder", given["modality"]["expression"]["encoder"]) == expected


@pytest.mark.parametrize("choice", choices("modality"))
def test_modalities(choice: str, specified: Specified) -> None:
    spec = specified(f"modality=[{choice}]")
    name, source = modality_spec(choice, "mlp", Shared())
    assert spec.data.modalities == (name,)
    assert spec.model.sources == {name: source}


@pytest.mark.parametrize("choice", choices("drug"))
def test_drugs(choice: str, specified: Specified) -> None:
    file = ["drug.path=x.parquet"] if choice == "table" else []
    spec = specified("response=auc", f"drug={choice}", *file)
    asked = {"name": "table", "path": "x.parquet"} if file else choice
    features, source = drug_spec(asked, None, Shared())
    assert spec.data.drug == features
    assert spec.model.sources["drug"] == source


def test_the_trainer_file_is_the_default_trainer() -> None:
    assert yaml.safe_load((CONF / "trainer" / "default.yaml").read_text()) == vars(TrainerSpec())


@pytest.mark.parametrize(
    ("words", "keywords"),
    [
        ((), {}),
        (("response=auc",), {"drug_features": "auto"}),
        (("response=auc", "drug=graph"), {"drug_features": "graph"}),
        (("response=auc", "drug=identity"), {"drug_features": "identity"}),
        (("seed=3",), {"seed": 3}),
        (("seed=3", "response=auc"), {"seed": 3, "drug_features": "auto"}),
        (("trainer=smoke", "scheduler=cosine"), {"max_epochs": 2, "scheduler": "cosine"}),
        (
            ("base=ridge", "fusion=attention", "cell_fusion=mean", "split=tissue", "latent=8"),
            {"base": "ridge", "fusion": "attention", "cell_fusion": "mean", "split": "tissue",
             "latent": 8},
        ),
        (
            ("base.gamma=0.5", "optimizer.lr=0.01", "split.folds=3", "label_weight=smoothed"),
            {"base": {"name": "kernel", "gamma": 0.5}, "folds": 3, "label_weight": "smoothed",
             "optimizer": {"name": "adamw", "lr": 0.01}},
        ),
        (("modality=[mutation_raw]", "net=false"), {"modalities": ["mutation_raw"], "net": False}),
        (("experiment=deepdr",), published.PUBLISHED),
        (("experiment=deepdr_plus",), published.PLUS),
    ],
)  # fmt: skip
def test_the_command_line_and_python_mean_the_same_model(
    words: tuple[str, ...], keywords: Mapping[str, Any], specified: Specified
) -> None:
    """Field by field: the words of ``mmdrp train`` and the keywords of ``ResponseModel``."""
    ours, theirs = spec_from(ResponseModel(**keywords)), specified(*(w for w in words if w))
    for name in ("data", "model", "train", "split"):
        assert plain(getattr(ours, name)) == plain(getattr(theirs, name)), name
    assert ours == theirs


def test_defaults_of_the_specs_are_those_of_the_keywords() -> None:
    """``Spec()`` has no sources of its own; all else is what ``ResponseModel()`` has."""
    model = spec_from(ResponseModel())
    bare = Spec(model=model.model)
    assert bare == model
    assert spec_of({"modality": {name: {} for name in bare.data.modalities}}).data == bare.data


def test_every_experiment_is_read(composed: Compose) -> None:
    for path in sorted((CONF / "experiment").glob("*.yaml")):
        extra = ["pretrained=x"] if "table" in path.stem else []
        spec = spec_of_config(compose("train", [f"experiment={path.stem}", "out=x", *extra]))
        assert set(spec.data.modalities) == {"mutation", "expression"}


def test_a_spec_survives_plain_containers(specified: Specified) -> None:
    for words in ((), ("response=auc", "drug=graph", "scheduler=cosine", "cell_fusion=mean")):
        spec = specified(*words, "randomise.permute=[tissue]")
        config = config_of(spec)
        assert spec_of(yaml.safe_load(yaml.safe_dump(config, sort_keys=False)), strict=True) == spec
