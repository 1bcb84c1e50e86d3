"""The command line: ``mmdrp data|train|predict|evaluate|attribute``."""

from mmdrp.cli.entry import main

__all__ = ["main"]
