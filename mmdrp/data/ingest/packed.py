"""Files inside a zip, and spreadsheets, laid out as text that readers open like any other."""

import shutil
import zipfile
import zlib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath

from mmdrp.data.samples.spreadsheet import read_spreadsheet
from mmdrp.errors import MmdrpError

LARGEST = 20 << 30
"""bytes; a larger member is no table of a release"""


def unzipped(archives: Sequence[Path], pattern: str, into: Path) -> dict[Path, Path]:
    """Unpack the members whose names fit ``pattern``, plain or .gz; return file -> its archive.

    An archive that cannot be opened holds none; MmdrpError where a member is damaged.
    """
    out: dict[Path, Path] = {}
    for archive in filter(zipfile.is_zipfile, archives):
        try:
            with zipfile.ZipFile(archive) as packed:
                for member in packed.infolist():
                    name = PurePosixPath(member.filename).name
                    if not any(fnmatchcase(name, p) for p in (pattern, f"{pattern}.gz")):
                        continue
                    if member.file_size > LARGEST:
                        raise MmdrpError(f"{archive.name}: {name[:60]} is too large to unpack")
                    path = into / f"{archive.stem}" / name
                    path.parent.mkdir(exist_ok=True)
                    with packed.open(member) as stream, path.open("wb") as half:
                        shutil.copyfileobj(stream, half)
                    out[path] = archive
        except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError) as error:
            reason = (str(error).splitlines() or ["damaged"])[0][:80]
            raise MmdrpError(f"{archive.name}: cannot be unpacked ({reason})") from None
    return out


def as_text(sheet: Path, into: Path) -> Path:
    """Write a spreadsheet's first sheet as text with commas, under its own name; return the file.

    Cells are written as they are shown; whole numbers stay whole.
    """
    path = into / "sheets" / sheet.name
    path.parent.mkdir(exist_ok=True)
    frame = read_spreadsheet(sheet, header=None, dtype=object)
    frame.to_csv(path, index=False, header=False)
    return path
