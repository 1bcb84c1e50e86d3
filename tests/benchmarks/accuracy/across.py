"""GDSC, CTRPv2 and CCLE, each judged on the others: r within drug on patients nobody learned from.

Shared drugs, three folds of the target's patients; the closed-form base, ridge and a tuned forest
on expression, each trained on the source and, beside it, on the target's other folds. ``screens``
is the ceiling: how the two screens agree on the lines that both measured, where the models are
judged once more. Studies in data/ (or MMDRP_DATA): gdsc and ctrpv2, and ccle if it is there
(docs/raw.md). The figures of the last line are r (rho) of GDSC and CTRPv2.
"""

import os
import sys
from pathlib import Path

import mmdrp
from mmdrp.errors import MmdrpError
from tests.benchmarks._bases import study_in


def main() -> dict[str, float | int]:
    """Fill the matrix of two or three studies."""
    data = Path(os.environ.get("MMDRP_DATA", "data"))
    studies = {"gdsc": mmdrp.load_study("gdsc", data), "ctrpv2": study_in("ctrpv2")}
    try:
        studies["ccle"] = mmdrp.load_study("ccle", data)
    except MmdrpError as error:
        print(f"without CCLE: {error}", file=sys.stderr)
    model = mmdrp.ResponseModel(modalities=["expression"], net=False)
    report = mmdrp.evaluate_across(model, studies, folds=3)
    for metric in ("r", "rho"):
        print(metric, report.matrix(metric).round(3).to_string(), sep="\n", file=sys.stderr)
    print(report.table(), *report.compared(), sep="\n", file=sys.stderr)
    if out := os.environ.get("MMDRP_OUT"):
        report.write(out, overwrite=True)
    figures: dict[str, float | int] = {"studies": len(studies)}
    for row in report.pairs.to_dict("records"):
        name = f"{row['source']}_to_{row['target']}_{row['model']}"
        if "ccle" not in name and row["model"] != "drug_mean":
            figures |= {f"{name}_{k}": float(row[k]) for k in ("r", "rho", "drop")}
    for row in report.ceiling.to_dict("records"):
        own = "_own" if row["own"] else ""
        name = f"{row['source']}_to_{row['target']}_both_{row['model']}{own}"
        if "ccle" not in name and row["model"] != "drug_mean":
            figures |= {f"{name}_{k}": float(row[k]) for k in ("r", "rho")}
    return figures
