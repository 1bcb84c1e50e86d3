"""Commands, flags, places to write to, devices and services that are not there."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hostile.case import Case, Expected, World
from tests.hostile.world import SMALL

OWN = ("study=folder", "study.path={study}")
TRAIN = ("train", *OWN, *SMALL, "net=false")
PREDICT = ("predict", "run={panel}", "data={study}")
COMMANDS: dict[str, tuple[str, ...]] = {
    "train": TRAIN,
    "predict": PREDICT,
    "evaluate": ("evaluate", "run={panel}", "baseline=[drug_mean]", "cache=false"),
    "attribute": ("attribute", "run={panel}", "drugs=[drug-00]", "pictures=0", "steps=4"),
    "benchmark": ("attribute", "benchmark", "run={panel}", "markers={root}/markers.csv", "trees=2"),
    "associate": ("associate", "predictions={predictions}", "data={study}", "panels=0", "min_patients=3"),
    "extremes": ("extremes", "predictions={predictions}", "data={study}", "drug=drug-00", "share=0.2",
                 "gene_sets={root}/sets.gmt", "min_size=2"),
    "enrich": ("enrich", "genes={root}/genes.csv", "gene_sets={root}/sets.gmt", "min_size=2"),
    "pretrain": ("pretrain", *OWN, "shared_with=null", "modality=[expression]", "trainer.max_epochs=1",
                 "width=[8]", "latent=4"),
    "split": ("data", "split", *OWN, "modality=[expression]"),
}  # fmt: skip


def cases(world: World) -> Iterator[Case]:
    """Yield what stands around the work: words, places, devices, W&B."""
    yield from _words()
    yield from _places()
    yield from _inputs()
    yield from _devices()
    yield from _wandb()


WORDS: dict[str, tuple[tuple[str, ...], Expected]] = {
    "unknown command": (("trian",), "refused"), "long command": (("x" * 9000,), "refused"),
    "newline command": (("tr\nain",), "refused"), "flag alone": (("--fast",), "refused"),
    "nothing": ((), "right"), "help": (("--help",), "right"), "version": (("--version",), "right"),
    "train help": (("train", "--help"), "right"), "hydra help": (("train", "--hydra-help"), "right"),
    "cfg job": ((*TRAIN, "--cfg", "job"), "right"), "cfg wrong": (("train", "--cfg", "jobs"), "refused"),
    "cfg nothing": (("train", "--cfg"), "refused"), "package": (("train", "--package"), "refused"),
    "config dir": (("train", "--config-dir", "nowhere"), "refused"),
    "config name": (("train", "--config-name", "nothing"), "refused"),
    "info": (("train", "--info", "nothing"), "refused"), "two flags": (("train", "--x", "--y"), "refused"),
    "no equals": (("train", "fold"), "refused"), "equals alone": (("train", "="), "refused"),
    "equals value": (("train", "=5"), "refused"), "plus": (("train", "+=5"), "refused"),
    "new option": (("train", "+new=5"), "refused"), "delete": (("train", "~fold"), "refused"),
    "delete unknown": (("train", "~nothing"), "refused"), "delete group": (("train", "~base"), "refused"),
    "bracket": (("train", "modality=[expression"), "refused"), "brace": (("train", "base={a"), "refused"),
    "quote": (("train", "fold='1"), "refused"), "dollar": (("train", "fold=${nothing}"), "refused"),
    "resolver": (("train", "fold=${oc.env:NOTHING_AT_ALL}"), "refused"),
    "circle": (("train", "latent=${width}", "width=${latent}"), "refused"),
    "function": (("train", "fold=range(3)"), "refused"), "glob": (("train", "fold=glob(*)"), "refused"),
    "sweep without m": (("train", "fold=0,1"), "refused"), "comma": (("train", "fold=,"), "refused"),
    "sweep one wrong": (("train", "-m", *TRAIN[1:], "fold=0,x"), "refused"),
    "sweep of nothing": (("train", "-m", "fold="), "refused"),
    "sweep name": (("train", "-m", "sweep=nothing"), "refused"), "sweep path": (("train", "-m", "sweep=../x"), "refused"),
    "hydra target": ((*TRAIN, "hydra.launcher._target_=os.system", "out=out"), "either"),
    "hydra launcher": (("train", "hydra/launcher=nothing"), "refused"),
    "hydra dir": ((*TRAIN, "hydra.run.dir=5", "out=out"), "either"),
    "hydra verbose": ((*TRAIN, "hydra.verbose=xyzzy", "out=out"), "either"),
    "hydra mode": (("train", "hydra.mode=xyzzy"), "refused"), "hydra unknown": (("train", "hydra.x.y=1"), "refused"),
    "hydra chdir": ((*TRAIN, "hydra.job.chdir=true", "out=out"), "either"),
    "target": (("train", "+base._target_=os.system"), "refused"), "part name": (("train", "base.name=xyzzy"), "refused"),
    "modalities nothing": (("train", "--modalities"), "refused"), "modalities unknown": (("train", "--modalities", "x"), "refused"),
    "drug features": (("train", "--drug-features", "x"), "refused"), "subsets": (("train", "--subsets"), "refused"),
    "modality twice": ((*TRAIN, "modality=[expression,expression]", "out=out"), "either"),
    "option twice": ((*TRAIN, "fold=0", "fold=1", "out=out"), "either"),
    "wide option": (("train", "細胞=1"), "refused"), "nul": (("train", "fold=\0"), "refused"),
    "surrogate": (("train", "fold=\udcff"), "refused"), "escape": (("train", "\x1b[31m=1"), "refused"),
    "resume nothing": (("train", "resume=nowhere"), "refused"), "resume more": (("train", "resume=x", "fold=1"), "refused"),
    "resume empty": (("train", "resume="), "refused"), "resume other": (("train", "resume={predictions}"), "refused"),
    "resume done": (("train", "resume={panel}"), "either"), "data nothing": (("data",), "refused"),
    "data unknown": (("data", "destroy"), "refused"), "data fetch unknown": (("data", "fetch", "study=nothing"), "refused"),
    "data fetch raw": (("data", "fetch", "study=ccle"), "refused"), "data build": (("data", "build", "study=ccle"), "refused"),
    "data build nowhere": (("data", "build", "study=ccle", "raw=nowhere", "out=out"), "refused"),
    "data build empty": (("data", "build", "study=gdsc", "raw=.", "out=out"), "refused"),
    "data build tcga": (("data", "build", "study=tcga", "raw=.", "out=out"), "refused"),
    "data build ctrpv2": (("data", "build", "study=ctrpv2", "raw=.", "out=out"), "refused"),
    "data validate": (("data", "validate", "{study}"), "right"), "data validate file": (("data", "validate", "{root}/genes.csv"), "refused"),
    "data validate run": (("data", "validate", "{panel}"), "refused"), "data manifest": (("data", "manifest"), "refused"),
    "data manifest nowhere": (("data", "manifest", "nowhere"), "refused"),
    "data manifest run": (("data", "manifest", "{panel}/model.ckpt"), "refused"),
    "mode": (("associate", "mode=xyzzy"), "refused"), "extremes no drug": (COMMANDS["extremes"][:3], "refused"),
    "enrich nothing": (("enrich",), "refused"), "measure and predictions": ((*COMMANDS["associate"], "measure=ic50"), "refused"),
    "measure alone": (("associate", "measure=ic50", "data={study}", "panels=0", "min_patients=3", "out=out"), "right"),
    "measure unknown": (("associate", "measure=ec50", "data={study}", "panels=0", "out=out"), "refused"),
    "table1 without encoders": (("train", "experiment=deepdr_table1", *OWN), "refused"),
    "experiment unknown": (("train", "experiment=deepdrr"), "refused"),
    "drug split of a panel": ((*TRAIN, "split=drug"), "refused"),
    "two fusions": ((*TRAIN, "fusion=[concat,mean]"), "refused"), "no base no net": ((*TRAIN, "base=none", "out=out"), "either"),
    "evaluate no run": (("evaluate",), "refused"), "evaluate two": (("evaluate", "run=[{panel},{panel}]", "cache=false", "baseline=[]", "out=out"), "either"),
    "evaluate mixed": (("evaluate", "run=[{panel},{pairs}]", "cache=false", "baseline=[]", "out=out"), "either"),
    "attribute mixed": (("attribute", "run=[{panel},{pairs}]", "pictures=0", "drugs=[drug-00]", "out=out"), "either"),
    "no drugs": ((*PREDICT, "drugs=[]", "out=out"), "refused"), "unknown drugs": ((*PREDICT, "drugs=[xyzzy]", "out=out"), "refused"),
    "drug twice": ((*PREDICT, "drugs=[drug-00,drug-00]", "out=out"), "either"),
    "drug newline": ((*PREDICT, "drugs=[a\nb]", "out=out"), "refused"), "drug wide": ((*PREDICT, "drugs=[阿司匹林]", "out=out"), "refused"),
    "drug long": ((*PREDICT, "drugs=[" + "d" * 5000 + "]", "out=out"), "refused"),
    "drug quotes": ((*PREDICT, "drugs=[a\"b'c]", "out=out"), "refused"), "drug null": ((*PREDICT, "drugs=[null]", "out=out"), "refused"),
}  # fmt: skip


def _words() -> Iterator[Case]:
    for name, (words, expect) in WORDS.items():
        yield Case(
            f"words {name}", words, expect=expect, may_write=("runs", "outputs", "multirun", "5")
        )


def _file(world: World, folder: Path) -> None:
    (folder / "out").write_text("mine")


def _full(world: World, folder: Path) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("mine")


def _link(world: World, folder: Path) -> None:
    (folder / "out").symlink_to("nowhere")


def _finished(world: World, folder: Path) -> None:
    shutil.copytree(world.run("folds"), folder / "out")


OUT: dict[str, tuple[str, Callable[[World, Path], None] | None, Expected]] = {
    "is a file": ("out=out", _file, "refused"), "below a file": ("out=out/run", _file, "refused"),
    "holds something": ("out=out", _full, "refused"), "dangling link": ("out=out", _link, "either"),
    "of another command": ("out=out", _finished, "refused"), "proc": ("out=/proc/mmdrp", None, "refused"),
    "dev null": ("out=/dev/null", None, "refused"), "dev full": ("out=/dev/full/x", None, "refused"),
    "empty": ("out=", None, "refused"), "null": ("out=null", None, "refused"), "sys": ("out=/sys/x", None, "refused"),
    "long": ("out=" + "o" * 300, None, "refused"), "deep": ("out=" + "out/" * 2000, None, "refused"),
    "nul": ("out=a\0b", None, "refused"), "newline": ("out='out\nx'", None, "either"),
    "wide": ("out=out結果", None, "either"), "list": ("out=[a,b]", None, "refused"),
    "missing key": ("out=${nothing}", None, "refused"), "overwrite other": ("out=out", _full, "refused"),
}  # fmt: skip


def _places() -> Iterator[Case]:
    for command, words in COMMANDS.items():
        for name, (word, prepare, expect) in OUT.items():
            ends: Expected = (
                "either" if command == "split" and name == "of another command" else expect
            )
            yield Case(f"out {command} {name}", (*words, word), expect=ends, prepare=prepare,
                       may_write=("out", "nowhere"))  # fmt: skip


INPUTS = {
    "nowhere": "nowhere", "file": "{root}/genes.csv", "empty": ".", "null": "null", "number": "5",
    "list": "[]", "device": "/dev/null", "long": "p" * 5000, "newline": "'a\nb'", "nul": "a\0b",
    "proc": "/proc/self/mem", "home": "~nobody/x",
}  # fmt: skip
READS = {
    "predict": ("run", "data"), "evaluate": ("run",), "attribute": ("run", "baseline", "enrich"),
    "benchmark": ("run", "markers"), "associate": ("predictions", "data", "targets"),
    "extremes": ("predictions", "data", "gene_sets"), "enrich": ("genes", "gene_sets", "background"),
    "train": ("study.path", "shared_with", "pretrained", "lines", "fold_file"),
    "pretrain": ("study.path", "shared_with", "best_of", "fold_file"), "split": ("study.path", "lines"),
}  # fmt: skip


def _inputs() -> Iterator[Case]:
    for command, keys in READS.items():
        for key in keys:
            for name, value in INPUTS.items():
                kept = tuple(w for w in COMMANDS[command] if not w.startswith(f"{key}="))
                yield Case(f"input {command} {key} {name}", (*kept, f"{key}={value}", "out=out"),
                           expect="either")  # fmt: skip


def _devices() -> Iterator[Case]:
    net = ("train", *OWN, *SMALL)
    wanted = [
        f"trainer.accelerator={a}" for a in ("gpu", "cuda", "mps", "tpu", "hpu", "", "CPU", "5")
    ]
    wanted += [
        f"trainer.precision={p}"
        for p in ("8", "16-true", "bf16-true", "float16", "", "transformer-engine")
    ]
    wanted += [
        f"trainer.devices={d}" for d in ("0", "-1", "abc", "[0,1]", "1e9", "2000", "'0,1'", "''")
    ]
    wanted += [
        "trainer.num_nodes=2",
        "trainer.num_nodes=0",
        "trainer.strategy=fsdp",
        "trainer.strategy=''",
        "trainer=gpu",
    ]
    for word in wanted:
        yield Case(f"device {word}", (*net, word, "out=out"), expect="refused")
        yield Case(
            f"device pretrain {word}", (*COMMANDS["pretrain"], word, "out=out"), expect="refused"
        )
    for word in (
        "trainer.precision=bf16-mixed",
        "trainer.precision=64-true",
        "trainer.accelerator=cpu",
        "trainer.devices=auto",
    ):
        yield Case(f"device {word}", (*net, word, "out=out"), expect="right")


def _wandb() -> Iterator[Case]:
    words = (*TRAIN, "logger=wandb", "biomarkers=1", "out=out")
    away = {"WANDB_BASE_URL": "http://127.0.0.1:9", "WANDB_DIR": ".", "WANDB_SILENT": "true"}
    key = {**away, "WANDB_API_KEY": "0" * 40}
    yield Case("wandb no key", words, expect="right", says="offline", env=away)
    yield Case("wandb key no network", words, expect="right", says="offline", env=key)
    yield Case("wandb bad key", words, expect="either", env={**away, "WANDB_API_KEY": "x"})
    yield Case(
        "wandb online no network",
        words,
        expect="either",
        says="offline",
        env={**key, "WANDB_MODE": "online"},
    )
    yield Case("wandb mode", words, expect="either", env={**away, "WANDB_MODE": "xyzzy"})
