"""``mmdrp train -m sweep=modalities``: a W&B sweep file run as a Hydra multirun, no server."""

from pathlib import Path
from typing import Any

import yaml

from mmdrp.errors import MmdrpError


def expand(words: list[str], conf: Path) -> list[str]:
    """Replace ``sweep=NAME`` by the parameters of ``conf/sweep/NAME.yaml``."""
    out: list[str] = []
    for word in words:
        name = word.removeprefix("sweep=")
        out += [word] if name == word else _overrides(name, conf / "sweep")
    return out


def _overrides(name: str, folder: Path) -> list[str]:
    path = folder / f"{name}.yaml"
    if not path.is_file():
        names = ", ".join(sorted(p.stem for p in folder.glob("*.yaml")))
        raise MmdrpError(f"sweep={name}: there is no such sweep; choose among: {names}")
    parameters: dict[str, dict[str, Any]] = yaml.safe_load(path.read_text())["parameters"]
    return [
        f"{key}={','.join(map(str, given.get('values', [given.get('value')])))}"
        for key, given in parameters.items()
    ]
