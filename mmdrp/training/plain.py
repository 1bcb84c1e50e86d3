"""Specs as plain containers in the layout of ``conf/``: for checkpoints, run folders, options."""

from collections.abc import Mapping
from typing import Any

from mmdrp.data.chem.embedding import AUTO, is_embedding
from mmdrp.data.known.asked import asked_of
from mmdrp.data.spec import DataSpec, DrugFeatures, plain
from mmdrp.errors import OptionError
from mmdrp.options import check, hints_of
from mmdrp.registry import Part, part
from mmdrp.training.legacy import upgraded
from mmdrp.training.spec import ModelSpec, SourceSpec, Spec, SplitSpec, TrainerSpec, TrainSpec

DATA = ("drug_targets", "complete", "lines", "impute", "shared_with", "min_shared", "also",
        "held_out_in")  # fmt: skip
MODEL = ("head", "dropout", "activation", "modality_dropout")
TRAIN = (
    "net", "margin", "members", "refit", "seed", "patience", "batch_size",
    "modality_dropout_warmup", "pretrained", "pretrained_absent", "init", "response_scale",
)  # fmt: skip
SPLIT = ("fold", "fold_file")
GROUPS = (
    "response", "modality", "drug", "fusion", "cell_fusion", "base", "loss", "label_weight",
    "split", "sampler", "optimizer", "scheduler", "trainer", "randomise",
)  # fmt: skip
FEATURES = ("standardise", "fingerprint", "graph", "structure", "path")


def spec_of(config: Mapping[str, Any], strict: bool = False) -> Spec:
    """Read a spec from plain containers in the layout of ``conf/train.yaml``.

    What is absent has its default. ``strict`` refuses keys that are none of a spec's. Raises
    OptionError that names the key, such as ``base.gamma``.
    """
    config = _mapping(config, "config")
    _check_plain(config, "")
    known = {*DATA, *MODEL, *TRAIN, *SPLIT, *GROUPS}
    if strict and (extra := sorted(set(config) - known)):
        raise OptionError(f"{extra[0]}: there is no such option")
    # A run folder's configuration says more (study, logger), which names parts of its own.
    config = upgraded({key: value for key, value in config.items() if key in known})
    response = dict(_mapping(config.get("response", {}), "response"))
    for key, value in response.items():
        if key not in ("measure", "layout", "log"):
            raise OptionError(
                f"response.{key}: there is no such option; it has measure, layout, log"
            )
        check(value, hints_of(DataSpec)[key], f"response.{key}")
    base = part("base", config.get("base", "kernel"))
    shuffled = _mapping(config.get("randomise") or {}, "randomise")
    pairs = response.get("layout") == "by_pair"
    modality = _mapping(config.get("modality", {}), "modality")
    sources = {str(name): _source(given, f"modality.{name}") for name, given in modality.items()}
    drug = _mapping(config.get("drug", {}), "drug")
    # A panel reads no drug; a mistake in what is said of one is told all the same.
    described = _source(drug, "drug", FEATURES)
    # What auto stands for is decided, and told, where it matters.
    features = None if not pairs and _is_auto(drug) else _features(drug)
    if pairs:
        sources["drug"] = described
    data = _made(
        DataSpec, {**response, **_some(config, DATA)}, modalities=tuple(map(str, modality)),
        tissue=bool(base.options.get("tissue")),
        context=base.options.get("context", ()), batch=base.options.get("batch", ()),
        drug=features if pairs else None,
        permute=tuple(shuffled.get("permute", ())), permute_seed=shuffled.get("seed", 0),
    )  # fmt: skip
    fusion = config.get("fusion", "concat")
    if not fusion:
        raise OptionError("fusion=none: the sources must be fused; none is for cell_fusion only")
    model = _made(
        ModelSpec, _some(config, MODEL), sources=sources, fusion=part("fusion", fusion),
        cell_fusion=_optional("fusion", config.get("cell_fusion"), "cell_fusion"), base=base,
    )  # fmt: skip
    train = _made(
        TrainSpec, _some(config, TRAIN),
        loss=part("loss", config.get("loss", "mse")),
        label_weight=_optional("label_weight", config.get("label_weight")),
        sampler=part("sampler", config.get("sampler", "random")),
        optimizer=part("optimizer", config.get("optimizer", "adamw")),
        scheduler=_optional("scheduler", config.get("scheduler")),
        trainer=_made(TrainerSpec, _mapping(config.get("trainer", {}), "trainer"), "trainer."),
    )  # fmt: skip
    split = _made(SplitSpec, _some(config, SPLIT), split=part("split", config.get("split", "cell")))
    return Spec(data, model, train, split)


