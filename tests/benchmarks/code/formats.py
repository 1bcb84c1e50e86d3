"""Layouts that people have on disk: read right, refused in one line, or wrong in silence.

Release folders are generated with their exact columns (tests/data/ingest) and built by
``mmdrp data build raw=DIR`` alone; tables of samples are written in each direction, spelling and
unit, and compared with what a model of z-scores must see. ``silent`` counts layouts that were
taken and gave another value, or no unit.
"""

import contextlib
import io
import logging
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import mmdrp
from mmdrp.cli import main as command
from mmdrp.data.genes import genes
from mmdrp.data.samples import laid_out, read_sheet
from mmdrp.data.source import Table
from mmdrp.data.study import Study
from mmdrp.data.study.units import stated
from mmdrp.errors import MmdrpError
from mmdrp.training.info import SourceInfo
from mmdrp.training.model.likeness import Given
from mmdrp.training.model.matching import aligned
from mmdrp.training.reference import Reference
from tests.data.ingest import releases, test_as_downloaded, test_benchmark_tools
from tests.data.ingest import test_depmap_more as more
from tests.data.ingest import test_depmap_today as today
from tests.data.ingest import test_passports as passports
from tests.data.ingest import test_screens_more as screens
from tests.data.ingest.tools import layouts

Files = dict[str, str]
Array = npt.NDArray[Any]
D, N = 400, 12
EXPORT = test_as_downloaded.EXPORT.rsplit("\n", 2)[0] + "\n"
"""without its row of GDSC2"""
MODEL = {"Model.csv": today.MODEL}
STUDIES: dict[str, tuple[list[Files], str, float]] = {
    "DepMap to 22Q2, CTRPv2": ([releases.CTRPV2, releases.DEPMAP], "expression", 1.5),
    "DepMap 22Q4 to 25Q3": (
        [releases.CCLE, MODEL,
         {"OmicsExpressionTPMLogp1HumanProteinCodingGenes.csv": today.EXPRESSION}],
        "expression", 1.5),
    "DepMap variants": (
        [releases.CCLE, MODEL, {"OmicsSomaticMutations.csv": today.VARIANTS}], "mutation", 1),
    "GDSC fitted, csv": (
        [{n: t for n, t in releases.GDSC.items() if n != "IC50_v17.csv"}, releases.DEPMAP],
        "expression", 1.5),
    "GDSC fitted beside the v17 matrix": ([releases.GDSC, releases.DEPMAP], "expression", 1.5),
    "GDSC web export": (
        [{"PANCANCER_IC50_Mon_Nov_30_2026.csv": EXPORT}, releases.DEPMAP], "expression", 1.5),
    "PRISM secondary": (
        [{"secondary-screen-dose-response-curve-parameters.csv": test_as_downloaded.CURVES},
         releases.DEPMAP], "expression", 1.5),
    "PRISM primary, matrix": ([screens.MATRIX, releases.DEPMAP], "expression", 1.5),
    "PRISM primary, rows": ([screens.COLLAPSED, releases.DEPMAP], "expression", 1.5),
    "PRISM primary, replicates": ([screens.REPLICATES, releases.DEPMAP], "expression", 1.5),
    "CTRPv1": ([screens.BASU, releases.DEPMAP], "expression", 1.5),
    "CCLE 2015": ([releases.CCLE, releases.DEPMAP], "expression", 1.5),
    "Cell Model Passports": ([releases.CCLE, passports.FILES], "expression", np.log2(16)),
    "DepMap fusions": ([releases.CCLE, MODEL, {more.TODAY: more.FUSIONS}], "gene_fusion", 1),
    "DepMap fusions to 25Q1": ([releases.CCLE, MODEL, {more.TODAY: more.OLD}], "gene_fusion", 1),
    "DepMap signatures": (
        [releases.CCLE, MODEL, {"OmicsSignatures.csv": more.SIGNATURES}], "signatures", 30.5),
    "Cell Model Passports, copies": ([releases.CCLE, {more.TOTAL: more.WIDE}], "cnv", 30),
    "Cell Model Passports, calls": (
        [releases.CCLE, {"WES_pureCN_CNV_genes_cn_category_20221213.csv": more.CATEGORY}],
        "cnv", -1),
    "Cell Model Passports, copies of genes and models": (
        [releases.CCLE, {"WES_pureCN_CNV_genes_20221213.csv": more.LONG}], "cnv", 30),
    "Cell Model Passports, SNP6": (
        [releases.CCLE, {"cnv_abs_copy_number_picnic_20191101.csv": more.PICNIC}], "cnv", 30),
    "ProCan": ([releases.CCLE, {more.MATRIX: more.PROCAN}], "proteomics", 7.25),
    "TCGA MAF and TPM": ([releases.TCGA], "mutation", 1),
    "TCGA matrices": ([releases.TUMOURS], "mutation", 1),
    "drevalpy": ([test_benchmark_tools.DREVAL], "mutation", 1),
    "coderdata": ([{"gdscv2_experiments.tsv": test_benchmark_tools.CODER}], "", 0),
    "IMPROVE": ([test_benchmark_tools.IMPROVE], "", 0),
    "drevalpy as published": ([layouts.DREVAL], "mutation", 1),
    "coderdata, omics": ([layouts.CODER], "expression", 5),
    "coderdata, calls": ([layouts.CODER], "cnv", -2),
    "IMPROVE, omics": ([layouts.IMPROVE], "expression", 1.5),
    "IMPROVE, counts of mutations": ([layouts.IMPROVE], "mutation", 1),
    "PharmacoGx": (
        [{n: t for n, t in layouts.PSET.items() if n != "rnaseq.csv"}], "mutation", 1),
    "oncoPredict, GDSC2": ([layouts.ONCO], "expression", 6.25),
    "oncoPredict, CTRP2": ([layouts.CTRP], "expression", 5),
    "ICGC": ([{"simple_somatic_mutation.open.PACA-AU.tsv": layouts.ICGC}], "mutation", 1),
    "gdsctools": ([layouts.GDSCTOOLS], "racs", 1),
    "GDSC's export of genetic features": (
        [{"IC50_v17.csv": layouts.IC50, "PANCANCER_Genetic_features.csv": layouts.EXPORT}],
        "racs", 1),
}  # fmt: skip
OWN_NAMES = ("TCGA", "ICGC", "drevalpy", "coderdata", "IMPROVE", "PharmacoGx", "oncoPredict",
             "gdsctools", "GDSC's")  # fmt: skip
