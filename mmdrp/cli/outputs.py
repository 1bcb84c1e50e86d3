"""A folder of tables and figures, with the command that made them."""

import shlex
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from hydra.core.hydra_config import HydraConfig
from matplotlib.figure import Figure
from omegaconf import DictConfig, OmegaConf

from mmdrp.cli.runs import versions, write_json
from mmdrp.plots.save import save

CHUNK = 250_000


class Outputs:
    """Writes tables as CSV and figures as PNG and SVG, and remembers what each of them is."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.files: dict[str, str] = {}
        out.mkdir(parents=True, exist_ok=True)

    def table(self, stem: str, frame: pd.DataFrame, about: str) -> None:
        """Write ``stem.csv``; a table with many rows in pieces."""
        name = f"{stem}.csv"
        self.files[name] = about
        if len(frame) <= CHUNK:
            frame.to_csv(self.out / name, index=False)
            return
        plain = frame.iloc[:0].astype({c: str for c in frame if _named(frame[c])})
        schema = pa.Schema.from_pandas(plain, preserve_index=False)
        schema = pa.schema([(f.name, pa.string() if _text(f) else f.type) for f in schema])
        with pa.csv.CSVWriter(self.out / name, schema) as writer:
            for start in range(0, len(frame), CHUNK):
                part = frame.iloc[start : start + CHUNK]
                part = part.astype({c: str for c in frame if _named(frame[c])})
                writer.write_table(pa.Table.from_pandas(part, preserve_index=False).cast(schema))

    def parquet(self, stem: str, frame: pd.DataFrame, about: str) -> None:
        """Write ``stem.parquet``."""
        self.files[f"{stem}.parquet"] = about
        frame.to_parquet(self.out / f"{stem}.parquet", index=False, compression="zstd")

    def figure(self, stem: str, figure: Figure, about: str) -> None:
        """Write ``stem.png`` and ``stem.svg``."""
        for path in save(figure, self.out, stem):
            self.files[path.name] = about

    def record(self, cfg: DictConfig, name: str, **facts: object) -> None:
        """Write ``name.json``: command, what each file is, options, versions and ``facts``."""
        write_json(
            self.out / f"{name}.json",
            {
                "command": command(),
                **facts,
                "files": self.files,
                "options": OmegaConf.to_container(cfg, resolve=False),
                "versions": versions(),
            },
        )


def command() -> str:
    """Return the command line of this run, to be typed again."""
    hydra = HydraConfig.get()
    return " ".join(["mmdrp", hydra.job.name, *map(shlex.quote, hydra.overrides.task)])


def _named(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _text(field: pa.Field) -> bool:
    return bool(pa.types.is_large_string(field.type) or pa.types.is_null(field.type))
