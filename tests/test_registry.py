"""Parts by name: one's own, those of installed packages, and nothing that a file merely names."""

import logging
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import mmdrp
from mmdrp import registry
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.options import Count
from mmdrp.registry import Part, build, find, maker, names, part, register
from mmdrp.training.checkpoint import restore
from mmdrp.training.model import ResponseModel, load_model
from mmdrp.training.plain import spec_of
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.training.runs import Run

TINY: dict[str, Any] = {
    "modalities": ["expression"], "latent": 4, "head": [4], "max_epochs": 1, "margin": -1000.0,
}  # fmt: skip
CODE = ("pathlib.Path.write_text", "pandas.read_pickle", "os.system", "mmdrp.nn.base.evil.Kernel")


class Mine(nn.Module):
    """An encoder as a user writes one."""

    def __init__(self, input_dim: int, output_dim: Count = 3, sharp: bool = False) -> None:
        super().__init__()
        self.output_dim = output_dim
        self.linear = nn.Linear(input_dim, output_dim)
        self.sharp = sharp

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.linear(x)
        return out.sign() if self.sharp else out


@pytest.fixture
def parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    copy = {kind: dict(named) for kind, named in registry._PARTS.items()}
    monkeypatch.setattr(registry, "_PARTS", copy)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=60, features=20)


