"""100,000 generated dose-response curves of eight doses, fitted in R on two cores."""

from tests.benchmarks._rscript import figures_of


def main() -> dict[str, float | int | str]:
    return figures_of("fit_speed")
