"""Layouts, batches and samplers."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdrp.data.batches.dataset import ResponseDataset
from mmdrp.data.batches.sampler import BlockBatches, RandomBatches, share
from mmdrp.data.response import by_cell, by_pair
from mmdrp.data.source import Table
from mmdrp.data.study import Study


def test_both_layouts_undo_to_the_same_table(study: Study) -> None:
    long = study.response("ic50").sort_values(["cell", "drug"]).reset_index(drop=True)
    for layout in (by_cell, by_pair):
        frame = layout(long, "ic50").frame().dropna(subset="y")
        frame = frame.sort_values(["cell", "drug"]).reset_index(drop=True)
        pd.testing.assert_frame_equal(frame[["cell", "drug"]], long[["cell", "drug"]])
        np.testing.assert_allclose(frame["y"], long["value"], rtol=1e-6)


def test_a_batch_holds_each_entity_once_and_points_back(study: Study) -> None:
    examples = by_pair(study.response("auc"), "auc")
    table = study.modality("proteomics")
    drug = Table(
        "drug",
        list(study.drugs.index),
        ["code"],
        np.arange(len(study.drugs), dtype=np.float32)[:, None],
    )
    data = ResponseDataset(examples, {"proteomics": table, "drug": drug})
    rows = np.random.default_rng(0).permutation(len(examples))[:200].tolist()
    batch = data.__getitems__(rows)
    cells, drugs = examples.ids["cell"][rows], examples.ids["drug"][rows]
    assert len(batch.inputs["proteomics"]) == len(set(cells))
    assert len(batch.inputs["drug"]) == len(set(drugs))
    code = batch.inputs["drug"][batch.index["drug"], 0].numpy()
    assert [study.drugs.index[int(c)] for c in code] == drugs.tolist()
    here = batch.present["proteomics"][batch.index["cell"]].numpy()
    assert here.tolist() == [c in set(table.ids) for c in cells]
    row = table.locate([cells[0]])[0]
    found = batch.inputs["proteomics"][batch.index["cell"][0]].numpy()
    np.testing.assert_array_equal(found, table.values[row] if row >= 0 else np.full(40, np.nan))
    torch.testing.assert_close(batch.y[:, 0], torch.tensor(examples.y[rows, 0]))


@given(
    groups=st.lists(st.integers(0, 9), min_size=1, max_size=80),
    size=st.integers(1, 7),
    seed=st.integers(0, 9),
)
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize("kind", [RandomBatches, BlockBatches])
def test_an_epoch_holds_every_row_once(
    kind: type[RandomBatches] | type[BlockBatches], groups: list[int], size: int, seed: int
) -> None:
    rows = np.arange(100, 100 + len(groups))
    sampler = kind(rows, np.array(groups), size, seed=seed)
    first = list(sampler)
    assert sorted(row for batch in first for row in batch) == rows.tolist()
    assert len(first) == len(sampler)
    again = kind(rows, np.array(groups), size, seed=seed)
    assert list(again) == first
    if kind is BlockBatches:
        group = dict(zip(rows.tolist(), groups, strict=True))
        blocks = [{group[row] for row in batch} for batch in first]
        assert sum(map(len, blocks)) == len(set(groups))  # a line is in one batch only


def test_epochs_differ() -> None:
    sampler = RandomBatches(np.arange(50), np.arange(50), 10)
    assert list(sampler) != list(sampler)


@given(
    groups=st.lists(st.integers(0, 6), min_size=1, max_size=80),
    lines=st.integers(1, 5),
    pairs=st.integers(1, 9),
)
@settings(max_examples=60, deadline=None)
def test_blocks_of_some_pairs_hold_every_row_once(
    groups: list[int], lines: int, pairs: int
) -> None:
    rows, group = np.arange(len(groups)), np.array(groups)
    sampler = BlockBatches(rows, group, lines, pairs)
    blocks = list(sampler)
    assert sorted(row for block in blocks for row in block) == rows.tolist()
    assert len(blocks) == len(sampler)
    assert all(len(block) <= lines * pairs for block in blocks)


@given(size=st.integers(1, 40), world=st.integers(1, 6))
def test_processes_share_a_batch_without_gap_or_overlap(size: int, world: int) -> None:
    rows = np.arange(size)
    parts = [share(rows, rank, world) for rank in range(world)]
    assert all(len(part) for part in parts)
    if size >= world:
        assert np.concatenate(parts).tolist() == rows.tolist()
        assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_tables_on_a_device_give_the_same_batch(study: Study) -> None:
    examples = by_cell(study.response("ic50"), "ic50")
    data = ResponseDataset(examples, {"rppa": study.modality("rppa")})
    before = data.__getitems__(range(20))
    data.place(torch.device("cpu"))
    after = data.__getitems__(range(20))
    torch.testing.assert_close(before.inputs, after.inputs, equal_nan=True)
    data.place(torch.device("meta"))
    assert data.__getitems__([0]).inputs["rppa"].device.type == "meta"
