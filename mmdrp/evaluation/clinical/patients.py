"""The table of patients, and the predictions it is joined with."""

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from mmdrp.data import tables
from mmdrp.data.samples.sheet import EXCEL
from mmdrp.data.samples.spreadsheet import read_spreadsheet
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.marker import check_finished
from mmdrp.io.sums import check_unchanged

PREDICTIONS = "predictions.parquet"
COLUMNS = {
    "patient": ("patient", "patient_id", "bcr_patient_barcode", "case_id", "case", "sample",
                "sample_id", "cell", "id"),
    "drug": ("drug", "drug_name", "treatment", "therapy", "regimen", "drugs",
             "pharmaceutical_therapy_drug_name"),
    "response": ("response", "best_response", "measure_of_response", "treatment_best_response",
                 "recist", "outcome", "best_overall_response"),
    "type": ("cancer_type", "type", "cancer", "cohort", "tissue", "disease", "oncotree_code"),
    "time": ("time", "survival_time", "pfs_time", "os_time", "days", "months", "pfs", "os"),
    "event": ("event", "pfs_event", "os_event", "status", "dead", "progressed", "censor_status"),
}  # fmt: skip
"""what is read -> headings it may have, in any case"""
NEEDED = ("patient", "drug")


def read_patients(given: pd.DataFrame | str | Path) -> tuple[pd.DataFrame, str]:
    """Return ``patient, drug`` and, where they are there, ``response, type, time, event``.

    The index is the row of the table, from 1. Also returns what messages call the table.
    """
    frame, where = (given, "patients") if isinstance(given, pd.DataFrame) else _file(Path(given))
    if frame.columns.nlevels > 1 or not frame.columns.is_unique:
        raise MmdrpError(f"{where}: a column stands there twice")
    names = {_plain(c): c for c in frame.columns}
    found = {
        key: next((names[_plain(c)] for c in choices if _plain(c) in names), None)
        for key, choices in COLUMNS.items()
    }
    has = ", ".join(map(str, frame.columns))[:80]
    for key in NEEDED:
        if found[key] is None:
            raise MmdrpError(f"{where}: has no column {key!r} (its columns: {has})")
    if found["response"] is None and (found["time"] is None or found["event"] is None):
        raise MmdrpError(
            f"{where}: has no column 'response', nor 'time' and 'event' (its columns: {has})"
        )
    if not len(frame):
        raise MmdrpError(f"{where}: has no rows")
    out = pd.DataFrame({key: frame[c].to_numpy() for key, c in found.items() if c is not None})
    out.index = pd.RangeIndex(1, len(out) + 1)
    for key in NEEDED:
        text = out[key].map(lambda v: "" if pd.isna(v) else str(v).strip())
        if (empty := text == "").any():
            raise MmdrpError(f"{where}: column {key!r}, row {int(np.argmax(empty)) + 1}: is empty")
        out[key] = text
    kinds = out["type"] if "type" in out else pd.Series("", out.index)
    return out.assign(type=kinds.map(lambda v: "" if pd.isna(v) else str(v).strip())), where


def _plain(heading: object) -> str:
    return "".join(filter(str.isalnum, str(heading).casefold()))


def _file(path: Path) -> tuple[pd.DataFrame, str]:
    if not path.is_file():
        raise MmdrpError(f"clinical={path}: there is no such file")
    if path.suffix.lower() in EXCEL:
        return read_spreadsheet(path), path.name
    if path.suffix in (".parquet", ".feather"):
        return tables.read_frame(path, None), path.name
    try:
        frame = pd.read_csv(path, sep=None, engine="python", dtype=str, keep_default_na=False)
    except (ValueError, csv.Error) as error:
        if not path.stat().st_size:
            raise MmdrpError(f"{path.name}: is empty; give a row per patient and drug") from error
        why = str(error).splitlines()[0][:80] if str(error) else type(error).__name__
        raise MmdrpError(f"{path.name}: is no readable table: {why}") from error
    return frame, path.name


def read_predictions(given: pd.DataFrame | str | Path, higher: str | None) -> pd.DataFrame:
    """Return sensitivities, samples x drugs: predictions signed so that more is more sensitive.

    ``attrs["names"]`` are the drugs' names by id.
    """
    if isinstance(given, pd.DataFrame):
        frame, where, said = given, "predictions", given.attrs.get("higher")
    else:
        path = Path(given)
        if path.is_dir():
            check_finished(path, "predictions=")
            path = path / PREDICTIONS
        if not path.is_file():
            raise MmdrpError(f"predictions={given}: there is no such file")
        frame, where, said = tables.read_frame(path, None, ("cell", "drug")), path.name, None
        check_unchanged(path)
        if path.suffix == ".parquet":
            said = ((pq.read_schema(path).metadata or {}).get(b"mmdrp.higher") or b"").decode()
    if lacking := [c for c in ("cell", "drug", "pred") if c not in frame]:
        raise MmdrpError(f"{where}: has no column {lacking[0]!r}; give what mmdrp predict writes")
    higher = higher or said or None
    if higher not in ("resistant", "sensitive"):
        raise OptionError(
            f"{where}: does not say what a higher prediction means; give higher=resistant or "
            "higher=sensitive"
        )
    pred = pd.to_numeric(frame["pred"], errors="coerce")
    if pred.isna().any():
        row = int(pred.isna().to_numpy().argmax()) + 1
        raise MmdrpError(f"{where}: column 'pred', row {row}: is not a number")
    keys = frame[["cell", "drug"]].astype(str)
    if (twice := keys.duplicated()).any():
        row = int(twice.to_numpy().argmax()) + 1
        raise MmdrpError(f"{where}: row {row}: the same sample and drug stand there twice")
    signed = keys.assign(score=pred.astype(float) * (-1.0 if higher == "resistant" else 1.0))
    wide = signed.pivot(index="cell", columns="drug", values="score")
    wide.attrs["names"] = _names(frame)
    return wide


def _names(frame: pd.DataFrame) -> dict[str, str]:
    if "name" not in frame:
        return {}
    pairs = frame[["drug", "name"]].astype(str).drop_duplicates("drug")
    return {d: n for d, n in pairs.itertuples(index=False) if n and n != "nan"}


def finder(samples: "pd.Index[str]") -> Callable[[str], str]:
    """Return a function: patient -> sample, by the same id, or one that begins with it ("" none).

    The sample ``TCGA-02-0001-01A`` is patient ``TCGA-02-0001``'s; of several the first by name.

    >>> finder(pd.Index(["TCGA-02-0001-01A", "P2"]))("TCGA-02-0001")
    'TCGA-02-0001-01A'
    """
    exact = set(samples)
    ordered = sorted(samples)

    def find(patient: str) -> str:
        if patient in exact:
            return patient
        place = int(np.searchsorted(ordered, f"{patient}-"))
        near = ordered[place] if place < len(ordered) else ""
        return near if near.startswith(f"{patient}-") else ""

    return find
