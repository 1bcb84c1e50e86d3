"""Further studies put beside a model's own, and opened again from what a spec says of them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from mmdrp.data.ingest.named import load_study
from mmdrp.data.spec import DataSpec
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError

Also = Sequence[Study | str | Path]
"""further studies, or their names or folders"""


def beside(study: Study, also: Also) -> Study:
    """Return the study with further ones beside it; models of pairs learn from their screens.

    Raises OptionError for what is no study, or the study itself.
    """
    if isinstance(also, str | Path | Study):
        raise OptionError("also: give a list of studies, such as [gdsc]")
    further = tuple(s if isinstance(s, Study) else _opened(s) for s in also)
    places = [place(s) for s in (study, *further)]
    for i, one in enumerate(places):
        if one in places[:i]:
            raise OptionError(f"also={one}: the study is there already; name each study once")
    return replace(study, also=further)


def place(study: Study) -> str:
    """Return a study's folder, or the name of one in memory: what a spec says of it."""
    return str(study.root) if study.root else study.name


def further_of(data: DataSpec, study: Study) -> tuple[Study, ...]:
    """Return the further studies of a spec: those beside the study, or else from their folders."""
    if not data.also or study.also:
        return study.also
    for folder in data.also:
        if not Path(folder).is_dir():
            raise MmdrpError(
                f"also={folder}: there is no such study folder; make it by mmdrp data "
                "(docs/data.md), or give the study: fit(study, also=[...])"
            )
    return beside(study, data.also).also


def _opened(given: object) -> Study:
    if not isinstance(given, str | Path):
        raise OptionError(f"also: {type(given).__name__} is no study, nor the name of one")
    return load_study(given)
