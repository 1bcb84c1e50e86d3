"""What GDSC says of its drugs: names, targets, pathways."""

import pandas as pd

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.gdsc.fitted import gdsc_id
from mmdrp.data.ingest.lines import key_of
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.tables import check_key

FILES = ("GDSC_Screened_Compounds.csv", "screened_comp*unds_rel_*.csv")  # 8.2 was misspelled
COLUMNS = {
    "drug_id": ("DRUG_ID",),
    "name": ("DRUG_NAME",),
    "target": ("TARGET", "PUTATIVE_TARGET"),
    "pathway": ("TARGET_PATHWAY", "PATHWAY_NAME"),
}


def drugs(folder: Raw, met: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """Return ``drug, name, gdsc_id, target, pathway`` of the drugs met in a screen.

    ``met`` has drug_id, drug_name and maybe target and pathway, which the table of compounds
    outranks. An id screened under a name already taken keeps its number behind the name.
    """
    met = met.assign(**{c: "" for c in ("target", "pathway") if c not in met})
    out = met.groupby("drug_id", as_index=False)[["drug_name", "target", "pathway"]].agg(_first)
    about = _compounds(folder).reindex(out["drug_id"]).fillna("").reset_index(drop=True)
    _note_other_names(out["drug_name"], about["name"], out["drug_id"], notes)
    name = out["drug_name"].where(out["drug_name"] != "", about["name"])
    name = name.where(name != "", out["drug_id"])
    twice = name.duplicated(keep=False)
    return pd.DataFrame(
        {
            "drug": name.where(~twice, name + " (" + out["drug_id"] + ")"),
            "name": name,
            "gdsc_id": out["drug_id"],
            "target": about["target"].where(about["target"] != "", out["target"]),
            "pathway": about["pathway"].where(about["pathway"] != "", out["pathway"]),
        }
    )


def _first(texts: pd.Series) -> str:
    return next((text for text in texts if text), "")


def _compounds(folder: Raw) -> pd.DataFrame:
    """Columns name, target, pathway, indexed by drug id; no row where there is no table."""
    path = folder.find(FILES)
    if path is None:
        return pd.DataFrame(columns=["name", "target", "pathway"])
    table = Delimited.open(path, ",")
    found = {o: next((n for n in s if n in table.header), s[0]) for o, s in COLUMNS.items()}
    table = Delimited.open(path, ",", found.values())
    frame = table.text(list(found.values())).set_axis(list(found), axis=1)
    frame = frame.drop_duplicates(ignore_index=True)  # a compound has a row per screening site
    check_key(path, frame["drug_id"].tolist(), found["drug_id"])
    return frame.set_index(frame["drug_id"].map(gdsc_id))[["name", "target", "pathway"]]


def _note_other_names(met: pd.Series, known: pd.Series, ids: pd.Series, notes: list[str]) -> None:
    other = [
        f"{i}: {a} is {b}"
        for a, b, i in zip(met, known, ids, strict=True)
        if a and b and key_of(a) != key_of(b)
    ]
    if other:
        notes.append(
            f"{len(other)} drug ids go by another name in the table of compounds: "
            f"{'; '.join(other)}"
        )
