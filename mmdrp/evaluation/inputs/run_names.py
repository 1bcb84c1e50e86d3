"""Runs of several models: which are the same model, and what to call each."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdrp.data.split import Fold
from mmdrp.errors import MmdrpError
from mmdrp.training.legacy import upgraded
from mmdrp.training.runs import Run, find_runs

PASSING = ("out", "data_dir", "fold", "fold_file", "logger", "biomarkers", "batch_size", "study")
"""options that do not make another model of a run; a key ``seed`` anywhere does not either"""
SHORT = 60


@dataclass(frozen=True)
class LabelledRun:
    """A run, the name of its model, and the unit (fold and seed) that it stands for."""

    label: str
    run: Run
    fold_id: str
    """of the ids in training, validation and test: equal for identical folds"""

    @property
    def unit(self) -> tuple[str, int]:
        """Return fold and seed: what is paired when models are compared."""
        return self.fold_id, self.run.spec.train.seed


def labelled(given: str | Path | Sequence[str | Path]) -> list[LabelledRun]:
    """Find the runs of one or several folders and name the models among them.

    Runs that differ in fold and seed only are one model, whether a folder holds them or they are
    given one by one: ``model`` where there is no other, else the folder's name, or the options
    that tell it from the others. Where options differ within a folder, they are part of the name.
    """
    paths = [Path(p) for p in ([given] if isinstance(given, str | Path) else given)]
    if not paths:
        raise MmdrpError("run=[]: give at least one run folder")
    prefixes = dict(zip(paths, _prefixes(paths), strict=True))
    inside = {path: find_runs(path) for path in paths}
    for group, name in _groups(inside):
        prefixes |= dict.fromkeys(group, name)
    named: list[LabelledRun] = []
    for path, runs in inside.items():
        for run, suffix in zip(runs, _differences([r.config for r in runs]), strict=True):
            label = " ".join(filter(None, (prefixes[path], suffix))) or "model"
            named.append(LabelledRun(label, run, fold_id(run.fold)))
    _once(named)
    same_question(named)
    return named


def labelled_as(name: str, given: str | Path | Sequence[str | Path]) -> list[LabelledRun]:
    """Find the runs of one or several folders, all called ``name``.

    Where options differ, they follow the name.
    """
    paths = [given] if isinstance(given, str | Path) else given
    runs = [run for path in paths for run in find_runs(path)]
    suffixes = _differences([run.config for run in runs])
    named = [
        LabelledRun(f"{name} {suffix}".strip(), run, fold_id(run.fold))
        for run, suffix in zip(runs, suffixes, strict=True)
    ]
    _once(named)
    return named


def fold_id(fold: Fold) -> str:
    """Return a short hash of the ids in each part: equal for identical folds."""
    parts = {
        name: {axis: sorted(ids) for axis, ids in part.ids.items()}
        for name, part in fold.parts().items()
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _groups(inside: Mapping[Path, list[Run]]) -> list[tuple[list[Path], str]]:
    """Return folders that hold one model together, other folds or seeds each, and its name."""
    alike: dict[str, list[Path]] = {}
    for path, runs in inside.items():
        options = {json.dumps(_model_options(run.config), sort_keys=True) for run in runs}
        alike.setdefault(options.pop() if len(options) == 1 else str(path), []).append(path)
    groups = []
    for group in alike.values():
        runs = [run for path in group for run in inside[path]]
        units = {(fold_id(run.fold), run.spec.train.seed) for run in runs}
        if len(units) == len(runs):  # else they are told apart by their folders' names
            groups.append(group)
    names = _differences([inside[group[0]][0].config for group in groups])
    return [(group, name) for group, name in zip(groups, names, strict=True) if len(group) > 1]


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


def _differences(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return for each configuration what tells it from the others, such as ``base=ridge``."""
    options = [_model_options(config) for config in configs]
    keys = sorted({key for own in options for key in own})
    varying = [k for k in keys if len({json.dumps(own.get(k)) for own in options}) > 1]
    # Where a part is another one, or there are other modalities, their own options follow.
    groups = [k.removesuffix(".name") for k in varying if k.endswith(".name")]
    groups += [k for k in varying if k == "modality"]
    telling = [
        k
        for k in varying
        if not any(k.startswith(f"{group}.") and k != f"{group}.name" for group in groups)
    ]
    names = [" ".join(_text(k, own.get(k)) for k in telling) for own in options]
    exact = [json.dumps([own.get(k) for k in varying]) for own in options]
    # Too long to read, or one name for different models: the options stand in config.yaml.
    if any(len(n) > SHORT for n in names) or len(set(names)) < len(set(exact)):
        number = {e: i for i, e in enumerate(dict.fromkeys(exact))}
        return [f"variant {number[e]}" for e in exact]
    return names


def _model_options(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that make a model, flat, parts by today's names."""
    options = flat_options(upgraded({k: v for k, v in config.items() if k not in PASSING}))
    return {key: value for key, value in options.items() if not _passing(key)}


def flat_options(node: Any, prefix: str = "") -> dict[str, Any]:
    """Return nested options flat: ``base.gamma`` -> value; ``modality`` is a list of names.

    >>> flat_options({"base": {"gamma": 0.5}, "fold": 0})
    {'base.gamma': 0.5, 'fold': 0}
    """
    if isinstance(node, dict):
        if prefix == "modality.":  # a modality's own options matter less than its being there
            return {"modality": list(node), **_nested(node, prefix)}
        return _nested(node, prefix)
    return {prefix[:-1]: node}


def _nested(node: dict[Any, Any], prefix: str) -> dict[str, Any]:
    return {
        k: v
        for key, value in node.items()
        for k, v in flat_options(value, f"{prefix}{key}.").items()
    }


def _passing(key: str) -> bool:
    parts = key.split(".")
    return parts[0] in PASSING or parts[-1] == "seed"


def _text(key: str, value: Any) -> str:
    if isinstance(value, list):
        value = "[" + ",".join(map(str, value)) + "]"
    return f"{key.removesuffix('.name')}={value}"


def _once(named: list[LabelledRun]) -> None:
    seen: dict[tuple[str, tuple[str, int]], Path] = {}
    for item in named:
        first = seen.setdefault((item.label, item.unit), item.run.folder)
        if first != item.run.folder:
            raise MmdrpError(
                f"run: {first} and {item.run.folder} are the same fold, seed and options; "
                "evaluate one of them"
            )


def same_question(named: list[LabelledRun]) -> None:
    """Refuse runs on other studies, measures or units: their scores cannot be compared."""
    asked = [
        {
            "study.path": _path(item.run.config.get("study")),
            "response.measure": item.run.spec.data.measure,
            "response.log": str(item.run.spec.data.log),
        }
        for item in named
    ]
    for key in asked[0] if asked else ():
        if len(values := {own[key] for own in asked}) > 1:
            raise MmdrpError(
                f"run: these runs differ in {key} ({', '.join(sorted(values))}), so their scores "
                "cannot be compared; evaluate them one by one"
            )


def _path(study: Any) -> str:
    return str(study.get("path")) if isinstance(study, Mapping) else ""
