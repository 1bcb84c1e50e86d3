"""Each omics file as released: its ids, its quirks, its gaps."""

from pathlib import Path

import numpy as np
import pytest

from mmdrp.data.ingest import depmap, maf
from mmdrp.data.ingest.ids import CellIds
from mmdrp.data.ingest.matrix import calls, wide
from mmdrp.data.ingest.raw import Raw
from mmdrp.errors import MmdrpError
from mmdrp.io.symbols import symbols
from tests.data.ingest.releases import DEPMAP, write


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("raw"), DEPMAP)


@pytest.fixture(scope="module")
def omics(raw: Path) -> depmap.Omics:
    return depmap.read(Raw(raw), CellIds.read(Raw(raw)))


NAN = float("nan")
OVCAR, HL60, CACO = "ACH-000001", "ACH-000002", "ACH-000003"


@pytest.mark.parametrize(
    ("name", "ids", "features", "values"),
    [
        ("expression", [OVCAR, HL60, CACO], ["TP53", "EGFR", "TWIN (1)", "TWIN (2)"],
         [[1.5, 0, 1, 2], [2.25, 3.5, 3, 4], [0.5, 1, 5, 6]]),
        ("mutation", [OVCAR, HL60, CACO], ["EGFR", "TP53"], [[0, 1], [1, 0], [0, 0]]),
        ("cnv", [OVCAR, HL60], ["TP53", "EGFR"], [[1.01, 0.98], [0.2, 2.5]]),
        ("metabolomics", [OVCAR, HL60], ["1-methyl,adenosine", "lactate"], [[5.5, 6.5], [5.25, 6]]),
        ("rppa", [OVCAR, CACO], ["Akt", "Bax_Caution"],
         [[-0.104888, 0.060414], [0.358504, -0.180291]]),
        ("histone", [OVCAR, HL60], ["H3K4me0", "H3K9me2"], [[0.25, NAN], [-1, 2]]),
        ("methylation", [OVCAR], ["SKI_1_10_20"], [[0.5]]),
        ("mirna", [OVCAR, HL60], ["hsa-let-7a", "hsa-let-7b"], [[5.5, 7], [6, 8]]),
        ("proteomics", [OVCAR, HL60], ["SLC12A2 (P55011)", "EGFR (P00533)"],
         [[1.5, 3.0], [NAN, 0.5]]),
    ],
)  # fmt: skip
def test_each_modality(
    omics: depmap.Omics, name: str, ids: list[str], features: list[str], values: list[list[float]]
) -> None:
    table = omics.tables[name]
    assert list(table.ids) == ids
    assert list(table.features) == features
    np.testing.assert_array_equal(table.values, np.array(values, np.float32))
    assert omics.entries[name].unit


def test_lines_that_do_not_map_are_listed(omics: depmap.Omics) -> None:
    assert any("ACH-009999" in note and "expression" in note for note in omics.notes)
    assert any("OLD_STOMACH" in note and "rppa" in note for note in omics.notes)


def test_mutations_by_class_or_by_depmaps_judgement(raw: Path) -> None:
    ids = CellIds.read(Raw(raw))
    is_base_only = depmap.read(Raw(raw), ids, ["mutation"], ["Silent"]).tables["mutation"]
    assert list(is_base_only.features) == ["TP53"]
    assert is_base_only.values[:, 0].tolist() == [0, 1, 0]
    judged = depmap.read(Raw(raw), ids, ["mutation"], "damaging_hotspot").tables["mutation"]
    assert list(judged.features) == ["EGFR", "TP53"]
    assert judged.values.tolist() == [[0, 1], [1, 0], [1, 0]]


def test_discrete_calls_where_there_is_no_continuous_copy_number(tmp_path: Path) -> None:
    raw = write(tmp_path, {"CCLE_gene_cn_calls.csv": DEPMAP["CCLE_gene_cn_calls.csv"]})
    table = depmap.read(Raw(raw), CellIds.read(Raw(raw))).tables["cnv"]
    assert (list(table.ids), table.values.tolist()) == ([OVCAR], [[-1]])


