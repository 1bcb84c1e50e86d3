"""Runs, checkpoints, encoders, folds and predictions that are damaged, or are something else."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from tests.hostile.case import Case, World
from tests.hostile.world import SMALL

Change = Callable[[Path], None]
OWN = ("study=folder", "study.path={study}")


def _bytes(data: bytes) -> Change:
    return lambda path: _write(path, data)


def _write(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def _cut(share: float) -> Change:
    return lambda path: _write(path, path.read_bytes()[: int(share * path.stat().st_size)])


def _flip(place: float) -> Change:
    def change(path: Path) -> None:
        data = bytearray(path.read_bytes())
        data[int(place * (len(data) - 1))] ^= 0x55
        path.write_bytes(data)

    return change


def _as_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


ANY: dict[str, Change] = {
    "empty": _bytes(b""), "noise": _bytes(b"\x80\x04" + bytes(range(256)) * 20),
    "half": _cut(0.5), "without end": _cut(0.98), "first bytes": _cut(0.01),
    "text": _bytes(b"hello\n"), "folder": _as_folder, "gone": Path.unlink,
    "flipped early": _flip(0.1), "flipped middle": _flip(0.5), "flipped late": _flip(0.9),
    "json list": _bytes(b"[]"), "json null": _bytes(b"null"), "deep": _bytes(b"[" * 100_000),
    "yaml code": _bytes(b"!!python/object/apply:os.system [exit]\n"),
}  # fmt: skip


def _saved(value: Any) -> Change:
    return lambda path: torch.save(value, path)


class Evil:
    """A pickle that would run a command."""

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.write_text, (Path("stray"), "run"))


CHECKPOINT: dict[str, Change] = {
    "a tensor": _saved(torch.zeros(3)), "a dict": _saved({"a": 1}), "none": _saved(None),
    "half a checkpoint": _saved({"state_dict": {}, "mmdrp": {}}),
    "no info": _saved({"state_dict": {}}), "code": _saved({"state_dict": Evil(), "mmdrp": {}}),
    "wrong kinds": _saved({"state_dict": [], "mmdrp": 5}),
}  # fmt: skip
USES: dict[str, tuple[str, ...]] = {
    "predict": ("predict", "run=run", "data={study}", "out=out"),
    "evaluate": ("evaluate", "run=run", "baseline=[drug_mean]", "cache=false", "out=out"),
    "attribute": ("attribute", "run=run", "drugs=[drug-00]", "pictures=0", "steps=4", "out=out"),
}  # fmt: skip
NEEDS = {"predict": ("model.ckpt",), "evaluate": ("config.yaml", "fold.json", "predictions.parquet", "model.ckpt", "run.json"),
         "attribute": ("config.yaml", "model.ckpt", "fold.json")}  # fmt: skip


def cases(world: World) -> Iterator[Case]:
    """Yield each damaged file with each command that reads it."""
    for use, words in USES.items():
        for file in NEEDS[use]:
            for name, change in ANY.items():
                yield Case(
                    f"{use} {file} {name}", words, expect="either", prepare=_run(file, change)
                )
        for name, change in CHECKPOINT.items():
            if use != "evaluate":
                yield Case(f"{use} checkpoint {name}", words, prepare=_run("model.ckpt", change))
    yield from _folds()
    yield from _encoders()
    yield from _predictions()
    yield from _columns()
    yield from _other_things()


def _run(file: str, change: Change, of: str = "panel") -> Callable[[World, Path], None]:
    def prepare(world: World, folder: Path) -> None:
        shutil.copytree(world.run(of), folder / "run")
        change(folder / "run" / file)

    return prepare


FOLDS: dict[str, object] = {
    "list": [], "null": None, "number": 5, "text": "x", "no test": {"train": {"cell": ["LINE000"]}},
    "numbers": dict.fromkeys(("train", "validation", "test"), 5),
    "text ids": {p: {"cell": "LINE000"} for p in ("train", "validation", "test")},
    "null ids": {p: {"cell": [None]} for p in ("train", "validation", "test")},
    "nested": {p: {"cell": [["a"]]} for p in ("train", "validation", "test")},
    "unknown ids": {p: {"cell": [f"NO{p}"]} for p in ("train", "validation", "test")},
    "same ids": {p: {"cell": ["LINE000"]} for p in ("train", "validation", "test")},
    "no ids": {p: {"cell": []} for p in ("train", "validation", "test")},
    "no axis": {p: {} for p in ("train", "validation", "test")},
    "other axis": {p: {"line": ["LINE000"]} for p in ("train", "validation", "test")},
    "drugs": {p: {"drug": [f"drug-0{i}"]} for i, p in enumerate(("train", "validation", "test"))},
    "pairs": {p: {"pair": ["LINE000 drug-00"]} for p in ("train", "validation", "test")},
    "one line": {p: {"cell": [f"LINE00{i}"]} for i, p in enumerate(("train", "validation", "test"))},
    "huge id": {p: {"cell": [p * 20_000]} for p in ("train", "validation", "test")},
}  # fmt: skip


def _folds() -> Iterator[Case]:
    train = ("train", *OWN, *SMALL, "net=false", "fold_file=fold.json", "out=out")
    for name, value in FOLDS.items():
        yield Case(f"fold {name}", train, expect="either" if name == "one line" else "refused",
                   prepare=_given("fold.json", json.dumps(value).encode()))  # fmt: skip
    for name, change in ANY.items():
        yield Case(f"fold {name}", train, prepare=_changed("fold.json", change))
    for name in ("empty", "noise", "folder", "gone", "deep", "json null"):
        learn = ("pretrain", *OWN, "shared_with=null", "modality=[expression]", "width=[8]",
                 "latent=4", "trainer.max_epochs=1", "fold_file=fold.json", "out=out")  # fmt: skip
        yield Case(f"pretrain fold {name}", learn, prepare=_changed("fold.json", ANY[name]))
    for name, text in {"empty": b"", "unknown": b"NOBODY\n", "noise": b"\xff\xfe\0", "one": b"LINE000\n",
                       "twice": b"LINE000\nLINE000\n", "two": b"LINE000\nLINE001\n"}.items():  # fmt: skip
        words = ("train", *OWN, *SMALL, "net=false", "lines=lines.txt", "out=out")
        yield Case(f"lines {name}", words, prepare=_given("lines.txt", text))


def _given(file: str, data: bytes) -> Callable[[World, Path], None]:
    return lambda world, folder: _write(folder / file, data)


def _changed(file: str, change: Change) -> Callable[[World, Path], None]:
    def prepare(world: World, folder: Path) -> None:
        shutil.copy(next(world.run("folds").rglob("*.json")), folder / file)
        change(folder / file)

    return prepare


def _encoders() -> Iterator[Case]:
    words = ("train", "experiment=deepdr", *OWN, "width=[8]", "latent=4", "head=[8]",
             "trainer.max_epochs=1", "pretrained=run", "out=out")  # fmt: skip
    for name, change in {**ANY, **CHECKPOINT}.items():
        yield Case(f"encoder {name}", words, expect="either" if name == "gone" else "refused",
                   prepare=_run("expression.ckpt", change, "encoders"))  # fmt: skip
    other = ("latent=5", "width=[9]", "modality=[cnv]", "activation=silu", "init=default")
    for word in other:
        yield Case(f"encoders of another shape {word}", (*words, word), expect="either",
                   prepare=_run("pretrain.json", lambda p: None, "encoders"))  # fmt: skip
    yield Case("encoders of nothing", tuple(w.replace("=run", "=nowhere") for w in words))
    yield Case("encoders of a run", tuple(w.replace("=run", "={panel}") for w in words))


def _predictions() -> Iterator[Case]:
    for command, more in (("associate", ("panels=0", "min_patients=3")),
                          ("extremes", ("drug=drug-00", "gene_sets={root}/sets.gmt", "min_size=2", "share=0.2"))):  # fmt: skip
        words = (command, "predictions=run", "data={study}", *more, "out=out")
        for name, change in ANY.items():
            yield Case(f"{command} predictions {name}", words,
                       prepare=_run("predictions.parquet", change, "predictions"))  # fmt: skip
        for name, edit in EDITS.items():
            yield Case(f"{command} predictions {name}", words, expect="either",
                       prepare=_run("predictions.parquet", _edited(edit), "predictions"))  # fmt: skip


def _edited(edit: Callable[[pd.DataFrame], pd.DataFrame]) -> Change:
    return lambda path: edit(pd.read_parquet(path)).to_parquet(path, index=False)


EDITS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "no rows": lambda f: f.head(0), "no pred": lambda f: f.drop(columns="pred"),
    "no cell": lambda f: f.drop(columns="cell"), "no drug": lambda f: f.drop(columns="drug"),
    "all nan": lambda f: f.assign(pred=np.nan), "some nan": lambda f: f.assign(pred=f["pred"].mask(f.index < 40)),
    "inf": lambda f: f.assign(pred=np.inf), "one inf": lambda f: f.assign(pred=f["pred"].mask(f.index == 3, np.inf)),
    "constant": lambda f: f.assign(pred=1.0), "huge": lambda f: f.assign(pred=f["pred"] * 1e30),
    "text": lambda f: f.assign(pred="high"), "twice": lambda f: pd.concat([f, f]),
    "other lines": lambda f: f.assign(cell="X" + f["cell"].astype(str)), "numbers for ids": lambda f: f.assign(cell=range(len(f))),
    "one line": lambda f: f[f["cell"] == f["cell"].iloc[0]], "two lines": lambda f: f[f["cell"].isin(f["cell"].unique()[:2])],
    "null ids": lambda f: f.assign(cell=None), "lists": lambda f: f.assign(pred=pd.Series([[1]] * len(f))),
    "truth": lambda f: f.assign(pred=f["pred"] > 0), "drug null": lambda f: f.assign(drug=None),
}  # fmt: skip


def _columns() -> Iterator[Case]:
    """Predictions of a run whose columns say something else: what evaluate reads."""
    words = USES["evaluate"]
    edits = {**EDITS, "no y": lambda f: f.drop(columns="y"), "no part": lambda f: f.drop(columns="part"),
             "y nan": lambda f: f.assign(y=np.nan), "part other": lambda f: f.assign(part="exam"),
             "y text": lambda f: f.assign(y="x"), "fold text": lambda f: f.assign(fold="x")}  # fmt: skip
    for name, edit in edits.items():
        yield Case(f"evaluate columns {name}", words, expect="either",
                   prepare=_run("predictions.parquet", _edited(edit)))  # fmt: skip


def _other_things() -> Iterator[Case]:
    genes = ("enrich", "genes=genes.csv", "gene_sets=sets.gmt", "min_size=1", "out=out")
    lists: dict[str, bytes] = {
        "empty": b"", "header alone": b"gene\n", "unknown": b"gene\nNOBODY\n", "noise": b"\xff\xfe\0\x81",
        "one": b"EXPRESSION_00\n", "twice": b"EXPRESSION_00\nEXPRESSION_00\n", "no gene column": b"a,b\n1,2\n",
        "blank": b"\n\n\n", "long": b"G" * 100_000, "newline": b'gene\n"A\nB"\n', "numbers": b"gene\n1\n2\n",
        "t text": b"gene,t\nEXPRESSION_00,high\n",
    }  # fmt: skip
    sets: dict[str, bytes] = {
        "empty": b"", "one column": b"SET\n", "no genes": b"SET\tabout\n", "noise": b"\xff\xfe\0\x81",
        "twice": b"S\ta\tEXPRESSION_00\nS\ta\tEXPRESSION_01\n", "commas": b"S,a,EXPRESSION_00\n",
        "other genes": b"S\ta\tNOBODY\n", "long name": b"S" * 9000 + b"\ta\tEXPRESSION_00\tEXPRESSION_01\n",
    }  # fmt: skip
    good_genes = b"gene\n" + b"".join(b"EXPRESSION_%02d\n" % i for i in range(12))
    good_sets = b"S\ta\tEXPRESSION_00\tEXPRESSION_01\nT\ta\tEXPRESSION_02\tEXPRESSION_03\n"
    for name, data in lists.items():
        yield Case(f"enrich genes {name}", genes, expect="either", prepare=_two(data, good_sets))
    for name, data in sets.items():
        yield Case(f"enrich sets {name}", genes, expect="either", prepare=_two(good_genes, data))
    tables = {"empty": b"", "header": b"drug,source,feature,direction\n", "unknown": b"drug,source,feature,direction\nx,y,z,up\n",
              "noise": b"\xff\xfe\0", "no columns": b"a\n1\n",
              "direction": b"drug,source,feature,direction\ndrug-00,mutation,MUTATION_03,sideways\n"}  # fmt: skip
    for name, data in tables.items():
        yield Case(f"markers {name}", ("attribute", "benchmark", "run={panel}", "markers=m.csv", "out=out"),
                   expect="either", prepare=_given("m.csv", data))  # fmt: skip
        yield Case(f"targets {name}", ("associate", "predictions={predictions}", "data={study}", "panels=0",
                   "min_patients=3", "targets=m.csv", "out=out"), expect="either", prepare=_given("m.csv", data))  # fmt: skip


def _two(genes: bytes, sets: bytes) -> Callable[[World, Path], None]:
    def prepare(world: World, folder: Path) -> None:
        (folder / "genes.csv").write_bytes(genes)
        (folder / "sets.gmt").write_bytes(sets)

    return prepare
