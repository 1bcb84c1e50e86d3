"""What a run says of its lines before it learns."""

import logging

import pytest

from mmdrp.data.batches.present import describe, patterns
from mmdrp.data.study import Study
from mmdrp.training import build
from tests.conftest import Specified


def test_patterns_agree_with_the_tables(
    specified: Specified, study: Study, caplog: pytest.LogCaptureFixture
) -> None:
    data = build.data_of(specified("modality=[expression,proteomics]"), study)
    found = patterns(data)
    for name in ("expression", "proteomics"):
        ids = set(study.modality(name).ids)
        assert [name in p.split("+") for p in found] == [line in ids for line in found.index]
    with caplog.at_level(logging.INFO):
        describe(data)
    both = int((found == "expression+proteomics").sum())
    assert f"expression+proteomics {both}" in caplog.text
    assert "tissue" not in caplog.text


def test_folds_are_the_same_whatever_the_modalities(specified: Specified, study: Study) -> None:
    folds = []
    for modality in ("[expression]", "[rppa]", "[proteomics,cnv]"):
        folds.append(build.fold_of(specified(f"modality={modality}"), study))
    assert folds[0] == folds[1] == folds[2]
