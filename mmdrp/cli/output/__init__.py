"""How a command ends: what it wrote and what comes next, on the screen or as one JSON object."""

from mmdrp.cli.output import figures as figures
from mmdrp.cli.output.done import Done as Done
from mmdrp.cli.output.done import done_of as done_of
