"""GDSC and CTRPv2, each judged on the other: r within drug on patients nobody learned from.

Shared drugs, three folds of the target's patients; the closed-form base on expression. ``own`` is
the target's own model on equal rows, ``drop`` how much lower the other study's model is.
Studies in data/ (or MMDRP_DATA): gdsc and ctrpv2 (docs/raw.md).
"""

import os
import sys
from pathlib import Path

import mmdrp
from tests.benchmarks._bases import study_in


def main() -> dict[str, float | int]:
    """Fill the matrix of two studies."""
    data = Path(os.environ.get("MMDRP_DATA", "data"))
    studies = {"gdsc": mmdrp.load_study("gdsc", data), "ctrpv2": study_in("ctrpv2")}
    model = mmdrp.ResponseModel(modalities=["expression"], net=False)
    report = mmdrp.evaluate_across(model, studies, folds=3)
    print(report.scores.round(3).to_string(), file=sys.stderr)
    figures: dict[str, float | int] = {"drugs": int(report.scores["drugs"].max())}
    for (source, target), group in report.scores.groupby(["source", "target"]):
        name = f"own_{target}" if source == target else f"{source}_to_{target}"
        figures |= {f"{name}_r": group["r"].mean(), f"{name}_rho": group["rho"].mean()}
    drops = report.drop.itertuples()
    return figures | {f"drop_{row.target}": float(str(row.mean)) for row in drops}
