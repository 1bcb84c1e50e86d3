"""What each kind of folder holds, as chapters of a report."""

from collections.abc import Callable, Sequence

from mmdrp.reporting.chapters.attributions import attributions, known_markers
from mmdrp.reporting.chapters.samples import samples
from mmdrp.reporting.chapters.scores import scores
from mmdrp.reporting.chapters.training import training
from mmdrp.reporting.chapters.tumours import associations, enriched, extremes
from mmdrp.reporting.folders import Folder
from mmdrp.reporting.page import Chapter, Code, Section, Text

TITLES = {
    "train": "training", "evaluate": "scores", "attribute": "what drives the predictions",
    "attribute benchmark": "known biology", "predict": "new samples",
    "associate": "mutations and response", "extremes": "extreme tumours", "enrich": "gene sets",
}  # fmt: skip
MAKERS: dict[str, Callable[[Sequence[Folder], Sequence[Folder]], list[Section]]] = {
    "train": training,
    "evaluate": scores,
    "attribute": attributions,
    "attribute benchmark": known_markers,
    "predict": samples,
    "associate": associations,
    "extremes": extremes,
    "enrich": enriched,
}


def chapter_of(group: Sequence[Folder], every: Sequence[Folder]) -> Chapter:
    """Return the chapter of one folder, or of the runs of one sweep."""
    first = group[0]
    name = first.name if len(group) == 1 else first.path.resolve().parent.name
    lead = f"Folder {first.path if len(group) == 1 else first.path.parent}, {first.made}."
    commands = "\n".join(folder.command for folder in group if folder.command)
    again = Section(
        f"How to make {name} again",
        [Code(commands)] if commands else [Text("The folder does not say what wrote it.", True)],
    )
    return Chapter(
        f"{name}: {TITLES[first.kind]}", lead, [*MAKERS[first.kind](group, every), again]
    )
