"""What a command says on the screen and in its log: text from data cannot forge lines in it."""

import contextlib
import logging
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from mmdrp.io.text import FEW, plain
from mmdrp.progress import beside_bars


def show(text: object, rows: Iterable[str] = ()) -> None:
    """Print results; their own line breaks stay, whatever else is no letter or sign is spelled.

    ``rows`` follow, indented, one line for each.
    """
    with beside_bars(sys.stdout):
        print(plain(text, keep="\n"))
        for row in rows:
            print(f"  {plain(row)}")


class PlainFormatter(logging.Formatter):
    """Writes a message on one line, whatever names from data it holds; tracebacks stay."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        """Return the message with every control character spelled out."""
        return plain(super().formatMessage(record))


class Console(logging.StreamHandler[TextIO]):
    """What is under way, for people: no line twice in a run, and none onto a bar."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self.said: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record whose text was not written yet."""
        if (text := record.getMessage()) in self.said:
            return
        self.said.add(text)
        with beside_bars(self.stream):
            super().emit(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return a message; of one that names a few of many, where all of them are."""
        files = [h for h in logging.getLogger().handlers if isinstance(h, LogFile)]
        many = files and len(getattr(record, "names", ())) > FEW
        where = f" (all in {Path(files[0].baseFilename).name})" if many else ""
        return super().format(record) + where


def log_plainly() -> None:
    """Let every handler of the root logger write one line for each message.

    On the screen a message stands once; log files have all of them.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        old = handler.formatter or logging.Formatter()
        handler.setFormatter(PlainFormatter(old._fmt, old.datefmt))
        if type(handler) in (logging.StreamHandler, Console):
            own = Console(handler.stream)  # type: ignore[attr-defined]
            own.setLevel(handler.level)
            own.setFormatter(handler.formatter)
            root.handlers[root.handlers.index(handler)] = own


class LogFile(logging.FileHandler):
    """A command's log; that it cannot be written is no reason to end, nor to speak."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  # logging's name
        """Let what cannot be written go: what matters is refused where results are written."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)

    def format(self, record: logging.LogRecord) -> str:
        """Return a message, and all the names of which the screen has the first."""
        names = getattr(record, "names", ())
        every = f"; all {len(names)}: {', '.join(map(plain, names))}" if len(names) > FEW else ""
        return super().format(record) + every

    def close(self) -> None:
        """Close the file; what is still to be written goes, too."""
        with contextlib.suppress(OSError):
            super().close()


def keep_log_files() -> None:
    """Put ours in the place of the log files that Hydra opened."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, logging.FileHandler)]:
        own = LogFile(handler.baseFilename, handler.mode, handler.encoding)
        own.setLevel(handler.level)
        own.setFormatter(handler.formatter)
        root.removeHandler(handler)
        handler.close()
        root.addHandler(own)


def close_log_files() -> None:
    """Close them; the next run of a sweep, or of this process, has its own."""
    root = logging.getLogger()
    for handler in [h for h in root.handlers if isinstance(h, logging.FileHandler)]:
        root.removeHandler(handler)
        handler.close()
