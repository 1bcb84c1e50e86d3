"""Which study a folder of release files makes: told by the names of the files of responses."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mmdrp.data.ingest.gdsc import fitted
from mmdrp.data.ingest.ids import FILES
from mmdrp.data.ingest.raw import Raw, plain
from mmdrp.data.ingest.screens import benchmark, ccle, ctrpv1, ctrpv2, prism, prism_primary
from mmdrp.data.ingest.tcga.expression import KINDS
from mmdrp.data.ingest.tcga.mutations import READY, VARIANTS
from mmdrp.data.ingest.tools import gdsctools, oncopredict, pharmacogx
from mmdrp.errors import MmdrpError
from mmdrp.io.unread import listed

SCREENS = {"ctrpv2": ctrpv2.CURVES, "ctrpv1": ctrpv1.CURVES, "ccle": ccle.FILE}
TUMOURS = (
    *(pattern for patterns, _ in VARIANTS for pattern in patterns),
    *READY,
    *(pattern for kind in KINDS for pattern in kind.patterns),
)


@dataclass(frozen=True)
class Recognised:
    """A study that the files of a folder make."""

    study: str
    """its name in ``load_study``"""
    source: str
    """the file that tells"""
    options: Mapping[str, str] = field(default_factory=dict)
    """what its builder must be told, such as the screen"""

    def words(self) -> str:
        """Return what to write on the command line."""
        name = "gdsc" if self.study == "gdsc_tables" else self.study
        return " ".join(
            [f"study={name}", *(f"study.raw.{key}={value}" for key, value in self.options.items())]
        )


def recognise(raw: str | Path) -> Recognised:
    """Return the one study that the files in ``raw`` make.

    Raises MmdrpError where they make none, or several: it names them, and how to choose.
    """
    folder = Raw(raw)
    found = _studies(folder)
    if len(found) == 1:
        return found[0]
    if not found:
        lying = [path.name for path in folder.unread()]
        if packed := [name for name in lying if name.lower().endswith(".rds")]:
            raise MmdrpError(oncopredict.rds_advice(packed[0]))
        there = listed(lying, shown=2) or "nothing"
        raise MmdrpError(
            f"{folder}: holds no responses of GDSC, CTRPv2, CCLE or PRISM, none of a tool, and no "
            f"tumours; there: {there}; see docs/raw.md"
        )
    choices = " or ".join(each.words() for each in found)
    raise MmdrpError(f"{folder}: makes {len(found)} studies; say which: {choices}")


def _studies(folder: Raw) -> list[Recognised]:
    found = []
    for screen, pattern in fitted.SCREENS.items():
        patterns = [pattern, *([fitted.MATRIX] if screen == "v17" else [])]
        paths = [path for pattern in patterns for path in folder.glob(pattern)]
        if paths:
            found.append(Recognised("gdsc_tables", paths[0].name, {"screen": screen}))
    if not found and (exports := folder.glob(fitted.EXPORT)):
        screens = sorted(set(fitted.screens_of(exports[0])) & set(fitted.SCREENS))
        found = [Recognised("gdsc_tables", exports[0].name, {"screen": s}) for s in screens]
    for study, name in SCREENS.items():
        if paths := folder.glob(name):
            found.append(Recognised(study, paths[0].name))
    found += _prism(folder)
    for layout in benchmark.LAYOUTS:
        paths = [path for name in layout.files for path in folder.glob(name)]
        if paths and not found:
            found.append(Recognised("benchmark", paths[0].name))
    named = any(folder.glob(name) for name in FILES)
    paths = [path for pattern in gdsctools.MATRIX for path in folder.glob(pattern)]
    if not named and paths:  # their lines need no other table
        found = [each for each in found if each.options.get("screen") != "v17"]
        found.append(Recognised("gdsctools", paths[0].name))
    found += [
        Recognised("oncopredict", files.response.name, {"screen": files.name})
        for files in oncopredict.sets(folder)
    ]
    # CTRPv2's curves may hold PharmacoGx's areas: then they are the study of CTRPv2.
    slots = [path for path in pharmacogx.profiles(folder) if plain(path) != ctrpv2.CURVES]
    if slots:
        found.append(Recognised("pharmacogx", slots[0].name))
    if found or named:
        return found  # beside cell lines, a MAF is theirs
    tumours = [path for pattern in TUMOURS for path in folder.glob(pattern)]
    return [Recognised("tcga", tumours[0].name)] if tumours else []


def _prism(folder: Raw) -> list[Recognised]:
    """Return PRISM's screens that are there; of two, each is named."""
    screens = {"secondary": (prism.FILE,), "primary": prism_primary.FILES}
    found = {
        screen: next((path for name in names for path in folder.glob(name)), None)
        for screen, names in screens.items()
    }
    there = {screen: path for screen, path in found.items() if path is not None}
    return [
        Recognised("prism", path.name, {"screen": screen} if len(there) > 1 else {})
        for screen, path in there.items()
    ]
