"""A folder of tables and figures, with the command that made them."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mmdrp.io.files import versions, whole, write_json
from mmdrp.io.text import for_spreadsheets, quoted, write_csv

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CHUNK = 250_000


class Outputs:
    """Writes tables as CSV and figures as PNG and SVG, and remembers what each of them is.

    Each file is written whole or not at all. ``command`` is what made them, to be typed again.
    """

    def __init__(self, out: str | Path, command: str = "") -> None:
        self.out = Path(out)
        self.command = command
        self.files: dict[str, str] = {}
        self.out.mkdir(parents=True, exist_ok=True)

    def table(self, stem: str, frame: pd.DataFrame, about: str) -> None:
        """Write ``stem.csv``; a table with many rows in pieces."""
        name = f"{stem}.csv"
        self.files[name] = about
        with whole(self.out / name) as path:
            if len(frame) <= CHUNK:
                write_csv(frame, path, index=False)
            else:
                _write_in_pieces(path, frame)

    def parquet(self, stem: str, frame: pd.DataFrame, about: str) -> None:
        """Write ``stem.parquet``."""
        self.files[f"{stem}.parquet"] = about
        with whole(self.out / f"{stem}.parquet") as path:
            frame.to_parquet(path, index=False, compression="zstd")

    def figure(self, stem: str, figure: "Figure", about: str) -> None:
        """Write ``stem.png`` and ``stem.svg``."""
        from mmdrp.io.figures import save

        for path in save(figure, self.out, stem):
            self.files[path.name] = about

    def record(self, name: str, options: Mapping[str, Any], **facts: object) -> None:
        """Write ``name.json``: command, ``facts``, what each file is, options and versions."""
        write_json(
            self.out / f"{name}.json",
            {
                **({"command": self.command} if self.command else {}),
                **facts,
                "files": self.files,
                "options": options,
                "versions": versions(),
            },
        )


def _write_in_pieces(path: Path, frame: pd.DataFrame) -> None:
    plain = frame.iloc[:0].astype({c: str for c in frame if _named(frame[c])})
    schema = pa.Schema.from_pandas(plain, preserve_index=False)
    schema = pa.schema([(quoted(f.name), pa.string() if _text(f) else f.type) for f in schema])
    with pa.csv.CSVWriter(path, schema) as writer:
        for start in range(0, len(frame), CHUNK):
            piece = frame.iloc[start : start + CHUNK]
            piece = for_spreadsheets(piece.astype({c: str for c in frame if _named(frame[c])}))
            table = pa.Table.from_pandas(piece, preserve_index=False)
            writer.write_table(table.rename_columns(schema.names).cast(schema))


def _named(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)


def _text(field: pa.Field) -> bool:
    return bool(pa.types.is_large_string(field.type) or pa.types.is_null(field.type))
