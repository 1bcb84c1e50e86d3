"""What a checkpoint knows besides its weights, read strictly from plain containers."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from torch import Tensor

from mmdrp.batch import is_omics
from mmdrp.data.study.units import UNITS, UNKNOWN
from mmdrp.errors import MmdrpError
from mmdrp.options import check, hints_of
from mmdrp.training.legacy import as_written
from mmdrp.training.plain import config_of, spec_of
from mmdrp.training.reference.embedded import check as check_embedded
from mmdrp.training.reference.responses import check as check_measured
from mmdrp.training.spec import Spec

FORMAT = 2
MORE_SENSITIVE = ("actarea", "aac", "dss")
"""measures of which more means more sensitive, for checkpoints that do not say"""


@dataclass(frozen=True)
class SourceInfo:
    """One source as the model was trained on it."""

    axis: str
    features: list[str]
    kept: int
    """features that the network's scaling keeps; 0 for a source that only the base looks at"""
    reference: dict[str, Any] | None = None
    """mean, spread and quantiles of each feature over the training lines"""
    unit: str = UNKNOWN
    """of a modality, one of ``mmdrp.data.study.units.UNITS``"""


@dataclass(frozen=True)
class CheckpointInfo:
    """What a checkpoint knows besides its weights."""

    spec: Spec
    study: str
    tasks: list[str]
    """the network's outputs: drugs of a panel; of pairs, the measure"""
    unit: str
    higher: str
    """what a higher response means: "resistant" or "sensitive" """
    measured: list[float]
    """evenly spaced quantiles of the measured responses of training"""
    train_ids: dict[str, list[str]]
    """per axis ("cell", "drug"), the ids of training in the order that the base knows them"""
    sources: dict[str, SourceInfo]
    smiles: dict[str, str] = field(default_factory=dict)
    """of pairs: drug -> SMILES"""
    names: dict[str, str] = field(default_factory=dict)
    """drug -> its name, where the study has one"""
    measured_drugs: dict[str, Any] = field(default_factory=dict)
    """``MeasuredDrugs.plain``: the responses of each drug in training"""
    embedded: dict[str, Any] = field(default_factory=dict)
    """source -> embeddings of the study's drugs: these are predicted without what made them"""

    @property
    def pairs(self) -> bool:
        """Whether the model predicts pairs of a line and a drug, not a panel of drugs."""
        return self.spec.data.layout == "by_pair"

    @property
    def drugs(self) -> list[str]:
        """Return the ids of the drugs of training."""
        return list(self.train_ids["drug"] if self.pairs else self.tasks)

    @property
    def units(self) -> dict[str, str]:
        """Return the unit of each modality."""
        omics = (n for n, s in self.sources.items() if is_omics(n, s.axis))
        return {name: self.sources[name].unit for name in omics}

    @property
    def features(self) -> dict[str, list[str]]:
        """Return the input features of each source, by name."""
        return {name: source.features for name, source in self.sources.items()}

    def plain(self) -> dict[str, Any]:
        """Return plain containers only: the checkpoint is loaded with ``weights_only``."""
        out = {f.name: getattr(self, f.name) for f in fields(self)}
        sources = {name: dict(vars(source)) for name, source in self.sources.items()}
        return {**out, "format": FORMAT, "spec": config_of(self.spec), "sources": sources}

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "CheckpointInfo":
        """Read what ``plain`` gave, or a checkpoint of format 1; MmdrpError names what is wrong."""
        version = raw.get("format")
        if type(version) is not int or version not in (1, FORMAT):
            raise MmdrpError(f"checkpoint format {str(version)[:20]}, expected {FORMAT}")
        given = {k: v for k, v in raw.items() if k != "format"}
        if version == 1:
            given = _from_format_1(given)
        names = [f.name for f in fields(cls)]
        if extra := sorted(map(str, given.keys() - names)):
            raise MmdrpError(f"{extra[0][:40]}: a checkpoint has no such key")
        if missing := [n for n in names[:8] if n not in given]:
            raise MmdrpError(f"{missing[0]}: is missing")
        spec = spec_of(as_written(given["spec"]), strict=version != 1)
        sources = {name: _source(name, s) for name, s in _dict(given, "sources").items()}
        hints = hints_of(cls)
        for name, value in given.items():
            if name == "measured_drugs":
                check_measured(_dict(given, name))
            elif name == "embedded":
                check_embedded(_dict(given, name), sources)
            elif name not in ("spec", "sources"):
                check(value, hints[name], name)
        for axis in ("cell", "drug") if spec.data.layout == "by_pair" else ("cell",):
            if axis not in given["train_ids"]:
                raise MmdrpError(f"train_ids.{axis}: is missing")
        return cls(**{**given, "spec": spec, "sources": sources})


def _from_format_1(given: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a format-1 checkpoint under their present names."""
    config = _dict(given, "config")
    response = config.get("response")
    measure = str(response.get("measure", "")) if isinstance(response, Mapping) else ""
    sources = {name: _dict(_dict(given, "sources"), name) for name in _dict(given, "sources")}
    kept = ("study", "tasks", "unit", "measured", "smiles")
    return {
        **{k: given[k] for k in kept if k in given},
        "spec": config,
        "higher": "sensitive" if measure in MORE_SENSITIVE else "resistant",
        "train_ids": {"cell": [], "drug": [], **_dict(given, "roster")},
        "sources": sources,
    }


def _source(name: str, raw: Any) -> SourceInfo:
    if not isinstance(raw, Mapping):
        raise MmdrpError(f"sources.{name}: expected axis, features and kept")
    names = [f.name for f in fields(SourceInfo)]
    if extra := sorted(map(str, raw.keys() - names)):
        raise MmdrpError(f"sources.{name}.{extra[0][:40]}: a checkpoint has no such key")
    for key, hint in hints_of(SourceInfo).items():
        if key == "reference":
            _reference(name, raw.get(key), len(raw.get("features", ())))
        elif key == "unit":
            if not isinstance(unit := raw.get(key, UNKNOWN), str) or unit not in UNITS:
                raise MmdrpError(f"sources.{name}.unit: {str(unit)[:40]!r} is no unit")
        elif key not in raw:
            raise MmdrpError(f"sources.{name}.{key}: is missing")
        else:
            check(raw[key], hint, f"sources.{name}.{key}")
    if raw["axis"] not in ("cell", "drug") or not 0 <= raw["kept"] <= len(raw["features"]):
        raise MmdrpError(f"sources.{name}: its axis is not cell or drug, or kept is out of range")
    return SourceInfo(**raw)


def _reference(name: str, raw: Any, features: int) -> None:
    if raw is None:
        return
    for key in ("mean", "sd", "quantiles"):
        value = raw.get(key) if isinstance(raw, Mapping) else None
        if not isinstance(value, Tensor) or value.shape[-1:] != (features,):
            raise MmdrpError(f"sources.{name}.reference.{key}: expected one value per feature")


def _dict(given: Mapping[str, Any], key: str) -> dict[str, Any]:
    value = given.get(key)
    if not isinstance(value, dict) or not all(isinstance(k, str) for k in value):
        raise MmdrpError(f"{key}: expected values by name")
    return value
