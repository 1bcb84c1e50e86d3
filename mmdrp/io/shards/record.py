"""``shard.json``: what a part is a part of, so that only parts of one work are put together."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.io.marker import check_finished
from mmdrp.io.shards.shard import Shard
from mmdrp.io.sums import check_folder
from mmdrp.version import __version__

SHARD = "shard.json"


@dataclass(frozen=True)
class ShardRecord:
    """What ``shard.json`` says of the folder that it lies in."""

    command: str
    """what wrote it, such as ``predict``"""
    shard: Shard
    model: str
    """fingerprint of the model, "" where there is none"""
    inputs: str
    """fingerprint of what it was applied to"""
    options: Mapping[str, Any]
    """all options that decide the result"""
    facts: Mapping[str, Any]
    """what putting them together needs"""
    version: str = __version__

    def write(self, folder: Path) -> None:
        """Write ``shard.json``."""
        with whole(folder / SHARD) as half:
            half.write_text(json.dumps(asdict(self), indent=1, default=str), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> "ShardRecord":
        """Read a finished part; MmdrpError where it is none, unfinished, or has changed."""
        path = folder / SHARD
        if not folder.is_dir():
            raise MmdrpError(f"{folder}: there is no such folder")
        if not path.is_file():
            if (folder / ".mmdrp").exists():
                check_finished(folder)
            raise MmdrpError(
                f"{folder}: is no part of a work; predict, attribute and associate write "
                "them with shard=1/16 to shard=16/16"
            )
        check_finished(folder)
        check_folder(folder)
        try:
            given = json.loads(path.read_text(encoding="utf-8"))
            given["shard"] = Shard(*map(int, given["shard"]))
            return cls(**given)
        except (ValueError, TypeError, KeyError) as error:
            raise MmdrpError(f"{path}: is not what a part records: damaged?") from error


def read_shards(folders: Sequence[str | Path]) -> tuple[list[Path], list[ShardRecord]]:
    """Return the parts of one work in order; MmdrpError names what is missing, double or foreign.

    A folder that is no part itself stands for the parts in it.
    """
    there = [path for folder in folders for path in _parts(Path(folder))]
    if not there:
        raise MmdrpError("merge: name the parts of a work, folders written with shard=1/16 ...")
    by_number: dict[int, tuple[Path, ShardRecord]] = {}
    first: tuple[Path, ShardRecord] | None = None
    for path in dict.fromkeys(there):
        record = ShardRecord.read(path)
        first = first or (path, record)
        _check_same(*first, path, record)
        if record.shard.number in by_number:
            other = by_number[record.shard.number][0]
            raise MmdrpError(f"{other} and {path}: are both shard {record.shard}; leave one out")
        by_number[record.shard.number] = path, record
    assert first is not None
    count = first[1].shard.total
    if missing := [i for i in range(1, count + 1) if i not in by_number]:
        names = ", ".join(map(str, missing[:8])) + (", ..." if len(missing) > 8 else "")
        raise MmdrpError(
            f"of {count} shards {len(missing)} are missing: {names}; such as "
            f"mmdrp {first[1].command} ... shard={missing[0]}/{count}"
        )
    ordered = [by_number[i] for i in sorted(by_number)]
    return [path for path, _ in ordered], [record for _, record in ordered]


def _parts(folder: Path) -> list[Path]:
    if not folder.is_dir() or (folder / SHARD).exists() or (folder / ".mmdrp").exists():
        return [folder]
    inside = sorted(path.parent for path in folder.glob(f"*/{SHARD}"))
    return inside or [folder]


def _check_same(at: Path, one: ShardRecord, path: Path, other: ShardRecord) -> None:
    """Refuse a part of another work than the first one."""
    if one.command != other.command:
        raise MmdrpError(f"{path}: is of mmdrp {other.command}, {at} of mmdrp {one.command}")
    if one.shard.total != other.shard.total:
        raise MmdrpError(f"{path}: is shard {other.shard}, {at} is shard {one.shard}")
    if one.version != other.version:
        raise MmdrpError(
            f"{path}: is of mmdrp {other.version[:20]}, {at} of {one.version[:20]}; use one version"
        )
    for name in [*one.options, *other.options]:
        own, theirs = one.options.get(name), other.options.get(name)
        if own != theirs:
            raise MmdrpError(f"{path}: has {name}={str(theirs)[:30]}, {at} {name}={str(own)[:30]}")
    for name, what in (("model", "another model than"), ("inputs", "other inputs than")):
        if getattr(one, name) != getattr(other, name):
            raise MmdrpError(f"{path}: is of {what} {at}; run it again, or leave it out")
