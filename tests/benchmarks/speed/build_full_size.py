"""Eight modalities of full DepMap size, generated: build seconds, peak memory, load seconds.

All modalities have all 1,400 lines, more than the releases do (proteomics has 375).
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from mmdrp.errors import MmdrpError

LINES, DRUGS, VARIANTS = 1400, 545, 1_200_000
BUILD = """
import json, resource, sys, time
from pathlib import Path
from mmdrp.data.ingest.screens.ctrpv2 import build
start = time.perf_counter()
build(Path(sys.argv[1]) / "study", Path(sys.argv[1]) / "raw")
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
print(json.dumps({"build_seconds": seconds, "build_peak_gb": peak}))
"""
LOAD = """
import json, resource, sys, time
from pathlib import Path
from mmdrp.data.study import Study
start = time.perf_counter()
study = Study.read(Path(sys.argv[1]) / "study")
tables = [study.modality(name) for name in study.modalities]
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
values = sum(t.values.size for t in tables)
print(json.dumps({"load_seconds": seconds, "load_peak_gb": peak, "values": values}))
"""


def main() -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "raw").mkdir()
        generate(folder / "raw")
        size = sum(p.stat().st_size for p in (folder / "raw").iterdir()) / 1e9
        return {"raw_gb": size, **measured(BUILD, folder), **measured(LOAD, folder)}


def measured(code: str, folder: Path) -> dict[str, float]:
    """Run in a process of its own, whose peak memory is that of the work alone."""
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise MmdrpError(done.stderr.strip().splitlines()[-1])
    found: dict[str, float] = json.loads(done.stdout)
    return found


def generate(raw: Path, lines: int = LINES, scale: float = 1.0) -> None:
    """Write release-like files; ``scale`` shrinks the number of features."""
    rng = np.random.default_rng(0)
    cells = [f"ACH-{i:06d}" for i in range(lines)]
    ccle = [f"LINE{i}_LUNG" for i in range(lines)]
    pd.DataFrame(
        {
            "DepMap_ID": cells,
            "stripped_cell_line_name": [name.split("_")[0] for name in ccle],
            "CCLE_Name": ccle,
            "lineage": "lung",
        }
    ).to_csv(raw / "sample_info.csv", index=False)

    def wide(name: str, key: str, ids: list[str], features: list[str]) -> None:
        values = rng.normal(3, 1, (len(features), len(ids))).astype(np.float32).round(4)
        columns = [pa.array(ids), *map(pa.array, values)]
        pyarrow.csv.write_csv(pa.Table.from_arrays(columns, names=[key, *features]), raw / name)

    def many(count: int) -> int:
        return max(int(count * scale), 3)

    genes = [f"GENE{j} ({j})" for j in range(many(27000))]
    wide("CCLE_expression.csv", "", cells, genes[: many(19000)])
    wide("CCLE_gene_cn.csv", "", cells, genes)
    wide("CCLE_metabolomics_20190502.csv", "CCLE_ID", ccle, [f"m{j}" for j in range(many(225))])
    wide(
        "CCLE_GlobalChromatinProfiling_20181130.csv", "", cells, [f"H{j}" for j in range(many(42))]
    )
    wide("CCLE_RPPA_20181003.csv", "", ccle, [f"P{j}" for j in range(many(214))])
    proteins = many(12000)
    names = {
        "Protein_Id": [f"sp|P{j}|X" for j in range(proteins)],
        "Gene_Symbol": [f"GENE{j}" for j in range(proteins)],
        "Uniprot_Acc": [f"P{j}" for j in range(proteins)],
    }
    values = rng.normal(0, 1, (lines, proteins)).astype(np.float32).round(4)
    values[rng.random(values.shape) < 0.3] = np.nan
    plex = {
        f"{n}_TenPx{i % 42 + 1:02d}": v for i, (n, v) in enumerate(zip(ccle, values, strict=True))
    }
    pyarrow.csv.write_csv(
        pa.table(names | {n: pa.array(v, from_pandas=True) for n, v in plex.items()}),
        raw / "protein_quant_current_normalized.csv",
    )
    _mirna(raw, ccle, many(734), rng)
    _mutations(raw, cells, many(18000), many(VARIANTS), rng)
    _ctrpv2(raw, lines, many(DRUGS), rng)


def _mirna(raw: Path, ccle: list[str], count: int, rng: np.random.Generator) -> None:
    frame = pd.DataFrame(rng.normal(6, 1, (count, len(ccle))).round(4), columns=ccle)
    frame.insert(0, "Name", [f"nmiR{j:05d}.1" for j in range(count)])
    frame.insert(1, "Description", [f"hsa-miR-{j}" for j in range(count)])
    with (raw / "CCLE_miRNA_20181103.gct").open("w") as stream:
        stream.write(f"#1.2\n{count}\t{len(ccle)}\n")
        frame.to_csv(stream, sep="\t", index=False)


def _mutations(
    raw: Path, cells: list[str], genes: int, variants: int, rng: np.random.Generator
) -> None:
    classes = ["Missense_Mutation", "Silent", "Nonsense_Mutation", "Intron", "Frame_Shift_Del"]
    gene = rng.integers(0, genes, variants)
    table = {
        "Hugo_Symbol": pa.array(gene).cast(pa.string()),
        "Entrez_Gene_Id": pa.array(gene),
        "NCBI_Build": pa.array(np.full(variants, 37)),
        "Chromosome": pa.array(rng.integers(1, 23, variants)),
        "Start_position": pa.array(rng.integers(1, 1 << 28, variants)),
        "Variant_Classification": pa.array(np.array(classes)[rng.integers(0, 5, variants)]),
        "Genome_Change": pa.array(np.full(variants, "g.chr1:100000A>G")),
        "Annotation_Transcript": pa.array(np.full(variants, "ENST00000000000.1")),
        "DepMap_ID": pa.array(np.array(cells)[rng.integers(0, len(cells), variants)]),
        "Protein_Change": pa.array(np.full(variants, "p.V600E")),
    }
    pyarrow.csv.write_csv(pa.table(table), raw / "CCLE_mutations.csv")


def _ctrpv2(raw: Path, lines: int, drugs: int, rng: np.random.Generator) -> None:
    def put(name: str, **columns: object) -> None:
        pd.DataFrame(columns).to_csv(raw / f"v20.{name}.txt", sep="\t", index=False)

    run = np.arange(lines)
    put("meta.per_experiment", experiment_id=run, master_ccl_id=run)
    put("meta.per_cell_line", master_ccl_id=run, ccl_name=[f"LINE{i}" for i in run])
    smiles = ["C" * (j % 20 + 1) + "N" * (j // 20 % 2) + "O" for j in range(drugs)]
    put(
        "meta.per_compound",
        master_cpd_id=np.arange(drugs),
        cpd_name=[f"drug{j}" for j in range(drugs)],
        cpd_smiles=smiles,
    )
    put(
        "data.curves_post_qc",
        experiment_id=np.repeat(run, drugs),
        area_under_curve=rng.uniform(0, 16, lines * drugs).round(3),
        master_cpd_id=np.tile(np.arange(drugs), lines),
    )
