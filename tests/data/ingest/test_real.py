"""The real release files, where they lie beside the checkout."""

import os
from pathlib import Path

import pytest

from mmdrp.data.ingest.screens import ctrpv2

RAW = Path(os.environ.get("MMDRP_RAW", Path(__file__).parents[4] / "shared" / "data"))


@pytest.mark.shared
@pytest.mark.skipif(not (RAW / "ctrpv2").is_dir(), reason=f"no release files in {RAW}")
def test_ctrpv2_as_released(tmp_path: Path) -> None:
    study = ctrpv2.build(tmp_path / "s", RAW, modalities=["expression", "rppa", "metabolomics"])
    assert len(study.drugs) == 488
    assert 700 < len(study.cells) < 750
    assert len(study.response("auc")) > 270_000
    assert len(study.modality("rppa").ids) > 600
    assert any("49 combinations" in note for note in study.manifest.notes)
