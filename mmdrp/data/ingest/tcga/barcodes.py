"""TCGA barcodes: which tumour of which case, and of which cancer."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

from mmdrp.data.ingest.delimited import Delimited
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.tables import cell
from mmdrp.errors import MmdrpError

# TCGA-TSS-CASE[-SAMPLE[VIAL][-PORTION ANALYTE-PLATE-CENTER]]
PATTERN = re.compile(r"TCGA-([A-Z0-9]{2})-([A-Z0-9]{4})(?:-(\d{2})[A-Z]?(?:-.*)?)?")
ICGC = re.compile(r"(DO\d+)(?:/.+)?")
"""a donor of ICGC, and which of his samples"""
PREFERRED = ("", "01", "03", "09", "05", "02", "04", "06", "07", "40")  # tumours, primary first
CLINICAL = ("clinical*.tsv", "clinical*.csv", "TCGA-CDR-SupplementalTableS1*.csv")
CASE = ("bcr_patient_barcode", "case_submitter_id", "submitter_id", "case_id", "PATIENT_ID")
TYPE = ("type", "acronym", "cohort", "project_id", "cancer_type")
CODES = "tissueSourceSite.tsv"  # GDC's code table: TSS Code, Study Name
STUDIES = {
    "acute myeloid leukemia": "LAML",
    "adrenocortical carcinoma": "ACC",
    "bladder urothelial carcinoma": "BLCA",
    "brain lower grade glioma": "LGG",
    "breast invasive carcinoma": "BRCA",
    "cervical squamous cell carcinoma and endocervical adenocarcinoma": "CESC",
    "cholangiocarcinoma": "CHOL",
    "colon adenocarcinoma": "COAD",
    "esophageal carcinoma": "ESCA",
    "glioblastoma multiforme": "GBM",
    "head and neck squamous cell carcinoma": "HNSC",
    "kidney chromophobe": "KICH",
    "kidney renal clear cell carcinoma": "KIRC",
    "kidney renal papillary cell carcinoma": "KIRP",
    "liver hepatocellular carcinoma": "LIHC",
    "lung adenocarcinoma": "LUAD",
    "lung squamous cell carcinoma": "LUSC",
    "lymphoid neoplasm diffuse large b-cell lymphoma": "DLBC",
    "mesothelioma": "MESO",
    "ovarian serous cystadenocarcinoma": "OV",
    "pancreatic adenocarcinoma": "PAAD",
    "pheochromocytoma and paraganglioma": "PCPG",
    "prostate adenocarcinoma": "PRAD",
    "rectum adenocarcinoma": "READ",
    "sarcoma": "SARC",
    "skin cutaneous melanoma": "SKCM",
    "stomach adenocarcinoma": "STAD",
    "testicular germ cell tumors": "TGCT",
    "thymoma": "THYM",
    "thyroid carcinoma": "THCA",
    "uterine carcinosarcoma": "UCS",
    "uterine corpus endometrial carcinoma": "UCEC",
    "uveal melanoma": "UVM",
}


def split(barcode: str, where: str) -> tuple[str, str]:
    """Return case (TCGA-XX-XXXX) and two-digit sample type ("" where it is not said).

    A donor of ICGC (``DO123/SA456``) is a case whose samples have no type.
    """
    if (donor := ICGC.fullmatch(barcode)) is not None:
        return donor[1], ""
    found = PATTERN.fullmatch(barcode)
    if found is None:
        raise MmdrpError(f"{where}: {barcode!r} is not a TCGA barcode")
    return barcode[:12], found[3] or ""


def _site(case: str) -> str:
    """Return the code of the tissue source site, which TCGA's cases have."""
    return case[5:7] if case.startswith("TCGA-") else ""


