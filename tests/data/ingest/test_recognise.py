"""A folder of release files tells which study it makes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mmdrp.data.ingest.recognise import recognise
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from tests.data.ingest.releases import CCLE, CTRPV2, DEPMAP, GDSC, TCGA, TUMOURS, write
from tests.data.ingest.test_as_downloaded import CURVES, EXPORT

GDSC2 = {n.replace("GDSC1", "GDSC2"): t.replace("GDSC1", "GDSC2") for n, t in GDSC.items()}
GDSC2.pop("IC50_v17.csv")


@pytest.mark.parametrize(("release", "words"), [
    (GDSC2, "study=gdsc study.raw.screen=GDSC2"), (CTRPV2, "study=ctrpv2"), (CCLE, "study=ccle"),
    ({"secondary-screen-dose-response-curve-parameters.csv": CURVES}, "study=prism"),
    ({"PANCANCER_IC50_1.csv": EXPORT.replace("GDSC2", "GDSC1")},
     "study=gdsc study.raw.screen=GDSC1"),
])  # fmt: skip
def test_cell_lines(
    release: dict[str, str], words: str, tmp_path: Path, mmdrp: Callable[..., int],
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    raw = write(tmp_path / "raw", release, DEPMAP)
    assert recognise(raw).words() == words
    assert mmdrp("data", "build", f"raw={raw}", f"out={tmp_path / 'out'}") == 0
    assert f": {words}\n" in capsys.readouterr().err
    assert Study.read(tmp_path / "out").name == words.split()[0].removeprefix("study=")


@pytest.mark.parametrize("release", [TCGA, TUMOURS])
def test_tumours(release: dict[str, str], tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", release)
    (raw / "sample_info.csv").unlink()
    assert recognise(raw).study == "tcga"


def test_several_and_none(tmp_path: Path) -> None:
    raw = write(tmp_path / "raw", GDSC, CTRPV2)
    with pytest.raises(
        MmdrpError, match=r"makes 3 studies; say which: study=gdsc study.raw.screen"
    ):
        recognise(raw)
    with pytest.raises(MmdrpError, match="holds no responses of GDSC, CTRPv2, CCLE or PRISM"):
        recognise(write(tmp_path / "raw2", DEPMAP))
    with pytest.raises(MmdrpError, match="there is no such folder"):
        recognise(tmp_path / "nowhere")
