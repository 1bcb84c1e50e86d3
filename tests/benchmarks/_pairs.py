"""Pair training at CTRPv2's shape on generated numbers: 800 lines x 545 drugs, 63,000 features."""

from collections.abc import Iterator
from itertools import islice

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

from mmdrp.batch import Batch
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.batches.sampler import BlockBatches
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.split import Fold, Part
from mmdrp.nn.encoder import MLPEncoder, mlp
from mmdrp.nn.fusion import ConcatFusion
from mmdrp.nn.loss import MSE
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

LINES, DRUGS, BITS = 800, 545, 2048
FEATURES = {"expression": 19_000, "mutation": 18_000, "cnv": 18_000, "proteomics": 8_000}
HIDDEN = 1024  # 67 million parameters, of which 65 million in the first layers


def data(block: int = 64, validation: int = 8) -> ResponseData:
    """Return every pair of generated lines and drugs; a few lines are validation and test."""
    rng = np.random.default_rng(0)
    lines = [f"line-{i:03d}" for i in range(LINES)]
    drugs = [f"drug-{j:03d}" for j in range(DRUGS)]
    sources = {
        name: Table(
            "cell", lines, [f"{name}_{k}" for k in range(d)],
            rng.standard_normal((LINES, d), dtype=np.float32),
        )
        for name, d in FEATURES.items()
    }  # fmt: skip
    bits = (rng.random((DRUGS, BITS), dtype=np.float32) < 0.03).astype(np.float32)
    sources["drug"] = Table("drug", drugs, [f"bit_{k}" for k in range(BITS)], bits)
    ids = {"cell": np.repeat(lines, DRUGS), "drug": np.tile(drugs, LINES)}
    y = rng.standard_normal((LINES * DRUGS, 1), dtype=np.float32)
    held = [frozenset(lines[i : i + validation]) for i in (0, validation)]
    train = frozenset(lines) - held[0] - held[1]
    fold = Fold(*(Part({"cell": part}) for part in (train, *held)))

    def sampler(rows: np.ndarray, groups: np.ndarray) -> BlockBatches:
        return BlockBatches(rows, groups, block=block)

    return ResponseData(Examples(ids, y, ("auc",)), sources, fold, sampler, 8 * DRUGS)


def network() -> ResponseNet:
    """Return encoders of 1024 hidden units, concatenation and a head, unfitted."""
    torch.manual_seed(0)
    dims = {**FEATURES, "drug": BITS}
    axis = {name: "drug" if name == "drug" else "cell" for name in dims}
    scale = {name: Standardize(d) for name, d in dims.items()}
    for s in scale.values():
        s.keep.copy_(torch.arange(s.input_dim))
    encoder = {name: MLPEncoder(d, [HIDDEN], 64, 0.2) for name, d in dims.items()}
    fusion = ConcatFusion(dict.fromkeys(dims, 64))
    head = mlp([fusion.output_dim, 128, 1], 0.2)
    return ResponseNet(axis, scale, encoder, fusion, head, ResponseScale(1), 0.1)


class PerPair(Dataset[tuple[dict[str, torch.Tensor], torch.Tensor]]):
    """What a plain dataset does: an item is one pair with all its features."""

    def __init__(self, source: ResponseData) -> None:
        self._data, self._rows = source.dataset, source.rows["train"]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, item: int) -> tuple[dict[str, torch.Tensor], torch.Tensor]:
        one = self._data[int(self._rows[item])]
        return {name: x[0] for name, x in one.inputs.items()}, one.y[0]


def per_pair_batches(source: ResponseData, size: int, count: int) -> Iterator[Batch]:
    """Yield batches of ``size`` pairs, each row with features of its own."""
    loader = DataLoader(PerPair(source), batch_size=size, shuffle=True)
    for inputs, y in islice(loader, count):
        where = torch.arange(len(y))
        here = torch.ones(len(y), dtype=torch.bool)
        yield Batch(
            inputs, dict.fromkeys(inputs, here), {"cell": where, "drug": where},
            {"cell": where, "drug": where}, y, torch.ones_like(y), where,
        )  # fmt: skip


class Learner:
    """One optimiser step at a time, the same for every way of making batches."""

    def __init__(self) -> None:
        self.net = network()
        self._loss = MSE()
        self._optimizer = torch.optim.AdamW(self.net.parameters(), lr=1e-3, fused=True)

    def step(self, batch: Batch) -> None:
        """Learn from one batch."""
        self._optimizer.zero_grad()
        self._loss(self.net.learned(batch), batch.y, batch.weight).backward()
        self._optimizer.step()
