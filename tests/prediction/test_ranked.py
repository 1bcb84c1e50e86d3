"""What the screen says of the drugs that samples are most sensitive to."""

from pathlib import Path

import pandas as pd

from mmdrp.prediction.ranked import first_drugs


def test_first_drugs_of_first_samples(tmp_path: Path) -> None:
    rows = [(f"s{i}", f"drug {j}", 10.0 * j + 1.4) for i in range(4) for j in range(5)]
    table = pd.DataFrame(rows, columns=["cell", "drug", "percentile"])
    table.to_csv(tmp_path / "top_drugs.csv", index=False)
    said = first_drugs(tmp_path).splitlines()
    assert said[0] == "Most sensitive for their drug (top_drugs.csv has all):"
    assert len(said) == 4
    assert said[1] == "  s0: drug 0 (percentile 1), drug 1 (percentile 11), drug 2 (percentile 21)"


def test_nothing_is_said_where_nothing_was_written(tmp_path: Path) -> None:
    assert first_drugs(tmp_path) == ""
    (tmp_path / "top_drugs.csv").write_text("cell,drug,percentile\n")
    assert first_drugs(tmp_path) == ""
