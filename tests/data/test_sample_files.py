"""Files of samples as people have them: separators, directions, headings, tools."""

import gzip
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.data.samples import laid_out, read_sheet, sheet_of
from mmdrp.errors import MmdrpError

GENES = ["TP53", "BRAF", "KRAS", "EGFR"]
SAMPLES = ["P1", "P2", "P3"]
FRAME = pd.DataFrame(np.arange(12.0).reshape(3, 4) + 0.5, SAMPLES, GENES)


def read(path: Path, sample: str | None = None) -> pd.DataFrame:
    found = laid_out(read_sheet(path), GENES, sample).table
    return pd.DataFrame(found.values, list(found.ids), list(found.features))


def same(path: Path) -> None:
    pd.testing.assert_frame_equal(read(path)[GENES].loc[SAMPLES], FRAME, check_dtype=False)


def test_featurecounts(tmp_path: Path) -> None:
    rows = FRAME.T.rename_axis("Geneid").reset_index()
    rows = rows.rename(columns={name: f"bam/{name}" for name in SAMPLES})
    for place, (name, value) in enumerate(
        {"Chr": "1;1", "Start": "1;5", "End": "2;9", "Strand": "+;+"}.items()
    ):
        rows.insert(place + 1, name, value)
    rows.insert(5, "Length", [100, 0, 300, 400])
    path = tmp_path / "counts.txt"
    with path.open("w") as stream:
        stream.write('# Program:featureCounts v2.0.6; Command:"featureCounts" "-a" "x,y"\t"z"\n')
        rows.to_csv(stream, sep="\t", index=False)
    found = laid_out(read_sheet(path), GENES)
    assert list(found.table.ids) == [f"bam/{name}" for name in SAMPLES]
    np.testing.assert_array_equal(found.table.values, FRAME.to_numpy())
    assert found.lengths is not None
    np.testing.assert_array_equal(found.lengths, [100, np.nan, 300, 400])


@pytest.mark.parametrize("genes_in_rows", [False, True])
@pytest.mark.parametrize(
    ("suffix", "sep"), [(".csv", ","), (".tsv", "\t"), (".txt", "\t"), (".txt", " "), (".csv", ";")]
)
def test_separators_and_directions(
    tmp_path: Path, suffix: str, sep: str, genes_in_rows: bool
) -> None:
    path = tmp_path / f"patients{suffix}"
    (FRAME.T if genes_in_rows else FRAME).to_csv(path, sep=sep, index_label="id")
    same(path)


@pytest.mark.parametrize("suffix", [".csv.gz", ".tsv.bz2", ".txt.xz", ".parquet", ".feather"])
def test_compressed_and_binary_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"patients{suffix}"
    frame = FRAME.rename_axis("sample").reset_index()
    if suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif suffix == ".feather":
        frame.to_feather(path)
    else:
        frame.to_csv(path, index=False, sep="," if suffix == ".csv.gz" else "\t")
    same(path)


def test_a_heading_too_few_is_r_s_way(tmp_path: Path) -> None:
    path = tmp_path / "matrix.txt"
    lines = ["\t".join(f'"{s}"' for s in SAMPLES)]
    lines += ["\t".join([f'"{g}"', *(str(v) for v in FRAME[g])]) for g in GENES]
    path.write_text("\n".join(lines) + "\n")
    same(path)


def test_gct_and_gene_annotation_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "x.gct"
    table = FRAME.T.rename_axis("Name").reset_index()
    table.insert(1, "Description", GENES)
    table["Name"] = ["ENSG00000141510.1", "ENSG00000157764.1", "ENSG00000133703.2",
                     "ENSG00000146648.9"]  # fmt: skip
    path.write_text("#1.2\n4\t3\n" + table.to_csv(sep="\t", index=False))
    found = read(path)
    assert found.index.tolist() == SAMPLES
    mart = FRAME.T.rename_axis("Hugo_Symbol").reset_index()
    mart.insert(1, "Entrez_Gene_Id", [7157, 673, 3845, 1956])
    mart.to_csv(tmp_path / "data_mrna.txt", sep="\t", index=False)
    same(tmp_path / "data_mrna.txt")


@pytest.mark.parametrize(
    ("heading", "values", "unit"),
    [
        ("gene_id,transcript_id(s),length,effective_length,expected_count,TPM,FPKM",
         "t,900,800,{0},{1},2", "TPM"),
        ("Name,Length,EffectiveLength,TPM,NumReads", "900,800,{1},{0}", "TPM"),
        ("target_id,length,eff_length,est_counts,tpm", "900,800,{0},{1}", "TPM"),
        ("gene_id,gene_name,gene_type,unstranded,stranded_first,stranded_second,tpm_unstranded,"
         "fpkm_unstranded", "{2},protein_coding,5,6,7,{1},9", "TPM"),
    ],
)  # fmt: skip
def test_files_of_one_sample(tmp_path: Path, heading: str, values: str, unit: str) -> None:
    path = tmp_path / "patient7.genes.results.tsv"
    ids = ["ENSG00000141510.18", "ENSG00000157764.1", "ENSG00000133703.2", "ENSG00000146648.9"]
    rows = [
        f"{g}," + values.format(5, i + 0.5, n)
        for i, (g, n) in enumerate(zip(ids, GENES, strict=True))
    ]
    head = "# gene-model: GENCODE v36\n" if "gene_type" in heading else ""
    extra = ["N_unmapped,,,5,6,7,,"] if "gene_type" in heading else []
    path.write_text(head + "\n".join([heading, *extra, *rows]).replace(",", "\t") + "\n")
    found = laid_out(read_sheet(path), GENES)
    assert (list(found.table.ids), found.hint) == (["patient7"], unit)
    assert found.table.values[0].tolist() == [0.5, 1.5, 2.5, 3.5]
    assert laid_out(read_sheet(path), GENES, "me").table.ids == ["me"]


