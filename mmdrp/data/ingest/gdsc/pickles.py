"""Pickles from elsewhere, read with an allow-list: nothing else in them can run."""

import collections
import io
import pickle
from functools import cache
from typing import Any

from mmdrp.errors import MmdrpError


def _storage(raw: bytes) -> Any:
    import torch

    try:
        return torch.load(io.BytesIO(raw), weights_only=True)
    except Exception as error:  # torch's own text advises to switch the protection off
        raise MmdrpError("a tensor's storage is damaged or holds more than numbers") from error


@cache
def _allowed() -> dict[tuple[str, str], Any]:
    """Return what a pickle may ask for; torch is imported only when a pickle is read."""
    import torch

    return {
        ("torch._utils", "_rebuild_tensor_v2"): torch._utils._rebuild_tensor_v2,
        ("torch.storage", "_load_from_bytes"): _storage,
        ("collections", "OrderedDict"): collections.OrderedDict,
    }


class _AllowList(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _allowed()[module, name]
        except KeyError:
            wanted = f"{module}.{name}"
            wanted = wanted if wanted.isprintable() else repr(wanted)
            raise MmdrpError(f"the pickle asks for {wanted}, which is not allowed") from None


def load(raw: bytes, what: str) -> Any:
    """Read a pickle of plain containers and tensors; ``what`` names it in errors."""
    try:
        return _AllowList(io.BytesIO(raw)).load()
    except MmdrpError as error:
        raise MmdrpError(f"{what}: {error}") from None
    except Exception as error:  # a damaged pickle raises nearly anything
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise MmdrpError(f"{what}: not a readable pickle: {reason}") from error
