"""``mmdrp --help``, and which help a command line asks for."""

from collections.abc import Sequence

from mmdrp.cli.help.commands import ACTIONS, COMMANDS, WITHIN
from mmdrp.cli.help.completion import HELP as COMPLETION
from mmdrp.cli.help.near import near
from mmdrp.cli.help.page import explain, page
from mmdrp.errors import MmdrpError
from mmdrp.version import __version__

ASKS = ("-h", "--help")
HELP = f"""mmdrp {__version__}: multimodal prediction of cancer drug response

usage: mmdrp COMMAND [option=value ...]

commands
{chr(10).join(f"  {name:<11} {text}" for name, text in COMMANDS.items())}

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
  mmdrp completion bash                             (TAB completes commands and options)

options are Hydra overrides; so are its flags: -m runs a sweep, --cfg job shows the
configuration. `mmdrp COMMAND --help` explains a command's options; -v shows tracebacks.
"""


def asks(words: Sequence[str]) -> bool:
    """Whether a command line asks for help."""
    return any(word in ASKS for word in words)


def answer(words: Sequence[str]) -> str:
    """Return the help that a command line asks for; MmdrpError where it names what is not there.

    >>> answer(["data", "validate", "--help"]).splitlines()[0]
    'mmdrp data validate: check every table of a folder: mmdrp data validate PATH'
    """
    at = next(i for i, word in enumerate(words) if word in ASKS)
    before, after = list(words[:at]), [w for w in words[at:] if w not in ASKS]
    if not before:
        return HELP.rstrip()
    command = known(before.pop(0))
    if command == "completion":
        return COMPLETION
    below = before.pop(0) if before else ""
    if command == "data" and below in ACTIONS:
        text = page("data", below)
        return explain("data", after) if after else text
    if below in WITHIN.get(command, {}):
        command = f"{command}_{below}"
    return explain(command, after) if after else page(command)


def known(command: str) -> str:
    """Return a command's name; MmdrpError where there is none."""
    if command not in COMMANDS:
        raise MmdrpError(f"no command {command[:40]!r}; {near(command, list(COMMANDS))}")
    return command
