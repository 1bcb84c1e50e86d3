"""CTRPv2 AUC, unseen drugs with GDSC beside it: drugs known there, drugs unseen everywhere.

Five folds over drugs, three seeds; GDSC's AUC in lines that both have is completed by a base of its
own. ``all`` are the 488 drugs, ``shared`` those that GDSC screened, too. Keys without more: test
drugs may be known from GDSC (``held_out_in=own``); ``_unseen``: what GDSC measured of a test drug
is left out as well (``all``); ``_without``: no second screen. Gaps are differences in MSE from
without, with 95 % intervals over folds and seeds. ``seconds`` are those that a fit takes longer.
Drugs are described by MiniMol where the extra is installed, else by fragments (key ``drug``).
"""

import os
import time
from collections.abc import Mapping
from hashlib import sha256
from typing import ClassVar, Self

import numpy as np
import torch
from torch import Tensor

from mmdrp.data.chem.embedding import chosen_by_machine, is_embedding
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.further.beside import beside
from mmdrp.data.further.drugs import same_drugs
from mmdrp.data.further.screen import Screen, screens_of
from mmdrp.data.layout import laid_out
from mmdrp.data.sources import described_drugs
from mmdrp.data.spec import DataSpec, DrugFeatures
from mmdrp.data.split import Fold, Part
from mmdrp.evaluation.comparison import corrected_t
from mmdrp.nn.base.drug import PairBase
from mmdrp.nn.base.drugs import rows
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from mmdrp.nn.base.kernel import Kernel
from mmdrp.registry import Part as Choice
from tests.benchmarks._bases import Rows, kernel, panel_of, study_in
from tests.benchmarks._drugs import drug_folds

SEEDS = tuple(map(int, os.environ.get("MMDRP_SEEDS", "0,1,2").split(",")))
KINDS = ("_without", "", "_unseen")
Described = dict[str, Tensor]


def main() -> dict[str, float | int | str]:
    world = World()
    sums: dict[str, list[tuple[float, int]]] = {}
    gaps: dict[str, list[float]] = {}
    figures: dict[str, float | int | str] = {"drug": world.kind, "shared": int(world.shared.sum())}
    figures["seconds"] = world.seconds()
    for seed in SEEDS:
        for train, test in drug_folds(world.same, seed):
            for kind, pred in world.fold(train, test).items():
                for name, some in (("all", test), ("shared", test[world.shared[test]])):
                    at = np.isin(test, some)
                    square = ((world.y[:, some] - pred[:, at]) ** 2).double()
                    here = torch.isfinite(square)
                    sums.setdefault(name + kind, []).append(
                        (float(square[here].sum()), int(here.sum()))
                    )
    for name, parts in sums.items():
        total, count = (sum(x) for x in zip(*parts, strict=True))
        figures[f"rmse_{name}"] = float(np.sqrt(total / count))
    for name in ("all", "shared"):
        for kind in KINDS[1:]:
            pairs = zip(sums[name + kind], sums[f"{name}_without"], strict=True)
            gaps[name + kind] = [a / n - b / m for (a, n), (b, m) in pairs]
            found = corrected_t(np.array(gaps[name + kind]), 0.25)
            for key in ("difference", "low", "high"):
                figures[f"gap_{name}{kind}_{key}"] = getattr(found, key)
    return figures


class Remembered(Kernel):
    """The base with its defaults; of equal responses it is fitted once."""

    memory: ClassVar[dict[bytes, Kernel]] = {}

    def fit(self, inputs: Mapping[str, Tensor], present: Mapping[str, Tensor], y: Tensor) -> Self:
        key = sha256(y.numpy().tobytes()).digest()
        if key not in self.memory:
            self.memory[key] = kernel().fit(inputs, present, y)
        known = self.memory[key]
        self.load_state_dict(known.state_dict())
        self.register_buffer("held_out", known.held_out, persistent=False)
        return self


