"""A generated folder of DepMap 25Q3's size, built in a child process: seconds and peak memory.

1,700 lines x 19,000 genes of expression and of copy number, 680,000 variants beside their two
ready matrices, fusions, signatures, and 255,000 pairs of GDSC2. The goal is 120 s and 6 GB.
"""

import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from tests.benchmarks.speed.build_full_size import measured

LINES, GENES, MATRIX_GENES, VARIANTS, FUSIONS, DRUGS = 1700, 19_000, 3_000, 680_000, 40_000, 150
BUILD = """
import contextlib, json, resource, sys, time
from pathlib import Path
from mmdrp.cli import main
raw, out = Path(sys.argv[1]) / "raw", Path(sys.argv[1]) / "study"
start = time.perf_counter()
with contextlib.redirect_stdout(sys.stderr):
    code = main(["data", "build", f"raw={raw}", f"out={out}"])
seconds = time.perf_counter() - start
assert not code
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
manifest = json.loads((out / "manifest.json").read_text())
lines = manifest["tables"]["expression"]["rows"]
print(json.dumps({"lines": lines, "seconds": seconds, "peak_gb": peak}))
"""


def main() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "raw").mkdir()
        generate(folder / "raw")
        return measured(BUILD, folder)


def generate(raw: Path, lines: int = LINES, scale: float = 1.0) -> None:
    """Write files with the columns of 25Q3; ``scale`` shrinks the number of features."""
    rng = np.random.default_rng(0)
    cells = np.array([f"ACH-{i:06d}" for i in range(lines)])
    genes = [f"GENE{j} ({j})" for j in range(max(int(GENES * scale), 3))]
    some = genes[: max(int(MATRIX_GENES * scale), 3)]
    models = {
        "ModelID": cells, "StrippedCellLineName": [f"LINE{i}" for i in range(lines)],
        "CCLEName": [f"LINE{i}_LUNG" for i in range(lines)], "OncotreeLineage": "Lung",
        "SangerModelID": [f"SIDM{i:05d}" for i in range(lines)],
        "COSMICID": np.arange(900_000, 900_000 + lines),
    }  # fmt: skip
    pd.DataFrame(models).to_csv(raw / "Model.csv", index=False)
    (raw / "README.txt").write_text("# DepMap Public 25Q3\n")

    def wide(name: str, features: list[str], values: npt.NDArray[np.float32]) -> None:
        about = {
            "": np.arange(lines), "SequencingID": [f"CDS-{i}" for i in range(lines)],
            "ModelID": cells, "IsDefaultEntryForModel": np.full(lines, "Yes"),
            "ModelConditionID": [f"MC-{i}" for i in range(lines)],
            "IsDefaultEntryForMC": np.full(lines, "Yes"),
        }  # fmt: skip
        columns = [*map(pa.array, about.values()), *map(pa.array, values.round(4))]
        pyarrow.csv.write_csv(
            pa.Table.from_arrays(columns, names=[*about, *features]), raw / f"{name}.csv"
        )

    shape = (len(genes), lines)
    wide("OmicsExpressionTPMLogp1HumanProteinCodingGenes", genes,
         rng.gamma(2, 1.5, shape).astype(np.float32).clip(0, 18))  # fmt: skip
    wide("OmicsCNGeneWGS", genes, rng.gamma(8, 0.125, shape).astype(np.float32))
    for kind in ("Damaging", "Hotspot"):
        calls = (rng.random((len(some), lines)) < 0.02).astype(np.float32)
        wide(f"OmicsSomaticMutationsMatrix{kind}", some, calls)
    named = {"Aneuploidy": 39, "CIN": 1, "LoHFraction": 1, "MSIScore": 90, "Ploidy": 5, "WGD": 1}
    signatures = np.array([rng.random(lines) * most for most in named.values()], dtype=np.float32)
    wide("OmicsSignatures", list(named), signatures)
    _variants(raw, cells, len(genes), int(VARIANTS * scale), rng)
    _fusions(raw, cells, max(int(FUSIONS * scale), 50), rng)
    _gdsc2(raw, lines, rng)


def _variants(
    raw: Path, cells: npt.NDArray[np.str_], genes: int, count: int, rng: np.random.Generator
) -> None:
    effects = np.array(["missense_variant", "synonymous_variant", "stop_gained", "intron_variant"])
    line = rng.integers(0, len(cells), count)
    table = {
        "Chrom": np.full(count, "chr1"), "Pos": rng.integers(1, 1 << 28, count),
        "Ref": np.full(count, "A"), "Alt": np.full(count, "T"),
        "HugoSymbol": np.char.add("GENE", rng.integers(0, genes, count).astype(str)),
        "MolecularConsequence": effects[rng.integers(0, 4, count)],
        "ProteinChange": np.full(count, "p.V600E"), "LikelyLoF": np.full(count, "False"),
        "Hotspot": np.full(count, "False"), "ModelID": cells[line],
        "SequencingID": np.char.add("CDS-", line.astype(str)),
        "IsDefaultEntryForModel": np.full(count, "Yes"),
    }  # fmt: skip
    pyarrow.csv.write_csv(pa.table(table), raw / "OmicsSomaticMutations.csv")


def _fusions(raw: Path, cells: npt.NDArray[np.str_], count: int, rng: np.random.Generator) -> None:
    pair = rng.zipf(1.3, count).clip(max=count).astype(str)
    table = {
        "ModelID": cells[rng.integers(0, len(cells), count)],
        "IsDefaultEntryForModel": np.full(count, "Yes"),
        "CanonicalFusionName": np.char.add("A--B", pair), "Gene1": np.full(count, "A (ENSG1)"),
    }  # fmt: skip
    pyarrow.csv.write_csv(pa.table(table), raw / "OmicsFusionFiltered.csv")


def _gdsc2(raw: Path, lines: int, rng: np.random.Generator) -> None:
    line, drug = np.repeat(np.arange(lines), DRUGS), np.tile(np.arange(DRUGS), lines)
    table = {
        "DATASET": np.full(len(line), "GDSC2"), "COSMIC_ID": 900_000 + line,
        "CELL_LINE_NAME": np.char.add("LINE", line.astype(str)),
        "SANGER_MODEL_ID": np.char.add("SIDM", np.char.zfill(line.astype(str), 5)),
        "DRUG_ID": drug + 1, "DRUG_NAME": np.char.add("drug", drug.astype(str)),
        "LN_IC50": rng.normal(2, 2, len(line)).round(4),
        "AUC": rng.uniform(0.1, 1, len(line)).round(4),
    }  # fmt: skip
    pyarrow.csv.write_csv(pa.table(table), raw / "GDSC2_fitted_dose_response_27Oct23.csv")
