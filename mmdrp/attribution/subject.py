"""What is explained: a trained model, the study it is explained on, and its drugs' lines."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.attribution.baseline import extreme
from mmdrp.attribution.target import Target
from mmdrp.batch import is_context
from mmdrp.data.context import among
from mmdrp.data.drugs import resolve, synonyms_of
from mmdrp.data.examples import examples_of
from mmdrp.data.lines import tissues
from mmdrp.data.response import Examples
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources, known_only, sources_of
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.nn.network import ResponseNet
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model import ResponseModel, as_model, study_of
from mmdrp.training.reference.embedded import kept_of
from mmdrp.training.runs import find_runs

Subset = Literal["all", "train", "validation", "test"]
Among = Literal["all", "sensitive", "resistant"]

ModelLike = ResponseModel | str | Path


@dataclass(frozen=True)
class Subject:
    """A trained model and a study whose features are matched by name to the model's."""

    net: ResponseNet
    info: CheckpointInfo
    study: Study
    fold: Fold | None
    """what was held out; None where nothing was"""
    learned: Part
    """what the weights learned from"""
    sources: Sources
    examples: Examples
    """the study's responses of lines and drugs that the model's sources describe"""

    @classmethod
    def of(
        cls, net: ResponseNet, info: CheckpointInfo, study: Study, fold: Fold | None, learned: Part
    ) -> "Subject":
        """Read the study's tables and responses as the model was trained on them."""
        data = info.spec.data
        kept = kept_of(info.embedded, info.features, info.smiles)
        sources = sources_of(data, study, kept)
        for name, table in sources.items():
            features = info.features.get(name)
            if isinstance(table, Table) and features and list(table.features) != features:
                sources[name] = (among if is_context(name) else Table.align)(table, features)
        sources = {
            name: sources.get(name, _empty(source.axis, source.features))
            for name, source in info.sources.items()
        }
        examples = examples_of(data, study, sources)
        if info.pairs:
            sources = known_only(data.drug, sources, info.train_ids["drug"])
        return cls(net, info, study, fold, learned, sources, examples)

    @property
    def resistant_when_high(self) -> bool:
        """Whether a higher response means a less sensitive line."""
        return self.info.higher == "resistant"

    @cached_property
    def names(self) -> dict[str, str]:
        """Return the name of each drug of the study; its id where it has none."""
        drugs = self.study.drugs
        own = {str(d): self.info.names.get(str(d), str(d)) for d in drugs.index}
        if "name" not in drugs:
            return own
        return {
            str(d): own[str(d)] if pd.isna(n) or not n else str(n) for d, n in drugs["name"].items()
        }

    @cached_property
    def train_lines(self) -> list[str]:
        """Return the ids of the lines that the weights learned from."""
        return sorted(self.learned.ids.get("cell", map(str, self.study.cells.index)))

    def responses(self, subset: Subset = "all") -> pd.DataFrame:
        """Return measured responses ``cell, drug, y`` of all lines, or of one part of the fold.

        ``train`` is all that the weights learned from, validation included where they did.
        """
        examples = self.examples
        row = np.repeat(np.arange(len(examples)), examples.y.shape[1])
        frame = examples.frame().assign(row=row).dropna(subset="y")
        if subset != "all":
            frame = frame[self._part(subset).mask(examples)[frame["row"]]]
        return frame[["cell", "drug", "y"]]

    def targets(
        self,
        drugs: Sequence[str] | None = None,
        subset: Subset = "all",
        among: Among = "all",
        quantile: float = 0.25,
    ) -> list[Target]:
        """Return the drugs to explain (ids or names; None: all), each with its measured lines."""
        rows, train = self.responses(subset), self.responses("train")
        measured = sorted(set(rows["drug"]))
        if not measured:
            raise MmdrpError(f"subset={subset}: no line of it has a response to be explained")
        called = self.names, synonyms_of(self.study.drugs)
        chosen = measured if drugs is None else resolve(drugs, measured, *called)
        outputs = {d: i for i, d in enumerate(self.info.tasks)}
        base_column = {d: i for i, d in enumerate(self.info.drugs)}
        by_drug, trained = dict(iter(rows.groupby("drug"))), dict(iter(train.groupby("drug")))
        high, targets = self.resistant_when_high, []
        for drug in dict.fromkeys(chosen):
            own = trained.get(drug, train.iloc[:0])
            insensitive = extreme(own["cell"].tolist(), own["y"].to_numpy(), quantile, high)
            lines = by_drug[drug].drop_duplicates("cell")
            target = Target(
                drug, outputs.get(drug, 0), lines["cell"].tolist(), base_column.get(drug, -1),
                lines["y"].to_numpy(np.float32), insensitive,
            )  # fmt: skip
            targets.append(_among(target, among, quantile, high))
        return targets

    def tissue(self, option: str) -> dict[str, str]:
        """Return the tissue of each line, or say which option needs it."""
        stated = tissues(self.study.cells)
        if stated.empty:
            raise MmdrpError(f"{option}: the study's cells table has no column 'tissue'")
        return dict(zip(stated.index.astype(str), stated.astype(str), strict=True))

    def _part(self, subset: Subset) -> Part:
        if subset == "train":
            return self.learned
        if self.fold is None:
            raise MmdrpError(f"subset={subset}: the model held nothing out; choose all or train")
        return self.fold.parts()[subset]


def subjects(
    model: ModelLike | Sequence[ModelLike], study: Study | str | Path | None = None
) -> list[Callable[[], Subject]]:
    """Return what opens each model on its study; a sweep folder holds several models."""
    members: list[ModelLike] = []
    for one in [model] if isinstance(model, ResponseModel | str | Path) else model:
        if isinstance(one, ResponseModel) or Path(one).is_file():
            members.append(one)
        else:
            members += [run.folder for run in find_runs(one)]
    if not members:
        raise OptionError("run=[]: name at least one run, or give a model")
    return [partial(_opened, member, study) for member in members]


def info_of(opened: Callable[[], Subject]) -> CheckpointInfo:
    """Return what the model of one of ``subjects`` knows, without opening its study."""
    assert isinstance(opened, partial)
    return as_model(opened.args[0]).info_


def _opened(member: ModelLike, study: Study | str | Path | None) -> Subject:
    model = as_model(member)
    own = Study.read(study) if isinstance(study, str | Path) else study_of(model, study)
    return Subject.of(model.net_, model.info_, own, model.fold_, model.learned_ids_)


def response_matrix(targets: Sequence[Target], cells: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the responses of all drugs as lines x drugs, NaN where unmeasured."""
    place = {c: i for i, c in enumerate(cells)}
    out = np.full((len(cells), len(targets)), np.nan, dtype=np.float32)
    for k, target in enumerate(targets):
        if target.y is not None:
            out[[place[c] for c in target.cells], k] = target.y
    return out


def _empty(axis: str, features: Sequence[str]) -> Table:
    """Return a source that nobody has."""
    return Table(axis, [], list(features), np.zeros((0, len(features)), dtype=np.float32))


def _among(target: Target, among: Among, quantile: float, high: bool) -> Target:
    """Keep the drug's sensitive or resistant lines only, where they are asked for."""
    if among == "all" or target.y is None:
        return target
    chosen = set(extreme(target.cells, target.y, quantile, high == (among == "resistant")))
    inside = np.array([c in chosen for c in target.cells])
    return replace(target, cells=[c for c in target.cells if c in chosen], y=target.y[inside])
