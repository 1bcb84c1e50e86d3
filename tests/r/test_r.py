"""The R folder from Python: its own suite, and `fit` by the command line."""

import csv
import math
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
RSCRIPT = shutil.which("Rscript")

pytestmark = pytest.mark.skipif(RSCRIPT is None, reason="Rscript is not installed")


def rscript(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    assert RSCRIPT is not None
    command = [RSCRIPT, *map(str, arguments)]
    return subprocess.run(
        command, cwd=cwd, capture_output=True, text=True, timeout=600, check=False
    )


@pytest.fixture(scope="module", autouse=True)
def packages() -> None:
    """Skip where R is there without its packages: R/apt-packages.txt lists them."""
    names = "c('curl','data.table','digest','jsonlite','limma','minpack.lm','optparse','testthat')"
    missing = rscript("-e", f"cat(setdiff({names}, rownames(installed.packages())))").stdout
    if missing:
        pytest.skip(f"R lacks {missing}; see R/apt-packages.txt")


def test_the_r_suite_passes() -> None:
    done = rscript("R/tests/run.R")
    assert done.returncode == 0, done.stdout + done.stderr


def test_fit_writes_its_columns_and_a_known_aac(tmp_path: Path) -> None:
    doses = [10 ** (k / 2 - 2) for k in range(7)]
    points = tmp_path / "curves.csv"
    rows = ["curve,dose_uM,viability"]
    # Hill slope 1, EC50 in the middle of the range, all killed: half of the area is above.
    rows += [f"half,{dose},{100 / (1 + dose / 0.3162277660168379)}" for dose in doses]
    rows += [f"none,{dose},100" for dose in doses]
    rows += ["short,1,50"]
    points.write_text("\n".join(rows) + "\n")
    done = rscript(ROOT / "R" / "main.R", "fit", "--in", points, "--out", "fits.csv", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    with (tmp_path / "fits.csv").open() as file:
        fits = {row["curve"]: row for row in csv.DictReader(file)}
    columns = ["curve", "e_inf", "hill", "ec50_uM", "ic50_uM", "aac", "auc", "r2", "reason"]
    assert list(fits["half"]) == columns
    assert float(fits["half"]["aac"]) == pytest.approx(0.5, abs=1e-6)
    assert float(fits["half"]["ic50_uM"]) == pytest.approx(10**-0.5, rel=1e-6)
    assert fits["half"]["reason"] == ""
    assert float(fits["none"]["aac"]) == 0
    assert math.isinf(float(fits["none"]["ic50_uM"]))
    assert fits["short"]["aac"] == ""
    assert "1 dose" in fits["short"]["reason"]
    assert (tmp_path / "manifest.json").exists()


def test_bad_input_is_one_line_and_writes_nothing(tmp_path: Path) -> None:
    points = tmp_path / "curves.csv"
    points.write_text("curve,dose_uM,viability\na,1,90\na,0,100\n")
    done = rscript(ROOT / "R" / "main.R", "fit", "--in", points, "--out", tmp_path / "fits.csv")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert "line 3, column dose_uM" in done.stderr
    assert list(tmp_path.iterdir()) == [points]
