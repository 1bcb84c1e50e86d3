"""Tables damaged in every way, in a study's folder and in a folder of new samples."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from mmdrp.errors import MmdrpError
from tests.hostile.case import Case, Expected, World
from tests.hostile.world import SMALL

Damage = Callable[[Path], None]
Rows = Callable[[list[list[str]]], list[list[str]]]


def rows(change: Rows) -> Damage:
    """Change a CSV file as a list of rows, the header first."""

    def damage(path: Path) -> None:
        table = [line.split(",") for line in path.read_text().splitlines()]
        path.write_text("".join(",".join(row) + "\n" for row in change(table)))

    return damage


def put(row: int, column: int, value: str) -> Damage:
    def change(table: list[list[str]]) -> list[list[str]]:
        table[row][column] = value
        return table

    return rows(change)


def content(data: bytes) -> Damage:
    return lambda path: _written(path, data)


def _written(path: Path, data: bytes) -> None:
    path.write_bytes(data)


def recode(encoding: str, text: str = "") -> Damage:
    return lambda path: _written(path, (path.read_text() + text).encode(encoding, "replace"))


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def link_to_nothing(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere")


def column(change: Callable[[list[str]], list[str]]) -> Damage:
    return rows(lambda table: [change(row) for row in table])


VALUES: dict[str, tuple[Damage, Expected]] = {
    "nan": (put(3, 2, "nan"), "either"), "empty": (put(3, 2, ""), "either"),
    "inf": (put(3, 2, "inf"), "refused"), "minus inf": (put(3, 2, "-Infinity"), "refused"),
    "text": (put(3, 2, "high"), "refused"), "comma decimal": (put(3, 2, '"1,5"'), "refused"),
    "1e400": (put(3, 2, "1e400"), "refused"), "1e38": (put(3, 2, "1e38"), "either"),
    "-1e300": (put(3, 2, "-1e300"), "refused"), "true": (put(3, 2, "True"), "refused"),
    "date": (put(3, 2, "2024-01-01"), "refused"), "percent": (put(3, 2, "5%"), "refused"),
    "two numbers": (put(3, 2, "1 2"), "refused"), "quote": (put(3, 2, '"'), "refused"),
    "#N/A": (put(3, 2, "#N/A"), "either"), "hex": (put(3, 2, "0x10"), "refused"),
}  # fmt: skip
FILES: dict[str, tuple[Damage, Expected]] = {
    "no bytes": (content(b""), "refused"), "newline": (content(b"\n"), "refused"),
    "nul bytes": (content(b"\0" * 4096), "refused"), "noise": (content(bytes(range(256)) * 9), "refused"),
    "png": (content(b"\x89PNG\r\n\x1a\n" + b"\0" * 99), "refused"),
    "html": (content(b"<!DOCTYPE html><html><body>404</body></html>\n"), "refused"),
    "gzip": (content(b"\x1f\x8b\x08\0\0\0\0\0"), "refused"),
    "json": (content(b'{"cell": 1}'), "refused"),
    "git lfs": (content(b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), "refused"),
    "utf16": (recode("utf-16"), "refused"), "utf8 mark": (recode("utf-8-sig"), "either"),
    "latin1": (recode("latin-1", "Caf\xe9,\xfc\n"), "refused"),
    "header alone": (rows(lambda t: t[:1]), "refused"), "no header": (rows(lambda t: t[1:]), "refused"),
    "one row": (rows(lambda t: t[:2]), "either"), "semicolons": (
        lambda p: _written(p, p.read_bytes().replace(b",", b";")), "either"),
    "tabs": (lambda p: _written(p, p.read_bytes().replace(b",", b"\t")), "either"),
    "carriage returns": (lambda p: _written(p, p.read_bytes().replace(b"\n", b"\r")), "either"),
    "crlf": (lambda p: _written(p, p.read_bytes().replace(b"\n", b"\r\n")), "either"),
    "cut": (lambda p: _written(p, p.read_bytes()[:-40] + b'"'), "refused"),
    "folder": (folder, "refused"), "gone": (Path.unlink, "refused"),
    "link to nothing": (link_to_nothing, "refused"),
    "ragged": (rows(lambda t: [*t[:4], [*t[4], "1", "2"], *t[5:]]), "refused"),
    "short row": (rows(lambda t: [*t[:4], t[4][:1], *t[5:]]), "either"),
    "blank rows": (rows(lambda t: [*t[:3], [""], [""], *t[3:]]), "either"),
    "comment": (rows(lambda t: [["# made by R"], *t]), "either"),
    "no key": (column(lambda r: r[1:]), "refused"), "key alone": (column(lambda r: r[:1]), "refused"),
    "key renamed": (put(0, 0, "Cell Line"), "refused"),
    "column twice": (rows(lambda t: [[*r[:2], r[1], *r[2:]] for r in t]), "refused"),
    "column without name": (put(0, 1, ""), "either"),
    "row twice": (rows(lambda t: [*t, t[1]]), "refused"), "all rows twice": (rows(lambda t: [*t, *t[1:]]), "refused"),
    "empty id": (put(1, 0, ""), "refused"), "blank id": (put(1, 0, "  "), "refused"),
    "quoted newline id": (put(1, 0, '"A\nB"'), "refused"), "nan id": (put(1, 0, "nan"), "refused"),
    "wide id": (put(1, 0, "細胞"), "refused"), "long id": (put(1, 0, "L" * 5000), "refused"),
    "slash id": (put(1, 0, "../../etc"), "refused"), "id with mark": (put(1, 0, "\u202eLINE"), "refused"),
}  # fmt: skip
"""what a file can be; how that may end for a table of values"""
SPECIAL: dict[str, tuple[str, Damage, Expected]] = {
    "response of unknown line": ("response", put(4, 1, "NOBODY"), "refused"),
    "response of unknown drug": ("response", put(4, 2, "nothing"), "refused"),
    "response text": ("response", put(4, 3, "high"), "refused"),
    "response inf": ("response", put(4, 3, "inf"), "refused"),
    "response 1e39": ("response", put(4, 3, "1e39"), "refused"),
    "response empty": ("response", put(4, 3, ""), "refused"),
    "response twice": ("response", rows(lambda t: [*t, t[1]]), "refused"),
    "response no value": ("response", put(0, 3, "IC50"), "refused"),
    "response no measure": ("response", put(4, 0, ""), "refused"),
    "response header alone": ("response", rows(lambda t: t[:1]), "refused"),
    "smiles invalid": ("drugs", put(1, 2, "C1CC"), "either"),
    "smiles empty": ("drugs", put(1, 2, ""), "either"),
    "smiles long": ("drugs", put(1, 2, "C" * 100_000), "either"),
    "drug twice": ("drugs", rows(lambda t: [*t, t[1]]), "refused"),
    "drug no id": ("drugs", put(1, 0, ""), "refused"),
    "drug key renamed": ("drugs", put(0, 0, "compound"), "refused"),
    "drug name newline": ("drugs", put(1, 1, '"Nut\nlin"'), "either"),
    "drug name quote": ("drugs", put(1, 1, '"a ""b"" \'c\' /d\\"'), "either"),
    "drug name wide": ("drugs", put(1, 1, "阿司匹林\U0001f9ea"), "either"),
    "drug name long": ("drugs", put(1, 1, "n" * 3000), "either"),
    "drug name number": ("drugs", put(1, 1, "1032"), "either"),
    "drug name formula": ("drugs", put(1, 1, "=cmd|x"), "either"),
    "tissue empty": ("cells", put(1, 1, ""), "either"),
    "tissue column gone": ("cells", column(lambda r: r[:1]), "either"),
    "tissue newline": ("cells", put(1, 1, '"lu\nng"'), "either"),
    "mutation twos": ("mutation", put(1, 1, "2"), "either"),
    "mutation half": ("mutation", put(1, 1, "0.5"), "either"),
    "expression constant": ("expression", column(lambda r: [r[0], *["1"] * (len(r) - 1)]), "refused"),
    "gene with newline": ("expression", put(0, 1, '"TP\n53"'), "either"),
    "gene with slash": ("expression", put(0, 1, "HLA-A/../x"), "either"),
    "gene as date": ("expression", put(0, 1, "1-Mar"), "either"),
}  # fmt: skip
TRAIN = ("train", "study=folder", "study.path=mine", *SMALL, "net=false", "out=out")


def cases(world: World) -> Iterator[Case]:
    """Yield a damaged table of a study that is trained on, and of samples that are predicted."""
    yield from _of_study()
    yield from _of_samples()


def _of_study() -> Iterator[Case]:
    for table in ("expression", "cells", "drugs", "response"):
        for name, (damage, expect) in FILES.items():
            ends = expect if table == "expression" else "either"
            if name == "gone" or (table == "drugs" and ends == "refused"):
                ends = "either"
            yield _study_case(f"{table} {name}", table, damage, ends)
    for name, (damage, expect) in VALUES.items():
        yield _study_case(f"expression value {name}", "expression", damage, expect)
    for name, (table, damage, expect) in SPECIAL.items():
        constant = name == "expression constant"
        yield _study_case(name, table, damage, "either" if constant else expect)


def _study_case(name: str, table: str, damage: Damage, expect: Expected) -> Case:
    """Manifest and training of a damaged folder: the manifest refuses, or training does."""

    def prepare(world: World, folder: Path) -> None:
        mine = folder / "mine"
        shutil.copytree(world.mine, mine)
        damage(mine / f"{table}.csv")

    def call(world: World, folder: Path) -> None:
        import mmdrp
        from mmdrp.cli.options.data import described

        there = {path.name for path in (folder / "mine").iterdir()}
        study = described(folder / "mine")
        try:
            model = mmdrp.ResponseModel(["expression", "mutation"], net=False).fit(study, fold=0)
        except MmdrpError:  # the folder has a manifest all the same: that much was right
            for path in (folder / "mine").iterdir():
                if path.name not in there and path.is_file():
                    path.unlink()
            raise
        pred = model.predict(study)
        assert np.isfinite(pred["pred"]).all(), "predictions are not finite"
        assert np.abs(pred["pred"]).max() < 1e4, f"predictions reach {pred['pred'].abs().max():g}"

    return Case(
        f"study {name}", call=call, expect=expect, prepare=prepare,
        may_write=("mine/manifest.json", "mine/cache", "mine/cells.csv", "mine/drugs.csv"),
    )  # fmt: skip


def _of_samples() -> Iterator[Case]:
    words = ("predict", "run={panel}", "data=new", "out=out")
    for table in ("expression", "mutation"):
        for name, (damage, expect) in FILES.items():
            ends: Expected = (
                "either" if expect == "either" or "id" in name or name == "gone" else expect
            )
            yield Case(
                f"samples {table} {name}", words, expect=ends, prepare=_samples(table, damage)
            )
        for name, (damage, expect) in VALUES.items():
            if table == "mutation" and name == "1e38":
                expect = "refused"
            yield Case(
                f"samples {table} value {name}",
                words,
                expect=expect,
                prepare=_samples(table, damage),
            )
    pairs = ("predict", "run={pairs}", "data=new", "out=out")
    for name, (table, damage, _) in SPECIAL.items():
        if table in ("drugs", "cells"):
            yield Case(f"samples {name}", pairs, expect="either", prepare=_samples(table, damage))


def _samples(table: str, damage: Damage) -> Callable[[World, Path], None]:
    def prepare(world: World, folder: Path) -> None:
        shutil.copytree(world.samples, folder / "new")
        damage(folder / "new" / f"{table}.csv")

    return prepare
