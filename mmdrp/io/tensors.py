"""Files of tensors and plain containers, with a checksum of what they hold."""

import warnings
import zipfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from mmdrp.io.files import whole

CHECKSUM = "sha256"


def write_tensors(path: str | Path, content: Mapping[str, Any]) -> None:
    """Write tensors and plain containers with their checksum, whole or not at all."""
    # Into a stream: into a path, the file would hold the name of the half that it was.
    with whole(path) as half, half.open("wb") as stream:
        torch.save({**content, CHECKSUM: checksum(content)}, stream)


def read_tensors(path: str | Path) -> Any:
    """Read what ``write_tensors`` wrote, on the CPU; nothing in it is run.

    Raises ValueError, or whatever reading a damaged file raises, where a bit of what it holds has
    changed. A file without a checksum, of an earlier version, is read as it is.
    """
    if zipfile.is_zipfile(path):  # torch reads tensors without looking at the archive's checksums
        with zipfile.ZipFile(path) as archive:
            if archive.testzip() is not None:
                raise ValueError("a checksum is another")
    with warnings.catch_warnings(action="ignore"):  # of files that torch did not write
        raw = torch.load(path, map_location="cpu", weights_only=True)
    if isinstance(raw, dict) and CHECKSUM in raw and raw.pop(CHECKSUM) != checksum(raw):
        raise ValueError("the checksum is another")
    return raw


def checksum(content: Any) -> str:
    """Return the SHA-256 of tensors and plain containers: of values, types, names and shapes.

    >>> checksum({"a": 1.0}) == checksum({"a": 1.0}), checksum({"a": 1.0}) == checksum({"a": 1})
    (True, False)
    """
    digest = sha256()
    _feed(digest, content)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, Tensor):
        plain = value.detach().cpu().contiguous()
        digest.update(f"tensor {plain.dtype} {tuple(plain.shape)}:".encode())
        digest.update(plain.flatten().view(torch.uint8).numpy().data)
    elif isinstance(value, Mapping):
        digest.update(f"dict {len(value)}:".encode())
        for key, inner in value.items():
            _feed(digest, key)
            _feed(digest, inner)
    elif isinstance(value, list | tuple):
        digest.update(f"list {len(value)}:".encode())
        for inner in value:
            _feed(digest, inner)
    else:
        text = repr(value).encode("utf-8", "surrogatepass")
        digest.update(f"{type(value).__name__} {len(text)}:".encode() + text)