def choose(barcodes: Mapping[str, Sequence[tuple[str, str]]]) -> tuple[dict[str, str], list[str]]:
    """Decide which sample stands for each case; ``barcodes`` are (case, sample) by modality.

    The one that most modalities have, the primary before a metastasis; normal tissue never.
    """
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    for pairs in barcodes.values():
        for case, sample in set(pairs):
            if sample in PREFERRED:
                seen[case][sample] += 1
    # A table that names cases only goes with whichever sample is chosen.
    chosen = {
        case: min([s for s in count if s] or [""], key=lambda s: (-count[s], PREFERRED.index(s)))
        for case, count in seen.items()
    }
    every = {pair for pairs in barcodes.values() for pair in pairs}
    normal = len({p for p in every if p[1] not in PREFERRED})
    others = len({p for p in every if p[1] in PREFERRED and p[1] not in ("", chosen[p[0]])})
    notes = [f"{normal} samples of normal tissue are left out"] if normal else []
    if others:
        notes.append(
            f"{others} further samples of cases that have a better suited one are left out"
        )
    return chosen, notes


def first_aliquots(
    names: Sequence[str], pairs: Sequence[tuple[str, str]], chosen: Mapping[str, str]
) -> tuple[dict[str, int], int]:
    """Return row of each case, its chosen sample's first aliquot by name; and how many others."""
    rows: dict[str, int] = {}
    others = 0
    for i in sorted(range(len(names)), key=lambda i: names[i]):
        case, sample = pairs[i]
        if sample not in PREFERRED or sample not in ("", chosen[case]):
            continue
        others += case in rows
        rows.setdefault(case, i)
    return rows, others


def cancer_types(
    folder: Raw, cases: Iterable[str], stated: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Return the cancer type of each case, "" where unknown, and what there is to tell.

    ``stated`` by the omics files wins, then a clinical table, then GDC's table of tissue source
    sites, then the one type that all other cases of the same source site have.
    """
    clinical, codes = _clinical(folder), _codes(folder)
    found = {c: stated.get(c) or clinical.get(c) or codes.get(_site(c), "") for c in cases}
    by_site: dict[str, set[str]] = defaultdict(set)
    for case, kind in {**clinical, **stated}.items():
        by_site[_site(case)].add(kind)
    inferred = 0
    for case, kind in found.items():
        sites = by_site.get(_site(case), set()) if _site(case) else set()
        if not kind and len(sites) == 1:
            found[case] = next(iter(sites))
            inferred += 1
    unknown = sum(not kind for kind in found.values())
    notes = []
    if inferred:
        notes.append(f"cancer type of {inferred} tumours: that of all others of their source site")
    if unknown:
        notes.append(
            f"cancer type of {unknown} tumours is unknown: put a clinical table or GDC's {CODES} "
            "into the raw folder"
        )
    return found, notes


def _clinical(folder: Raw) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted({p for pattern in CLINICAL for p in folder.glob(pattern)}):
        table = Delimited.open(path, None)
        case = next((name for name in CASE if name in table.header), None)
        kind = next((name for name in TYPE if name in table.header), None)
        if case is None or kind is None:
            raise MmdrpError(
                f"{path.name}: needs a column of cases ({', '.join(CASE)}) and one of cancer types "
                f"({', '.join(TYPE)})"
            )
        frame = table.text([case, kind])
        for i, (name, value) in enumerate(frame.itertuples(index=False)):
            value = value.removeprefix("TCGA-")
            name = name[:12].upper()
            if name and value and found.setdefault(name, value) != value:
                raise MmdrpError(f"{cell(path, kind, i, name)}: {value!r}, earlier {found[name]!r}")
    return found


def _codes(folder: Raw) -> dict[str, str]:
    path = folder.find((CODES,))
    if path is None:
        return {}
    frame = Delimited.open(path, "\t", ["TSS Code", "Study Name"]).text(["TSS Code", "Study Name"])
    return {
        code.zfill(2): STUDIES[name.lower()]
        for code, name in frame.itertuples(index=False)
        if name.lower() in STUDIES
    }
