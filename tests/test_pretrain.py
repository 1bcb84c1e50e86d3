"""Encoders on file: read safely, matched by name, refused where they saw what is held out."""

from pathlib import Path

import pytest
import torch
from omegaconf import OmegaConf

from mmdrp import pretrain
from mmdrp.errors import MmdrpError
from mmdrp.nn.autoencoder import Autoencoder
from mmdrp.nn.encoder import MLPEncoder
from mmdrp.nn.scale import Standardize
from mmdrp.pretrain import Pretrained

GENES = ["TP53", "BRAF", "KRAS", "EGFR", "MYC"]
SHAPE = {
    "_target_": "mmdrp.nn.encoder.MLPEncoder", "hidden": [6], "output_dim": 3,
    "activation": "relu", "dropout": 0.4, "input_dropout": 0.0,
}  # fmt: skip


def raw(features: int) -> Standardize:
    torch.manual_seed(1)
    return Standardize(features, centre=False, power=0.0).fit(torch.randn(20, features))


def encoder(features: int) -> MLPEncoder:
    return MLPEncoder(features, [6], 3, dropout=0.0, activation="relu")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    net = Autoencoder(raw(5), encoder(5))
    spec = {
        "modality": "mutation", "study": "tumours", "features": GENES, "ids": ["T1", "T2"],
        "told": False, "encoder": SHAPE,
    }  # fmt: skip
    pretrain.write(tmp_path / "mutation.ckpt", net, spec)
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
    assert pretrain.warm_start(mine, raw(7), names, one, "zero") == 5
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
    pretrain.warm_start(mine, raw(2), ["BRAF", "NEW"], one, "keep")
    assert torch.equal(mine.project.weight[:, 1], drawn)
    assert torch.equal(mine.project.weight[:, 0], one.weights["project.weight"][:, 1])
    with pytest.raises(MmdrpError, match="pretrained_absent=none"):
        pretrain.warm_start(mine, raw(2), ["BRAF", "NEW"], one, "none")


def test_no_gene_in_common_is_refused(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    with pytest.raises(MmdrpError, match=r"shares no feature.*TP53.*ENSG1"):
        pretrain.warm_start(encoder(2), raw(2), ["ENSG1", "ENSG2"], one, "zero")


def test_an_encoder_that_saw_held_out_lines_is_refused_unless_told(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    pretrain.refuse_held_out({"mutation": one}, frozenset({"T3"}))
    with pytest.raises(MmdrpError, match=r"has seen 1 lines of validation and test \(T2"):
        pretrain.refuse_held_out({"mutation": one}, frozenset({"T2", "T3"}))
    told = Pretrained(**{**vars(one), "told": True})
    pretrain.refuse_held_out({"mutation": told}, frozenset({"T2"}))
    assert "scores are too good" in caplog.text


def test_encoders_are_found_in_a_folder_a_file_or_a_mapping(folder: Path) -> None:
    path = folder / "mutation.ckpt"
    for given in (str(folder), str(path), OmegaConf.create({"mutation": str(path)})):
        assert list(pretrain.find(given, ["expression", "mutation"])) == ["mutation"]
    assert pretrain.find(None, ["mutation"]) == {}
    # Designs on fewer modalities go with the same option.
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


def test_a_configuration_takes_the_shape_of_the_file_and_keeps_its_dropout(folder: Path) -> None:
    one = Pretrained.read(folder / "mutation.ckpt")
    own = {**SHAPE, "hidden": [256], "output_dim": 64, "activation": "silu", "dropout": 0.1}
    cfg = OmegaConf.create({"modality": {"mutation": {"encoder": own}}})
    OmegaConf.set_struct(cfg, True)
    pretrain.adopt(cfg, {"mutation": one})
    assert cfg.modality.mutation.encoder == {**SHAPE, "dropout": 0.1}
