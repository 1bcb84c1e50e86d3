"""The runs of a sweep as jobs: numbered, worded and placed as Hydra's own sweep has them."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

from hydra.core.override_parser.overrides_parser import OverridesParser

from mmdrp.cli.launchers.job import Job
from mmdrp.cli.launchers.started import HELD
from mmdrp.io.marker import RESUME

OUT = "out=${hydra:runtime.output_dir}"


def jobs_of(command: str, words: Sequence[str], sweep: Path) -> list[Job]:
    """Return the runs of a sweep, of which the last of several options varies fastest."""
    parsed = OverridesParser.create().parse_overrides([*words, OUT])
    choices = [
        [f"{o.get_key_element()}={value}" for value in o.sweep_string_iterator()]
        if o.is_sweep_override()
        else [f"{o.get_key_element()}={o.get_value_element_as_str()}"]
        for o in parsed
    ]
    sweep = sweep.absolute()
    records = sweep / RESUME / "launch"
    env = {k: v for k, v in os.environ.items() if k.startswith("MMDRP_") and k != HELD}
    return [
        Job(n, command, list(chosen), sweep / str(n), records / f"{n}.json", env=env)
        for n, chosen in enumerate(itertools.product(*choices))
    ]
