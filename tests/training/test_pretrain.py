"""``pretrain`` from Python: the same defaults as the command, nothing learned twice."""

import inspect
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

import mmdrp
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.experiments import deepdr
from mmdrp.registry import part
from mmdrp.training.modalities import Shared, modality_spec
from mmdrp.training.pretraining.encoders import Encoders, read_summary
from mmdrp.training.pretraining.folder import best_options
from mmdrp.training.pretraining.learn import pretrain
from mmdrp.training.spec import TrainerSpec
from tests.conftest import Compose

SMALL: dict[str, Any] = {"width": (16, 8), "latent": 4, "max_epochs": 2}
BOTH = ["expression", "mutation"]


@pytest.fixture(scope="module")
def encoders(study: Study) -> Encoders:
    return pretrain(study, held_out=True, **SMALL)


def same(one: Encoders, other: Encoders) -> bool:
    return list(one) == list(other) and all(
        torch.equal(one[name].weights[key], other[name].weights[key])
        for name in one
        for key in one[name].weights
    )


def test_the_defaults_are_those_of_the_command(composed: Compose) -> None:
    from omegaconf import OmegaConf

    cfg: Any = OmegaConf.to_container(composed("pretrain"), resolve=True)
    usual = {n: p.default for n, p in inspect.signature(pretrain).parameters.items()}
    del usual["study"], usual["out"], usual["shared_with"]  # the command has a name for the last
    trainer = cfg.pop("trainer")
    assert TrainerSpec(gradient_clip_val=None, max_epochs=usual.pop("max_epochs")) == TrainerSpec(
        **trainer
    )
    assert usual.pop("trainer") is None
    assert cfg["optimizer"] == part("optimizer", usual.pop("optimizer")).plain()
    split = part("split", usual.pop("split")).plain()
    assert cfg["split"] == split
    assert cfg["response"]["measure"] == usual.pop("measure")
    names = [usual[k] for k in ("width", "latent", "dropout", "input_dropout", "activation")]
    sources = dict(modality_spec(n, "mlp", Shared(*names)) for n in usual.pop("modalities"))
    assert list(cfg["modality"]) == list(sources)
    for name, source in sources.items():
        assert part("scale", cfg["modality"][name]["scale"]) == source.scale
        assert part("encoder", cfg["modality"][name]["encoder"]) == source.encoder
    for name, value in usual.items():
        assert cfg[name] == (list(value) if isinstance(value, tuple) else value), name


def test_frames_teach_what_a_study_teaches(study: Study, encoders: Encoders) -> None:
    frames = {name: study.modality(name).frame() for name in BOTH}
    from_frames = pretrain(frames, **SMALL)
    assert same(from_frames, encoders)
    one = from_frames["expression"]
    assert one.ids == set(frames["expression"].index)
    assert set(one.features) <= set(frames["expression"].columns)
    assert not one.held_out_allowed


def test_what_was_learned_is_told(encoders: Encoders) -> None:
    assert list(encoders) == ["mutation", "expression"]
    assert list(encoders.losses) == ["epoch", "train", "validation", "modality"]
    assert len(encoders.losses) == 4
    summary = encoders.summary
    assert summary.loc["mutation", "epochs"] == 2
    losses = encoders["mutation"].losses
    assert losses is not None
    assert summary.loc["mutation", "validation_loss"] == losses["validation"].min()
    assert "validation loss" in str(encoders)


def test_encoders_come_back_from_their_folder(encoders: Encoders, tmp_path: Path) -> None:
    encoders.save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        ".mmdrp", "curves.csv", "expression.ckpt", "mutation.ckpt", "pretrain.json",
    ]  # fmt: skip
    again = Encoders.read(tmp_path)
    assert same(Encoders({name: again[name] for name in encoders}), encoders)
    with pytest.raises(MmdrpError, match="holds no encoder"):
        Encoders.read(tmp_path / "nothing")


def test_only_what_changed_is_learned_again(study: Study, tmp_path: Path) -> None:
    def learn(**changes: Any) -> dict[str, int]:
        pretrain(study, held_out=True, out=tmp_path, **{**SMALL, **changes})
        return {name: (tmp_path / f"{name}.ckpt").stat().st_mtime_ns for name in BOTH}

    first = learn()
    assert learn() == first
    assert len(pd.read_csv(tmp_path / "curves.csv")) == 4
    other = learn(patience=4)
    assert all(other[name] != first[name] for name in BOTH)
    # Other values are another question, too.
    table = study.modality("expression")
    frames = {"expression": table.frame() * 2}
    pretrain(frames, modalities=["expression"], out=tmp_path, **SMALL)
    changed = (tmp_path / "expression.ckpt").stat().st_mtime_ns
    assert changed != other["expression"]
    assert (tmp_path / "mutation.ckpt").stat().st_mtime_ns == other["mutation"]


