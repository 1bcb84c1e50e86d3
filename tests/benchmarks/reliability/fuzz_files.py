"""Damaged files: refused in one line or read as they were; nothing runs, nothing outside moves.

FUZZ_TRIES (300) times one file of a copy is damaged, by FUZZ_SEED (0): checkpoints, encoders,
training states, studies (CSV, Parquet, Feather, manifest), fold files, folders of results. Bytes
are flipped, cut or zeroed, or a call is planted. ``refused`` counts MmdrpErrors of one line,
``equal`` results that did not change, ``wrong`` everything else. What only other programs read
(metrics.json, attributions) counts as refused where `mmdrp data validate FOLDER` refuses it.
"""

import contextlib
import io
import logging
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmdrp import evaluate, load_model
from mmdrp.cli import main as mmdrp
from mmdrp.data.ingest.folder import write_manifest
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.io.marker import MARKER
from mmdrp.io.sums import check_folder, sha256
from mmdrp.io.tensors import checksum
from mmdrp.training.fit import train
from mmdrp.training.pretraining.encoders import Encoders
from mmdrp.training.runs import Run
from mmdrp.tumours import Cohort
from tests.benchmarks.reliability._damage import MODES, RAN, SHARES, damage

TRIES = int(os.environ.get("FUZZ_TRIES", "300"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
LONGEST = 400
"""characters of an error, paths of a temporary folder included"""
MODALITIES = ["expression", "mutation"]


@dataclass(frozen=True)
class Kind:
    """What is damaged: a folder of the base, which of its files, and what reads them."""

    folder: str
    files: tuple[str, ...]
    read: Callable[[Path, Path], object]
    """(the damaged folder, the base) -> what is compared"""
    share: int
    """of the tries"""


def frame_of(frame: pd.DataFrame) -> str:
    return checksum({str(name): frame[name].tolist() for name in frame})


def checkpoint(folder: Path, base: Path) -> object:
    study = Study.read(base / "study")
    tables = {name: study.modality(name) for name in MODALITIES}
    inputs = {n: pd.DataFrame(t.values, list(t.ids), list(t.features)) for n, t in tables.items()}
    return frame_of(load_model(folder / "model.ckpt").predict(inputs))


def encoders(folder: Path, base: Path) -> object:
    del base
    found = Encoders.read(folder)
    said = {n: [e.features, sorted(e.ids), e.encoder.plain()] for n, e in found.items()}
    states = {n: [dict(e.weights), dict(e.decoder), dict(e.scale)] for n, e in found.items()}
    return checksum({"said": said, "states": states})


def state(folder: Path, base: Path) -> object:
    done = train(Run(base / "run").spec, Study.read(base / "study"), resume=folder)
    return checksum(done.module.net.state_dict())


def study(folder: Path, base: Path) -> object:
    del base
    found = Study.read(folder)
    found.validate()
    numbers = {n: [list(t.ids), list(t.features), t.values.tolist()]
               for n in found.modalities for t in [found.modality(n)]}  # fmt: skip
    frames = {m: frame_of(found.response(m)) for m in found.measures}
    about = [frame_of(found.cells.reset_index()), frame_of(found.drugs.reset_index())]
    return checksum({"numbers": numbers, "frames": frames, "about": about})


def fold(folder: Path, base: Path) -> object:
    known = Study.read(base / "study")
    return [Fold.read(path, known.cells.index, known.drugs.index)
            for path in sorted(folder.rglob("fold*.json"))]  # fmt: skip


def run(folder: Path, base: Path) -> object:
    report = evaluate([str(folder)], Study.read(base / "study"), baselines=["drug_mean"])
    if (folder / MARKER).is_file():  # content is planted where there is none
        check_folder(folder)
    return frame_of(report.scores.drop(columns="run"))


def predictions(folder: Path, base: Path) -> object:
    cohort = Cohort.read(folder, base / "study")
    return frame_of(cohort.response), cohort.unit, cohort.higher


def attributions(folder: Path, base: Path) -> object:
    del base
    check_folder(folder)
    return {str(p.relative_to(folder)): sha256(p) for p in folder.rglob("*.*") if p.is_file()}


TABLES = ("cells", "drugs", "response", "expression", "mutation", "rppa")
KINDS = {
    "checkpoint": Kind("run", ("model.ckpt",), checkpoint, 50),
    "encoder": Kind("encoders", ("expression.ckpt", "mutation.ckpt"), encoders, 30),
    "state": Kind("state", ("epoch.pt",), state, 25),
    "study": Kind("study", ("manifest.json", "manifest.json", "*.parquet", "*.feather"), study, 50),
    "csv": Kind("csv", ("manifest.json", *(f"{name}.csv" for name in TABLES)), study, 45),
    "folds": Kind("folds", ("seed0/*.json",), fold, 30),
    "run": Kind("run", ("run.json", "config.yaml", "fold.json", "metrics.json",
                        "predictions.parquet", ".mmdrp"), run, 40),
    "predictions": Kind("predictions", ("predictions.parquet",), predictions, 15),
    "attributions": Kind("attributions", ("attributions.parquet/*.parquet", "*.parquet", "*.csv",
                                          "attribution.json"), attributions, 15),
}  # fmt: skip


def made(base: Path) -> Path:
    """Make one of everything that is read."""
    found = base / "study"
    given = ["study=synthetic", f"study.path={found}"]
    size = ["study.build.lines=60", "study.build.features=6"]
    small = [*given, *size, f"modality=[{','.join(MODALITIES)}]", "trainer.max_epochs=2"]
    commands = [
        ["data", "fetch", *given, *size],
        ["train", *small, f"out={base / 'run'}"],
        [
            "pretrain",
            *small,
            "held_out=true",
            "shared_with=null",
            "width=[8]",
            "latent=2",
            f"out={base / 'encoders'}",
        ],
        ["data", "split", *small, f"out={base / 'folds'}"],
        ["predict", f"run={base / 'run'}", f"data={found}", f"out={base / 'predictions'}"],
        ["attribute", f"run={base / 'run'}", f"out={base / 'attributions'}", "pictures=0"],
    ]
    for words in commands:
        if mmdrp(words):
            raise MmdrpError(f"mmdrp {' '.join(words)} failed")
    _as_csv(Study.read(found), base / "csv")
    state(base / "state", base)
    return base


def _as_csv(given: Study, root: Path) -> None:
    root.mkdir()
    given.cells.to_csv(root / "cells.csv")
    given.drugs.to_csv(root / "drugs.csv")
    long = [given.response(m).assign(measure=m) for m in given.measures]
    pd.concat(long).to_csv(root / "response.csv", index=False)
    for name in ("expression", "mutation", "rppa"):
        table = given.modality(name)
        frame = pd.DataFrame(table.values, list(table.ids), list(table.features))
        frame.rename_axis("cell").to_csv(root / f"{name}.csv")
    write_manifest(root)


def tried(kind: Kind, base: Path, scratch: Path, mode: str, rng: np.random.Generator) -> str:
    """Damage one file of a copy and read it: refused, equal, or what went wrong."""
    folder, outside = scratch / kind.folder, scratch / "outside"
    shutil.copytree(base / kind.folder, folder)
    pattern = kind.files[int(rng.integers(len(kind.files)))]
    files = sorted(p for p in folder.glob(pattern) if p.is_file())
    path = files[int(rng.integers(len(files)))]
    expected = EXPECTED.setdefault(f"{base}/{kind.read.__name__}", kind.read(folder, base))
    shutil.rmtree(folder)
    shutil.copytree(base / kind.folder, folder)
    outside.mkdir()
    damage(path, mode, rng, outside)
    before = {p.name: sha256(p) for p in outside.iterdir()}
    where = f"{path.relative_to(scratch)} {mode}"
    try:
        with contextlib.redirect_stderr(io.StringIO()):  # bars
            result: Any = kind.read(folder, base)
    except MmdrpError as error:
        said = str(error)
        bad = "\n" in said or len(said) > LONGEST
        verdict = f"{where}: said {said!r}" if bad else "refused"
    except Exception as error:
        verdict = f"{where}: {type(error).__name__}: {str(error)[:200]}"
    else:
        verdict = "equal" if result == expected else f"{where}: another result"
    if {p.name: sha256(p) for p in outside.iterdir()} != before:
        return f"{where}: {'planted content ran' if (outside / RAN).exists() else 'moved outside'}"
    return verdict


EXPECTED: dict[str, object] = {}
"""what each reader gives of what is not damaged"""


def fuzzed(base: Path, tries: int, seed: int = 0) -> Counter[str]:
    """Damage ``tries`` files; return counts of ``refused``, ``equal`` and of each flaw."""
    counts: Counter[str] = Counter()
    shares = np.array([kind.share for kind in KINDS.values()], float)
    order = np.repeat(list(KINDS), np.ceil(shares * tries / shares.sum()).astype(int))
    order = np.random.default_rng(seed).permutation(order)[:tries]
    untouched = _sums(base)
    for number, name in enumerate(order):
        rng = np.random.default_rng([seed, number])
        mode = str(rng.choice(MODES, p=SHARES))
        with tempfile.TemporaryDirectory() as scratch:
            counts[tried(KINDS[name], base, Path(scratch), mode, rng)] += 1
    if _sums(base) != untouched:
        counts["a file of the base has changed"] += 1
    return counts


def _sums(base: Path) -> dict[str, str]:
    return {str(p.relative_to(base)): sha256(p) for p in base.rglob("*") if p.is_file()}


def main() -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as scratch:
        with contextlib.redirect_stdout(sys.stderr):
            base = made(Path(scratch))
        logging.disable(logging.WARNING)
        counts = fuzzed(base, TRIES, SEED)
    wrong = {flaw: n for flaw, n in counts.items() if flaw not in ("refused", "equal")}
    for flaw, n in wrong.items():
        print(f"wrong ({n}): {flaw}", file=sys.stderr)
    return {"tried": TRIES, "refused": counts["refused"], "equal": counts["equal"],
            "wrong": sum(wrong.values())}  # fmt: skip
