"""Files damaged at random: bytes flipped, cut, zeroed, or content planted that must never run."""

import io
import json
import os
import pickle
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from mmdrp.io.marker import MARKER

Rng = np.random.Generator
MODES = ("flipped", "cut", "zeroed", "planted")
SHARES = (0.5, 0.15, 0.15, 0.2)
RAN = "RAN"
"""the file that planted content would make outside"""


class Payload:
    """An object whose pickle makes a file when it is read unsafely."""

    def __init__(self, outside: Path) -> None:
        self.outside = outside

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.outside / RAN}",)


def damage(path: Path, mode: str, rng: Rng, outside: Path) -> None:
    """Damage one file in place; planted content loses the checksums of its folder."""
    if path.is_symlink() or mode != "planted":
        path.write_bytes(_DAMAGED[mode](path.read_bytes(), rng))
        return
    for folder in list(path.parents)[:3]:
        (folder / MARKER).unlink(missing_ok=True)
    planted = _PLANTED.get(path.suffix, _pickle)
    planted(path, rng, outside)


def _flipped(content: bytes, rng: Rng) -> bytes:
    out = bytearray(content)
    for place in rng.integers(0, len(out), rng.integers(1, 5)):
        out[place] ^= int(rng.integers(1, 256))
    return bytes(out)


def _cut(content: bytes, rng: Rng) -> bytes:
    return content[: rng.integers(0, len(content))]


def _zeroed(content: bytes, rng: Rng) -> bytes:
    length = int(rng.integers(1, max(2, min(4096, len(content) // 4))))
    start = int(rng.integers(0, len(content) - length + 1))
    return content[:start] + bytes(length) + content[start + length :]


_DAMAGED = {"flipped": _flipped, "cut": _cut, "zeroed": _zeroed}


def _pickle(path: Path, rng: Rng, outside: Path) -> None:
    del rng
    path.write_bytes(pickle.dumps(Payload(outside)))


def _tensors(path: Path, rng: Rng, outside: Path) -> None:
    """Plant into a file of tensors: a pickle, one inside its archive, or names of functions."""
    choice = rng.integers(3)
    if choice == 0:
        _pickle(path, rng, outside)
    elif choice == 1:
        given, buffer = zipfile.ZipFile(path), io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for name in given.namelist():
                evil = pickle.dumps(Payload(outside))
                archive.writestr(name, evil if name.endswith("data.pkl") else given.read(name))
        given.close()
        path.write_bytes(buffer.getvalue())
    else:
        raw = torch.load(path, weights_only=True)
        raw.pop("sha256", None)
        torch.save(_targets(raw, outside), path)


def _targets(value: Any, outside: Path) -> Any:
    """Name a function to call in every dictionary that names a part."""
    if isinstance(value, dict):
        inner = {key: _targets(item, outside) for key, item in value.items()}
        call = {"_target_": "os.system", "command": f"touch {outside / RAN}"}
        return {**inner, **call} if "name" in inner else inner
    return value


def _json(path: Path, rng: Rng, outside: Path) -> None:
    """Plant into JSON: a name of a function, or of a file outside."""
    raw = json.loads(path.read_text(encoding="utf-8"))
    if rng.integers(2) and isinstance(raw.get("tables"), dict):
        next(iter(raw["tables"].values()))["file"] = f"../{outside.name}/canary.csv"
    raw |= {"_target_": "os.system", "_args_": [f"touch {outside / RAN}"]}
    path.write_text(json.dumps(raw), encoding="utf-8")


def _yaml(path: Path, rng: Rng, outside: Path) -> None:
    """Plant into YAML: a call of Python's own, or Hydra's."""
    text = path.read_text(encoding="utf-8")
    call = f'["touch {outside / RAN}"]'
    if rng.integers(2):
        path.write_text(f"{text}evil: !!python/object/apply:os.system {call}\n", encoding="utf-8")
    else:
        target = f"  _target_: os.system\n  _args_: {call}\n"
        path.write_text(text.replace("loss:\n", f"loss:\n{target}"), encoding="utf-8")


def _link(path: Path, rng: Rng, outside: Path) -> None:
    """Plant a table: a link that leads out of the folder, or a pickle."""
    if rng.integers(2):
        shutil.copy(path, outside / "linked")
        path.unlink()
        path.symlink_to(outside / "linked")
    else:
        _pickle(path, rng, outside)


_PLANTED = {
    ".ckpt": _tensors, ".pt": _tensors, ".json": _json, ".yaml": _yaml, ".csv": _link,
    ".parquet": _link, ".feather": _link,
}  # fmt: skip
