"""One file over HTTP: gathered beside its place, gone on with where it broke off."""

import contextlib
import email.message
import http.client
import re
import shutil
import socket
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from mmdrp.errors import MmdrpError
from mmdrp.progress import bar
from mmdrp.version import __version__

PIECE = 1 << 18
"""bytes read at once"""
SPARE = 50_000_000
"""bytes of the disk that are left free"""
LONGEST_PAUSE = 60.0
"""seconds that a server may make us wait before another attempt"""
PASSING = (408, 425, 429)
"""answers that may be others later, beside those from 500"""
MARK = ".mark"


class TransferError(Exception):
    """Why a file did not come; ``status`` is the server's, 0 where none answered."""

    def __init__(self, why: str, status: int = 0, pause: float | None = None) -> None:
        super().__init__(why)
        self.why, self.status, self.pause = why, status, pause


class BrokenOffError(TransferError):
    """It may come at another attempt."""


@dataclass(frozen=True)
class Patience:
    """How often a file is asked for, and how long one waits."""

    tries: int = 4
    wait: float = 2.0
    """seconds before the second attempt, doubled each time"""
    timeout: float = 30.0
    """seconds without a byte"""


class _Redirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(req.full_url).scheme == "https" and urlsplit(newurl).scheme != "https":
            raise TransferError(f"it was redirected to {newurl}, which is not encrypted", code)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, part: Path, patience: Patience, known: bool, what: str) -> None:
    """Gather ``url`` in ``part`` until all that the server announced is there.

    What an earlier call left there is gone on with by a range request. The server's own mark of the
    version is kept beside it and sent along (RFC 9110, If-Range), so that two versions of a file
    are never joined; without such a mark only a file whose hash is ``known`` is gone on with.
    Proxies of the environment are used. Raises TransferError, MmdrpError for a full disk.
    """
    last = BrokenOffError("no attempt was made")
    for attempt in range(patience.tries):
        if attempt:
            pause = patience.wait * 2 ** (attempt - 1)
            time.sleep(min(max(pause, last.pause or 0), LONGEST_PAUSE))
        try:
            with _in_words(patience.timeout):
                _ask(url, part, patience.timeout, known, what)
            return
        except BrokenOffError as error:
            last = error
    raise last


def _ask(url: str, part: Path, timeout: float, known: bool, what: str) -> None:
    mark = part.with_name(part.name + MARK)
    version = mark.read_text(encoding="latin-1").strip() if mark.is_file() else ""
    if not version and not known:
        part.unlink(missing_ok=True)
    have = part.stat().st_size if part.is_file() else 0
    headers = {"User-Agent": f"mmdrp/{__version__}", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
        if version:
            headers["If-Range"] = version
    try:
        answer = _opener().open(urllib.request.Request(url, headers=headers), timeout=timeout)
    except urllib.error.HTTPError as error:
        if error.code != 416:
            raise
        with error:
            if error.headers.get("Content-Range", "") != f"bytes */{have}":
                _forget(part)
                raise BrokenOffError("the file that was begun is no longer there") from None
        mark.unlink(missing_ok=True)  # all of it had come
        return
    with answer:
        start, size = _begins(answer.status, answer.headers, part, have)
        if start == 0:
            _remember(mark, answer.headers)
        _gather(answer, part, start, size, what)
    mark.unlink(missing_ok=True)


def _opener() -> urllib.request.OpenerDirector:
    """Return what opens addresses of the web, and no files of this machine."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(), urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(), urllib.request.HTTPSHandler(), _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(), urllib.request.HTTPErrorProcessor(),
    ):  # fmt: skip
        opener.add_handler(handler)
    return opener


def _begins(
    status: int, headers: email.message.Message, part: Path, have: int
) -> tuple[int, int | None]:
    """Return at which byte an answer begins, and the whole file's size where it is told."""
    if status == 206:
        span = re.match(r"bytes +(\d+)-\d+/(\d+|\*)", headers.get("Content-Range", ""))
        if span is None or int(span[1]) != have:
            _forget(part)
            raise BrokenOffError("the server sent another range than the one asked for")
        return have, int(span[2]) if span[2] != "*" else None
    length = headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _remember(mark: Path, headers: email.message.Message) -> None:
    version = headers.get("ETag") or headers.get("Last-Modified") or ""
    mark.unlink(missing_ok=True)
    # A weak tag does not promise the same bytes, so it cannot guard a range.
    if version and not version.startswith("W/"):
        mark.write_text(version, encoding="latin-1")


def _forget(part: Path) -> None:
    part.unlink(missing_ok=True)
    part.with_name(part.name + MARK).unlink(missing_ok=True)


def _gather(
    answer: http.client.HTTPResponse, part: Path, start: int, size: int | None, what: str
) -> None:
    """Append the answer's body to ``part``, or write it anew where it begins at 0."""
    left = (size or start) - start
    free = shutil.disk_usage(part.parent).free + (0 if start else _size(part))
    if left + SPARE > free:
        raise MmdrpError(
            f"{part.parent}: {what} needs {megabytes(left)} more and {megabytes(SPARE)} to spare; "
            f"{megabytes(free)} are free"
        )
    have = start
    nothing: list[bytes] = []
    with (
        part.open("r+b" if start else "wb") as stream,
        bar(nothing, what, size, "B", done=start) as progress,
    ):
        stream.truncate(start)
        stream.seek(start)
        while piece := answer.read1(PIECE):
            stream.write(piece)
            have += len(piece)
            progress.update(len(piece))
    if size is not None and have != size:
        raise BrokenOffError(f"it broke off after {megabytes(have)} of {megabytes(size)}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


@contextlib.contextmanager
def _in_words(timeout: float) -> Iterator[None]:
    """Raise TransferError for what the libraries below raise."""
    try:
        yield
    except urllib.error.HTTPError as error:
        with error:
            raise _answered(error) from None
    except urllib.error.URLError as error:
        reason = error.reason
        if isinstance(reason, TimeoutError):
            raise BrokenOffError(f"no answer within {timeout:g} s") from None
        if isinstance(reason, socket.gaierror | ssl.SSLError):  # neither passes in seconds
            raise TransferError(str(reason.strerror or reason)) from None
        raise BrokenOffError(str(getattr(reason, "strerror", None) or reason)) from None
    except TimeoutError:
        raise BrokenOffError(f"nothing came for {timeout:g} s") from None
    except (http.client.HTTPException, ConnectionError, ssl.SSLError) as error:
        raise BrokenOffError(f"the connection broke ({type(error).__name__})") from None
    except ValueError as error:  # an address that is none, sent by a redirect
        raise TransferError(f"not an address: {error}") from None


def _answered(error: urllib.error.HTTPError) -> TransferError:
    why = f"the server answered {error.code}"
    if error.code >= 500 or error.code in PASSING:
        after = error.headers.get("Retry-After", "")
        return BrokenOffError(why, error.code, float(after) if after.isdecimal() else None)
    return TransferError(why, error.code)


def megabytes(size: int) -> str:
    """Return a size in words.

    >>> megabytes(1_500_000), megabytes(2_340_000_000)
    ('1.5 MB', '2.34 GB')
    """
    return f"{size / 1e6:.1f} MB" if size < 1e9 else f"{size / 1e9:.2f} GB"
