"""The leakage report of evaluated folds."""

import logging
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.cli.seen import FoldSeen
from mmdrp.data.leakage import across, alike, same_structure, shared
from mmdrp.data.study import Study

log = logging.getLogger(__name__)
KINDS = {
    ("shared", "cell"): "lines in two parts of a fold",
    ("shared", "drug"): "drugs in two parts of a fold",
    ("near_duplicate", "cell"): "pairs of lines in two parts with nearly the same expression",
    ("same_structure", "drug"): "pairs of drugs in two parts with the same structure",
}


def leaks_of(seen: FoldSeen, least: float) -> pd.DataFrame:
    """List shared entities, near-duplicate lines and identical structures across a fold's parts."""
    fold, study = seen.run.fold, seen.study
    parts = [shared(fold, "cell"), shared(fold, "drug")]
    if "expression" in study.modalities:
        parts.append(
            across(
                fold,
                "near_duplicate",
                "cell",
                _alike(study.root, _sha256(study, "expression"), least),
            )
        )
    if "smiles" in study.drugs:
        parts.append(
            across(fold, "same_structure", "drug", _same(study.root, _sha256(study, "drugs")))
        )
    return pd.concat([p for p in parts if len(p)] or parts[:1], ignore_index=True)


def say(leaks: pd.DataFrame) -> dict[str, Any]:
    """Return the count of each kind per two parts, over folds; warn of what reaches test."""
    out: dict[str, Any] = {}
    for (kind, axis), text in KINDS.items():
        mine = leaks[(leaks["kind"] == kind) & (leaks["axis"] == axis)]
        key: dict[str, int] = {}
        for one, other in zip(mine["part"], mine["other_part"], strict=True):
            name = " and ".join(sorted((one, other)))
            key[name] = key.get(name, 0) + 1
        out[f"{kind}_{axis}"] = key
        reach = sum(n for name, n in key.items() if "test" in name)
        if reach and kind != "shared":
            log.info("Leakage: %d %s, test among them (leakage.csv)", reach, text)
        elif reach:
            log.info("Note: %d %s, test among them, as the split has it", reach, text)
    return out


def _sha256(study: Study, table: str) -> str:
    """Return what tells a study made anew in the same place from the old one."""
    return study.manifest.tables[table].sha256


@cache
def _alike(root: Path, sha256: str, least: float) -> list[tuple[str, str, float]]:
    del sha256
    return alike(Study.read(root).modality("expression"), least)


@cache
def _same(root: Path, sha256: str) -> list[tuple[str, str, float]]:
    del sha256
    smiles = Study.read(root).drugs["smiles"].fillna("").astype(str)
    return same_structure({str(drug): text for drug, text in smiles.items() if text})
