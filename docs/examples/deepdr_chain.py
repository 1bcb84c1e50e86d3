"""DeepDR from pre-training to enrichment, in Python. Run by ``make deepdr RAW=DIR``.

``RAW`` holds TCGA's files (docs/raw.md). A step whose result is there is not done again, and
Table 1 goes on with the repeat where it was stopped.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import mmdrp
from mmdrp.experiments import deepdr

OUT = Path(os.environ.get("DEEPDR_OUT", "runs/deepdr"))
REPEATS = os.environ.get("DEEPDR_REPEATS", "10")
DRUG = "Docetaxel"


@contextmanager
def step(title: str, took: dict[str, float], name: str) -> Iterator[None]:
    """Say what is being done and note how many seconds it took."""
    print(f"\n== {title}", flush=True)
    started = time.monotonic()
    yield
    took[name] = time.monotonic() - started
    print(f"   {took[name]:.0f} s", flush=True)


def trained(
    lines: mmdrp.Study, tumours: mmdrp.Study, encoders: object, folder: Path
) -> mmdrp.ResponseModel:
    """Return DeepDR on genes that the tumours have too, trained on fold 0 or read from a folder."""
    if not (folder / "model.ckpt").is_file():
        model = deepdr.model(pretrained=encoders, shared_with=str(tumours.folder))
        model.fit(lines, fold=0).save(folder)
    return mmdrp.load_model(folder)


def cohort_of(model: mmdrp.ResponseModel, tumours: mmdrp.Study) -> mmdrp.tumours.Cohort:
    """Predict the tumours, moved to the levels of the lines, and put beside what is known of them.

    A model of complete lines predicts tumours with mutations and expression.
    """
    aligned, shift = mmdrp.align_samples(model, tumours, method="zscore")
    shift.to_csv(OUT / "shift.csv", index=False, float_format="%.6g")
    predictions = model.predict(aligned)
    predictions.to_parquet(OUT / "predictions.parquet", index=False)
    return mmdrp.tumours.Cohort(
        predictions,
        tumours.modality("mutation").frame(),
        cancer_type=tumours.cells["tissue"],
        expression=tumours.modality("expression").frame(),
        annotation=tumours.cells,
        unit=model.info_.unit,
        higher="resistant",  # IC50
    )


def run(raw: str, repeats: str = REPEATS) -> dict[str, float]:
    """Do all steps; return the seconds that each took."""
    took: dict[str, float] = {}
    lines, tumours = mmdrp.load_study("gdsc"), mmdrp.load_study("tcga", raw=raw)
    with step("Encoders of tumours, on genes that the lines have too", took, "pretrain"):
        encoders = mmdrp.pretrain(tumours, shared_with=lines, out=OUT / "encoders")
        print(encoders)
    with step("Table 1 and Figure 2", took, "table1"):
        table1 = deepdr.table1(lines, encoders, repeats=int(repeats), out=OUT / "table1")
        table1.write(OUT / "table1")
        print(table1)
    with step("The model that meets the tumours", took, "model"):
        model = trained(lines, tumours, encoders, OUT / "model")
    with step("Tumours", took, "predict"):
        cohort = cohort_of(model, tumours)
        print(cohort)
    with step("Mutations and predicted response", took, "associate"):
        associations = mmdrp.tumours.associate(cohort)
        associations.write(OUT / "associations")
        print(associations)
    with step("Most sensitive and most resistant tumours", took, "extremes"):
        extremes = mmdrp.tumours.compare_extremes(cohort, DRUG)
        extremes.write(OUT / DRUG.lower())
        print(extremes)
    with step("What their genes have in common", took, "enrichment"):
        enrichment = extremes.enrich()
        enrichment.write(OUT / "terms")
        print(enrichment.describe(DRUG))
    return took


def main(raw: str) -> None:
    """Run the chain and say how long it took and where everything lies."""
    took = run(raw)
    peak = max(resource.getrusage(who).ru_maxrss for who in (0, -1)) / 2**20
    minutes = sum(took.values()) / 60
    print(f"\n== {minutes:.1f} minutes, peak memory {peak:.1f} GB; everything lies in {OUT}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python docs/examples/deepdr_chain.py RAW, the folder with TCGA's files")
    main(sys.argv[1])
