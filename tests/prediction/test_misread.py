"""Folders of new samples and drugs that look right and are not: said, or refused in one line."""

import logging
from pathlib import Path

import pandas as pd
import pytest

from mmdrp.data.ingest import synthetic
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.prediction import predict_folder
from mmdrp.training.model import ResponseModel

OMICS = ["expression", "mutation"]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return synthetic.build(tmp_path_factory.mktemp("small") / "synthetic", lines=60, features=20)


@pytest.fixture(scope="module")
def panel(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = ResponseModel(modalities=OMICS, net=False).fit(small)
    path = tmp_path_factory.mktemp("panel") / "model.ckpt"
    model.save(path)
    return path


@pytest.fixture(scope="module")
def pairs(small: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = ResponseModel(modalities=OMICS, drug_features="morgan", net=False)
    path = tmp_path_factory.mktemp("pairs") / "model.ckpt"
    model.fit(small, measure="auc").save(path)
    return path


@pytest.fixture
def folder(small: Study, tmp_path: Path) -> Path:
    """Five samples with expression and mutation."""
    folder = tmp_path / "samples"
    folder.mkdir()
    for name in OMICS:
        small.modality(name).frame().iloc[:5].to_csv(folder / f"{name}.csv")
    return folder


def predicted(run: Path, folder: Path) -> pd.DataFrame:
    found = predict_folder(run, folder, folder.parent / "out", overwrite=True)
    return pd.read_parquet(found.path)


@pytest.mark.parametrize("name", ["expression.json", "Expression.zip", "expression_old.csv"])
def test_what_is_not_read_is_named(
    name: str, panel: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "expression.csv").rename(folder / name)
    caplog.set_level(logging.WARNING)
    predicted(panel, folder)
    assert f"not read: {name}" in caplog.text
    assert ("(save it as expression.csv, with commas)" in caplog.text) == ("old" not in name)


@pytest.mark.parametrize("name", ["expression.tsv", "Expression.csv"])
def test_a_table_under_another_name_is_read(name: str, panel: Path, folder: Path) -> None:
    before = predicted(panel, folder)
    table = pd.read_csv(folder / "expression.csv")
    (folder / "expression.csv").unlink()
    table.to_csv(folder / name, index=False, sep="\t" if name.endswith("tsv") else ",")
    pd.testing.assert_frame_equal(predicted(panel, folder), before)


def test_two_files_of_one_table_are_named(
    panel: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pd.read_csv(folder / "expression.csv").to_parquet(folder / "expression.parquet")
    caplog.set_level(logging.WARNING)
    predicted(panel, folder)
    assert "not read: expression.csv" in caplog.text


def test_an_unknown_tissue_is_named(
    panel: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    cells = pd.read_csv(folder / "mutation.csv")["cell"]
    pd.DataFrame({"cell": cells, "tissue": ["lung", "Lung", "Skin", "", "brain"]}).to_csv(
        folder / "cells.csv", index=False
    )
    caplog.set_level(logging.WARNING)
    predicted(panel, folder)
    assert "of 2 samples it is unknown to the model ('Lung', 'Skin')" in caplog.text
    assert "it learned: blood, brain" in caplog.text


def drugs(folder: Path, **smiles: str) -> None:
    pd.Series(smiles, name="smiles").rename_axis("drug").to_csv(folder / "drugs.csv")


def test_a_known_drug_with_another_structure_is_refused(
    pairs: Path, folder: Path, small: Study, caplog: pytest.LogCaptureFixture
) -> None:
    known = small.drugs["smiles"]
    first = str(known.index[0])
    drugs(folder, **{first: "CCO", "new": "CCN"})
    with pytest.raises(MmdrpError, match=rf"'{first}' has another structure \(CCO\) than in train"):
        predicted(pairs, folder)
    drugs(folder, **{first: f"{known.iloc[0]}.Cl", "new": "CCN"})  # a salt
    caplog.set_level(logging.WARNING)
    assert len(predicted(pairs, folder)) == 10
    assert "differ" not in caplog.text


def test_a_tautomer_is_said(caplog: pytest.LogCaptureFixture) -> None:
    from mmdrp.data.chem.compare import check_structures

    caplog.set_level(logging.WARNING)
    check_structures({"a": "Oc1ccccn1", "b": "CCO"}, {"a": "O=c1cccc[nH]1", "b": "OCC"})
    assert "drugs: a differ from training in stereochemistry, charge or tautomer" in caplog.text
    with pytest.raises(MmdrpError, match="another structure"):
        check_structures({"a": "C1CCCCC1"}, {"a": "c1ccccc1"})


def test_drugs_without_a_structure_are_left_out_and_named(
    pairs: Path, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    drugs(folder, one="CCO", antibody="")
    caplog.set_level(logging.WARNING)
    assert set(predicted(pairs, folder)["drug"]) == {"one"}
    assert "1 drugs without a SMILES are left out, as in training: antibody" in caplog.text
    drugs(folder, antibody="")
    with pytest.raises(MmdrpError, match="no drug has a SMILES"):
        predicted(pairs, folder)


def test_a_header_alone_is_refused(panel: Path, folder: Path) -> None:
    header = (folder / "expression.csv").read_text().splitlines()[0]
    (folder / "expression.csv").write_text(header + "\n")
    with pytest.raises(MmdrpError, match="holds no rows, only a header"):
        predicted(panel, folder)


@pytest.mark.parametrize("name", ["", "Unnamed: 0", "index"])
def test_row_numbers_are_no_feature(name: str, panel: Path, folder: Path) -> None:
    table = pd.read_csv(folder / "expression.csv")
    table.insert(1, name, range(len(table)))
    table.to_csv(folder / "expression.csv", index=False)
    with pytest.raises(MmdrpError, match=r"expression.csv: .*(has no name|only counts the rows)"):
        predicted(panel, folder)
