"""A folder of encoders that grows one by one, and goes on where it was stopped."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.text import read_csv, write_csv
from mmdrp.training.pretraining.encoders import CURVES, read_summary, write_summary
from mmdrp.training.pretraining.pretrained import Pretrained
from mmdrp.training.spec import SourceSpec

log = logging.getLogger(__name__)


def asked_of(options: Mapping[str, Any], source: SourceSpec, study: str, table: Table) -> str:
    """Return all that decides what is learned of a modality, as text."""
    content = sha256(repr((list(table.ids), list(table.features))).encode())
    content.update(table.values.tobytes())
    own = {"scale": source.scale.plain(), "encoder": source.encoder.plain()}
    asked = {**options, **own, "study": study, "values": content.hexdigest()[:16]}
    return json.dumps(asked, sort_keys=True)


def finished(out: Path, name: str, asked: str) -> Pretrained | None:
    """Return the encoder that the folder has already, if it was learned in the same way."""
    path, summary = out / f"{name}.ckpt", read_summary(out).get(name, {})
    if not path.is_file() or summary.get("asked") != asked:
        return None
    log.info("%s: there already, with the same options", name)
    encoder = Pretrained.read(path)
    losses = None
    if (out / CURVES).is_file():
        curves = read_csv(out / CURVES, ["modality"])
        losses = curves[curves["modality"] == name].tail(int(summary["epochs"]))
    return replace(encoder, losses=losses, summary=summary)


def write(out: Path, encoder: Pretrained) -> None:
    """Write one encoder beside those that the folder has; the summary, which says so, last."""
    encoder.save(out / f"{encoder.modality}.ckpt")
    curves = encoder.losses
    assert curves is not None
    if (out / CURVES).is_file():
        before = read_csv(out / CURVES, ["modality"])
        others = before[before["modality"] != encoder.modality]
        curves = pd.concat([others, curves], ignore_index=True) if len(others) else curves
    with whole(out / CURVES) as half:
        write_csv(curves, half, index=False)
    write_summary(out, {**read_summary(out), encoder.modality: encoder.summary})


def best_options(folder: str | Path, modalities: Sequence[str]) -> dict[str, Any]:
    """Return ``width``, ``latent`` and ``size`` of the best run in a folder of many.

    Each run is a folder that ``pretrain(out=...)`` wrote; the best has the smallest sum of
    validation losses over ``modalities``.
    """
    done = [read_summary(path.parent) for path in sorted(Path(folder).glob("*/pretrain.json"))]
    runs = [summary for summary in done if all(name in summary for name in modalities)]
    if not runs:
        raise MmdrpError(f"best_of={folder}: holds no finished run of {', '.join(modalities)}")
    best = min(runs, key=lambda s: sum(float(s[n]["validation_loss"]) for n in modalities))
    choice: dict[str, Any] = best[modalities[0]]["choice"]
    log.info("best of %d runs: %s", len(runs), choice)
    return choice
