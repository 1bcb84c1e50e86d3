"""One synthetic study and one configuration reader for all tests."""

import os

# Two workers on two cores: threads of their own would only wait for each other.
os.environ.setdefault("OMP_NUM_THREADS", "1")

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hypothesis import settings
from omegaconf import DictConfig

from mmdrp.cli.config import spec_of_config
from mmdrp.cli.launch import config_dir
from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.training.spec import Spec

# A busy machine, or one that traces coverage, is slow and not wrong: no example has a deadline.
# The same examples in every run, so that a failure is the change's; HYPOTHESIS_PROFILE=search draws
# new ones each time.
settings.register_profile("mmdrp", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "mmdrp"))

Compose = Callable[..., DictConfig]
Specified = Callable[..., Spec]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--network", action="store_true", help="also run tests that download")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--network"):
        return
    skip = pytest.mark.skip(reason="needs the package index: run with --network")
    for item in items:
        if "network" in item.keywords:
            item.add_marker(skip)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Import no benchmark or script in search of doctests: some need packages of their own."""
    name = collection_path.name
    return True if name.endswith(".py") and not name.startswith("test_") else None


@pytest.fixture(scope="session")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    """The synthetic study, generated once per worker."""
    return synthetic.build(tmp_path_factory.mktemp("studies") / "synthetic")


@pytest.fixture
def composed(study: Study, tmp_path: Path) -> Iterator[Compose]:
    """Compose a command's configuration on the synthetic study."""
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):

        def make(command: str = "train", *overrides: str) -> DictConfig:
            base = ["study=synthetic", f"study.path={study.folder}", f"out={tmp_path}"]
            cfg: DictConfig = compose(command, [*base, *overrides])
            return cfg

        yield make


@pytest.fixture
def specified(composed: Compose) -> Specified:
    """The spec of ``mmdrp train`` with these options, on the synthetic study."""
    return lambda *overrides: spec_of_config(composed("train", *overrides))


@pytest.fixture(scope="session")
def mmdrp(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., int]:
    """The command line in this process, its data folder holding the synthetic study."""
    from mmdrp.cli import main

    os.environ["MMDRP_DATA"] = str(study.folder.parent)

    def call(*words: str) -> int:
        return main(list(words))

    return call


@pytest.fixture(scope="session")
def panel(mmdrp: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained panel run (by_cell) on three modalities."""
    out = tmp_path_factory.mktemp("runs") / "panel"
    assert mmdrp(
        "train", "study=synthetic", "modality=[expression,mutation,rppa,metabolomics]",
        f"out={out}", "trainer.max_epochs=60", "sampler.size=16", "optimizer.lr=3e-3",
        "dropout=0.1", "input_dropout=0.1", "patience=60",
    ) == 0  # fmt: skip
    return out


@pytest.fixture(scope="session")
def pairs(mmdrp: Callable[..., int], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A trained pair run (by_pair) on three modalities and the drugs' structures."""
    out = tmp_path_factory.mktemp("runs") / "pairs"
    assert mmdrp(
        "train", "study=synthetic", "response=auc", "modality=[expression,mutation,rppa]",
        f"out={out}", "trainer.max_epochs=25", "optimizer.lr=3e-3",
    ) == 0  # fmt: skip
    return out
