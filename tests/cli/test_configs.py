"""Every configuration file composes, and names parts that there are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.launch import config_dir
from mmdrp.cli.sweep import expand
from mmdrp.data.study import Study
from mmdrp.training import build
from tests.conftest import Compose, Specified

CONF = config_dir()
COMMANDS = sorted(p.stem for p in CONF.glob("*.yaml") if p.stem != "run")
GROUPS = [
    (path.parent.name, path.stem)
    for path in sorted(CONF.glob("*/*.yaml"))
    if path.parent.name not in ("sweep", "search")
]
FUSIONS = sorted(p.stem for p in (CONF / "fusion").glob("*.yaml") if p.stem != "none")


def keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        yield from map(str, node)
        for value in node.values():
            yield from keys(value)
    elif isinstance(node, list):
        for value in node:
            yield from keys(value)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_composes(command: str, composed: Compose) -> None:
    overrides = ["study=synthetic"] if command in ("train", "data") else []
    assert isinstance(compose(command, overrides), DictConfig)


@pytest.mark.parametrize(("group", "choice"), GROUPS)
def test_every_group_file_composes_and_names_no_path_of_code(
    group: str, choice: str, composed: Compose
) -> None:
    words = {
        "encoder": [f"encoder@modality.expression.encoder={choice}"],
        "modality": [f"modality=[{choice}]"],
        "baselines": [f"baselines@baseline=[{choice}]"],
    }.get(group, [f"{group}={choice}"])
    if (group, choice) == ("study", "folder"):
        words.append("study.path=somewhere")
    command = {"baselines": "evaluate", "method": "attribute"}.get(group, "train")
    plain = OmegaConf.to_container(compose(command, [*words, "out=x"]), resolve=True)
    assert isinstance(plain, dict)
    assert not {key for key in keys(plain) if key.startswith("_")}


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("encoder", ["mlp", "linear"])
@pytest.mark.parametrize("response", ["ic50", "auc"])
def test_every_part_builds_a_network_that_runs(
    fusion: str, encoder: str, response: str, specified: Specified, study: Study
) -> None:
    spec = specified(
        f"fusion={fusion}", f"response={response}", "modality=[expression,proteomics]",
        f"encoder@modality.expression.encoder={encoder}",
    )  # fmt: skip
    data = build.data_of(spec, study)
    module = build.module_of(spec, data, study)
    batch = next(iter(data.train_dataloader()))
    module.loss(module(batch), batch.y, batch.weight).backward()
    grads = [p.grad for p in module.net.parameters() if p.requires_grad]
    assert all(g is None or torch.isfinite(g).all() for g in grads)
    assert sum(g is not None for g in grads) > len(grads) / 2


def test_the_wandb_sweep_runs_our_own_overrides() -> None:
    sweep = yaml.safe_load((CONF / "sweep" / "modalities.yaml").read_text())
    assert sweep["command"][:2] == ["mmdrp", "train"]
    assert "${args_no_hyphens}" in sweep["command"]
    words = expand(["-m", "sweep=modalities"], CONF)
    assert words[0] == "-m"
    parsed = OverridesParser.create().parse_overrides(words[1:])
    count = {o.key_or_group: len(list(o.sweep_string_iterator())) for o in parsed}
    assert count == {"modality": 7, "optimizer.lr": 2}
    # W&B hands each agent one key=value per parameter, which must compose as it stands.
    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        for value in sweep["parameters"]["modality"]["values"]:
            cfg = compose("train", [f"modality={value}", "logger=wandb"])
            assert list(cfg.modality) == value.strip("[]").split(",")


def test_no_absolute_paths_in_configs() -> None:
    for path in Path(CONF).rglob("*.yaml"):
        assert ": /" not in path.read_text().replace("- /encoder", "")
