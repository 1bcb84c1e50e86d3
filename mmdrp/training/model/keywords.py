"""A spec from the keywords of ``ResponseModel``."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mmdrp.data.further.beside import place
from mmdrp.data.spec import DataSpec
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.options import check, hints_of
from mmdrp.registry import Part, part
from mmdrp.training.modalities import Shared, drug_spec, modality_spec
from mmdrp.training.spec import ModelSpec, SourceSpec, Spec, SplitSpec, TrainerSpec, TrainSpec

Choice = str | Mapping[str, Any] | Part
"""a part by name, or with options: ``{"name": "kernel", "gamma": 0.5}``"""
USUAL = ("expression", "mutation", "cnv")
"""modalities where none are chosen, as far as the study has them"""


def spec_from(model: Any, study: Study | None = None, measure: str | None = None) -> Spec:
    """Return the spec that the keywords of a ``ResponseModel`` describe, every one checked.

    Without a study, nothing is chosen by what it has.
    """
    given = model.get_params(deep=False)
    if given["spec"] is not None:
        return _whole(model, given["spec"], measure, study)
    hints = hints_of(type(model))
    for name, value in given.items():
        check(value, hints[name], name)
    pairs = given["drug_features"] is not None
    measure = measure or given["measure"] or ("auc" if pairs else "ic50")
    measures = [] if study is None else study.measures
    if measure not in measures and given["measure"] is None and len(measures) == 1:
        measure = measures[0]  # there is no other
    chosen = given["modalities"]
    if chosen is None:
        there = USUAL if study is None else study.modalities
        chosen = [m for m in USUAL if m in there] or there
    if isinstance(chosen, str):
        raise OptionError(f"modalities={chosen}: give a list, such as [{chosen!r}]")
    shared = Shared(*(given[k] for k in _COMMON))
    read = [modality_spec(str(name), given["encoder"], shared) for name in chosen]
    sources: dict[str, SourceSpec] = dict(read)
    drug = None
    if pairs:
        drug, sources["drug"] = drug_spec(given["drug_features"], given["drug_encoder"], shared)
    base = part("base", given["base"])
    lines = given["lines"]
    data = DataSpec(
        measure=measure, layout="by_pair" if pairs else "by_cell",
        modalities=tuple(name for name, _ in read), tissue=bool(base.options.get("tissue")),
        context=base.options.get("context", ()), batch=base.options.get("batch", ()),
        drug=drug, permute_seed=given["seed"],
        lines=lines if lines is None or isinstance(lines, str) else tuple(lines),
        also=() if study is None else tuple(map(place, study.also)),
        **_same(given, "drug_targets", "complete", "impute", "shared_with", "min_shared",
                "held_out_in"),
    )  # fmt: skip
    fusion = given["cell_fusion"]
    network = ModelSpec(
        sources=sources, fusion=part("fusion", given["fusion"]),
        cell_fusion=None if fusion is None else part("fusion", fusion, "cell_fusion"), base=base,
        head=tuple(given["head"]),
        **_same(given, "dropout", "activation", "modality_dropout"),
    )  # fmt: skip
    return Spec(data, network, _train(given, pairs), _split(given))


_COMMON = ("width", "latent", "dropout", "input_dropout", "activation")


def _train(given: Mapping[str, Any], pairs: bool) -> TrainSpec:
    seed, trainer = given["seed"], dict(given["trainer"] or {})
    sampler = part("sampler", given["sampler"] or ("block" if pairs else "random"))
    weight, scheduler = given["label_weight"], given["scheduler"]
    known = TrainerSpec.__dataclass_fields__
    if unknown := [k for k in trainer if k not in known or k == "max_epochs"]:
        has = ", ".join(k for k in known if k != "max_epochs")
        raise OptionError(f"trainer.{unknown[0]}: there is no such option; it has: {has}")
    same: Any = _same(
        given, "net", "margin", "members", "refit", "seed", "patience", "batch_size",
        "modality_dropout_warmup", "pretrained", "pretrained_absent", "init", "response_scale",
    )  # fmt: skip
    return TrainSpec(
        loss=part("loss", given["loss"]),
        sampler=_seeded(sampler, given["sampler"], seed),
        optimizer=part("optimizer", given["optimizer"]),
        label_weight=None if weight is None else part("label_weight", weight),
        scheduler=None if scheduler is None else _timed(scheduler, given["max_epochs"]),
        trainer=TrainerSpec(max_epochs=given["max_epochs"], **trainer),
        **same,
    )


def _split(given: Mapping[str, Any]) -> SplitSpec:
    chosen = given["split"]
    if isinstance(chosen, str):
        own = {"folds": given["folds"], "validation": given["validation"], "seed": given["seed"]}
        chosen = {"name": chosen, **own}
    return SplitSpec(split=part("split", chosen))


def _seeded(chosen: Part, given: Choice | None, seed: int) -> Part:
    """Let the model's seed be the part's, unless the part was given one of its own."""
    own = given.options if isinstance(given, Part) else given
    if isinstance(own, Mapping) and "seed" in own:
        return chosen
    return Part(chosen.name, {**chosen.options, "seed": seed})


def _timed(given: Choice, epochs: int) -> Part:
    """Let a schedule last as long as training, unless it was given a length of its own."""
    chosen = part("scheduler", given)
    own = given.options if isinstance(given, Part) else given
    if "T_max" not in chosen.options or (isinstance(own, Mapping) and "T_max" in own):
        return chosen
    return part("scheduler", Part(chosen.name, {**chosen.options, "T_max": epochs}))


def _same(given: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: given[name] for name in names}


def _whole(model: Any, spec: Spec, measure: str | None, study: Study | None) -> Spec:
    """Return a spec given whole; another keyword beside it would be ignored, so it is refused."""
    usual = type(model)().get_params(deep=False)
    for name, value in model.get_params(deep=False).items():
        if name != "spec" and not (value is usual[name] or value == usual[name]):
            raise OptionError(f"{name}={value}: give spec or keywords, not both")
    if study is not None and study.also:
        spec = replace(spec, data=replace(spec.data, also=tuple(map(place, study.also))))
    if measure is None or measure == spec.data.measure:
        return spec
    return replace(spec, data=replace(spec.data, measure=measure))
