"""The files of one release: what is there is kept, what is not is downloaded, all is checked."""

import contextlib
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from mmdrp.data.ingest.download.table import ONLY_R, ReleaseFile
from mmdrp.data.ingest.download.transfer import (
    BrokenOffError,
    Patience,
    TransferError,
    download,
    megabytes,
)
from mmdrp.data.ingest.download.verify import digests, flaw, note, noted_sum, read_notes
from mmdrp.errors import MmdrpError
from mmdrp.io.files import unwritable
from mmdrp.io.scratch import held

log = logging.getLogger(__name__)

PART = ".part"


@dataclass
class Fetched:
    """What has come and what has not."""

    rows: list[tuple[str, str, str, int, str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    by_hand: list[tuple[Path, ReleaseFile]] = field(default_factory=list)
    away: set[str] = field(default_factory=set)
    """hosts that cannot be reached: they are not asked again"""

    def check(self) -> None:
        """Raise MmdrpError if a file did not come."""
        missing = [*self.failed, *(f"{folder / f.file}: no address" for folder, f in self.by_hand)]
        if len(missing) > 1:
            for line in missing:
                log.warning("%s", line)
        if self.failed:
            several = f" ({len(missing)} files did not come)" if len(missing) > 1 else ""
            raise MmdrpError(f"{self.failed[0]}{several}")
        if self.by_hand:
            folder, first = self.by_hand[0]
            more = f" and {len(self.by_hand) - 1} more" if len(self.by_hand) > 1 else ""
            raise MmdrpError(
                f"{folder}: put {first.file}{more} there by hand from {first.page} (no public "
                "address), then run this again"
            )


@dataclass
class Release:
    """A release's folder and the files that belong into it."""

    folder: Path
    files: Sequence[ReleaseFile]
    patience: Patience
    command: str

    def lacking(self) -> list[ReleaseFile]:
        """Return the files that are not there."""
        return [each for each in self.files if not (self.folder / each.file).is_file()]

    def fetch(self, done: Fetched) -> None:
        """Download what is not there or not right; another process in the folder is waited for."""
        with unwritable(self.folder, self.folder), held(self.folder):
            self._all(done)
        with contextlib.suppress(OSError):
            self.folder.rmdir()  # where nothing has come

    def _all(self, done: Fetched) -> None:
        for wanted in self.files:
            try:
                state = self._one(wanted, done)
            except _NotComeError as error:
                done.failed.append(str(error))
                continue
            if state:
                size = (self.folder / wanted.file).stat().st_size
                sha256 = noted_sum(read_notes(self.folder), wanted.file)
                source = wanted.url or wanted.page
                done.rows.append((wanted.release, wanted.file, state, size, sha256, source))

    def _one(self, wanted: ReleaseFile, done: Fetched) -> str:
        """Return how a file came to be there, "" where it must be downloaded by hand."""
        path = self.folder / wanted.file
        wrong = ""
        if path.is_file():
            sums = digests(path)
            wrong = flaw(path, wanted, sums, noted_sum(read_notes(self.folder), wanted.file))
            if not wrong:
                note(self.folder, wanted, sums, self.command)
                return "present"
        if not wanted.url:
            if wrong:
                raise _NotComeError(f"{path}: {wrong}; download it again from {wanted.page}")
            done.by_hand.append((self.folder, wanted))
            return ""
        if wanted.url.startswith(ONLY_R):
            raise _NotComeError(
                f"{wanted.file}: comes from R: Rscript R/main.R fetch {wanted.release}"
            )
        part = path.with_name(path.name + PART)
        self._transfer(wanted, part, done)
        sums = digests(part)
        if wrong := flaw(part, wanted, sums):
            # Going on from bad bytes can only give bad bytes.
            part.unlink()
            kept = "; the file at hand is kept" if path.is_file() else self._hand(wanted)
            raise _NotComeError(f"{path}: what came {wrong}{kept}")
        os.replace(part, path)
        note(self.folder, wanted, sums, self.command)
        return "fetched"

    def _transfer(self, wanted: ReleaseFile, part: Path, done: Fetched) -> None:
        host = urlsplit(wanted.url).netloc
        if host in done.away:
            raise _NotComeError(f"{wanted.file}: {host} cannot be reached; check network and proxy")
        try:
            download(wanted.url, part, self.patience, wanted.is_pinned, wanted.file)
        except TransferError as error:
            raise _NotComeError(self._explained(wanted, part, error, host, done)) from None

    def _explained(
        self, wanted: ReleaseFile, part: Path, error: TransferError, host: str, done: Fetched
    ) -> str:
        path = self.folder / wanted.file
        if error.status in (401, 403):
            return f"{path}: {host} answered {error.status}: a login or terms?{self._hand(wanted)}"
        if error.status in (404, 410):
            return f"{path}: {host} answered {error.status}: has it moved?{self._hand(wanted)}"
        if isinstance(error, BrokenOffError) and part.is_file() and part.stat().st_size:
            kept = megabytes(part.stat().st_size)
            times = self.patience.tries
            return f"{wanted.file}: {error.why} ({times} attempts); {kept} kept, run again to go on"
        if error.status:
            return f"{path}: {host}: {error.why}{self._hand(wanted)}"
        done.away.add(host)
        return f"{wanted.file}: {host} cannot be reached ({error.why}); check network and proxy"

    def _hand(self, wanted: ReleaseFile) -> str:
        return f"; put it there by hand from {wanted.page or wanted.url}"


class _NotComeError(Exception):
    """Why a file is not there; the others are tried all the same."""
