"""A model and its training, typed: frozen dataclasses that hold every default once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import mmdrp.data.parts
import mmdrp.nn.parts
import mmdrp.training.parts  # noqa: F401  # the three register what the defaults below name
from mmdrp.data.context import context_columns
from mmdrp.data.spec import DataSpec, checked_fields
from mmdrp.errors import OptionError
from mmdrp.nn.encoder import Activation, Chance
from mmdrp.options import Count, Range, Units
from mmdrp.registry import Part, find, part

Seed = Annotated[int, Range(least=0)]
Precision = Literal[
    "32-true", "bf16-mixed", "16-mixed", "64-true", "32", "bf16", "16", "64", 32, 16, 64
]
"""what Lightning calls it; ``-mixed`` keeps weights in 32 bits"""


@dataclass(frozen=True)
class SourceSpec:
    """How the network reads one source: its scaling, then its encoder."""

    scale: Part
    encoder: Part


@dataclass(frozen=True)
class ModelSpec:
    """Architecture: what a checkpoint needs to build its network again."""

    sources: Mapping[str, SourceSpec] = field(default_factory=dict)
    """modality -> scaling and encoder; "drug" for the drug of a pair"""
    fusion: Part = field(default_factory=partial(part, "fusion", "concat"))
    cell_fusion: Part | None = None
    """fuse a line's omics first, then the line with the drug"""
    base: Part = field(default_factory=partial(part, "base", "kernel"))
    """the closed-form model that the network corrects"""
    head: tuple[Units, ...] = (128,)
    """hidden layers after the fusion"""
    dropout: Chance = 0.3
    activation: Activation = "silu"
    modality_dropout: Chance = 0.1
    """chance that a line's modality is hidden in a training step"""

    def __post_init__(self) -> None:
        checked_fields(self, "")


@dataclass(frozen=True)
class TrainerSpec:
    """How long and on what to train; passed on to Lightning's ``Trainer``."""

    max_epochs: Annotated[int, Range(least=0)] = 100
    accelerator: Literal["auto", "cpu", "gpu", "cuda", "mps", "tpu"] = "auto"
    devices: Annotated[int, Range(least=1, most=1024)] | str = 1
    precision: Precision = "32-true"
    gradient_clip_val: Annotated[float, Range(above=0)] | None = 1.0
    strategy: Literal["auto", "ddp"] = "auto"
    num_nodes: Annotated[int, Range(least=1, most=1024)] = 1

    def __post_init__(self) -> None:
        checked_fields(self, "trainer.")


@dataclass(frozen=True)
class TrainSpec:
    """How the network learns what the base leaves."""

    net: bool = True
    """let the network learn what the base leaves; False: the base alone"""
    margin: float = 2.0
    """the network is kept if it lowers validation loss by so many standard errors"""
    members: Count = 1
    """networks from different starts; their mean predicts"""
    refit: bool = True
    """a base kept alone is fitted again on training + validation at the end"""
    seed: Seed = 0
    loss: Part = field(default_factory=partial(part, "loss", "mse"))
    label_weight: Part | None = None
    sampler: Part = field(default_factory=partial(part, "sampler", "random"))
    optimizer: Part = field(default_factory=partial(part, "optimizer", "adamw"))
    scheduler: Part | None = None
    trainer: TrainerSpec = field(default_factory=TrainerSpec)
    patience: Count = 15
    """epochs without a better validation loss before stopping"""
    batch_size: Count = 256
    """examples per batch outside training"""
    modality_dropout_warmup: Annotated[int, Range(least=0)] = 0
    """epochs over which the chance to hide a modality grows from 0"""
    pretrained: str | Mapping[str, Any] | None = None
    """encoders of ``pretrain``: a folder, a file, modality -> file, or the encoders themselves"""
    pretrained_absent: Literal["zero", "keep"] = "zero"
    init: Literal["default", "he"] = "default"
    response_scale: bool = True
    """outputs are deviations from each drug's mean; False: the response itself"""

    def __post_init__(self) -> None:
        checked_fields(self, "")
        if self.members > 1 and not self.net:
            raise OptionError(f"members={self.members}: are networks, and net=false trains none")
        alone = str(self.trainer.devices) in ("1", "auto") and self.trainer.num_nodes == 1
        if self.members > 1 and not alone:
            raise OptionError(f"members={self.members}: needs trainer.devices=1, one node")


@dataclass(frozen=True)
class SplitSpec:
    """Which examples are training, validation and test."""

    split: Part = field(default_factory=partial(part, "split", "cell"))
    fold: Annotated[int, Range(least=0)] = 0
    fold_file: str | None = None
    """a ``fold.json`` to use instead of split and fold"""

    def __post_init__(self) -> None:
        checked_fields(self, "")

    @property
    def class_name(self) -> str:
        """Return the name of the split's class, such as ``CellSplit``."""
        return str(getattr(find("split", self.split.name), "__name__", self.split.name))

    @property
    def number(self) -> int:
        """Return the fold's number: of a fold file, the one that its name ends with."""
        digits = re.search(r"\d+$", Path(self.fold_file).stem) if self.fold_file else None
        return int(digits[0][-9:]) if digits else self.fold

    @property
    def label(self) -> str:
        """Return what the fold is drawn by: the split's class, or the name of the fold file.

        >>> SplitSpec(fold_file="folds/seed0/fold2.json").label, SplitSpec().label
        ('file fold2', 'CellSplit')
        """
        if self.fold_file is None:
            return self.class_name
        path = Path(self.fold_file)
        # What every run folder calls its own says nothing: then the run is named, too.
        return f"file {f'{path.parent.name}/fold' if path.stem == 'fold' else path.stem}"

    @property
    def held_out(self) -> tuple[str, ...]:
        """Return the axes along which the split holds out: "cell", "drug"; none if at random."""
        axes = {"cell": ("cell",), "tissue": ("cell",), "both": ("cell", "drug")}
        axes |= {"drug": ("drug",), "scaffold": ("drug",)}
        return axes.get(self.split.name, ())


@dataclass(frozen=True)
class Spec:
    """Everything that decides what ``fit`` does, apart from the study itself."""

    data: DataSpec = field(default_factory=DataSpec)
    model: ModelSpec = field(default_factory=ModelSpec)
    train: TrainSpec = field(default_factory=TrainSpec)
    split: SplitSpec = field(default_factory=SplitSpec)

    def __post_init__(self) -> None:
        """Refuse combinations that mean nothing."""
        if not self.data.modalities:
            raise OptionError("modality=[]: choose at least one modality")
        if missing := [m for m in self.data.modalities if m not in self.model.sources]:
            raise OptionError(f"modality={missing[0]}: has no scaling and encoder")
        if self.data.layout == "by_pair" and self.data.drug is None:
            raise OptionError("drug: pairs need a description of drugs, such as morgan")
        by_kernels = self.model.base.options.get("drug_weights", "one") != "one"
        if self.data.also and (self.data.layout != "by_pair" or not by_kernels):
            raise OptionError(
                f"also={self.data.also[0]}: a further screen serves pairs (drug=morgan, response="
                "auc) with base=kernel and base.drug_weights=loo"
            )
        known = {*self.data.modalities, "tissue", *context_columns(self.data)}
        known |= {"drug"} if self.data.layout == "by_pair" else set()
        for name in self.data.permute:
            if name not in known:
                raise OptionError(
                    f"randomise.permute: {name!r} is not in this run; choose among: "
                    f"{', '.join(sorted(known))}"
                )
