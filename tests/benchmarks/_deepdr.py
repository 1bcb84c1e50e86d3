"""What the benchmarks of DeepDR share: the TCGA study, encoders, comparisons over repeats."""

import os
import tempfile
from pathlib import Path

import pandas as pd

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError
from mmdrp.evaluation.comparison import corrected_t
from tests.benchmarks._real import raw

DATA = Path(os.environ.get("MMDRP_DATA", "data"))
RUNS = Path(os.environ.get("DEEPDR_OUT", "runs/deepdr"))
REPEATS = int(os.environ.get("DEEPDR_REPEATS", "10"))


def command(*words: str) -> None:
    if mmdrp(words):
        raise MmdrpError(f"mmdrp {words[0]} failed")


def tumour_files(scratch: Path) -> Path:
    """A folder with the mutation matrix of all cohorts and expression, without the MAF files.

    MAF files of eleven cohorts would be taken before the matrix, which has all of them.
    """
    for path in raw("tcga").iterdir():
        if path.is_file():
            (scratch / path.name).symlink_to(path.resolve())
    return scratch


def studies() -> None:
    """Make the studies gdsc and tcga where they are not there yet."""
    if not (DATA / "gdsc" / "manifest.json").is_file():
        command("data", "fetch", "study=gdsc")
    if not (DATA / "tcga" / "manifest.json").is_file():
        with tempfile.TemporaryDirectory() as scratch:
            command("data", "build", "study=tcga", f"raw={tumour_files(Path(scratch))}")


def encoders() -> Path:
    """Pre-train on TCGA with the defaults; what is there is not done again."""
    studies()
    command("pretrain", f"out={RUNS / 'encoders'}")
    return RUNS / "encoders"


def compared(experiment: str, *words: str) -> pd.DataFrame:
    """Run a comparison over repeats, going on where it was stopped; return repeats x variants."""
    out = RUNS / experiment.removeprefix("deepdr_")
    command(
        "train", f"experiment={experiment}", f"pretrained={encoders()}", f"repeats={REPEATS}",
        f"out={out}", *words,
    )  # fmt: skip
    return pd.read_csv(out / "shuffles.csv")


def difference(table: pd.DataFrame, one: str, other: str, score: str) -> dict[str, float]:
    """Mean of ``one`` minus ``other`` over repeats, with the corrected interval."""
    wide = table.pivot(index="repeat", columns="variant", values=score)
    ratio = float((table["lines_test"] / table["lines_train"]).mean())
    found = corrected_t((wide[one] - wide[other]).to_numpy(), ratio)
    return {"difference": found.difference, "low": found.low, "high": found.high, "p": found.p}
