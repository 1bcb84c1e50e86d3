"""Files of format 1, and what they predicted on the day they were written.

``python -m tests.golden.format1`` wrote ``data/given/format1`` and ``data/format1`` at commit
0597eda, and refuses to do so again: a later tree may write a later format, and these files are
what must stay readable.
"""

import json
import shutil
import sys
import tempfile
from pathlib import Path

import pandas as pd

from tests.golden.commands import CASES, PAIR, RANKED, SCORES, SMALL, Case, Kept
from tests.golden.record import GIVEN, HERE, Place, write

FILES = GIVEN / "format1"
NUMBERS = HERE / "format1"

MODALITIES = ("expression", "mutation", "rppa")
TINY = f"study=synthetic {SMALL} width=[6] latent=4 head=[6] trainer.max_epochs=4 optimizer.lr=1e-2"
ONE = "modality=[expression]"
TWO = "modality=[expression,mutation]"
THREE = "modality=[expression,mutation,rppa]"
MADE: dict[str, Case] = {
    "small": CASES["small"],
    # A network and the base that it stands on: margin=-1000 keeps it whatever it gained.
    "panel": Case(f"train {TINY} {THREE} margin=-1000 out={{out}}", needs=("small",)),
    "pairs": Case(f"train {TINY} {TWO} response=auc drug.fingerprint.size=32 "
                  "margin=-1000 fusion=attention fusion.dim=4 fusion.attention=2 out={out}",
                  needs=("small",)),
    "graph": Case(f"train {TINY} {ONE} response=auc drug=graph base=none cell_fusion=mean "
                  "cell_fusion.dim=4 drug.structure.size=32 out={out}", needs=("small",)),
    "run": Case(f"train {TINY} {TWO} net=false out={{out}}", needs=("small",)),
    "encoders": Case(
        f"pretrain study=synthetic {SMALL} modality=[mutation_raw,expression] shared_with=null "
        "held_out=true width=[6] latent=4 trainer=smoke out={out}", needs=("small",)),
}  # fmt: skip
RUN = ("config.yaml", "fold.json", "model.ckpt", "run.json", "metrics.json", "predictions.parquet")

PREDICT = "predict data=given/format1/inputs figure=false out={out}"
PREDICTED = (Kept("predictions.parquet", (*PAIR, "pred"), sort=PAIR, sample=40),)
USED: dict[str, Case] = {
    "small": CASES["small"],
    **{name: Case(f"{PREDICT} run=given/format1/{name}_v1.ckpt", PREDICTED)
       for name in ("panel", "pairs", "graph")},
    "run": Case(f"{PREDICT} run=given/format1/run", PREDICTED),
    "attribute": Case("attribute run=given/format1/run drugs=[drug-00] pictures=0 out={out}",
                      (RANKED,), ("small",)),
    "evaluate": Case("evaluate run=given/format1/run models=[drug_mean] out={out}",
                     (Kept("scores.csv"),), ("small",)),
    "encoder": Case(
        f"train {TINY} {ONE} pretrained=given/format1/encoders/expression.ckpt base=none "
        "width=[9] out={out}",
        (SCORES,), ("small",)),
    "encoders": Case(
        f"train study=synthetic {SMALL} experiment=deepdr trainer=smoke out={{out}} pretrained="
        "given/format1/encoders",
        (SCORES,), ("small",)),
}  # fmt: skip


def inputs(study: Path, folder: Path) -> None:
    """Write tables of a few lines: two known by name, some without RPPA, a drug that is new."""
    folder.mkdir(parents=True)
    cells = pd.read_parquet(study / "cells.parquet").set_index("cell")
    names = {old: old if i < 2 else f"NEW{i:02d}" for i, old in enumerate(cells.index[:10])}
    for modality in MODALITIES:
        table = pd.read_feather(study / f"{modality}.feather").set_index("cell")
        rows = [
            old for old in names if old in table.index and (modality != "rppa" or old[-1] > "3")
        ]
        table.loc[rows].rename(names).to_csv(folder / f"{modality}.csv", float_format="%.5g")
    cells.loc[list(names), ["tissue"]].rename(names).to_csv(folder / "cells.csv")
    drugs = pd.read_parquet(study / "drugs.parquet")[["drug", "smiles"]].iloc[::8]
    drugs.loc[len(drugs) * 8] = ["aspirin", "CC(=O)Oc1ccccc1C(=O)O"]
    drugs.to_csv(folder / "drugs.csv", index=False)


def make(root: Path) -> None:
    """Train, and keep the files."""
    place = Place(root, MADE)
    for name in MADE:
        place.run(name)
    inputs(root / "data" / "small", FILES / "inputs")
    (FILES / "run").mkdir()
    for name in RUN:
        shutil.copy(root / "runs" / "run" / name, FILES / "run" / name)
    record = json.loads((FILES / "run" / "run.json").read_text())
    record["versions"]["platform"] = "Linux"  # the whole name is one machine's
    (FILES / "run" / "run.json").write_text(json.dumps(record, indent=2) + "\n")
    for name in ("panel", "pairs", "graph"):
        shutil.copy(root / "runs" / name / "model.ckpt", FILES / f"{name}_v1.ckpt")
    (FILES / "encoders").mkdir()
    for name in ("expression", "mutation"):
        shutil.copy(root / "runs" / "encoders" / f"{name}.ckpt", FILES / "encoders")


def use(root: Path) -> None:
    """Predict by them, and keep the numbers."""
    place = Place(root, USED)
    for name, case in USED.items():
        if case.kept:
            for file, table in place.tables(name):
                write(NUMBERS, file, table)


def main() -> int:
    """Make the files and their numbers, once."""
    if FILES.exists():
        print(f"{FILES}: there already; what was written then is what is tested")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder) / "make")
        use(Path(folder) / "use")
    return 0


if __name__ == "__main__":
    sys.exit(main())
