"""Label distribution smoothing, by hand."""

import numpy as np
import pytest

from mmdrp.data.batches.label_weight import SmoothedDensity
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training import build
from tests.conftest import Specified


def test_ten_labels_by_hand() -> None:
    # Five bins of width 2 over 0..10 hold 6, 2, 1, 0, 1 labels.
    y = np.array([0, 0, 1, 1, 1.5, 1.9, 2, 3, 5, 10], dtype=np.float32)[:, None]
    near = np.exp(-0.5 / 4)  # one bin off, sigma 2
    density = np.array([6 + 2 * near, 2 + 7 * near, 1 + 2 * near, 2 * near, 1])
    raw = 1 / density[[0, 0, 0, 0, 0, 0, 1, 1, 2, 4]]
    weight = SmoothedDensity(bins=5, kernel=3, sigma=2.0)(y)
    np.testing.assert_allclose(weight[:, 0], raw / raw.mean(), rtol=1e-6)


def test_the_root_is_milder_and_unmeasured_labels_weigh_nothing() -> None:
    y = np.array([[0.0, np.nan], [0.1, 5.0]], dtype=np.float32)
    full, root = SmoothedDensity()(y), SmoothedDensity(power=0.5)(y)
    assert full[0, 1] == 0
    assert full[1, 1] > root[1, 1] > 1
    assert np.nanmean(full[np.isfinite(y)]) == pytest.approx(1.0)


def test_labels_that_are_all_alike_weigh_alike() -> None:
    np.testing.assert_array_equal(SmoothedDensity()(np.full((4, 1), 2.5, np.float32)), 1.0)


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(MmdrpError, match="odd kernel"):
        SmoothedDensity(kernel=4)


def test_weights_come_from_training_rows_and_touch_no_other(
    specified: Specified, study: Study
) -> None:
    spec = specified("response=auc", "modality=[expression]", "label_weight=smoothed")
    data = build.data_of(spec, study)
    train = data.rows["train"]
    expected = SmoothedDensity()(data.dataset.examples.y[train])
    batch = data.dataset.__getitems__(train.tolist())
    np.testing.assert_array_equal(batch.weight.numpy(), expected)
    assert batch.weight.std() > 0
    for part in ("validation", "test"):
        rest = data.dataset.__getitems__(data.rows[part].tolist())
        assert bool((rest.weight == 1).all())