"""releases whose lines go by their own names, without DepMap's table of lines"""


def main() -> dict[str, int]:
    logging.getLogger("mmdrp").setLevel(logging.CRITICAL)
    counts = {"read": 0, "refused_clearly": 0, "silent": 0}
    with tempfile.TemporaryDirectory() as scratch:
        done = {**studies(Path(scratch)), **samples(Path(scratch))}
    for name, result in done.items():
        counts[result] += 1
        print(f"  {name}: {result}")
    return {"layouts": len(done), **counts}


def studies(scratch: Path) -> dict[str, str]:
    """Build a study of each release."""
    out = {}
    for i, (name, (files, modality, value)) in enumerate(STUDIES.items()):
        raw, root = scratch / f"raw{i}", scratch / f"study{i}"
        alone = modality == "" or name.startswith(OWN_NAMES)
        releases.write(raw, *files)
        if alone:
            (raw / "sample_info.csv").unlink()
        said = io.StringIO()
        words = ["data", "build", f"raw={raw}", f"out={root}"]
        if name.startswith(("TCGA", "ICGC")):  # so few tumours that no gene would pass
            words += ["study=tcga", "study.raw.min_mean=0", "study.raw.min_sd=0"]
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            code = _code(words)
        if code == 0:
            right = _right(mmdrp.load_study(root), modality, value)
            out[name] = "read" if right else "silent"
        else:
            line = said.getvalue().strip().splitlines()[-1]
            out[name] = "refused_clearly" if code == 2 and len(line) <= 200 else "silent"
    return out


def _code(words: list[str]) -> int:
    try:
        return int(command(words) or 0)
    except SystemExit as done:
        return int(done.code or 0)


def _right(study: Study, modality: str, value: float) -> bool:
    if not modality:
        return bool(len(study.response(study.measures[0])))
    values = study.modality(modality).values
    entry = study.manifest.tables[modality]
    said = stated(study.units[modality]) or bool(entry.detail)
    return said and bool(np.isclose(values, value, atol=1e-4).any())


