"""Tissues of lines: what is empty is unknown, however it is written."""

import numpy as np
import pandas as pd

from mmdrp.data.lines import tissues


def test_empty_and_missing_both_mean_unknown() -> None:
    cells = pd.DataFrame({"tissue": ["lung", "", None, np.nan, " ", "skin"]}, index=list("abcdef"))
    assert tissues(cells).to_dict() == {"a": "lung", "f": "skin"}
    assert tissues(cells.astype({"tissue": "category"})).to_dict() == {"a": "lung", "f": "skin"}
    assert tissues(cells.drop(columns="tissue")).to_dict() == {}
    assert tissues(cells.assign(tcga="X"), "tcga").to_dict() == dict.fromkeys("abcdef", "X")
    assert tissues(pd.DataFrame({"tissue": [1.0, None]}, index=["a", "b"])).to_dict() == {
        "a": "1.0"
    }
