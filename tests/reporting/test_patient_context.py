"""A patient has no culture medium: it is not among the features behind a prediction."""

import pandas as pd

from mmdrp.reporting.patient import _own


def test_context_is_left_out() -> None:
    table = pd.DataFrame({"source": ["context:medium", "expression", "batch:date", "tissue"]})
    assert _own(table)["source"].tolist() == ["expression", "tissue"]