class World:
    """Both studies, laid out; models of one fold at a time."""

    def __init__(self) -> None:
        self.study = beside(study_in("ctrpv2"), [study_in("gdsc")])
        self.kind = chosen_by_machine()
        features = DrugFeatures(fingerprint=Choice(self.kind))
        self.data = DataSpec(measure="auc", layout="by_pair", log=None, drug=features)
        self.sources = described_drugs(self.data, self.study)
        self.panel = panel_of(self.study, "auc")
        self.y, self.drugs = self.panel.y, self.panel.drugs
        self.described = self._described(self.sources, self.drugs)
        same = same_drugs(self.study.drugs, self.study.also[0].drugs)
        measured = set(self.study.also[0].response("auc")["drug"])
        known = set(same.loc[same["other"].isin(measured), "drug"])
        self.shared = np.array([d in known for d in self.drugs])
        smiles = [standardise(str(self.study.drugs.loc[d, "smiles"])) for d in self.drugs]
        self.same = np.unique(smiles, return_inverse=True)[1]

    def fold(self, train: Rows, test: Rows) -> dict[str, Tensor]:
        """Return predictions (n, test drugs) of each kind."""
        return {kind: self.pred(train, test, kind) for kind in KINDS}

    def pred(self, train: Rows, test: Rows, kind: str) -> Tensor:
        """Return predictions (n, test drugs) of one kind."""
        screens = [] if kind == "_without" else self.screens(train, test, kind == "")
        given = self.panel.take(np.arange(len(self.y)))
        pair = PairBase(Remembered(), DrugSum(DrugOptions()))
        pair.fit(*given, self.y[:, train], self._of(train), further=screens)
        pred: Tensor = pair(*given, self._of(test), torch.arange(len(self.y)))
        return pred

    def seconds(self) -> float:
        """Return what a second screen costs, the base of the own one fitted already."""
        train, test = drug_folds(self.same, 0)[0]
        took = {}
        for kind in ("_without", "_without", ""):
            started = time.perf_counter()
            self.pred(train, test, kind)
            took[kind] = time.perf_counter() - started
        return took[""] - took["_without"]

    def screens(self, train: Rows, test: Rows, known: bool) -> list[rows.Screen]:
        """Return GDSC's screen as a model of this fold may see it."""
        ids = [Part({"drug": frozenset(self.drugs[i] for i in part)}) for part in (train, test)]
        fold = Fold(ids[0], Part({"drug": frozenset()}), ids[1])
        held_out_in = "own" if known else "all"
        data = DataSpec(**{**vars(self.data), "held_out_in": held_out_in})
        found = screens_of(data, self.study, fold, self.sources)
        return [self._tensors(screen, [self.drugs[i] for i in train], known) for screen in found]

    def _tensors(self, screen: Screen, train: list[str], known: bool) -> rows.Screen:
        wide = screen.response.pivot(index="cell", columns="drug", values="value")
        wide = wide.reindex(index=self.panel.lines, columns=screen.drugs)
        pairs = set() if known else set(screen.same.itertuples(index=False, name=None))
        same = torch.tensor([[(a, b) in pairs for b in screen.drugs] for a in train])
        y = torch.from_numpy(wide.to_numpy(np.float32).copy())
        return rows.Screen(y, self._described(screen.sources, screen.drugs), same)

    def _described(self, sources: object, drugs: list[str]) -> Described:
        assert isinstance(sources, dict)
        embedded = self.data.drug is not None and self.data.drug.fingerprint is not None
        embedded = embedded and is_embedding(self.data.drug.fingerprint)  # type: ignore[union-attr, arg-type]
        inputs, present = laid_out(sources, drugs)
        names = {"drug": "embedding" if embedded else "structure"}
        return {
            names.get(s, s): torch.where(
                present[s][:, None], x, torch.nan if names.get(s) == "embedding" else 0.0
            )
            for s, x in inputs.items()
        }

    def _of(self, drugs: Rows) -> Described:
        at = torch.from_numpy(drugs)
        return {what: x[at] for what, x in self.described.items()}
