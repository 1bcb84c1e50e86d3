"""Decompositions in float64 of matrices in any dtype: products may be rounded, these may not.

An eigenvector moves by the rounding over the gap to the next one, an inverse by the rounding times
the condition number: in float32 that is the third or fourth digit of a prediction.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor


def eigh(symmetric: Tensor) -> tuple[Tensor, Tensor]:
    """Return eigenvalues (n,), ascending, and eigenvectors (n, n) in the matrix's own dtype."""
    values, vectors = torch.linalg.eigh(symmetric.double())
    return values.to(symmetric.dtype), vectors.to(symmetric.dtype)


def inverse(matrix: Tensor) -> Tensor:
    """Return the inverse (n, n) in the matrix's own dtype."""
    out: Tensor = torch.linalg.inv(matrix.double()).to(matrix.dtype)
    return out


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: for many small matrices, which more threads only wait for.

    Beside another busy process, that waiting takes twenty times the work.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
