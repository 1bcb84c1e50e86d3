"""Encoders on file: read safely, matched by name, refused where they saw what is held out."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.nn.encoder import MLPEncoder
from mmdrp.nn.scale import Standardize
from mmdrp.registry import part
from mmdrp.training.pretraining import encoders as pretrain
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.training.pretraining.reuse import adopt, refuse_held_out, warm_start

GENES = ["TP53", "BRAF", "KRAS", "EGFR", "MYC"]
SHAPE: dict[str, Any] = {
    "name": "mlp", "hidden": [6], "output_dim": 3, "activation": "relu", "dropout": 0.4,
    "input_dropout": 0.0,
}  # fmt: skip


def raw(features: int) -> Standardize:
    torch.manual_seed(1)
    return Standardize(features, centre=False, power=0.0).fit(torch.randn(20, features))


def encoder(features: int) -> MLPEncoder:
    return MLPEncoder(features, [6], 3, dropout=0.0, input_dropout=0.0, activation="relu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = Autoencoder(raw(5), encoder(5))
    Pretrained(
        "mutation", "tumours", GENES, frozenset({"T1", "T2"}), False, part("encoder", SHAPE),
        net.encoder.state_dict(), net.decoder.state_dict(), net.scale.state_dict(),
    ).save(tmp_path / "mutation.ckpt")  # fmt: skip
    return tmp_path


def test_a_file_comes_back_as_it_was_written(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    assert (one.modality, one.study, one.features) == ("mutation", "tumours", GENES)
    assert one.ids == {"T1", "T2"}
    assert one.weights["project.weight"].shape == (6, 5)
    assert [p.name for p in folder.iterdir()] == ["mutation.ckpt"]


def test_genes_are_matched_by_name_in_any_order(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    names = ["NEW1", "MYC", "EGFR", "NEW2", "TP53", "BRAF", "KRAS"]
    mine = encoder(7)
    assert warm_start(mine, raw(7), names, one, "zero") == 5
    original = encoder(5)
    original.load_state_dict(one.weights)
    x = torch.randn(4, 7)
    there = x[:, [names.index(gene) for gene in GENES]]
    # Unknown genes have columns of zeros: whatever their value, the encoder computes what it did.
    torch.testing.assert_close(mine(x), original(there))


def test_unknown_genes_may_keep_their_drawn_weights(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    mine = encoder(2)
    drawn = mine.project.weight[:, 1].clone()
    warm_start(mine, raw(2), ["BRAF", "NEW"], one, "keep")
    assert torch.equal(mine.project.weight[:, 1], drawn)
    assert torch.equal(mine.project.weight[:, 0], one.weights["project.weight"][:, 1])


def test_no_gene_in_common_is_refused(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    with pytest.raises(MmdrpError, match=r"shares no feature.*TP53.*ENSG1"):
        warm_start(encoder(2), raw(2), ["ENSG1", "ENSG2"], one, "zero")


def test_an_encoder_that_saw_held_out_lines_is_refused_unless_allowed(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    refuse_held_out({"mutation": one}, frozenset({"T3"}))
    with pytest.raises(MmdrpError, match=r"has seen 1 lines of validation and test \(T2"):
        refuse_held_out({"mutation": one}, frozenset({"T2", "T3"}))
    allowed = replace(one, held_out_allowed=True)
    refuse_held_out({"mutation": allowed}, frozenset({"T2"}))
    assert "scores are too good" in caplog.text


def test_encoders_are_found_in_a_folder_a_file_or_a_mapping(folder: Path) -> None:
    path = folder / "mutation.ckpt"
    read = Pretrained.read(path)
    for given in (
        str(folder),
        folder,
        str(path),
        {"mutation": str(path)},
        {"mutation": read},
        read,
    ):
        assert list(pretrain.find(given, ["expression", "mutation"])) == ["mutation"]
    assert pretrain.find(None, ["mutation"]) == {}
    # Variants on fewer modalities go with the same option.
    assert pretrain.find({"mutation": str(path)}, ["expression"]) == {}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("nowhere.ckpt", "no such file"),
        ("{folder}", "holds no encoder of cnv; it has: mutation"),
        ("{folder}/mutation.ckpt", "of mutation, which is not among the chosen"),
    ],
)
def test_what_cannot_be_found(folder: Path, given: str, said: str) -> None:
    with pytest.raises(MmdrpError, match=said):
        pretrain.find(given.format(folder=folder), ["cnv"])


def test_damaged_and_foreign_files_are_refused_in_one_line(folder: Path) -> None:
    path = folder / "mutation.ckpt"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(MmdrpError, match="not an encoder of mmdrp pretrain"):
        Pretrained.read(path)
    torch.save({"something": Path("else")}, path)  # needs unpickling of arbitrary classes
    with pytest.raises(MmdrpError, match="not an encoder of mmdrp pretrain"):
        Pretrained.read(path)


def test_a_spec_takes_the_shape_of_the_file_and_keeps_its_dropout(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    own = {**SHAPE, "hidden": [256], "output_dim": 64, "activation": "silu", "dropout": 0.1}
    assert adopt(part("encoder", own), one.encoder).plain() == {**SHAPE, "dropout": 0.1}


def test_files_of_format_1_are_read_by_their_old_names(folder: Path) -> None:
    path = folder / "mutation.ckpt"
    raw = torch.load(path, weights_only=True)
    del raw["sha256"]
    spec = raw["mmdrp_pretrain"]
    assert spec["format"] == 2
    old = {k: v for k, v in SHAPE.items() if k != "name"}
    old["_target_"] = "mmdrp.nn.encoder.MLPEncoder"
    spec |= {"format": 1, "told": spec.pop("held_out_allowed"), "encoder": old}
    raw["encoder"] = {k.replace("_trunk.", "_rest."): v for k, v in raw["encoder"].items()}
    before = Pretrained.read(path)
    torch.save(raw, path)
    now = Pretrained.read(path)
    assert now.encoder == before.encoder
    assert all(torch.equal(now.weights[name], value) for name, value in before.weights.items())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"encoder": {"_target_": "os.system"}}, "no part of mmdrp"),
        ({"encoder": {"name": "unknown"}}, "choose among"),
        ({"format": 3}, "format 3, expected 2"),
        ({"ids": [1]}, "ids"),
        ({"features": GENES[:4]}, "do not fit the encoder"),
    ],
)
def test_a_file_that_says_something_else_is_refused(
    folder: Path, change: dict[str, Any], said: str
) -> None:
    path = folder / "mutation.ckpt"
    raw = torch.load(path, weights_only=True)
    del raw["sha256"]
    raw["mmdrp_pretrain"] |= change
    torch.save(raw, path)
    with pytest.raises(MmdrpError, match=said):
        Pretrained.read(path)


def test_what_is_no_encoder_is_refused() -> None:
    with pytest.raises(MmdrpError, match="pretrained=5: expected a folder, a file or encoders"):
        pretrain.find(5, ["mutation"])
