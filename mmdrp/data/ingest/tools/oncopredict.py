"""oncoPredict's training data (Maeser, Gruener and Huang 2021), exported from R as text.

``GDSC2_Expr`` and ``GDSC2_Res`` (also GDSC1, CTRP2): genes x lines, and lines x drugs.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from mmdrp.data.ingest import structures
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.tools import own, r_tables
from mmdrp.data.ingest.tools.units import as_log2_tpm, expression_unit
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Entry
from mmdrp.data.study.units import UNITS
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError
from mmdrp.options import checked

SETS = ("GDSC2", "GDSC1", "CTRP2")
COSMIC = "COSMIC_"
"""what stands before GDSC's ids of lines"""
PREDICTED = "DrugPredictions"
LN_UM = {"ic50": {"unit": "ln uM", "higher": "resistant"}}
AREA = {"auc": {"unit": "area under the curve of CTRPv2, 0 to 30", "higher": "resistant"}}
MOST_LN, MOST_AREA = 25.0, 35.0
LICENCE = "that of GDSC and CTRP, from which oncoPredict took the data"


@dataclass(frozen=True)
class Files:
    """One set's two tables."""

    name: str
    response: Path
    expression: Path | None


def sets(folder: Raw) -> list[Files]:
    """Return the training sets whose table of responses lies in a folder."""
    out = []
    for name in SETS:
        paths = _files(folder, f"{name}_Res")
        if paths:
            found = r_tables.only(paths, f"{name}_Res")
            assert found is not None
            out.append(Files(name, found, r_tables.only(_files(folder, f"{name}_Expr"), "Expr")))
    return out


@checked
def build(
    root: str | Path,
    raw: str | Path,
    *,
    screen: Literal["GDSC1", "GDSC2", "CTRP2"] | None = None,
    expression_unit: str | None = None,
) -> Study:
    """Write the study of one training set: ``ic50`` (ln uM) of GDSC, ``auc`` of CTRP2.

    ``screen`` chooses where several lie there; ``expression_unit`` names the unit of CTRP2's
    expression where neither its name nor its values do. GDSC's is RMA, log2 intensity.
    """
    folder = Raw(raw)
    there = [files for files in sets(folder) if screen in (None, files.name)]
    if not there:
        _refuse_none(folder, screen)
    if len(there) > 1:
        names = ", ".join(files.name for files in there)
        raise MmdrpError(f"{folder}: holds {names}; say which: study.raw.screen={there[0].name}")
    files, notes = there[0], list[str]()
    found = r_tables.matrix(files.response)
    kind = "cosmic" if files.name.startswith("GDSC") else "name"
    bare = {name: name.removeprefix(COSMIC) for name in found.rows}
    lines = own.lines_of(folder, plain(files.response), {kind: list(bare.values())}, notes)
    line = {name: lines.cell[key] for name, key in bare.items() if key in lines.cell}
    cells = lines.annotation(sorted(set(line.values())))
    if kind == "cosmic" and lines.ids is None:
        cells["cosmic_id"] = cells["cell"]
    measure = LN_UM if kind == "cosmic" else AREA
    _check(files.response, found, measure)
    drugs = _drugs(folder, found.columns)
    wide = pd.DataFrame(found.values.astype(float), found.rows, drugs["drug"].tolist())
    long = wide.rename_axis("line").reset_index().melt("line", var_name="drug").dropna()
    long = long.assign(measure=next(iter(measure)), cell=long["line"].map(line)).dropna()
    modalities = {}
    if files.expression is not None:
        spelled = {f"{COSMIC}{key}": line[name] for name, key in bare.items() if name in line}
        named = lines.cell | line | (spelled if kind == "cosmic" else {})
        modalities["expression"] = _expression(files, named, expression_unit)
    entry = Entry(
        "", 0, 0, "", "", plain(files.response), f"oncoPredict, {files.name}", LICENCE,
        measures=measure,
    )  # fmt: skip
    return own.write(
        root, "oncopredict", folder, response=long[["measure", "cell", "drug", "value"]],
        cells=cells, drugs=drugs, entry=entry, modalities=modalities, notes=notes,
        options={"screen": screen, "expression_unit": expression_unit},
    )  # fmt: skip


def predictions(path: str | Path) -> pd.DataFrame:
    """Return ``cell, drug, pred`` of oncoPredict's ``DrugPredictions.csv``: to compare with ours.

    They are no measurements. Trained as its vignette says, on exp(ln IC50), they are in uM.
    """
    found = r_tables.matrix(Path(path))
    drugs = [name for name, _ in map(_named, found.columns)]
    wide = pd.DataFrame(found.values.astype(float), found.rows, drugs).rename_axis("cell")
    long = wide.reset_index().melt("cell", var_name="drug", value_name="pred").dropna()
    return long.reset_index(drop=True)


def _files(folder: Raw, start: str) -> list[Path]:
    found = {
        path
        for ending in ("csv", "tsv", "txt")
        for middle in ("", "[ _.(-]*")
        for path in folder.glob(f"{start}{middle}.{ending}")
    }
    return sorted(found)


