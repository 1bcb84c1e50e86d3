"""CCLE 2015 raw curves fitted in R, against the release's own IC50 and ActArea."""

from tests.benchmarks._real import raw
from tests.benchmarks._rscript import figures_of


def main() -> dict[str, float | int | str]:
    path = raw() / "ccle" / "CCLE_NP24.2009_Drug_data_2015.02.24.csv"
    return figures_of("fit_ccle", "--in", str(path))
