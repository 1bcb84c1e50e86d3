"""The console script: small and quick, it imports nothing heavy until a command runs."""

import os
import sys
from collections.abc import Sequence

from mmdrp.errors import MmdrpError, explanation, one_line
from mmdrp.version import __version__

COMMANDS = {
    "data": "fetch, validate or describe a study folder; write its folds",
    "pretrain": "learn encoders from tumours without responses, to start train from",
    "train": "learn drug response from chosen modalities",
    "tune": "search for the options of train that predict validation best",
    "predict": "apply a trained model to new lines (and new drugs)",
    "evaluate": "score runs beside means, linear models, kernels and trees",
    "runs": "list runs with their state and scores; compare two of them",
    "attribute": "rank the genes, proteins, metabolites that drive each drug's prediction",
    "associate": "test every frequent mutation with every drug's predicted response",
    "extremes": "compare the most sensitive and the most resistant tumours of a drug",
    "enrich": "find gene sets over-represented among chosen genes",
    "merge": "put parts together that predict, attribute or associate wrote with shard=",
    "report": "put finished folders together as one HTML page; or one patient",
}

HELP = f"""mmdrp {__version__}: multimodal prediction of cancer drug response

usage: mmdrp COMMAND [option=value ...]

commands
{chr(10).join(f"  {name:<10} {text}" for name, text in COMMANDS.items())}

examples
  mmdrp data fetch study=gdsc
  mmdrp data fetch study=ctrpv2 omics=25Q3          (release files, for data build raw=DIR)
  mmdrp data validate PATH
  mmdrp train modality=[expression,mutation,cnv]
  mmdrp train response=auc split=drug fusion=attention
  mmdrp train --modalities expression mutation cnv --drug-features smiles
  mmdrp train -m fold=0,1,2,3,4
  mmdrp train --subsets expression mutation cnv     (every non-empty subset: a sweep)
  mmdrp tune space=network trials=50 out=runs/tune   (then train experiment=runs/tune/best.yaml)
  mmdrp predict run=RUN data=FOLDER
  mmdrp evaluate run=RUN
  mmdrp runs runs sort=mse                          (mmdrp runs compare A B)
  mmdrp attribute run=RUN drugs=[Dabrafenib,Lapatinib]
  mmdrp attribute benchmark run=RUN                 (are known biomarkers found?)
  mmdrp extremes drug=Docetaxel predictions=RUN data=FOLDER
  mmdrp report RUN EVALUATION ATTRIBUTION           (one HTML page)
  mmdrp train resume=RUN                            (goes on where it was interrupted)

options are Hydra overrides; so are its flags: -m runs a sweep, --cfg job shows the
configuration. `mmdrp COMMAND --help` lists a command's options; -v shows tracebacks.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 a mistake to mend (one line on stderr), 1 a bug.

    130 and 143 after Ctrl-C and SIGTERM.
    """
    # Threads that wait for each other by spinning take a shared machine's cores from who works:
    # beside one busy process a fit on two threads took ten times as long.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    words = list(sys.argv[1:] if argv is None else argv)
    verbose = "-v" in words
    words = [word for word in words if word != "-v"]
    if not words or words[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if words[0] == "--version":
        print(f"mmdrp {__version__}")
        return 0
    from mmdrp.cli.signals import stoppable

    with stoppable() as stop:
        try:
            return _run(words, verbose)
        except KeyboardInterrupt as error:
            return _complain(stop.line(error), stop.code, verbose=False)
        except SystemExit:  # what libraries make of it
            if not stop.received:
                raise
            return _complain(stop.line(KeyboardInterrupt()), stop.code, verbose=False)


def _run(words: list[str], verbose: bool) -> int:
    try:
        from mmdrp.cli.argv import translate, whole
        from mmdrp.cli.place import AlreadyDone

        command = words.pop(0)
        if command not in COMMANDS:
            raise MmdrpError(f"no command {command!r}; there are: {', '.join(COMMANDS)}")
        command = whole(command, words)
        overrides = translate(command, words)
        from mmdrp.cli.launch import launch

        try:
            launch(command, overrides)
        except AlreadyDone as done:
            print(one_line(str(done)))
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
    print(f"mmdrp: {one_line(line)}", file=sys.stderr)
    return code
