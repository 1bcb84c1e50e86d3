"""GDSC's genomic features, as its ANOVA takes them: mutations, copy-number segments, MSI."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.tables import cell, check_header, check_key
from mmdrp.errors import MmdrpError

WIDE = ("genomic_features*.csv", "genomic_features*.tsv", "GF_*.csv", "GF_*.tsv")
LONG = "PANCANCER_Genetic_feature*.csv"
"""lines x features as gdsctools has them, and the export of cancerrxgene.org"""
COSMIC, MSI = "COSMIC_ID", "MSI_FACTOR"
SPELLED = {  # older tables' headings -> ours
    "COSMIC ID": COSMIC, "Sample Name": "SAMPLE_NAME", "MS-instability Factor Value": MSI,
    "Tissue Factor Value": "TISSUE_FACTOR",
}  # fmt: skip
ABOUT = {COSMIC: "cosmic", "SAMPLE_NAME": "name", "TISSUE_FACTOR": "tissue", "MEDIA_FACTOR": ""}
HEADINGS = {  # of the export, letters only -> ours
    "cosmicid": "cosmic", "cosmicsampleid": "cosmic", "celllinename": "name",
    "geneticfeature": "feature", "ismutated": "value", "recurrentgainloss": "kind",
    "genesinsegment": "genes", "gdscdesc": "tissue",
}  # fmt: skip


def segment(name: str) -> str:
    """Return ``MET gain (cnaPANCAN129)`` for ``gain_cnaPANCAN129_(MET)``.

    Recurrently aberrant copy-number segments, named by the cancer genes on them where there are.
    """
    kind, _, rest = name.partition("_")
    where, _, genes = rest.partition("_(")
    genes = genes.rstrip(")")
    return f"{genes} {kind} ({where})" if genes else f"{where} {kind}"


@dataclass(frozen=True)
class Part:
    """One modality of the features: which columns, what they are called, what they mean."""

    columns: re.Pattern[str]
    called: Callable[[str], str]
    unit: str


PARTS = {
    "mutation": Part(re.compile(r".+_mut"), lambda n: n.removesuffix("_mut"), "1 if mutated"),
    "racs": Part(re.compile(r"(gain|loss)_.+"), segment, "1 if a segment is gained or lost"),
    "msi": Part(re.compile(r"MSI_FACTOR"), lambda _: "MSI", "1 if microsatellites are instable"),
}


@dataclass(frozen=True)
class Features:
    """Lines x features, 0 or 1, NaN where unknown."""

    path: Path
    lines: pd.DataFrame
    """cosmic, name and tissue of each line, "" where unknown"""
    columns: list[str]
    values: npt.NDArray[np.float32]

    def part(self, name: str) -> tuple[list[str], npt.NDArray[np.float32]]:
        """Return features and values of one modality of ``PARTS``, maybe no features."""
        part = PARTS[name]
        places = [j for j, c in enumerate(self.columns) if part.columns.fullmatch(c)]
        return [part.called(self.columns[j]) for j in places], self.values[:, places]


def read(folder: Raw, notes: list[str]) -> Features | None:
    """Read the features that lie in a folder, None where there are none.

    Raises MmdrpError where a value is not 0 or 1, or a line stands there twice.
    """
    paths = [path for pattern in (*WIDE, LONG) for path in folder.glob(pattern)]
    if len(paths) > 1:
        raise MmdrpError(f"{paths[0]} and {paths[1]}: genomic features twice; keep one of them")
    if not paths:
        return None
    wide = not paths[0].name.startswith(LONG.split("*")[0])
    found = _wide(paths[0]) if wide else _long(paths[0], notes)
    known = [c for c in found.columns if any(p.columns.fullmatch(c) for p in PARTS.values())]
    if not known:
        raise MmdrpError(
            f"{paths[0].name}: has no column of features, such as BRAF_mut or gain_cnaPANCAN1"
        )
    if others := [name for name in found.columns if name not in set(known)]:
        notes.append(f"{len(others)} columns of features are not read: {', '.join(others)}")
    return found


def _wide(path: Path) -> Features:
    table = Delimited.open(path, None)
    header = [SPELLED.get(name, name) for name in table.header]
    check_header(path, header, [COSMIC])
    table = replace(table, header=header)
    text = [name for name in ABOUT if name in table.header]
    frame, values = table.numbers(text)
    ids = [_whole(text) for text in frame[COSMIC]]
    check_key(path, [*ids], COSMIC)
    columns = [name for name in table.header if name not in text]
    _refuse_others(path, values, columns, ids)
    lines = pd.DataFrame({
        ours: frame.get(name, "") for name, ours in ABOUT.items() if ours
    }).assign(cosmic=ids)  # fmt: skip
    return Features(path, lines, columns, values)


def _long(path: Path, notes: list[str]) -> Features:
    """Read a row per line and feature; what contradicts itself stays unknown and is listed."""
    table = Delimited.open(path, None)
    ours: dict[str, str] = {}
    for name in table.header:
        key = re.sub(r"[^a-z]", "", name.casefold())
        if key in HEADINGS:
            ours.setdefault(HEADINGS[key], name)
    needed = {"cosmic": "COSMIC ID", "feature": "Genetic Feature", "value": "IS Mutated"}
    check_header(path, table.header, [said for key, said in needed.items() if key not in ours])
    frame = table.text(list(ours.values())).set_axis(list(ours), axis=1)
    for key in ("name", "kind", "genes", "tissue"):
        frame[key] = frame.get(key, pd.Series("", index=frame.index))
    frame["cosmic"] = frame["cosmic"].map(_whole)
    value = table.column(table.text([ours["value"]]), ours["value"])
    _refuse_others(
        path, value[:, None].astype(np.float32), [ours["value"]], frame["cosmic"].tolist()
    )
    frame["value"] = value
    genes = ("_(" + frame["genes"] + ")").where(frame["genes"] != "", "")
    aberrant = frame["feature"].str.startswith("cna") & (frame["kind"] != "")
    frame["feature"] = frame["feature"].where(
        ~aberrant, frame["kind"] + "_" + frame["feature"] + genes
    )
    frame = frame[(frame["cosmic"] != "") & (frame["feature"] != "")]
    pairs = frame.groupby(["cosmic", "feature"])["value"]
    low, high = pairs.min(), pairs.max()
    if (two := low != high).any():
        shown = ", ".join(sorted({f"{line} {name}" for line, name in low.index[two]})[:20])
        notes.append(f"{int(two.sum())} features say both 0 and 1 of a line, left open: {shown}")
    wide = low.where(~two).unstack()
    lines = frame.drop_duplicates("cosmic").set_index("cosmic").reindex(wide.index).reset_index()
    return Features(path, lines[["cosmic", "name", "tissue"]], list(map(str, wide.columns)),
                    wide.to_numpy(np.float32))  # fmt: skip


def _refuse_others(
    path: Path, values: npt.NDArray[np.float32], columns: Sequence[str], ids: Sequence[str]
) -> None:
    bad = np.isfinite(values) & ~np.isin(values, (0, 1))
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        where = cell(path, columns[j], i, ids[i])
        raise MmdrpError(f"{where}: {values[i, j]:g} is neither 0 nor 1")


def _whole(text: str) -> str:
    return re.sub(r"\.0+$", "", text)
