"""Folders of samples too large for memory, read some samples at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmdrp.data.samples.rows import RowReader
from mmdrp.data.source import Table
from mmdrp.data.sources import Sources
from mmdrp.errors import OptionError
from mmdrp.prediction.folder import sample_files
from mmdrp.training.info import CheckpointInfo


@dataclass(frozen=True)
class SampleChunks:
    """The model's modalities of a folder, by name."""

    readers: dict[str, RowReader]

    @classmethod
    def open(
        cls, folder: Path | None, info: CheckpointInfo, align: str, group: str | None
    ) -> "SampleChunks":  # fmt: skip
        """Read the ids; OptionError where the whole tables are needed."""
        if folder is None:
            raise OptionError("chunk: give samples as a folder, data=DIR")
        if align != "none" or group is not None:
            option = f"align={align}" if align != "none" else f"group={group}"
            raise OptionError(f"{option}: needs all samples at once; leave out chunk=")
        return cls({n: RowReader(path) for n, path in sample_files(folder, info).items()})

    @property
    def paths(self) -> list[Path]:
        """Return the files."""
        return [reader.path for reader in self.readers.values()]

    @property
    def keys(self) -> Sources:
        """Return each modality's samples, without values."""
        return {
            name: Table("cell", reader.ids, [], np.zeros((len(reader.ids), 0), dtype=np.float32))
            for name, reader in self.readers.items()
        }

    def tables(self, samples: Sequence[str]) -> dict[str, Table]:
        """Read some samples; a modality that none of them has is left out."""
        found = {name: reader.read(samples) for name, reader in self.readers.items()}
        return {name: table for name, table in found.items() if len(table.ids)}