def test_ready_matrices_are_joined_by_or(tmp_path: Path) -> None:
    raw = write(
        tmp_path,
        {
            "CCLE_mutations_bool_damaging.csv": f",A (1),B (2)\n{OVCAR},1,0\n{HL60},0,0\n",
            "CCLE_mutations_bool_hotspot.csv": f",B (2),C (3)\n{HL60},1,0\n{CACO},0,1\n",
        },
    )
    table = depmap.read(Raw(raw), CellIds.read(Raw(raw))).tables["mutation"]
    assert list(table.features) == ["A", "B", "C"]
    assert table.values.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("CCLE_mutation_damaging_hotspot.csv", f",A\n{OVCAR},3\n", ["'A'", "row 1", "3 is none of"]),
        ("CCLE_expression.csv", f",A\n{OVCAR},1\n{OVCAR},2\n", ["row 2", "duplicate of row 1"]),
        ("CCLE_expression.csv", f",A\n{OVCAR},1\n,2\n", ["row 2", "empty name"]),
        ("CCLE_expression.csv", "name\nx\n", ["no features"]),
        ("CCLE_expression.csv", ",A\n", ["no rows"]),
        ("CCLE_mutations.csv", f"TP53,Missense_Mutation,{OVCAR}\n", ["no column 'Hugo_Symbol'"]),
        ("protein_quant_current_normalized.csv", "Protein_Id,Gene_Symbol,Uniprot_Acc,X\na,b,c,1\n",
         ["LINE_TISSUE_TenPxNN"]),
        ("CCLE_miRNA_20181103.gct", "Name\tDescription\tX\na\tb\t1\n", ["CCLE_miRNA"]),
    ],
)  # fmt: skip
def test_flaws_are_named(tmp_path: Path, name: str, content: str, words: list[str]) -> None:
    raw = write(tmp_path, {name: content})
    with pytest.raises(MmdrpError) as caught:
        depmap.read(Raw(raw), CellIds.read(Raw(raw)))
    for word in [name, *words]:
        assert word in str(caught.value)


def test_options_that_mean_nothing_are_refused(raw: Path, tmp_path: Path) -> None:
    ids = CellIds.read(Raw(raw))
    with pytest.raises(MmdrpError, match="'genes' is none of"):
        depmap.read(Raw(raw), ids, ["genes"])
    with pytest.raises(MmdrpError, match="mutation=all"):
        depmap.read(Raw(raw), ids, ["mutation"], "all")
    empty = write(tmp_path)
    with pytest.raises(MmdrpError, match="no file of rppa"):
        depmap.read(Raw(empty), ids, ["rppa"])
    with pytest.raises(MmdrpError, match="no omics file"):
        depmap.read(Raw(empty), ids)


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    raw = write(tmp_path, DEPMAP, {"CCLE_expression.csv": DEPMAP["CCLE_expression.csv"]})
    with pytest.raises(MmdrpError, match="same release file twice"):
        depmap.read(Raw(raw), CellIds.read(Raw(raw)))


def test_symbols_are_shortened_only_where_they_stay_distinct() -> None:
    assert symbols(["A (1)", "B", "C (2)", "C (3)"]) == ["A", "B", "C (2)", "C (3)"]


def test_order_of_rows_does_not_matter(tmp_path: Path, raw: Path) -> None:
    head, *rows = DEPMAP["CCLE_mutations.csv"].splitlines()
    (tmp_path / "m.csv").write_text("\n".join([head, *reversed(rows)]) + "\n")
    given = next(raw.glob("*/CCLE_mutations.csv"))
    a, b = (
        maf.matrix(maf.read(p, ("DepMap_ID",), maf.DEEPDR)) for p in (given, tmp_path / "m.csv")
    )
    assert (a.names, a.features) == (b.names, b.features)
    np.testing.assert_array_equal(a.values, b.values)


def test_joining_one_matrix_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(f",A,B\n{OVCAR},1,0\n")
    np.testing.assert_array_equal(
        calls([tmp_path / "m.csv"]).values, wide(tmp_path / "m.csv").values
    )
