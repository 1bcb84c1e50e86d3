"""The commands by name, with what each does in a line; their sub-commands; flags for all."""

COMMANDS = {
    "data": "fetch, build, validate or describe a study folder; write its folds",
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
    "completion": "print what makes bash, zsh or fish complete commands and options",
}
ACTIONS = {
    "fetch": "download a public study, or a release's files",
    "build": "make a study from release files on disk: mmdrp data build raw=DIR",
    "validate": "check every table of a folder: mmdrp data validate PATH",
    "manifest": "describe your own folder of tables: mmdrp data manifest PATH",
}
"""of ``mmdrp data``"""
WITHIN = {
    "attribute": {"benchmark": "are known biomarkers among the leading features?"},
    "data": {"split": "write the folds that mmdrp train would draw"},
    "runs": {"compare": "what differs between two runs"},
}
"""commands of their own, named after another"""
SHELLS = ("bash", "zsh", "fish")
USAGE = {
    "data": "mmdrp data fetch|build|validate|manifest [PATH] [option=value ...]",
    "runs": "mmdrp runs [FOLDER] [option=value ...]",
    "runs_compare": "mmdrp runs compare A B [option=value ...]",
    "report": "mmdrp report FOLDER ... [option=value ...]",
    "merge": "mmdrp merge PART ... [option=value ...]",
}
"""of commands that take words without a name"""
FLAGS = {
    "-m": "a sweep: every combination of several values, such as -m fold=0,1,2",
    "resume=FOLDER": "go on with an interrupted folder, by its own options; takes no other option",
    "--json": "print one JSON object: what was written, the main figures, what may follow",
    "-v": "show tracebacks",
    "--cfg job": "print the configuration that these options make, and run nothing",
    "--help NAME": "explain one option, or the choices of a group and their options",
    "--help-all": "the whole configuration, as Hydra has it",
}
"""of all commands"""


def said(command: str) -> str:
    """Return a command as it is typed.

    >>> said("runs_compare")
    'runs compare'
    """
    return command.replace("_", " ")


def subcommands(command: str) -> dict[str, str]:
    """Return what may stand after a command's name, with what each does.

    >>> list(subcommands("data"))
    ['fetch', 'build', 'validate', 'manifest', 'split']
    """
    actions = ACTIONS if command == "data" else {}
    return {**actions, **WITHIN.get(command, {})}
