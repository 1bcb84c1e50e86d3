"""Every option of every command, with values that it cannot or can hardly have."""

from collections.abc import Iterator
from random import Random
from typing import Any

from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from mmdrp.cli.launch import config_dir
from tests.hostile.case import Case, Expected, World
from tests.hostile.world import SMALL

Value = tuple[str, Expected]
"""as typed after ``=``, and how that may end"""

HUGE, LONG = "1" + "0" * 30, "x" * 9000
NUMBER: list[Value] = [
    ("-1", "either"), ("0", "either"), ("nan", "refused"), ("inf", "refused"),
    ("-inf", "refused"), ("1e300", "either"), ("1000000000", "either"), (HUGE, "either"),
    ("abc", "refused"), ("''", "refused"), ("null", "either"), ("[]", "refused"),
    ("[1]", "refused"), ("true", "refused"), ("{a:1}", "refused"), ("-0.5", "either"),
    ("'1'", "refused"), ("1e-300", "either"),
]  # fmt: skip
TRUTH: list[Value] = [
    ("abc", "refused"), ("2", "refused"), ("null", "either"), ("[]", "refused"),
    ("''", "refused"), ("nan", "refused"), ("{a:1}", "refused"),
]  # fmt: skip
CHOICE: list[Value] = [
    ("xyzzy", "refused"), ("''", "either"), ("5", "refused"), ("[]", "either"),
    ("nan", "refused"), ("null", "either"), (LONG, "refused"), ("'a\\nb'", "refused"),
    ("{a:1}", "refused"), ("[1,[2]]", "refused"), ("-1", "refused"),
]  # fmt: skip
TEXT: list[Value] = [(value, "either") for value, _ in CHOICE]
LIST: list[Value] = [
    ("[]", "either"), ("[xyzzy]", "refused"), ("null", "either"), ("xyzzy", "refused"),
    ("[null]", "refused"), ("[[1]]", "refused"), ("[-1]", "refused"), ("[nan]", "refused"),
    ("[0]", "refused"), (f"[{HUGE}]", "refused"), ("{a:1}", "refused"), ("''", "either"),
    (f"[{LONG}]", "refused"), ("true", "refused"), ("[1000000000]", "refused"),
]  # fmt: skip
FREE = {
    "logger.project", "logger.group", "logger.tags", "unit", "column", "type_column", "data_dir",
    "out", "study.name", "drugs", "cancers", "require", "shared_with", "lines", "fold_file",
    "markers", "targets", "background", "trainer.accelerator", "trainer.devices", "raw",
    "study.build.downloads", "study.raw.curves", "study.raw.column", "study.raw.mutation",
    "study.raw.classes", "best_of", "align_within", "enrich", "missing", "units",
    "study.raw.modalities", "measure", "pretrained", "figure_of",
}  # fmt: skip
"""options whose text can be anything that data or folders may hold"""
ELSEWHERE = ("hydra", "defaults", "out", "data_dir", "incomplete", "overwrite", "resume")
OWN = ("study=folder", "study.path={study}")