def config_of(spec: Spec) -> dict[str, Any]:
    """Return a spec as plain containers that ``spec_of`` reads."""
    data, model, train, split = spec.data, spec.model, spec.train, spec.split
    sources = {name: plain(source) for name, source in model.sources.items()}
    config: dict[str, Any] = {
        "response": {"measure": data.measure, "layout": data.layout, "log": data.log},
        "modality": {name: sources[name] for name in data.modalities},
        **{key: plain(getattr(data, key)) for key in DATA},
        **{key: plain(getattr(model, key)) for key in MODEL},
        **{key: plain(getattr(train, key)) for key in TRAIN},
        **{key: plain(getattr(split, key)) for key in SPLIT},
        "fusion": plain(model.fusion),
        "cell_fusion": plain(model.cell_fusion),
        "base": plain(model.base),
        "randomise": {"permute": list(data.permute), "seed": data.permute_seed},
        "split": plain(split.split),
    }
    for key in ("loss", "label_weight", "sampler", "optimizer", "scheduler", "trainer"):
        config[key] = plain(getattr(train, key))
    if data.drug is not None:
        # Without structure beside an embedding is said: a key that is absent means morgan.
        features = {k: v for k, v in plain(data.drug).items() if v is not None or k == "structure"}
        config["drug"] = {**features, **sources["drug"]}
    return config


def as_decided(config: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """Return a configuration in which ``drug=auto`` is what it stood for on this machine."""
    asked, features = config.get("drug"), spec.data.drug
    if not isinstance(asked, Mapping) or features is None or features.fingerprint is None:
        return dict(config)
    if asked.get("fingerprint") not in (AUTO, {"name": AUTO}):
        return dict(config)
    structure = None if features.structure is None else features.structure.plain()
    told = {"fingerprint": features.fingerprint.plain(), "structure": structure}
    return {**config, "drug": {**asked, **told}}


def _features(drug: Mapping[str, Any]) -> DrugFeatures:
    fingerprint = drug.get("fingerprint", None if "graph" in drug else "morgan")
    fingerprint = asked_of(fingerprint, drug.get("path"))
    chosen = _optional("fingerprint", fingerprint, "drug.fingerprint")
    beside = "morgan" if chosen is not None and is_embedding(chosen) else None
    made: DrugFeatures = _made(
        DrugFeatures, _some(drug, ("standardise",)), "drug.", fingerprint=chosen,
        graph=_optional("graph", drug.get("graph"), "drug.graph"),
        structure=_optional("fingerprint", drug.get("structure", beside), "drug.structure"),
    )  # fmt: skip
    return made


def _is_auto(drug: Mapping[str, Any]) -> bool:
    given = drug.get("fingerprint")
    return (given.get("name") if isinstance(given, Mapping) else given) == AUTO


def _source(given: Any, where: str, besides: tuple[str, ...] = ()) -> SourceSpec:
    given = _mapping(given, where)
    if extra := sorted(set(given) - {"scale", "encoder", *besides}):
        raise OptionError(f"{where}.{extra[0]}: there is no such option; it has: scale, encoder")
    return SourceSpec(
        part("scale", given.get("scale", "standardize"), f"{where}.scale"),
        part("encoder", given.get("encoder", "mlp"), f"{where}.encoder"),
    )


def _optional(kind: str, given: Any, where: str | None = None) -> Part | None:
    absent = given is None or given is False or (isinstance(given, Mapping | str) and not given)
    return None if absent else part(kind, given, where)


def _made(made: Any, values: Mapping[str, Any], where: str = "", **more: Any) -> Any:
    names = made.__dataclass_fields__
    for name in values:
        if name not in names:
            raise OptionError(f"{where}{name}: there is no such option; it has: {', '.join(names)}")
    return made(**{**values, **more})


def _some(config: Mapping[str, Any], keys: tuple[str, ...]) -> dict[str, Any]:
    return {key: config[key] for key in keys if key in config}


def _check_plain(value: Any, where: str) -> None:
    """Refuse what no option can be: a file of tensors may hold one where an option stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_plain(inner, f"{where}.{key}" if where else str(key)[:40])
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_plain(inner, where)
    elif value is not None and not isinstance(value, bool | int | float | str):
        raise OptionError(f"{where[:80]}: {type(value).__name__} is no option's value")


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise OptionError(f"{where}: expected options by name, not {str(value)[:40]!r}")
    return value
