"""The console script: small and quick, it imports nothing heavy until a command runs."""

import os
import sys
from collections.abc import Sequence

from mmdrp.cli.output.as_json import FLAG, files_in, in_json, told
from mmdrp.errors import MmdrpError, explanation, one_line
from mmdrp.version import __version__


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 a mistake to mend (one line on stderr), 1 a bug.

    130 and 143 after Ctrl-C and SIGTERM.
    """
    # Threads that wait for each other by spinning take a shared machine's cores from who works:
    # beside one busy process a fit on two threads took ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = list(sys.argv[1:] if argv is None else argv)
    verbose, as_json = "-v" in words, FLAG in words and words[:1] != ["completion"]
    words = [word for word in words if word not in ("-v", FLAG)]
    if not words or words[0] == "help":
        words = [*words[1:], "--help"]
    if words[0] == "--version":
        print(f"mmdrp {__version__}")
        return 0
    from mmdrp.cli.signals import stoppable

    def stopped_or_run() -> int:
        with stoppable() as stop:
            try:
                return _run(words, verbose)
            except KeyboardInterrupt as error:
                return _complain(stop.line(error), stop.code, verbose=False)
            except SystemExit:  # what libraries make of it
                if not stop.received:
                    raise
                return _complain(stop.line(KeyboardInterrupt()), stop.code, verbose=False)

    return in_json(list(words), stopped_or_run) if as_json else stopped_or_run()


def _run(words: list[str], verbose: bool) -> int:
    try:
        from mmdrp.cli.help.completion import completion
        from mmdrp.cli.help.overview import answer, asks, known

        if asks(words) and words[:2] != ["completion", "words"]:
            print(answer(words))
            return 0
        if words[0] == "completion":
            print(completion(words[1:]).rstrip())
            return 0
        from mmdrp.cli.argv import translate, whole
        from mmdrp.cli.place import AlreadyDone

        words = ["--help" if word == "--help-all" else word for word in words]  # Hydra's own
        command = whole(known(words.pop(0)), words)
        overrides = translate(command, words)
        from mmdrp.cli.launch import launch

        try:
            launch(command, overrides)
        except AlreadyDone as done:
            print(one_line(str(done)))
            told().end = {"folder": done.folder, "files": files_in(done.folder)}
    except Exception as error:
        from mmdrp.cli.signals import stopped

        if stopped():  # what libraries make of it
            raise KeyboardInterrupt from error
        return _failed(error, verbose)
    return 0


def _failed(error: Exception, verbose: bool) -> int:
    """Say what went wrong and return the exit code."""
    if isinstance(error, MmdrpError):
        return _complain(str(error), 2, verbose)
    if isinstance(error, BrokenPipeError):  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    if why := explanation(error):
        return _complain(why, 2, verbose)
    return _internal(error, verbose)


def _internal(error: Exception, verbose: bool) -> int:
    kind, first = type(error).__name__, (str(error).splitlines() or [""])[0]
    return _complain(f"internal error: {kind}: {first[:120]} (-v shows where)", 1, verbose)


def _complain(line: str, code: int, verbose: bool) -> int:
    if verbose:
        import traceback

        traceback.print_exc()
    told().error = one_line(line)
    print(f"mmdrp: {one_line(line)}", file=sys.stderr)
    return code
