"""Every configuration file composes and builds what it names."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import get_class, get_method
from omegaconf import DictConfig, OmegaConf

from mmdrp import build
from mmdrp.cli.launch import config_dir
from mmdrp.cli.sweep import expand
from mmdrp.data.study import Study
from tests.conftest import Compose

CONF = config_dir()
COMMANDS = sorted(p.stem for p in CONF.glob("*.yaml") if p.stem != "run")
GROUPS = [
    (path.parent.name, path.stem)
    for path in sorted(CONF.glob("*/*.yaml"))
    if path.parent.name != "sweep"
]

FUSIONS = sorted(p.stem for p in (CONF / "fusion").glob("*.yaml") if p.stem != "none")


def targets(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["_target_"]] if "_target_" in node else []
        return own + [t for value in node.values() for t in targets(value)]
    if isinstance(node, list):
        return [t for value in node for t in targets(value)]
    return []


def imported(target: str) -> Any:
    try:
        return get_class(target)
    except Exception:
        return get_method(target)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_composes(command: str, composed: Compose) -> None:
    overrides = ["study=synthetic"] if command in ("train", "data") else []
    from hydra import compose

    cfg = compose(command, overrides)
    assert isinstance(cfg, DictConfig)


@pytest.mark.parametrize(("group", "choice"), GROUPS)
def test_every_group_file_composes(group: str, choice: str, composed: Compose) -> None:
    from hydra import compose

    if group == "encoder":
        overrides = [f"encoder@modality.expression.encoder={choice}"]
    elif group == "modality":
        overrides = [f"modality=[{choice}]"]
    else:
        overrides = [f"{group}={choice}"]
    if (group, choice) == ("study", "folder"):
        overrides.append("study.path=somewhere")
    command = {"model": "evaluate", "method": "attribute"}.get(group, "train")
    cfg = compose(command, [*overrides, "out=x"])
    plain = OmegaConf.to_container(cfg, resolve=True)
    assert isinstance(plain, dict)
    for target in targets(plain):
        assert callable(imported(target))


@pytest.mark.parametrize("fusion", FUSIONS)
@pytest.mark.parametrize("encoder", ["mlp", "linear"])
@pytest.mark.parametrize("response", ["ic50", "auc"])
def test_every_part_builds_a_network_that_runs(
    fusion: str, encoder: str, response: str, composed: Compose, study: Study
) -> None:
    cfg = composed(
        "train", f"fusion={fusion}", f"response={response}", "modality=[expression,proteomics]",
        f"encoder@modality.expression.encoder={encoder}",
    )  # fmt: skip
    data = build.data_of(cfg, study)
    module = build.module_of(cfg, data, study)
    batch = next(iter(data.train_dataloader()))
    loss = (
        module.training_step(batch, 0)
        if module._trainer
        else module.loss(module(batch), batch.y, batch.weight)
    )
    loss.backward()
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
    from hydra import compose, initialize_config_dir

    with initialize_config_dir(version_base="1.3", config_dir=str(CONF)):
        for value in sweep["parameters"]["modality"]["values"]:
            cfg = compose("train", [f"modality={value}", "logger=wandb"])
            assert list(cfg.modality) == value.strip("[]").split(",")


def test_no_absolute_paths_in_configs() -> None:
    for path in Path(CONF).rglob("*.yaml"):
        assert ": /" not in path.read_text().replace("- /encoder", "")
