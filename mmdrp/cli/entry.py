"""The console script: small and quick, it imports nothing heavy until a command runs."""

import os
import sys
import traceback
from collections.abc import Sequence

from mmdrp import __version__
from mmdrp.cli.words import translate, whole
from mmdrp.errors import MmdrpError

COMMANDS = {
    "data": "fetch, validate or describe a study folder; write its folds",
    "pretrain": "learn encoders from tumours without responses, to start train from",
    "train": "learn drug response from chosen modalities",
    "predict": "apply a trained model to new lines (and new drugs)",
    "evaluate": "score runs beside means, linear models, kernels and trees",
    "attribute": "rank the genes, proteins, metabolites that drive each drug's prediction",
    "associate": "compare predicted response with mutations, cancer types, expression",
}

HELP = f"""mmdrp {__version__}: multimodal prediction of cancer drug response

usage: mmdrp COMMAND [option=value ...]

commands
{chr(10).join(f"  {name:<10} {text}" for name, text in COMMANDS.items())}

examples
  mmdrp data fetch study=gdsc
  mmdrp data validate PATH
  mmdrp train modality=[expression,mutation,cnv]
  mmdrp train response=auc split=drug fusion=attention
  mmdrp train --modalities expression mutation cnv --drug-features smiles
  mmdrp train -m fold=0,1,2,3,4
  mmdrp train --subsets expression mutation cnv     (every non-empty subset: a sweep)
  mmdrp predict run=RUN data=FOLDER
  mmdrp evaluate run=RUN
  mmdrp attribute run=RUN drugs=[Dabrafenib,Lapatinib]
  mmdrp attribute benchmark run=RUN                 (are known biomarkers found?)

options are Hydra overrides; so are its flags: -m runs a sweep, --cfg job shows the
configuration. `mmdrp COMMAND --help` lists a command's options; -v shows tracebacks.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 2 a mistake to mend (one line on stderr), 1 a bug."""
    words = list(sys.argv[1:] if argv is None else argv)
    verbose = "-v" in words
    words = [word for word in words if word != "-v"]
    if not words or words[0] in ("-h", "--help", "help"):
        print(HELP, end="")
        return 0
    if words[0] == "--version":
        print(f"mmdrp {__version__}")
        return 0
    try:
        command = words.pop(0)
        if command not in COMMANDS:
            raise MmdrpError(f"no command {command!r}; there are: {', '.join(COMMANDS)}")
        command = whole(command, words)
        overrides = translate(command, words)
        from mmdrp.cli.launch import launch

        launch(command, overrides)
    except MmdrpError as error:
        return _complain(str(error), 2, verbose)
    except BrokenPipeError:  # the reader of our output, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        return _complain("stopped", 130, verbose=False)
    except Exception as error:
        kind, first = type(error).__name__, (str(error).splitlines() or [""])[0]
        return _complain(f"internal error: {kind}: {first} (-v shows where)", 1, verbose)
    return 0


def _complain(line: str, code: int, verbose: bool) -> int:
    if verbose:
        traceback.print_exc()
    print(f"mmdrp: {' '.join(line.split())}", file=sys.stderr)
    return code
