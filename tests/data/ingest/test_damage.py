"""Damaged release files: a study or one line that names the file, never anything else."""

import gzip
import random
import warnings
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mmdrp.data.ingest.gdsc import tables as gdsc_tables
from mmdrp.data.ingest.screens import benchmark, ccle, ctrpv2
from mmdrp.data.ingest.tcga import study as tcga
from mmdrp.data.ingest.tools import gdsctools, oncopredict, pharmacogx
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CCLE, CTRPV2, DEPMAP, GDSC, MATRICES, TCGA, TUMOURS, write
from tests.data.ingest.tools.layouts import (
    CODER,
    DREVAL,
    EXPORT,
    IC50,
    ICGC,
    IMPROVE,
    ONCO,
    PSET,
)

FEATURES = {"IC50_v17.csv": IC50, "PANCANCER_Genetic_features.csv": EXPORT}
Damage = Callable[[bytes, random.Random], bytes]


def cut(raw: bytes, rng: random.Random) -> bytes:
    return raw[: rng.randrange(len(raw))]


def lose(raw: bytes, rng: random.Random) -> bytes:
    start = rng.randrange(len(raw))
    return raw[:start] + raw[start + rng.randint(1, 20) :]


def scribble(raw: bytes, rng: random.Random) -> bytes:
    out = bytearray(raw)
    for _ in range(rng.randint(1, 5)):
        out[rng.randrange(len(out))] = rng.choice(b'\x00\xff",\t\n;x-0#')
    return bytes(out)


def repeat(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    lines.insert(rng.randrange(len(lines)), rng.choice(lines))
    return b"".join(lines)


def drop(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.splitlines(keepends=True)
    del lines[rng.randrange(len(lines))]
    return b"".join(lines)


def blank(raw: bytes, rng: random.Random) -> bytes:
    lines = raw.decode().splitlines()
    i = rng.randrange(len(lines))
    sep = "\t" if "\t" in lines[i] else ","
    cells = lines[i].split(sep)
    cells[rng.randrange(len(cells))] = rng.choice(["", "NA", "oops", "1e999", "-1", "nan"])
    return "\n".join([*lines[:i], sep.join(cells), *lines[i + 1 :]]).encode()


def other_separator(raw: bytes, _: random.Random) -> bytes:
    return raw.replace(b"\t", b";").replace(b",", b";")


def utf16(raw: bytes, _: random.Random) -> bytes:
    return raw.decode().encode("utf-16")


def empty(_: bytes, __: random.Random) -> bytes:
    return b""


def cut_gzip(raw: bytes, rng: random.Random) -> bytes:
    packed = gzip.compress(raw, mtime=0)
    return packed[: rng.randrange(len(packed))]


DAMAGES: list[Damage] = [
    cut, lose, scribble, repeat, drop, blank, other_separator, utf16, empty, cut_gzip,
]  # fmt: skip
BUILDS: dict[str, tuple[Callable[..., Any], list[dict[str, str]], dict[str, str]]] = {
    "ctrpv2": (ctrpv2.build, [CTRPV2, DEPMAP], {}),
    "ccle": (ccle.build, [CCLE, DEPMAP], {}),
    "gdsc": (gdsc_tables.build, [GDSC, DEPMAP], {}),
    "v17": (gdsc_tables.build, [GDSC, DEPMAP], {"screen": "v17"}),
    "calls": (ccle.build, [CCLE, MATRICES, CTRPV2], {}),
    "tcga": (tcga.build, [TCGA], {}),
    "tumours": (tcga.build, [TUMOURS], {}),
    "pharmacogx": (pharmacogx.build, [PSET], {"expression_unit": "log2(TPM + 0.001)"}),
    "oncopredict": (oncopredict.build, [ONCO], {}),
    "gdsctools": (gdsctools.build, [FEATURES], {}),
    "icgc": (tcga.build, [{"simple_somatic_mutation.open.X.tsv": ICGC}], {}),
    "improve": (benchmark.build, [IMPROVE], {}),
    "coderdata": (benchmark.build, [CODER], {}),
    "drevalpy": (benchmark.build, [DREVAL], {}),
}
OWN_NAMES = ("pharmacogx", "oncopredict", "gdsctools")
"""sources whose lines go by their own names where there is no table of DepMap's"""


@pytest.mark.parametrize("source", list(BUILDS))
@given(st.data())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_only_errors_of_one_line_come_out(
    tmp_path_factory: pytest.TempPathFactory, source: str, data: st.DataObject
) -> None:
    build, releases, options = BUILDS[source]
    folder = tmp_path_factory.mktemp(source)
    raw = write(folder / "raw", *releases)
    if source in OWN_NAMES:
        (raw / "sample_info.csv").unlink()
    victim = data.draw(st.sampled_from(sorted(p for p in raw.rglob("*") if p.is_file())))
    damage = data.draw(st.sampled_from(DAMAGES))
    rng = random.Random(data.draw(st.integers(0, 1 << 30)))
    content = damage(victim.read_bytes(), rng)
    victim.unlink()
    if damage is cut_gzip:
        victim = victim.with_name(victim.name + ".gz")
    victim.write_bytes(content)
    (folder / "out").mkdir()
    fold_data = ""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            build(folder / "out" / "study", raw, **options)
        except MmdrpError as error:
            fold_data = str(error)
    assert "\n" not in fold_data
    assert bool(fold_data) != bool(list((folder / "out").iterdir()))
