"""Tables of profiles (22Q4 to 25Q1: ids ``PR-...``) as tables of lines."""

from dataclasses import replace

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.matrix import DEFAULT, Matrix, is_default
from mmdrp.data.ingest.raw import Raw
from mmdrp.errors import MmdrpError

FILE, CHOSEN = "OmicsProfiles.csv", "OmicsDefaultModelProfiles.csv"


def of_lines(folder: Raw, table: Matrix, what: str) -> Matrix:
    """Return the table by line: of each, its default profile; other tables stay as they are.

    The default ones are those of ``OmicsDefaultModelProfiles.csv``, or those that
    ``OmicsProfiles.csv`` marks.
    """
    ids = table.names.get("any", [])
    if not ids or not all(name.startswith("PR-") for name in ids):
        return table
    path = folder.find((CHOSEN,))
    if path is not None:
        frame = Delimited.open(path, ",", ["ProfileID", "ModelID"]).text(["ProfileID", "ModelID"])
    else:
        path = folder.need((FILE,), f"the profiles of {what}")
        header = Delimited.open(path, ",", ["ProfileID", "ModelID"])
        marked = next((name for name in DEFAULT if name in header.header), None)
        if marked is None:
            raise MmdrpError(
                f"{path.name}: does not say which profiles are default; {CHOSEN} does, put it there"
            )
        frame = header.text(["ProfileID", "ModelID", marked])
        frame = frame[is_default(frame[marked])]
    line = dict(zip(frame["ProfileID"], frame["ModelID"], strict=True))
    rows = [i for i, name in enumerate(ids) if line.get(name)]
    lines = [line[ids[i]] for i in rows]
    if len(set(lines)) < len(lines):
        twice = next(name for name in lines if lines.count(name) > 1)
        raise MmdrpError(f"{what}: {twice} has two default profiles; keep one of them")
    if not rows:
        raise MmdrpError(
            f"{what}: none of its profiles (such as {ids[0]}) is default in {path.name}"
        )
    return replace(table, names={"cell": lines}, values=table.values[rows])
