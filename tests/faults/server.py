"""Commands in processes of their own that begin warm: mmdrp is imported once, then forked.

``python -m tests.faults.server`` is the server: it reads a request per line, forks, and says how
the command ended. `Server` starts it and speaks to it.
"""

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mmdrp.cli.commands import module_of

ROOT = Path(__file__).resolve().parents[2]
WARM = (
    "mmdrp.cli.launch", "mmdrp.cli.tracking", "mmdrp.cli.variants", "mmdrp.attribution.plots",
    "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg", "rdkit.Chem",
    "captum.attr", "sklearn.svm", "sklearn.ensemble", "pyarrow.feather",
)  # fmt: skip
COMMANDS = ("data", "pretrain", "train", "predict", "evaluate", "attribute", "data_split")
LONGEST = 120.0
"""seconds after which a command is taken to hang"""


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    """its exit code, or minus the signal that ended it"""
    out: str
    err: str
    seconds: float
    signalled: bool
    """whether the signal was sent before it ended"""
    alive: list[int]
    """processes that it started and that outlived it"""

    @property
    def lines(self) -> list[str]:
        """Return what mmdrp complained of."""
        return [line for line in self.err.splitlines() if line.startswith("mmdrp: ")]


class Server:
    """Runs commands, one after the other; ``data`` is their MMDRP_DATA."""

    def __init__(self, data: Path | str = "data", **env: str) -> None:
        own = {"OMP_NUM_THREADS": "1", "MPLBACKEND": "Agg", "MMDRP_DATA": str(data), **env}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.server"], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, cwd=ROOT, env={**os.environ, **own},
        )  # fmt: skip

    def run(
        self, words: Sequence[str], cwd: Path, *, kill: tuple[int, float] | None = None,
        limit: int | None = None, setup: str = "",
    ) -> Ended:  # fmt: skip
        """Run a command in a folder; ``kill`` is a signal and after how many seconds.

        ``limit`` is the largest file in bytes that it can write, as on a disk that gets full.
        ``setup`` is ``module:function``, called in the process before the command.
        """
        request = {"words": list(words), "cwd": str(cwd), "kill": kill, "limit": limit,
                   "setup": setup}  # fmt: skip
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return Ended(**json.loads(self._process.stdout.readline()))

    def close(self) -> None:
        """End the server."""
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        self.close()


def serve() -> None:
    """Answer requests until there are no more."""
    for module in WARM:
        import_module(module)
    for name in COMMANDS:
        module_of(name)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Run one command in a child and watch it."""
    out, err, ready = os.pipe(), os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        _child(request, out[1], err[1], ready[1])
    for pipe in (out, err, ready):
        os.close(pipe[1])
    os.read(ready[0], 1)  # it is in main
    os.close(ready[0])
    started = time.monotonic()
    number, delay = request["kill"] or (signal.SIGKILL, LONGEST)
    signalled, said = False, {out[0]: b"", err[0]: b""}
    with selectors.DefaultSelector() as selector:
        for end in said:
            os.set_blocking(end, False)
            selector.register(end, selectors.EVENT_READ)
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            _drain(selector, said, 0.0 if ended else 0.002)
            if ended:
                break
            passed = time.monotonic() - started
            if (not signalled and passed >= delay) or passed >= LONGEST:
                os.kill(pid, signal.SIGKILL if passed >= LONGEST else number)
                signalled = True
    seconds = time.monotonic() - started
    for end in said:
        os.close(end)
    return {
        "code": os.waitstatus_to_exitcode(status),
        "out": said[out[0]].decode(errors="replace"),
        "err": said[err[0]].decode(errors="replace"),
        "seconds": seconds, "signalled": signalled, "alive": outlived(pid),
    }  # fmt: skip


def _drain(selector: selectors.DefaultSelector, said: dict[int, bytes], wait: float) -> None:
    for key, _ in selector.select(wait):
        with contextlib.suppress(BlockingIOError):
            chunk = os.read(key.fd, 1 << 16)
            said[key.fd] += chunk
            if not chunk:
                selector.unregister(key.fd)
    if not selector.get_map():
        time.sleep(wait)


def outlived(session: int, patience: float = 3.0) -> list[int]:
    """Return the processes of a session that are still there after a while, and end them."""
    until = time.monotonic() + patience
    while (left := _of_session(session)) and time.monotonic() < until:
        time.sleep(0.02)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left


def _of_session(session: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(stat.parent.name))
    return found


def _child(request: Mapping[str, Any], out: int, err: int, ready: int) -> None:
    """Be the command: its output, its folder, its limits; never return."""
    code = 70
    try:
        os.setsid()
        for number in (signal.SIGINT, signal.SIGTERM):  # which who started us may have ignored
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115
        os.chdir(request["cwd"])
        from mmdrp.cli import main

        if request["setup"]:
            module, _, name = request["setup"].partition(":")
            getattr(import_module(module), name)()
        if request["limit"] is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (request["limit"], request["limit"]))
        sys.argv = ["mmdrp", *request["words"]]
        os.write(ready, b"x")
        os.close(ready)
        code = main(list(request["words"]))
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(BaseException):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
