"""Notebooks run from top to bottom on small studies, and what they show is stored in them."""

import json
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pytest

from tests.doc_pages import Block, Runner, name_of
from tests.test_docs import page_folder, runner, studies

NOTEBOOKS = sorted((Path(__file__).resolve().parent.parent / "docs" / "notebooks").glob("*.ipynb"))
__all__ = ["page_folder", "runner", "studies"]  # fixtures


def cells(notebook: Path) -> list[dict[str, Any]]:
    """The cells that hold code."""
    found: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
    return [c for c in found["cells"] if c["cell_type"] == "code"]


def code(cell: dict[str, Any]) -> str:
    """What a cell runs, without the notebook's own commands."""
    rows = "".join(cell["source"]).splitlines()
    return "\n".join("" if row.startswith("%") else row for row in rows) + "\n"


def test_there_are_three() -> None:
    assert [n.stem for n in NOTEBOOKS] == ["biomarkers", "own_parts", "patient"]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_every_cell_runs(notebook: Path, runner: Runner) -> None:
    for number, cell in enumerate(cells(notebook), 1):
        runner.run(Block(f"{name_of(notebook)}, cell {number}", 1, "python", code(cell)))
        plt.close("all")


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda n: n.stem)
def test_what_it_shows_is_stored(notebook: Path) -> None:
    text = notebook.read_text(encoding="utf-8")
    shown = [o for cell in cells(notebook) for o in cell["outputs"]]
    assert any("image/png" in o.get("data", {}) for o in shown)
    assert not [o for o in shown if o["output_type"] in ("error", "stream")]
    assert "(in /" not in text  # a study says where it lies
    assert len(text) < 1_000_000
