"""One file per command, in folders by theme.

A command is a module with ``run(cfg, out)``, and ``check(cfg)`` if it has options to refuse.
"""

from importlib import import_module
from types import ModuleType

THEMES = {
    "studies": ("data", "data_split"),
    "training": ("pretrain", "train", "tune"),
    "results": (
        "predict", "evaluate", "attribute", "attribute_benchmark", "report", "runs", "runs_compare",
        "merge",
    ),
    "tumours": ("associate", "extremes", "enrich"),
}  # fmt: skip
"""folder -> its commands"""


def module_of(command: str) -> ModuleType:
    """Import and return the module of a command: that of ``data split`` is ``data_split``.

    >>> module_of("data_split").__name__
    'mmdrp.cli.commands.studies.data_split'
    """
    theme = next(theme for theme, commands in THEMES.items() if command in commands)
    return import_module(f"{__name__}.{theme}.{command}")
