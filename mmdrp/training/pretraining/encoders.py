"""Encoders by modality, the folder that holds them, and what ``pretrained=`` may name."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.files import versions, whole, write_json
from mmdrp.io.folder import output_folder
from mmdrp.io.marker import check_finished
from mmdrp.io.sums import check_unchanged
from mmdrp.io.text import plain, write_csv
from mmdrp.training.pretraining.pretrained import Pretrained

SUMMARY, CURVES = "pretrain.json", "curves.csv"


class Encoders(Mapping[str, Pretrained]):
    """Encoders by modality: what ``pretrain`` returns and ``ResponseModel(pretrained=)`` takes."""

    def __init__(self, encoders: Mapping[str, Pretrained]) -> None:
        self._encoders = dict(encoders)

    @classmethod
    def read(cls, folder: str | Path) -> "Encoders":
        """Read a folder that ``save`` or ``mmdrp pretrain`` wrote."""
        files = encoder_files(folder)
        if not files:
            raise MmdrpError(f"{folder}: holds no encoder of mmdrp pretrain")
        return cls({name: Pretrained.read(path) for name, path in files.items()})

    @property
    def losses(self) -> pd.DataFrame:
        """Return ``epoch, train, validation, modality`` of all that were learned here."""
        frames = [one.losses for one in self.values() if one.losses is not None]
        columns = ["epoch", "train", "validation", "modality"]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)

    @property
    def summary(self) -> pd.DataFrame:
        """Return a row per modality: samples, features, epochs, losses, seconds."""
        rows = {n: plain_summary(e.summary) for n, e in self.items() if e.summary is not None}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("modality")

    def save(self, folder: str | Path) -> None:
        """Write a file per modality, the losses of every epoch, and the summary."""
        with output_folder(folder, "pretrain", grows=True) as held:
            for name, encoder in self.items():
                encoder.save(held / f"{name}.ckpt")
            write_summary(held, {n: e.summary for n, e in self.items() if e.summary is not None})
            with whole(held / CURVES) as half:
                write_csv(self.losses, half, index=False)

    def __getitem__(self, modality: str) -> Pretrained:
        return self._encoders[modality]

    def __iter__(self) -> Iterator[str]:
        return iter(self._encoders)

    def __len__(self) -> int:
        return len(self._encoders)

    def __repr__(self) -> str:
        return f"<Encoders of {', '.join(map(plain, self))}>"

    def __str__(self) -> str:
        return "\n".join(f"{plain(name)}: {_described(encoder)}" for name, encoder in self.items())


def encoder_files(folder: str | Path) -> dict[str, Path]:
    """Return the encoders of a folder, modality -> file."""
    return {path.stem: path for path in sorted(Path(folder).glob("*.ckpt"))}


def plain_summary(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is of interest in a summary, without what resuming needs."""
    return {k: v for k, v in summary.items() if k not in ("choice", "asked")}


def read_summary(folder: str | Path) -> dict[str, Any]:
    """Return ``pretrain.json`` of a folder: modality -> summary; nothing where it is not there."""
    path = Path(folder) / SUMMARY
    if not path.is_file():
        return {}
    try:
        check_unchanged(path)
        content = json.loads(path.read_text(encoding="utf-8"))
        return {str(k): dict(v) for k, v in content.items() if k != "versions"}
    except (ValueError, AttributeError, TypeError, RecursionError) as error:
        raise MmdrpError(f"{path}: not the summary of mmdrp pretrain") from error


def write_summary(folder: Path, summary: Mapping[str, Any]) -> None:
    """Write ``pretrain.json``."""
    write_json(folder / SUMMARY, {**summary, "versions": versions()})


def find(given: Any, modalities: Sequence[str]) -> dict[str, Pretrained]:
    """Return the encoders that ``pretrained`` names, for those of the chosen modalities.

    ``given`` is None, a folder of ``pretrain``, one file, one encoder, or modality -> file or
    encoder, such as `Encoders`.
    """
    if given is None or given is False or given == "":
        return {}
    if isinstance(given, Mapping):
        encoders = {str(m): _one(e) for m, e in given.items() if e and m in modalities}
    elif not isinstance(given, str | Path | Pretrained):
        raise OptionError(f"pretrained={str(given)[:40]}: expected a folder, a file or encoders")
    elif not isinstance(given, Pretrained) and Path(given).is_dir():
        check_finished(given, "pretrained=")
        files, told = encoder_files(given), read_summary(Path(given))
        if gone := [m for m in modalities if m in told and m not in files]:
            raise MmdrpError(f"pretrained={given}: {gone[0]}.ckpt is gone, which it lists")
        encoders = {m: Pretrained.read(files[m]) for m in modalities if m in files}
        if not encoders:
            has = ", ".join(files) or "none"
            raise MmdrpError(
                f"pretrained={given}: holds no encoder of {', '.join(modalities)}; it has: {has}"
            )
    else:
        encoder = _one(given)
        encoders = {encoder.modality: encoder}
    for modality, encoder in encoders.items():
        if encoder.modality != modality or modality not in modalities:
            raise MmdrpError(
                f"pretrained: {encoder.path or encoder.name} is of {encoder.modality}, "
                "which is not "
                + ("among the chosen modalities" if encoder.modality == modality else modality)
            )
    return encoders


def on_file(given: Any) -> str | dict[str, str] | None:
    """Return what of ``pretrained`` a checkpoint can name: encoders in memory have no name.

    >>> on_file("runs/encoders"), on_file(None)
    ('runs/encoders', None)
    """
    if isinstance(given, Mapping):
        paths = {str(m): e.path if isinstance(e, Pretrained) else e for m, e in given.items()}
        return {m: str(path) for m, path in paths.items() if path} or None
    if isinstance(given, Pretrained):
        return None if given.path is None else str(given.path)
    return str(given) if given else None


def _one(given: Any) -> Pretrained:
    return given if isinstance(given, Pretrained) else Pretrained.read(Path(str(given)))


def _described(encoder: Pretrained) -> str:
    said = encoder.summary
    if said is None:
        size = f"{len(encoder.ids)} samples x {len(encoder.features)} features"
        return f"{size} of {plain(encoder.study)}"
    return (
        f"{said['samples']} samples x {said['features']} features, {said['epochs']} epochs, "
        f"validation loss {said['validation_loss']:.4f} (predicting each feature's mean: "
        f"{said['mean_loss']:.4f}), {said['seconds']:.0f} s"
    )
