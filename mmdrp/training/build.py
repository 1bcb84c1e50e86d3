"""A spec and a study made into what a trainer asks for; ``restore`` needs no data."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from mmdrp.batch import is_base_only
from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.batches.randomise import permuted
from mmdrp.data.context import met
from mmdrp.data.examples import everything_of, examples_of, unit_of
from mmdrp.data.further.screen import screens_of
from mmdrp.data.impute import fill
from mmdrp.data.layout import laid_out
from mmdrp.data.molecules import Molecules
from mmdrp.data.shared import shared
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources, known_only, smiles_of, sources_of
from mmdrp.data.split import Fold, unsuited
from mmdrp.data.study import Study
from mmdrp.data.study.units import UNKNOWN
from mmdrp.errors import MmdrpError
from mmdrp.nn.offset import Offset
from mmdrp.nn.scale import ResponseScale, Standardize
from mmdrp.registry import build, find, maker
from mmdrp.training.factory import network_of, offset_of, scaler_of
from mmdrp.training.further import screens_as_tensors
from mmdrp.training.info import CheckpointInfo, SourceInfo
from mmdrp.training.initialise import adopted, initialise, pretrained_of
from mmdrp.training.lightning.module import ResponseModule
from mmdrp.training.pretraining.encoders import on_file
from mmdrp.training.reference import MeasuredDrugs, measured_of, reference_of
from mmdrp.training.reference.embedded import embedded_of
from mmdrp.training.spec import ModelSpec, Spec

log = logging.getLogger(__name__)


def check_split(spec: Spec) -> None:
    """Refuse a split that holds out drugs where each drug is an output."""
    split = find("split", spec.split.split.name)
    if spec.data.layout == "by_cell" and "drug" in split.axes:  # type: ignore[attr-defined]
        raise MmdrpError(unsuited(split.__name__))


def fold_of(spec: Spec, study: Study) -> Fold:
    """Draw the fold, or read the one that ``fold_file`` names.

    It is drawn over all lines and drugs with a response, those included that lack the chosen
    modalities: so runs on other modalities hold out the same ones and can be compared.
    """
    if spec.split.fold_file is not None:
        return Fold.read(Path(spec.split.fold_file), study.cells.index, study.drugs.index)
    check_split(spec)
    split = build("split", spec.split.split)
    everything = everything_of(spec.data, study)
    fold: Fold = split(everything, study.cells, spec.split.fold, study.drugs)
    return fold


def data_of(spec: Spec, study: Study, fold: Fold | None = None) -> ResponseData:
    """Everything a trainer asks for: examples, sources, sampler, and the fold drawn or given."""
    sources: Sources = sources_of(spec.data, study)
    if spec.data.permute:
        sources = permuted(sources, spec.data.permute, spec.data.permute_seed)
    sources = shared(sources, spec.data.shared_with, spec.data.min_shared)
    examples = examples_of(spec.data, study, sources)
    fold = (fold or fold_of(spec, study)).check_axes(examples.ids)
    measured = examples
    if spec.data.impute:
        examples = fill(examples, fold.train.mask(examples), spec.data.impute)
    weight = spec.train.label_weight
    sources = met(sources, set(examples.ids["cell"][fold.train.mask(examples)].tolist()))
    if "drug" in examples.ids:
        drugs = np.unique(examples.ids["drug"][fold.train.mask(examples)])
        sources = known_only(spec.data.drug, sources, drugs.tolist())
    screens = screens_of(spec.data, study, fold, sources)
    return ResponseData(
        examples, sources, fold, maker("sampler", spec.train.sampler), spec.train.batch_size,
        None if weight is None else build("label_weight", weight), measured, screens,
    )  # fmt: skip


def module_of(spec: Spec, data: ResponseData, study: Study) -> ResponseModule:
    """Fit base and scaling on training rows, build the network, and wrap it for training."""
    given = pretrained_of(spec, data)
    model = adopted(spec.model, given)
    tables = {n: t for n, t in data.dataset.sources.items() if isinstance(t, Table | Molecules)}
    axis = {name: t.axis for name, t in tables.items()}
    offset = offset_of(model, axis, spec.data.drug)
    base_prediction = None if offset is None else _fit_offset(offset, data, spec)
    encoded = [n for n in tables if not is_base_only(n)]
    scale = {n: _fit_scale(model, n, tables[n], data) for n in encoded}
    y = torch.tensor(data.dataset.examples.y)
    response = ResponseScale(y.shape[1])
    if spec.train.response_scale:
        response.fit((y if base_prediction is None else y - base_prediction)[data.rows["train"]])
    net = network_of(model, axis, scale, response, offset)
    initialise(net, spec.train, given, data)
    if offset is not None:
        net.zero_init_head()  # it starts as the base: whatever it adds, it learned
    train = spec.train
    scheduler = None if train.scheduler is None else maker("scheduler", train.scheduler)
    return ResponseModule(
        net, build("loss", train.loss), maker("optimizer", train.optimizer), scheduler,
        _info(spec, model, data, tables, scale, study), base_prediction,
    )  # fmt: skip


def _fit_scale(
    model: ModelSpec, name: str, table: Table | Molecules, data: ResponseData
) -> Standardize:
    if isinstance(table, Molecules):
        return scaler_of(model, name, table.dim, len(table.atom_features))
    rows = table.select(data.train_ids[table.axis]).values
    if not len(rows):
        raise MmdrpError(f"modality {name!r}: no training line has it; leave it out")
    scale = scaler_of(model, name, table.dim).fit(torch.from_numpy(rows))
    log.info("%s: %d of %d features kept", name, scale.output_dim, table.dim)
    if scale.output_dim == 0:
        raise MmdrpError(f"modality {name!r}: the filters keep no feature; loosen its scale")
    return scale


def _fit_offset(offset: Offset, data: ResponseData, spec: Spec) -> Tensor:
    """Fit the base on training rows; return its prediction of every example, (n, t).

    For training examples it is the prediction made without the line, the drug, or both, whichever
    the split holds out: what a network may learn from.
    """
    examples, train = data.dataset.examples, data.rows["train"]
    y = _matrix(data)
    cells = {source: data.dataset.sources[source] for source in offset.cells}
    inputs, present = laid_out(cells, data.train_ids["cell"])
    out = torch.full(examples.y.shape, torch.nan)
    if offset.pair is None:
        offset.base.fit(inputs, present, y)
        loo_prediction = offset.base.leave_one_out[data.dataset.train_index("cell")[train]]
    else:
        drugs = {source: data.dataset.sources[source] for source in offset.compared.values()}
        described = offset.described(*laid_out(drugs, data.train_ids["drug"]))
        together = spec.data.held_out_in == "all"
        screens = screens_as_tensors(offset, data, together)
        offset.pair.fit(inputs, present, y, described, further=screens)
        held = set(data.fold.train.ids) & {"cell", "drug"} or {"cell"}
        table = offset.pair.leave_one_out("both" if len(held) == 2 else held.pop())  # type: ignore[arg-type]
        at = data.dataset.train_index("cell")[train], data.dataset.train_index("drug")[train]
        loo_prediction = table[at].unsqueeze(1)
    offset.intervals.fit(offset.base, offset.pair, inputs, present, y)
    out[train] = loo_prediction.float()
    with torch.no_grad():
        for part in ("validation", "test"):
            for batch in data.predict_loader(part):
                out[batch.example] = offset(batch)
    return out


def _matrix(data: ResponseData) -> Tensor:
    """Return the training responses as lines x drugs, NaN where unmeasured."""
    examples, train = data.dataset.examples, data.rows["train"]
    lines, line = len(data.train_ids["cell"]), data.dataset.train_index("cell")[train]
    given = torch.tensor(examples.y[train])
    if examples.layout == "by_cell":
        y = torch.full((lines, len(examples.tasks)), torch.nan)
        y[line] = given
    else:
        y = torch.full((lines, len(data.train_ids["drug"])), torch.nan)
        y[line, data.dataset.train_index("drug")[train]] = given[:, 0]
    return y


def _info(
    spec: Spec,
    model: ModelSpec,
    data: ResponseData,
    tables: Mapping[str, Table | Molecules],
    scale: Mapping[str, Standardize],
    study: Study,
) -> CheckpointInfo:
    examples = data.dataset.examples
    drugs = sorted(map(str, np.unique(examples.ids["drug"]))) if "drug" in examples.ids else []
    smiles = smiles_of(study) if drugs else {}
    sources = {
        name: SourceInfo(
            t.axis, [str(f) for f in t.features], len(scale[name].keep) if name in scale else 0,
            reference_of(name, t, data), study.units.get(name, UNKNOWN),
        )
        for name, t in tables.items()
    }  # fmt: skip
    train = replace(spec.train, pretrained=on_file(spec.train.pretrained))
    return CheckpointInfo(
        spec=Spec(spec.data, model, train, spec.split),
        study=study.manifest.name,
        tasks=list(examples.tasks),
        unit=unit_of(spec.data, study),
        higher=str(study.higher(spec.data.measure)),
        measured=measured_of(data),
        measured_drugs=MeasuredDrugs.of(data).plain(),
        train_ids=data.train_ids,
        sources=sources,
        smiles={d: smiles[d] for d in drugs},
        names=_names(study, drugs or list(examples.tasks)),
        embedded=embedded_of(spec.data.drug, tables),
    )


def _names(study: Study, drugs: list[str]) -> dict[str, str]:
    if "name" not in study.drugs:
        return {}
    names = study.drugs["name"].reindex(drugs).dropna().astype(str)
    return {str(drug): name for drug, name in names.items() if name}