def _refuse_none(folder: Raw, screen: str | None) -> None:
    wanted = f"{screen or 'GDSC2'}_Res"
    lying = [path.name for path in folder.unread()]
    packed = next((n for n in lying if n.lower().endswith(".rds")), None)
    if packed is not None:
        raise MmdrpError(rds_advice(packed))
    if any(PREDICTED in name for name in lying):
        raise MmdrpError(
            f"{folder}: {PREDICTED} holds oncoPredict's predictions, which are no measurements; "
            f"put {wanted}.csv there"
        )
    raise MmdrpError(f"{folder}: has no {wanted}.csv or .txt, responses of oncoPredict")


def rds_advice(name: str) -> str:
    """Say what to do with a file of R's own format.

    >>> rds_advice("GDSC2_Res.rds")
    "GDSC2_Res.rds: is R's own format; in R: write.csv(readRDS('GDSC2_Res.rds'), 'GDSC2_Res.csv')"
    """
    stem = re.sub(r"\.rds$", "", name, flags=re.I)
    short = re.split(r" \(", stem)[0]
    if not re.search(r"_(Res|Expr)", stem):
        return f"{name[:60]}: is R's own format; write its tables as CSV in R, as docs/raw.md shows"
    said = f"{name[:60]}: is R's own format; in R: "
    return said + f"write.csv(readRDS('{name[:60]}'), '{short[:40]}.csv')"


def _check(path: Path, found: r_tables.Matrix, measure: dict[str, dict[str, str]]) -> None:
    """Refuse values that the measure cannot have, and those that look exponentiated."""
    least, most = (-MOST_LN, MOST_LN) if "ic50" in measure else (0.0, MOST_AREA)
    bad = (found.values < least) | (found.values > most)
    advice = "the natural logarithm of uM" if "ic50" in measure else "CTRPv2's area"
    known = found.values[np.isfinite(found.values)]
    if "ic50" in measure and known.size >= 20 and (known > 0).all():
        raise MmdrpError(
            f"{path.name}: no value is below 0: exponentiated? it is read as {advice}, as "
            "oncoPredict publishes it"
        )
    if bad.any():
        i, j = map(int, np.argwhere(bad)[0])
        where = cell(path, found.columns[j], i, found.rows[i])
        raise MmdrpError(
            f"{where}: {found.values[i, j]:.6g} is not in {least:g} to {most:g}; it is {advice}"
        )


def _named(column: str) -> tuple[str, str]:
    """Return name and GDSC id of ``Camptothecin_1003``; CTRP's drugs have no number."""
    found = re.fullmatch(r"(.+)_(\d+)", column)
    return (found[1], f"GDSC:{found[2]}") if found else (column, "")


def _drugs(folder: Raw, columns: list[str]) -> pd.DataFrame:
    """Return the table of drugs in the order of the columns; a name taken twice keeps its id."""
    name, ident = (list(part) for part in zip(*map(_named, columns), strict=True))
    frame = pd.DataFrame({"name": name, "gdsc_id": ident})
    twice = frame["name"].duplicated(keep=False)
    full = frame["name"] + " (" + frame["gdsc_id"] + ")"
    known = structures.read(folder)
    smiles = [known.get(key_of(each), "") for each in name]
    return frame.assign(drug=frame["name"].where(~twice, full), smiles=smiles)[
        ["drug", "name", "smiles", "gdsc_id"]
    ]


def _expression(files: Files, line: dict[str, str], said: str | None) -> own.Modality:
    """Read genes x lines; of CTRP2 the name says whether it is logged, or its values must."""
    path = files.expression
    assert path is not None
    table = r_tables.matrix(path)
    kept = [j for j, name in enumerate(table.columns) if name in line]
    if not kept:
        turned = ": lines in rows? write t(x)" if set(table.rows) & set(line) else ""
        raise MmdrpError(
            f"{path.name}: none of its {len(table.columns)} columns (such as "
            f"{table.columns[0][:30]!r}) is a line of {files.response.name}{turned}"
        )
    values = table.values[:, kept].T
    if files.name.startswith("GDSC"):
        unit, detail = "log2 intensity", "RMA"
    else:
        values, unit, detail = as_log2_tpm(values, _unit(path, values, said))
    flaw = UNITS[unit].flaw(values)
    if flaw is not None:
        i, j = divmod(flaw, values.shape[1])
        raise MmdrpError(
            f"{path.name}: {table.rows[j][:30]} of {table.columns[kept[i]][:30]}: "
            f"{values[i, j]:.6g} is no {unit}"
        )
    ids = [line[table.columns[j]] for j in kept]
    found = Table("cell", ids, table.rows, np.ascontiguousarray(values))
    return own.modality(found, unit, plain(path), f"oncoPredict, {files.name}", LICENCE, detail)


def _unit(path: Path, values: np.ndarray, said: str | None) -> str:
    largest = float(np.nanmax(values, initial=-np.inf))
    named = path.name.lower()
    if said is None and "tpm" in named and "not log" in named and largest > 20:
        return "TPM"
    if said is None and "tpm" in named and "log2(x+1)" in named and largest <= 20:
        return "log2(TPM + 1)"
    return expression_unit(path, values, said)