def test_only_training_lines_of_a_fold_are_seen(study: Study, tmp_path: Path) -> None:
    ids = sorted(study.cells.index)
    parts = (ids[:100], ids[100:130], ids[130:])
    fold = Fold(*(Part({"cell": frozenset(part)}) for part in parts))
    given: tuple[Any, ...] = (fold, tmp_path / "fold.json")
    fold.write(tmp_path / "fold.json")
    for chosen in given:
        seen = pretrain(study, fold=chosen, modalities=["mutation"], **SMALL)["mutation"].ids
        assert seen == set(ids[:100]) & set(study.modality("mutation").ids)
    drawn = pretrain(study, fold=1, modalities=["mutation"], **SMALL)["mutation"].ids
    model = mmdrp.ResponseModel(["mutation"], net=False).fit(study, fold=1)
    assert model.fold_ is not None
    assert drawn == model.fold_.train.ids["cell"] & set(study.modality("mutation").ids)


def test_a_model_starts_from_encoders_in_memory(
    study: Study, encoders: Encoders, tmp_path: Path
) -> None:
    encoders.save(tmp_path / "encoders")
    options: dict[str, Any] = {"max_epochs": 1, "head": (8,)}
    in_memory = deepdr.model(pretrained=encoders, **options).fit(study, fold=0)
    from_files = deepdr.model(pretrained=str(tmp_path / "encoders"), **options).fit(study, fold=0)
    pd.testing.assert_frame_equal(in_memory.predictions_, from_files.predictions_)
    in_memory.save(tmp_path / "model.ckpt")
    again = mmdrp.load_model(tmp_path / "model.ckpt")
    assert again.spec_.train.pretrained is None
    assert list(again.spec_.model.sources["mutation"].encoder.options["hidden"]) == [16, 8]
    np.testing.assert_array_equal(again.predict(study)["pred"], in_memory.predict(study)["pred"])


def test_encoders_that_saw_held_out_lines_are_refused(study: Study, encoders: Encoders) -> None:
    strict = {name: replace(one, held_out_allowed=False) for name, one in encoders.items()}
    with pytest.raises(MmdrpError, match="the encoder of mutation has seen"):
        deepdr.model(pretrained=strict, max_epochs=1).fit(study, fold=0)


def test_features_may_be_those_of_another_study(study: Study) -> None:
    table = study.modality("expression")
    few = Study.from_frames(None, {"expression": table.frame().iloc[:, :12]})
    options: dict[str, Any] = {**SMALL, "modalities": ["expression"], "held_out": True}
    one = pretrain(study, shared_with=few, **options)["expression"]
    assert one.features == list(table.features[:12])
    with pytest.raises(MmdrpError, match="shares 12 features"):
        pretrain(study, shared_with=few, min_shared=13, **options)


def test_the_best_of_many_runs_is_found(study: Study, tmp_path: Path) -> None:
    for i, latent in enumerate((1, 8)):
        options: dict[str, Any] = {**SMALL, "latent": latent, "held_out": True}
        pretrain(study, modalities=["expression"], out=tmp_path / str(i), **options)
    summaries = [read_summary(tmp_path / str(i))["expression"] for i in range(2)]
    losses = {s["choice"]["latent"]: s["validation_loss"] for s in summaries}
    best = best_options(tmp_path, ["expression"])
    assert best == {
        "width": [16, 8], "latent": min(losses, key=lambda k: losses[k]), "size": 128,
    }  # fmt: skip
    with pytest.raises(MmdrpError, match="holds no finished run of mutation"):
        best_options(tmp_path, ["mutation"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"validation": 1.5}, "validation=1.5: expected a number between 0 and 1"),
        ({"objective": "mae"}, "objective=mae: expected mse or bce"),
        ({"objective": "bce", "output": "relu"}, "objective=bce needs linear"),
        ({"objective": "bce", "modalities": ["expression"]}, "the data are not 0/1"),
        ({"modalities": "expression"}, "modalities=expression: expected a list"),
        ({"modalities": []}, "choose at least one"),
        ({"modalities": ["nothing"]}, "has no modality 'nothing'"),
        ({"fold": True}, "fold=True"),
        ({"split": "drug"}, "drug"),
        ({"optimizer": "sgd"}, "optimizer=sgd: choose among"),
        ({"trainer": {"epochs": 3}}, "trainer.epochs: there is no such option"),
        ({"trainer": {"devices": 2}}, "learned on one device"),
        ({"shared_with": "nowhere"}, "no such study folder"),
    ],
)
def test_mistakes_name_the_argument(study: Study, options: dict[str, Any], said: str) -> None:
    with pytest.raises(MmdrpError, match=said):
        pretrain(study, **{**SMALL, **options})


def test_what_is_no_study_is_refused(study: Study) -> None:
    with pytest.raises(OptionError, match="study=data/tcga: expected a study"):
        pretrain("data/tcga")  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="'mutation' is not given"):
        pretrain({"expression": study.modality("expression").frame()})