COMMANDS: dict[str, tuple[str, ...]] = {
    "train": ("train", *OWN, *SMALL),
    "train pairs": (
        "train", *OWN, *SMALL[:-1], "modality=[expression]", "response=auc", "trainer=smoke",
        "trainer.max_epochs=1",
    ),
    "train graph": (
        "train", *OWN, *SMALL[:-1], "modality=[expression]", "response=auc", "drug=graph",
        "base=none",
    ),
    "train wide": (
        "train", *OWN, *SMALL, "label_weight=smoothed", "scheduler=cosine", "fusion=lowrank",
        "loss=huber", "sampler=block", "base=ridge", "split=tissue", "split.folds=2",
    ),
    "data split": ("data", "split", *OWN, "modality=[expression]"),
    "pretrain": (
        "pretrain", *OWN, "shared_with=null", "modality=[expression]", "trainer.max_epochs=1",
        "width=[8]", "latent=4",
    ),
    "predict": ("predict", "run={panel}", "data={study}"),
    "evaluate": (
        "evaluate", "run={panel}", "cache=false",
        "baseline=[drug_mean,ridge,forest,boosting,elastic_net,kernel_ridge]",
        "baseline.forest.trees=2", "baseline.forest.components=2", "baseline.boosting.sizes=[3]",
        "baseline.boosting.rounds=[2]", "baseline.elastic_net.alphas=[1.0]",
    ),
    "attribute": ("attribute", "run={panel}", "drugs=[drug-00]", "pictures=0", "steps=4"),
    "attribute shap": (
        "attribute", "run={net}", "drugs=[drug-00]", "pictures=0", "method=gradient_shap",
    ),
    "attribute benchmark": (
        "attribute", "benchmark", "run={panel}", "markers={root}/markers.csv", "trees=2",
    ),
    "associate": (
        "associate", "predictions={predictions}", "data={study}", "min_patients=3", "panels=0",
        "drugs=[drug-00,drug-01]",
    ),
    "extremes": (
        "extremes", "predictions={predictions}", "data={study}", "drug=drug-00", "share=0.2",
        "gene_sets={root}/sets.gmt", "min_size=2", "heatmap_genes=2",
    ),
    "enrich": (
        "enrich", "genes={root}/genes.csv", "gene_sets={root}/sets.gmt", "min_size=2", "top=4",
    ),
    "data": ("data", "fetch", "study=synthetic", "study.path=made", "path=made",
             "study.build.lines=12", "study.build.features=4"),
    "table1": ("train", "experiment=deepdr_table1", *OWN, "pretrained={encoders}", "repeats=1",
               "width=[8]", "latent=4", "head=[8]", "trainer.max_epochs=1", "variants.pca=null",
               "variants.expression_only=null", "variants.mutation_only=null",
               "closed_form_baselines=[drug_mean]"),
}  # fmt: skip
PART = {
    "train pairs": ("drug", "sampler", "response", "drug_targets", "split"),
    "train graph": ("drug",),
    "train wide": ("label_weight", "scheduler", "fusion", "loss", "sampler", "base", "split"),
    "attribute shap": ("method",),
    "table1": ("repeats", "closed_form_baselines", "figure_of", "variants"),
}
"""where a command was looked at before: the options that are new"""


def cases(world: World, some: int | None = None, seed: int = 0) -> Iterator[Case]:
    """Yield each option with each value, or with ``some`` of them, drawn by ``seed``."""
    rng = Random(seed)
    for title, words in COMMANDS.items():
        for key, usual in leaves(world, title):
            values = _values(title, key, usual)
            for value, expect in values if some is None else rng.sample(values, some):
                yield Case(
                    f"{title} {key}={value[:40]}",
                    (*words, f"{key}={value}", *([] if title == "data" else ["out=out"])),
                    expect=expect, may_write=("made",) if title == "data" else (),
                )  # fmt: skip


def leaves(world: World, title: str) -> list[tuple[str, Any]]:
    """Return the options of a command: dotted name and what it is by default."""
    words = COMMANDS[title]
    command = "_".join(w for w in words[:2] if "=" not in w and w != "fetch")
    with initialize_config_dir(version_base="1.3", config_dir=str(config_dir())):
        overrides = [_known(w) for w in words if "=" in w]
        overrides += ["action=fetch"] if command == "data" else []
        cfg = compose(command, overrides)
    kept = PART.get(title)
    found = _flat(OmegaConf.to_container(cfg, resolve=False), "")
    return [
        (key, usual) for key, usual in found
        if key.split(".")[0] not in ELSEWHERE and (kept is None or key.split(".")[0] in kept)
        and not key.endswith(".name") and key not in ("name", "run", "data", "path", "action")
    ]  # fmt: skip


def _known(word: str) -> str:
    word = word.replace("drug=drug-00", "drugs=[drug-00]").replace("{", "").replace("}", "")
    return f"baselines@{word}" if word.startswith("baseline=") else word


def _flat(value: Any, key: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _flat(inner, f"{key}.{name}" if key else str(name))
    else:
        yield key, value


def _values(title: str, key: str, usual: Any) -> list[Value]:
    if isinstance(usual, bool):
        return TRUTH
    if isinstance(usual, str) and usual.startswith("${"):  # a number, or a list of them
        return [(v, "either" if "[" in v else expect) for v, expect in NUMBER]
    if isinstance(usual, int | float):
        return NUMBER
    if isinstance(usual, list):
        free = key in FREE or title == "table1"
        return [(v, "either") for v, _ in LIST] if free else LIST
    if usual is None:
        return [(v, "either") for v, _ in (*NUMBER[:12], *TEXT)]
    return TEXT if key in FREE else CHOICE
