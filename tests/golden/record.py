"""The golden run: small numbers of every command, to compare a later tree with.

    python -m tests.golden.record            all numbers anew
    python -m tests.golden.record predict    those of one case

It speaks to mmdrp by the command line and by files alone, so that whatever moves inside the
package, the same program runs. The commands are in ``commands.py``.
"""

import json
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from tests.golden.commands import CASES, Case, Kept

HERE = Path(__file__).resolve().parent / "data"
GIVEN, NUMBERS = HERE / "given", HERE / "numbers"
GDSC = HERE.parents[2] / "data" / "gdsc"


class Place:
    """A folder where commands run as a user types them, each once, after those it needs."""

    def __init__(self, root: Path, cases: Mapping[str, Case] = CASES) -> None:
        self.root, self.cases = root, cases
        self._done: set[str] = set()
        (root / "data").mkdir(parents=True)
        shutil.copytree(GIVEN, root / "given")
        if GDSC.is_dir():
            (root / "data" / "gdsc").symlink_to(GDSC, target_is_directory=True)

    def run(self, name: str) -> None:
        """Run a case, unless that is done."""
        if name in self._done or name == "gdsc":
            return
        for needed in self.cases[name].needs:
            self.run(needed)
        words = self.cases[name].words.format(out=f"runs/{name}")
        with self._inside():
            code = command(shlex.split(words))
        assert code == 0, f"mmdrp {words}: exit status {code}"
        self._done.add(name)

    def tables(self, name: str) -> Iterator[tuple[str, pd.DataFrame]]:
        """Yield what is kept of a case, under the name of its file."""
        self.run(name)
        for kept in self.cases[name].kept:
            inside = kept.file.startswith("data/")
            path = self.root / kept.file if inside else self.root / "runs" / name / kept.file
            yield f"{name}.{path.stem}.csv", cut(read(path, kept), kept)

    @contextmanager
    def _inside(self) -> Iterator[None]:
        before = os.environ.get("MMDRP_DATA")
        os.environ["MMDRP_DATA"] = "data"  # relative: no file names a place on one machine
        try:
            with chdir(self.root):
                yield
        finally:
            os.environ.pop("MMDRP_DATA")
            if before is not None:
                os.environ["MMDRP_DATA"] = before


def command(words: list[str]) -> int:
    """Run ``mmdrp WORDS`` in this process: its own takes seconds to import everything."""
    from mmdrp.cli import main  # what the console script of pyproject.toml calls

    return main(words)


def read(path: Path, kept: Kept) -> pd.DataFrame:
    """Read a table of any kind; of JSON, every number under its key."""
    if path.suffix == ".json":
        rows = flat(json.loads(path.read_text()), kept.drop)
        return pd.DataFrame(rows, columns=["key", "value"])
    if path.suffix == ".csv":
        return pd.read_csv(path)
    return pd.read_feather(path) if path.suffix == ".feather" else pd.read_parquet(path)


def flat(content: Mapping[str, Any], drop: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    """Yield the numbers of nested JSON."""
    for key, value in content.items():
        if key in drop:
            continue
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", number) for inner, number in flat(value, drop))
        elif isinstance(value, int | float):
            yield key, float(value)


def cut(table: pd.DataFrame, kept: Kept) -> pd.DataFrame:
    """Return the rows and columns that are stored."""
    if kept.where:
        table = table.query(kept.where)
    if kept.sort:
        table = table.sort_values(list(kept.sort), kind="stable")
    if kept.head:
        table = (
            table.groupby(kept.by, sort=False).head(kept.head) if kept.by else table[: kept.head]
        )
    if kept.sample:
        rows = np.linspace(0, len(table) - 1, min(kept.sample, len(table))).round().astype(int)
        table = table.iloc[rows]
    columns = kept.columns or tuple(c for c in table.columns if c not in kept.drop)
    return table[list(columns)].reset_index(drop=True)


def write(folder: Path, name: str, table: pd.DataFrame) -> None:
    """Store a table: nine digits are all that a 32-bit number has."""
    folder.mkdir(parents=True, exist_ok=True)
    table.to_csv(folder / name, index=False, float_format="%.9g")


def main(names: list[str]) -> int:
    """Record the named cases, by default all that can run here."""
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder) / "place")
        for name in names or CASES:
            if "gdsc" in CASES[name].needs and not GDSC.is_dir():
                print(f"{name}: left as it is, {GDSC} is not there (mmdrp data fetch study=gdsc)")
                continue
            for file, table in place.tables(name):
                write(NUMBERS, file, table)
                print(f"{file}: {len(table)} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