def test_register_find_names_build(parts: None) -> None:
    register("encoder", "mine", Mine)
    register("encoder", "mine", Mine)  # again, as when a notebook's cell runs twice
    assert find("encoder", "mine") is Mine
    assert "mine" in names("encoder")
    chosen = part("encoder", {"name": "mine", "sharp": True})
    assert chosen == Part("mine", {"output_dim": 3, "sharp": True})
    assert chosen.plain() == {"name": "mine", "output_dim": 3, "sharp": True}
    assert part("encoder", chosen.plain()) == part("encoder", chosen) == chosen
    made = build("encoder", chosen, input_dim=5)
    assert made(torch.ones(2, 5)).abs().tolist() == [[1.0] * 3] * 2
    assert isinstance(maker("encoder", chosen)(input_dim=5), Mine)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: register("encoder", "mlp", Mine), "encoder 'mlp' is mmdrp.nn.*; choose a new"),
        (lambda: register("coder", "mine", Mine), "kind=coder: choose among: base, encoder"),
        (lambda: find("encoder", "mine"), "encoder=mine: choose among: graph, linear, mlp, name"),
        (lambda: part("base", {"gamma": 1.0}), "base: has no name; choose among: kernel"),
        (lambda: part("base", {"name": ["kernel"]}), "base: has no name"),
        (lambda: part("base", 5), "base: has no name"),  # type: ignore[arg-type]
        (lambda: part("base", {"name": "kernel", "gama": 1}), "base.gama: there is no such option"),
        (lambda: part("base", "kernel", gamma=-1.0), "base.gamma=-1.0: expected"),
        (lambda: part("encoder", {"name": "mlp", "input_dim": 4}), "encoder.input_dim: there is"),
    ],
)
def test_mistakes_are_named(act: Callable[[], Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        act()


@pytest.mark.parametrize("drug", [None, "maccs"])
def test_an_encoder_of_ones_own_trains_is_saved_and_loaded(
    drug: str | None, parts: None, small: Study, tmp_path: Path
) -> None:
    mmdrp.register("encoder", "mine", Mine)
    own = {"name": "mine", "sharp": False}
    model = ResponseModel(drug_features=drug, encoder=own, drug_encoder="mine", **TINY)
    model.fit(small, fold=0)
    assert isinstance(model.net_.encoder["expression"], Mine)
    assert model.net_.encoder["expression"].output_dim == 4  # latent, as of every encoder
    again = load_model(model.save(tmp_path / "model.ckpt"))
    np.testing.assert_array_equal(again.predict(small)["pred"], model.predict(small)["pred"])
    load_model(model.save(tmp_path / "run"))
    assert Run(tmp_path / "run").spec == model.spec_


def test_a_name_that_nobody_registered_here_is_refused(
    small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        here.setattr(registry, "_PARTS", {k: dict(v) for k, v in registry._PARTS.items()})
        mmdrp.register("encoder", "mine", Mine)
        ResponseModel(encoder="mine", **TINY).fit(small, fold=0).save(tmp_path / "model.ckpt")
    said = r"modality.expression.encoder=mine: choose among: graph, linear, mlp, name, pca"
    with pytest.raises(MmdrpError, match=said):
        restore(tmp_path / "model.ckpt")


def test_a_part_of_an_installed_package_is_found(
    parts: None, small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry point ``mmdrp.encoder``: nothing needs to be imported by hand."""
    module = type(sys)("a_package")
    module.Theirs = Mine  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "a_package", module)
    points = EntryPoints([EntryPoint("theirs", "a_package:Theirs", "mmdrp.encoder")])
    monkeypatch.setattr(registry, "entry_points", lambda **given: points.select(**given))
    assert "theirs" in names("encoder")
    assert "theirs" not in names("fusion")
    model = ResponseModel(encoder="theirs", **TINY).fit(small, fold=0)
    again = load_model(model.save(tmp_path / "model.ckpt"))
    assert isinstance(again.net_.encoder["expression"], Mine)


def hostile(path: str, target: Path) -> dict[str, Any]:
    return {"_target_": path, "data": "x", "path": str(target), "command": f"touch {target}"}


PLACES: dict[str, Callable[[dict[str, Any], Any], Any]] = {
    "base": lambda spec, node: spec.update(base=node),
    "encoder": lambda spec, node: spec["modality"]["expression"].update(encoder=node),
    "inside an option": lambda spec, node: spec["base"].update(weights={"expression": node}),
    "inside a list": lambda spec, node: spec.update(head=[node]),
    "trainer": lambda spec, node: spec["trainer"].update(strategy=node),
    "a new key": lambda spec, node: spec.update(callbacks=node),
    "lines": lambda spec, node: spec.update(lines=node),
    "pretrained": lambda spec, node: spec.update(pretrained={"expression": node}),
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("version", [1, 2])
def test_a_path_of_code_in_a_file_is_never_imported(
    place: str, version: int, small: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ResponseModel(net=False, **TINY).fit(small, fold=0)
    model.save(tmp_path / "run")
    file, target = tmp_path / "run" / "model.ckpt", tmp_path / "harm"
    for code in CODE:
        raw = torch.load(file, weights_only=True)
        PLACES[place](raw["mmdrp"]["spec"], hostile(code, target))
        if version == 1:
            raw["mmdrp"]["format"] = 1
            raw["mmdrp"]["config"], raw["mmdrp"]["roster"] = raw["mmdrp"].pop("spec"), {}
        torch.save(raw, tmp_path / "x.ckpt")
        if (place, version) != ("a new key", 1):  # a format-1 file held the command's options, too
            with pytest.raises(MmdrpError) as caught:
                restore(tmp_path / "x.ckpt")
            assert len(str(caught.value).splitlines()) == 1
        config = Run(tmp_path / "run").config
        PLACES[place](config, hostile(code, target))
        if place != "a new key":
            with pytest.raises(OptionError):
                spec_of(config)
    assert not target.exists()


@pytest.mark.parametrize("version", [1, 2])
def test_an_encoder_file_imports_nothing(version: int, tmp_path: Path) -> None:
    target = tmp_path / "harm"
    linear = {"name": "linear", "output_dim": 2, "input_dropout": 0.0}
    weights = build("encoder", part("encoder", linear), input_dim=1).state_dict()
    known = {"format": version, "modality": "mutation", "study": "s", "features": ["A"], "ids": []}
    known["told" if version == 1 else "held_out_allowed"] = False
    content = {"mmdrp_pretrain": known, "encoder": weights, "decoder": {}, "scale": {}}
    path = tmp_path / "x.ckpt"
    torch.save({**content, "mmdrp_pretrain": {**known, "encoder": linear}}, path)
    assert Pretrained.read(path).encoder.name == "linear"
    for code in CODE:
        for encoder in (hostile(code, target), {**linear, "output_dim": hostile(code, target)}):
            torch.save({**content, "mmdrp_pretrain": {**known, "encoder": encoder}}, path)
            with pytest.raises(MmdrpError) as caught:
                Pretrained.read(path)
            assert len(str(caught.value).splitlines()) == 1
    assert not target.exists()


def test_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, mmdrp; dir(mmdrp); from mmdrp import MmdrpError, register;"
        "sys.exit(str({'torch', 'pandas', 'hydra', 'omegaconf', 'numpy', 'rdkit', 'sklearn'}"
        " & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_every_public_name_is_there(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        for name in mmdrp.__all__:
            assert getattr(mmdrp, name) is not None
            assert name in dir(mmdrp)
    assert not caplog.records
    assert isinstance(mmdrp.__version__, str)
    with pytest.raises(AttributeError, match="has no attribute 'ResponseModell'"):
        mmdrp.ResponseModell  # noqa: B018
