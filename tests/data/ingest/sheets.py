"""Spreadsheets for tests: the parts of an .xlsx file, without a library that writes one."""

import zipfile
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
KIND = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def write_sheet(path: Path, rows: Sequence[Sequence[str]]) -> None:
    """Write one sheet; texts that are numbers become numbers."""
    body = "".join(
        f'<row r="{i + 1}">' + "".join(_cell(value) for value in row) + "</row>"
        for i, row in enumerate(rows)
    )
    parts = {
        "[Content_Types].xml": (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType='
            '"application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" '
            'ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": _relation("a", "officeDocument", "xl/workbook.xml"),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{KIND}"><sheets><sheet name="a" sheetId="1" '
            'r:id="b"/></sheets></workbook>'
        ),
        "xl/_rels/workbook.xml.rels": _relation("b", "worksheet", "worksheets/sheet1.xml"),
        "xl/worksheets/sheet1.xml": (
            f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
        ),
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)


def _relation(ident: str, kind: str, target: str) -> str:
    return (
        f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="{ident}" '
        f'Type="{KIND}/{kind}" Target="{target}"/></Relationships>'
    )


def _cell(value: str) -> str:
    try:
        return f"<c><v>{float(value)}</v></c>"
    except ValueError:
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
