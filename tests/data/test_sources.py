"""What describes the drugs: cached, without salts, and never more than training may know."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data import sources
from mmdrp.data.chem.fingerprint import Morgan
from mmdrp.data.molecules import Molecules
from mmdrp.data.source import Table
from mmdrp.data.sources import drug_sources, structure_of
from mmdrp.data.spec import DrugFeatures
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training import build
from tests.conftest import Specified

SALTS = {
    "base": "NCc1ccccc1",
    "salt": "NCc1ccccc1.CCCC(=O)O",
    "ion": "[NH3+]Cc1ccccc1.CCCC(=O)[O-]",
}
KINDS = ["morgan", "fcfp", "atompair", "torsion", "maccs", "graph"]


def drug(specified: Specified, *words: str) -> DrugFeatures:
    features = specified("response=auc", *words).data.drug
    assert features is not None
    return features


@pytest.mark.parametrize("kind", ["morgan", "fcfp", "atompair", "torsion", "maccs"])
@pytest.mark.parametrize("standardise", [False, True])
def test_salts_are_their_parents_where_asked(
    kind: str, standardise: bool, specified: Specified
) -> None:
    features = drug(specified, f"drug={kind}", f"drug.standardise={standardise}")
    table = drug_sources(features, SALTS)["drug"]
    same = [bool((row == table.values[0]).all()) for row in table.values]
    assert same == ([True] * 3 if standardise else [True, False, False])


@pytest.mark.parametrize("standardise", [False, True])
def test_salts_of_a_graph(standardise: bool, specified: Specified) -> None:
    features = drug(specified, "drug=graph", f"drug.standardise={standardise}")
    found = drug_sources(features, SALTS)["drug"]
    sizes = [len(m.atoms) for m in found.molecules]
    assert sizes == ([8, 8, 8] if standardise else [8, 14, 14])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("standardise", [False, True])
def test_a_broken_smiles_is_named(kind: str, standardise: bool, specified: Specified) -> None:
    features = drug(specified, f"drug={kind}", f"drug.standardise={standardise}")
    with pytest.raises(MmdrpError, match="drug 'x', column 'smiles': 'C1CC' is not a valid"):
        drug_sources(features, {"a": "C", "x": "C1CC"})


def test_identity_reads_no_structure(specified: Specified) -> None:
    table = drug_sources(drug(specified, "drug=identity"), {"x": "C1CC"})["drug"]
    assert (list(table.ids), table.values.tolist()) == (["x"], [[1]])


def test_a_graph_brings_a_fingerprint_for_the_base(specified: Specified, study: Study) -> None:
    spec = specified("response=auc", "drug=graph")
    found = sources.sources_of(spec.data, study)
    assert isinstance(found["drug"], Molecules)
    assert list(found["drug"].ids) == list(found["structure"].ids)
    structure = structure_of(found)
    assert structure is not None
    smiles = sources.smiles_of(study)
    np.testing.assert_array_equal(structure.values, Morgan()(smiles))


def test_what_drugs_are_compared_by(specified: Specified, study: Study) -> None:
    spec = specified("response=auc", "drug=maccs")
    found = sources.sources_of(spec.data, study)
    assert structure_of(found) is found["drug"]
    assert structure_of(sources.sources_of(specified().data, study)) is None


def test_fingerprints_are_kept_in_the_study(
    specified: Specified, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = specified("response=auc", "drug=torsion", "drug.fingerprint.size=512")
    first = sources.sources_of(spec.data, study)["drug"]
    before = set((study.folder / "cache").iterdir())

    def refuse(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr("mmdrp.data.chem.fingerprint.Torsion.__call__", refuse)
    second = sources.sources_of(spec.data, study)["drug"]
    assert set((study.folder / "cache").iterdir()) == before
    assert (list(first.ids), list(first.features)) == (list(second.ids), list(second.features))
    np.testing.assert_array_equal(first.values, second.values)
    other = specified("response=auc", "drug=torsion", "drug.fingerprint.size=256")
    with pytest.raises(AssertionError, match="made again"):  # other options, another table
        sources.sources_of(other.data, study)


def test_the_cache_knows_the_drugs(specified: Specified, tmp_path: Path) -> None:
    features = drug(specified, "drug=morgan")
    one = drug_sources(features, {"a": "C", "b": "CCO"}, cache=tmp_path)["drug"]
    two = drug_sources(features, {"a": "C", "b": "CCN"}, cache=tmp_path)["drug"]
    turned = drug_sources(features, {"b": "CCO", "a": "C"}, cache=tmp_path)["drug"]
    assert (one.values[1] != two.values[1]).any()
    assert list(turned.ids) == ["b", "a"]
    np.testing.assert_array_equal(turned.values[::-1], one.values)


def test_names_outside_training_have_no_row(specified: Specified, study: Study) -> None:
    spec = specified("response=auc", "drug=identity", "split=drug", "base=none")
    data = build.data_of(spec, study)
    table = data.dataset.sources["drug"]
    assert isinstance(table, Table)
    trained = sorted(data.fold.train.ids["drug"])
    assert list(table.ids) == list(table.features) == trained
    np.testing.assert_array_equal(table.values, np.eye(len(trained), dtype=np.float32))
    batch = data.dataset.__getitems__(data.rows["test"][:50].tolist())
    assert not batch.present["drug"].any()


def test_new_names_are_told_apart_when_predicting(specified: Specified) -> None:
    features = drug(specified, "drug=identity")
    table = drug_sources(features, {"new": "C", "b": "CC"}, known=["a", "b"])["drug"]
    assert table.locate(["a", "b", "new"]).tolist() == [-1, 0, -1]
    assert table.values.tolist() == [[0, 1]]
