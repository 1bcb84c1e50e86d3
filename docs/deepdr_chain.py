"""DeepDR from pre-training to enrichment, by one command. Run by ``make deepdr RAW=DIR``.

``RAW`` holds TCGA's files (docs/raw.md). The steps are those that a user would type; a step whose
result is there is not done again, and Table 1 goes on with the shuffle where it was stopped.
"""

import os
import resource
import sys
import time
from pathlib import Path

from mmdrp.cli import main as mmdrp

OUT = Path(os.environ.get("DEEPDR_OUT", "runs/deepdr"))
DATA = Path(os.environ.get("MMDRP_DATA", "data"))
SHUFFLES = os.environ.get("DEEPDR_SHUFFLES", "10")
DRUG = "Docetaxel"


def step(title: str, done: Path, *words: str) -> float:
    """Run one command unless what it makes is there already; return its seconds."""
    print(f"\n== {title}\n   mmdrp {' '.join(words)}", flush=True)
    if done.is_file():
        print(f"   already there: {done}")
        return 0.0
    started = time.monotonic()
    if code := mmdrp(words):
        sys.exit(code)
    seconds = time.monotonic() - started
    print(f"   {seconds:.0f} s", flush=True)
    return seconds


def run(raw: str, shuffles: str = SHUFFLES) -> dict[str, float]:
    """Do all steps; return the seconds that each took."""
    encoders, table1, model = OUT / "encoders", OUT / "table1", OUT / "model"
    tumours, extremes = OUT / "tumours", OUT / DRUG.lower()
    took: dict[str, float] = {}
    step("The lines: GDSC", DATA / "gdsc" / "manifest.json", "data", "fetch", "study=gdsc")
    step("The tumours: TCGA", DATA / "tcga" / "manifest.json",
         "data", "build", "study=tcga", f"raw={raw}")  # fmt: skip
    took["pretrain"] = step(
        "Encoders of tumours, on genes that the lines have too", encoders / "expression.ckpt",
        "pretrain", f"out={encoders}",
    )  # fmt: skip
    # No file says that all shuffles are there: the command itself finds out.
    took["table1"] = step(
        "Table 1 and Figure 2", OUT / "never", "train", "experiment=deepdr_table1",
        f"pretrained={encoders}", f"shuffles={shuffles}", f"out={table1}",
    )  # fmt: skip
    took["model"] = step(
        "The model that meets the tumours", model / "run.json", "train", "experiment=deepdr",
        "shared_with=tcga", f"pretrained={encoders}", f"out={model}",
    )  # fmt: skip
    took["predict"] = step(
        "Tumours", tumours / "shift.csv", "predict", f"run={model}", f"data={DATA / 'tcga'}",
        "align=zscore", f"out={tumours}",
    )  # fmt: skip
    given = (f"predictions={tumours}", f"data={DATA / 'tcga'}")
    took["associate"] = step(
        "Mutations and predicted response", OUT / "associations" / "associate.json",
        "associate", *given, f"out={OUT / 'associations'}",
    )  # fmt: skip
    took["extremes"] = step(
        "Most sensitive and most resistant tumours", extremes / "expression.csv",
        "associate", "mode=extremes", f"drug={DRUG}", *given, f"out={extremes}",
    )  # fmt: skip
    took["enrichment"] = step(
        "What their genes have in common", OUT / "terms" / "enrichment.json", "associate",
        "mode=enrichment", f"genes={extremes / 'expression.csv'}", f"out={OUT / 'terms'}",
    )  # fmt: skip
    return took


def main(raw: str) -> None:
    """Run the chain and say how long it took and where everything lies."""
    took = run(raw)
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, -1)) / 2**20
    minutes = sum(took.values()) / 60
    print(f"\n== {minutes:.1f} minutes, peak memory {peak:.1f} GB; everything lies in {OUT}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/deepdr_chain.py RAW, the folder with TCGA's files")
    main(sys.argv[1])
