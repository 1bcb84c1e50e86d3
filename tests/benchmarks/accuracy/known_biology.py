"""Known biology on GDSC and CTRPv2: recall of markers by the model, correlation, ridge and forest.

MMDRP_DATA must hold the studies ``gdsc`` (fetched if it is not there) and ``ctrpv2`` (built).
"""

import json
import tempfile
from pathlib import Path

from mmdrp.cli import main as mmdrp
from mmdrp.errors import MmdrpError

STUDIES = {
    "gdsc": ["study=gdsc"],
    "ctrpv2": [
        "study=ctrpv2",
        "response=auc",
        "modality=[expression,mutation,rppa,metabolomics,histone]",
    ],
}
METHODS = ("model", "attribution", "correlation", "ridge", "forest")


def benchmark(folder: Path, *words: str) -> dict[str, dict[str, float]]:
    """Train a run on one fold and look for the markers in its training lines."""
    out = folder / "known"
    if mmdrp(["train", "net=false", f"out={folder / 'run'}", *words]) or mmdrp(
        ["attribute", "benchmark", f"run={folder / 'run'}", f"out={out}"]
    ):
        raise MmdrpError("the run failed")
    found: dict[str, dict[str, float]] = json.loads((out / "known_biology.json").read_text())
    return found


def main() -> dict[str, float | int | str]:
    figures: dict[str, float | int | str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        found = {s: benchmark(Path(scratch) / s, *words) for s, words in STUDIES.items()}
    for method in METHODS:
        each = [found[s][method]["recall50"] for s in STUDIES]
        figures[f"{method}_recall50"] = sum(each) / len(each)
    for study, one in found.items():
        figures[f"{study}_testable"] = int(str(one["testable"]))
        for method in METHODS:
            for key in ("recall10", "recall50", "recall100", "median_rank", "direction"):
                value = one[method][key]
                if value is not None:  # a forest has no direction
                    figures[f"{study}_{method}_{key}"] = value
        for other in METHODS[1:]:
            gap = one[f"model_minus_{other}_recall50"]
            figures |= {f"{study}_over_{other}_{k}": gap[k] for k in ("mean", "low", "high")}
    return figures