def samples(scratch: Path) -> dict[str, str]:
    """Write tables of samples in many ways, and see what a model of z-scores gets."""
    rng = np.random.default_rng(0)
    names = [n for n in list(genes().symbols)[:1500] if genes().find(n)[0] == "symbol"][:D]
    x = rng.lognormal(rng.normal(2, 2, D), 0.7, (N, D)) * (rng.random((N, D)) > 0.2)
    tpm = pd.DataFrame(x * (1e6 / x.sum(1, keepdims=True)), [f"P{i}" for i in range(N)], names)
    log = np.log2(tpm.to_numpy() + 1)
    z = (log - log.mean(1, keepdims=True)) / log.std(1, keepdims=True)
    source = SourceInfo("cell", names, D, _reference(names, z), "z-score within line")
    known = genes()
    one = {next(iter(v)): k for k, v in known.ensembl.items() if len(v) == 1}
    ids = {n: one.get(known.symbols[n.upper()], n) for n in names}
    entrez = {n: known.symbols[n.upper()] for n in names}

    versioned = {name: f"{i}.4" for name, i in ids.items() if i != name}
    both = {name: f"{name} ({e})" for name, e in entrez.items()}
    barred = {name: f"{name}|{e}" for name, e in entrez.items()}

    def table(values: Array) -> pd.DataFrame:
        return pd.DataFrame(values, tpm.index, names)

    logged = table(log)
    ways: dict[str, tuple[pd.DataFrame, str, Callable[[pd.DataFrame, Path], None]]] = {
        "TPM, samples in rows": (tpm, "a.csv", _csv),
        "TPM, genes in rows, tsv": (tpm.T, "b.tsv", _tsv),
        "log2(TPM + 1), txt.gz": (logged.T, "c.txt.gz", _tsv),
        "ln(TPM + 1)": (table(np.log(tpm.to_numpy() + 1)), "d.csv", _csv),
        "log10(TPM + 1)": (table(np.log10(tpm.to_numpy() + 1)), "e.csv", _csv),
        "log2(TPM + 0.001), Toil": (table(np.log2(tpm.to_numpy() + 0.001)).T, "f.tsv", _tsv),
        "FPKM by name": (tpm.T * 0.3, "cohort_fpkm.tsv", _tsv),
        "TPM or FPKM": (tpm.T.iloc[: D // 2] * 0.3, "g.tsv", _tsv),
        "z-scores": (table(z), "h.csv", _csv),
        "array intensities": (table(log * 0.6 + 3), "i.csv", _csv),
        "Ensembl ids with version": (logged.rename(columns=versioned), "j.tsv", _tsv),
        "Entrez ids": (logged.rename(columns=entrez).T, "k.tsv", _tsv),
        "SYMBOL (ENTREZ)": (logged.rename(columns=both), "l.csv", _csv),
        "SYMBOL|ENTREZ": (logged.rename(columns=barred).T, "m.txt", _tsv),
        "small letters": (logged.rename(columns=str.lower), "n.csv", _csv),
        "R's write.table": (logged.T, "o.txt", _r),
        "GCT": (logged.T, "p.gct", _gct),
        "parquet": (logged.rename_axis("sample").reset_index(), "q.parquet", _parquet),
        "an index saved with it": (logged.rename_axis("sample").reset_index(), "r.csv", _csv),
    }  # fmt: skip
    out = {}
    for name, (frame, file, write) in ways.items():
        path = scratch / file
        write(frame, path)
        try:
            found = laid_out(read_sheet(path), names)
            given = Given(hints={"expression": found.hint})
            seen, _ = aligned("expression", source, np.arange(D), found.table, 0.5, given)
        except MmdrpError as error:
            out[name] = "refused_clearly" if len(str(error)) <= 200 else "silent"
            continue
        r = [np.corrcoef(a, b)[0, 1] for a, b in zip(seen.values, z, strict=True)]
        out[name] = "read" if min(r) > 0.999 else "silent"
    return out


def _reference(names: list[str], z: Array) -> dict[str, object]:
    table = Table("cell", [f"L{i}" for i in range(len(z))], names, z.astype(np.float32))
    return dict(Reference.of(table).plain())


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path)


def _tsv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, sep="\t")


def _parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False)


def _r(frame: pd.DataFrame, path: Path) -> None:
    heading = "\t".join(f'"{name}"' for name in frame.columns)
    rows = frame.to_csv(sep="\t", header=False, quoting=2)
    path.write_text(f"{heading}\n{rows}")


def _gct(frame: pd.DataFrame, path: Path) -> None:
    table = frame.rename_axis("Name").reset_index()
    table.insert(1, "Description", "na")
    path.write_text(f"#1.2\n{len(frame)}\t{frame.shape[1]}\n" + table.to_csv(sep="\t", index=False))