def test_an_index_that_counts_rows_is_no_gene_and_no_sample(tmp_path: Path) -> None:
    frame = FRAME.rename_axis("sample").reset_index()
    frame.to_csv(tmp_path / "a.csv")
    same(tmp_path / "a.csv")
    FRAME.reset_index(drop=True).to_csv(tmp_path / "b.csv")
    with pytest.raises(MmdrpError, match=r"b\.csv: the first column counts the rows"):
        read(tmp_path / "b.csv")


def test_a_gene_may_stand_there_twice(tmp_path: Path) -> None:
    for name, text in (
        ("a.csv", "id,TP53,TP53,KRAS\nP1,1,2,3\n"), ("b.csv", "id,P1\nTP53,1\nTP53,2\nKRAS,3\n"),
    ):  # fmt: skip
        (tmp_path / name).write_text(text)
        found = laid_out(read_sheet(tmp_path / name), GENES).table
        assert list(found.features) == ["TP53", "TP53", "KRAS"]
        assert found.values.tolist() == [[1, 2, 3]]


def test_frames_lie_either_way_round() -> None:
    for frame in (FRAME, FRAME.T, FRAME.rename_axis("cell").reset_index()):
        found = laid_out(sheet_of(frame, "expression"), GENES).table
        assert sorted(found.ids) == SAMPLES
        assert sorted(found.features) == sorted(GENES)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "", "is empty"),
        ("a.csv", "id,TP53,BRAF\n", "holds a heading and no rows"),
        ("a.csv", "TP53\n1\n", "has one column"),
        ("a.csv", "gene,P1,P1\nTP53,1,2\nBRAF,1,2\n", "sample 'P1' stands there 2 times"),
        ("a.csv", "id,TP53,BRAF\nP1,1,2\nP1,3,4\n", "sample 'P1' stands there 2 times"),
        ("a.csv", "id,TP53,BRAF\n,1,2\n", "names no sample"),
        ("a.csv", "id,TP53,BRAF,KRAS\nP1,1\n", "the heading has 4 columns and the first row 2"),
        ("a.csv", "id,furlong,mile\nP1,1,2\n", "neither rows .* nor columns"),
        ("a.csv", "gene,note\nTP53,high\nBRAF,low\n", "holds genes and no sample"),
        ("a.csv", "tx\tTPM\nENST00000269305.9\t3\nTP53\t1\nBRAF\t1\n", "is a transcript"),
        ("a.doc", "x", "ends in .doc"),
        ("a.csv.gz", "no archive", "broken or cut off archive"),
        ("a.parquet", "no parquet", "not a readable table"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_samples_is_refused_in_one_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(MmdrpError, match=said) as caught:
        read(path)
    assert len(str(caught.value)) <= 200
    assert "\n" not in str(caught.value)


def test_what_is_cut_off_absent_or_a_folder_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(FRAME.to_csv().encode() * 100)
    (tmp_path / "cut.csv.gz").write_bytes(whole[: len(whole) // 2])
    flaws = {"cut.csv.gz": "cut off", "none.csv": "no such file", ".": "is a folder"}
    for name, said in flaws.items():
        path = tmp_path / name
        with pytest.raises(MmdrpError, match=said):
            read(path)


def test_a_spreadsheet_is_read(tmp_path: Path) -> None:
    # The parts of an .xlsx file, without a library that writes one.
    path = tmp_path / "patients.xlsx"
    rows = [["gene", *SAMPLES], *([gene, *FRAME[gene]] for gene in GENES)]
    cells = "".join(
        f'<row r="{i + 1}">' + "".join(_cell(i, j, value) for j, value in enumerate(row)) + "</row>"
        for i, row in enumerate(rows)
    )
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            'ContentType="application/xml"/></Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="a" Type='
            f'"{kind}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{main}" xmlns:r="{kind}"><sheets><sheet name="a" sheetId="1" '
            'r:id="b"/></sheets></workbook>',
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{package}/relationships"><Relationship Id="b" Type='
            f'"{kind}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/worksheets/sheet1.xml",
            f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>',
        )
    same(path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(MmdrpError, match="no readable spreadsheet"):
        read(path)


def _cell(row: int, column: int, value: object) -> str:
    place = f"{'ABCDE'[column]}{row + 1}"
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value}</v></c>'


def test_a_sample_called_like_a_gene_is_a_sample(tmp_path: Path) -> None:
    frame = FRAME.rename(index={"P2": "TP53"}).loc[["TP53"]]
    frame.T.to_csv(tmp_path / "one.tsv", sep="\t")
    assert read(tmp_path / "one.tsv").index.tolist() == ["TP53"]


def test_names_of_genes_may_stand_in_any_column(tmp_path: Path) -> None:
    for place in range(4):
        table = FRAME.T.reset_index(drop=True)
        table.insert(place, "gene_id", GENES)
        table.to_csv(tmp_path / "x.tsv", sep="\t", index=False)
        same(tmp_path / "x.tsv")


def test_a_heading_longer_than_csv_reads_is_read(tmp_path: Path) -> None:
    names = [*GENES, *(f"LOC{i:09d}" for i in range(16_000))]
    values = np.arange(3.0 * len(names)).reshape(3, -1)
    pd.DataFrame(values, SAMPLES, names).to_csv(tmp_path / "wide.csv")
    assert read(tmp_path / "wide.csv").shape == (3, len(names))


def test_a_spreadsheet_under_another_name_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.csv", "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    with pytest.raises(MmdrpError, match=r"is a spreadsheet or a zip; name it \.xlsx"):
        read(tmp_path / "x.csv")
