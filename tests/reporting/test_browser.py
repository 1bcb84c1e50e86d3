"""Tables sort and search, links work, plots draw, and nothing is complained of, in a browser."""

from pathlib import Path

import pytest

from mmdrp import report
from tests.reporting.browser import CHROMIUM, tried
from tests.reporting.pages import (
    HOSTILE,
    attribute_folder,
    evaluate_folder,
    predict_folder,
    train_folder,
)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
DRUGS = [*(f"drug {i}" for i in range(20)), HOSTILE]


def test_page_works_in_a_browser(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    train_folder(root / "panel", DRUGS)
    evaluate_folder(root / "scores", DRUGS, "panel")
    attribute_folder(root / "features", DRUGS)
    predict_folder(root / "patients", DRUGS)
    found = tried(report(root).write(tmp_path / "page.html"), tmp_path)
    assert found["console"] == []
    assert found["loaded"] == 0
    assert found["sorted"] == found["searched"] == found["tables"] > 10
    assert found["links"] == found["all_links"] > 10
    assert found["drugs"] == len(DRUGS)
    assert found["circles"] == 40
    assert found["wide"] <= 0


def test_patient_fits_a_phone(tmp_path: Path) -> None:
    predict_folder(tmp_path / "patients", DRUGS)
    made = report(predictions=tmp_path / "patients", sample="P1")
    found = tried(made.write(tmp_path / "page.html"), tmp_path, width=500)
    assert found["console"] == []
    assert found["wide"] <= 0
    assert found["sorted"] == found["tables"]
