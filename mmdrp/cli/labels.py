"""Runs of several models: which are the same model, and what to call each."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.runs import Run, find_runs
from mmdrp.errors import MmdrpError

PASSING = ("out", "data_dir", "fold", "fold_file", "logger", "biomarkers", "batch_size", "study")
"""options that do not make another model of a run; a key ``seed`` anywhere does not either"""
SHORT = 60


@dataclass(frozen=True)
class Labelled:
    """A run, the name of its model, and the unit (fold and seed) that it stands for."""

    label: str
    run: Run
    fold_id: str
    """of the ids in training, validation and test: equal for identical folds"""

    @property
    def unit(self) -> tuple[str, int]:
        """Return fold and seed: what is paired when models are compared."""
        return self.fold_id, int(self.run.config.seed)


def labelled(given: str | Sequence[str]) -> list[Labelled]:
    """Find the runs of one or several folders and name the models among them.

    A folder whose runs differ in fold and seed only is one model: ``model`` where it is the only
    folder, else the folder's name. Where options differ, they are part of the name.
    """
    paths = [Path(p) for p in ([given] if isinstance(given, str) else given)]
    if not paths:
        raise MmdrpError("run=[]: give at least one run folder")
    found: list[Labelled] = []
    for path, prefix in zip(paths, _prefixes(paths), strict=True):
        runs = find_runs(path)
        for run, suffix in zip(runs, _differences([r.config for r in runs]), strict=True):
            label = " ".join(filter(None, (prefix, suffix))) or "model"
            found.append(Labelled(label, run, fold_id(run)))
    _once(found)
    _same_question(found)
    return found


def fold_id(run: Run) -> str:
    """Return a short hash of the ids in each part."""
    parts = {
        name: {axis: sorted(ids) for axis, ids in part.ids.items()}
        for name, part in run.fold.parts().items()
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _prefixes(paths: list[Path]) -> list[str]:
    """Return for each folder the shortest end of its path that no other one shares."""
    if len(paths) == 1:
        return [""]
    whole = [p.resolve().parts for p in paths]
    if len(set(whole)) < len(whole):
        raise MmdrpError(f"run: {paths[-1]} is named twice")
    for length in range(1, max(map(len, whole)) + 1):
        names = ["/".join(parts[-length:]) for parts in whole]
        if len(set(names)) == len(names):
            break
    return names


def _differences(configs: list[DictConfig]) -> list[str]:
    """Return for each configuration what tells it from the others, such as ``base=Ridge``."""
    flat = [_flat(OmegaConf.to_container(c, resolve=True)) for c in configs]
    keys = sorted({k for one in flat for k in one if not _passing(k)})
    varying = [k for k in keys if len({json.dumps(one.get(k)) for one in flat}) > 1]
    # Where a part is another class, or there are other modalities, their own options follow.
    groups = [k.removesuffix("._target_") for k in varying if k.endswith("._target_")]
    groups += [k for k in varying if k == "modality"]
    telling = [
        k
        for k in varying
        if not any(k.startswith(f"{group}.") and k != f"{group}._target_" for group in groups)
    ]
    names = [" ".join(_said(k, one.get(k)) for k in telling) for one in flat]
    exact = [json.dumps([one.get(k) for k in varying]) for one in flat]
    # Too long to read, or one name for different models: the options stand in config.yaml.
    if any(len(n) > SHORT for n in names) or len(set(names)) < len(set(exact)):
        number = {e: i for i, e in enumerate(dict.fromkeys(exact))}
        return [f"variant {number[e]}" for e in exact]
    return names


def _flat(node: Any, prefix: str = "") -> dict[str, Any]:
    if isinstance(node, dict):
        if prefix == "modality.":  # a modality's own options matter less than its being there
            return {"modality": list(node), **_nested(node, prefix)}
        return _nested(node, prefix)
    return {prefix[:-1]: node}


def _nested(node: dict[Any, Any], prefix: str) -> dict[str, Any]:
    return {k: v for key, value in node.items() for k, v in _flat(value, f"{prefix}{key}.").items()}


def _passing(key: str) -> bool:
    parts = key.split(".")
    return parts[0] in PASSING or parts[-1] == "seed"


def _said(key: str, value: Any) -> str:
    short = key.removesuffix("._target_")
    if key.endswith("._target_") and isinstance(value, str):
        value = value.rsplit(".", 1)[-1]
    if isinstance(value, list):
        value = "[" + ",".join(map(str, value)) + "]"
    return f"{short}={value}"


def _once(found: list[Labelled]) -> None:
    seen: dict[tuple[str, tuple[str, int]], Path] = {}
    for one in found:
        first = seen.setdefault((one.label, one.unit), one.run.folder)
        if first != one.run.folder:
            raise MmdrpError(
                f"run: {first} and {one.run.folder} are the same fold, seed and options; "
                "evaluate one of them"
            )


def _same_question(found: list[Labelled]) -> None:
    for key in ("study.path", "response.measure", "response.log"):
        values = {str(OmegaConf.select(one.run.config, key)) for one in found}
        if len(values) > 1:
            raise MmdrpError(
                f"run: these runs differ in {key} ({', '.join(sorted(values))}), so their scores "
                "cannot be compared; evaluate them one by one"
            )
