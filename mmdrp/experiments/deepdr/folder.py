"""Repeats that are finished, in a folder or in memory: Table 1 goes on where it was stopped."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole, write_json
from mmdrp.io.sums import is_broken, read_parquet, seal
from mmdrp.io.text import read_csv, write_csv
from mmdrp.training.plain import config_of, spec_of
from mmdrp.training.pretraining.encoders import find
from mmdrp.training.runs import CONFIG, read_config
from mmdrp.training.spec import Spec

QUESTION, RESPONSES, REPEATS = "question.json", "figure2.parquet", "shuffles"
RENAMED = {"shuffle": "repeat", "design": "variant"}
"""columns of repeats as they were called once -> as they are called"""


class Finished:
    """The repeats that are done; with a folder each is written there when it is done.

    ``question`` is all that decides a repeat, in plain containers. Raises MmdrpError where the
    folder holds repeats of another one.
    """

    def __init__(self, out: Path | None, question: Mapping[str, Any]) -> None:
        self._out = out
        self._frames: dict[int, pd.DataFrame] = {}
        self.responses: pd.DataFrame | None = None
        if out is None:
            return
        (out / REPEATS).mkdir(parents=True, exist_ok=True)
        _check_question(out, question)
        write_json(out / QUESTION, dict(question))
        for path in sorted((out / REPEATS).glob("*.csv")):
            if path.stem.isdecimal() and not is_broken(path):  # a broken one is done again
                frame = read_csv(path, ["variant", "design"])
                self._frames[int(path.stem)] = frame.rename(columns=RENAMED)
        if (out / RESPONSES).is_file():
            self.responses = read_parquet(out / RESPONSES)

    def __contains__(self, number: int) -> bool:
        return number in self._frames

    def add(self, number: int, frame: pd.DataFrame, responses: pd.DataFrame | None) -> None:
        """Keep a repeat, and what Figure 2 shows of it where it is the one that is shown."""
        if self._out is not None:
            if responses is not None:
                with whole(self._out / RESPONSES) as half:
                    responses.to_parquet(half, index=False)
            with whole(self._out / REPEATS / f"{number:04d}.csv") as half:
                write_csv(frame, half, index=False)
            seal(self._out / REPEATS / f"{number:04d}.csv")
        self._frames[number] = frame
        self.responses = self.responses if responses is None else responses

    def table(self, repeats: int) -> pd.DataFrame:
        """Return the first ``repeats`` repeats as one frame."""
        return pd.concat([self._frames[n] for n in range(repeats)], ignore_index=True)


def is_table(folder: Path) -> bool:
    """Return whether a folder holds repeats, be it of a version that set no marker."""
    return (folder / REPEATS).is_dir()


def question_of(
    reference: Spec, variants: Mapping[str, Spec], closed_form: list[str], study: str, values: bytes
) -> dict[str, Any]:
    """Return what decides a repeat; ``values`` are the responses that it is about."""
    return {
        "study": study,
        "values": sha256(values).hexdigest()[:16],
        "closed_form_baselines": closed_form,
        "variants": list(variants),
        "settings": _settings(reference),
        "variant": {name: _settings(spec) for name, spec in variants.items()},
        "encoders": {name: _encoders(spec) for name, spec in variants.items()},
    }


def _settings(spec: Spec) -> dict[str, Any]:
    """Return a spec as plain containers, without paths that may be written in several ways."""
    config = config_of(spec)
    shared = config["shared_with"]
    config["shared_with"] = Path(shared).name if shared else None
    return {key: value for key, value in config.items() if key != "pretrained"}


def _encoders(spec: Spec) -> dict[str, str]:
    """Return a fingerprint of the weights of each encoder that a variant starts from."""
    prints = {}
    for name, encoder in find(spec.train.pretrained, spec.data.modalities).items():
        content = sha256(repr(encoder.features).encode())
        for key in sorted(encoder.weights):
            content.update(encoder.weights[key].numpy().tobytes())
        prints[name] = content.hexdigest()[:16]
    return prints


def _check_question(out: Path, now: Mapping[str, Any]) -> None:
    """Refuse to go on in a folder whose repeats were made with other options.

    An option that only one version of mmdrp knows makes no other question.
    """
    if not any((out / REPEATS).glob("*.csv")):
        return
    if (out / QUESTION).is_file():
        try:
            before = json.loads((out / QUESTION).read_text(encoding="utf-8"))
        except (ValueError, RecursionError) as error:
            raise MmdrpError(f"{out / QUESTION}: cannot be read; give another out=") from error
    elif (out / CONFIG).is_file():  # of a version that kept its configuration alone
        before = _of_configuration(read_config(out / CONFIG))
    else:
        raise MmdrpError(f"{out}: holds repeats but not what they were made with; give another out")
    old, new = _leaves(before), _leaves(now)
    other = sorted(key for key in old.keys() & new.keys() if old[key] != new[key])
    if other:
        raise MmdrpError(f"{out}: its repeats were made with another {other[0]}; give another out=")


def _of_configuration(config: Mapping[str, Any]) -> dict[str, Any]:
    variants = config.get("designs", config.get("variants")) or {}
    return {
        "closed_form_baselines": config.get("closed", config.get("closed_form_baselines")),
        "variants": [name for name, changes in variants.items() if changes is not None],
        "settings": _settings(spec_of(config)),
    }


def _leaves(value: Any, where: str = "") -> dict[str, Any]:
    """Return the values of nested dictionaries by dotted names."""
    if not isinstance(value, Mapping):
        return {where: value}
    out: dict[str, Any] = {}
    for key, inner in value.items():
        out |= _leaves(inner, f"{where}.{key}" if where else str(key))
    return out
