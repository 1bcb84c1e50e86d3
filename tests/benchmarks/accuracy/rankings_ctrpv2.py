"""Per-drug rankings over all lines of the real CTRPv2 study: all drugs, all modalities.

MMDRP_DATA names the folder in which the study ctrpv2 lies (docs/raw.md), by default data. The model
is the base alone unless OVERRIDES says otherwise, e.g. OVERRIDES="net=true trainer.max_epochs=2".
"""

import json
import os
import resource
import shlex
import tempfile
import time
from pathlib import Path

import pyarrow.parquet as pq

from mmdrp.cli import main as mmdrp
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError


def main() -> dict[str, float | int | str]:
    study = Study.read(Path(os.environ.get("MMDRP_DATA", "data")) / "ctrpv2")
    modalities = f"modality=[{','.join(study.modalities)}]"
    extra = shlex.split(os.environ.get("OVERRIDES", "net=false"))
    with tempfile.TemporaryDirectory() as scratch:
        run, out = Path(scratch) / "run", Path(scratch) / "ranked"
        if mmdrp(["train", "study=ctrpv2", "response=auc", modalities, f"out={run}", *extra]):
            raise MmdrpError("the run failed")
        trained = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        start, worked = time.perf_counter(), time.process_time()
        if mmdrp(["attribute", f"run={run}", f"out={out}", "pictures=0"]):
            raise MmdrpError("the attribution failed")
        seconds, worked = time.perf_counter() - start, time.process_time() - worked
        told = json.loads((out / "attribution.json").read_text())
        rows = pq.ParquetFile(out / "rankings.parquet").metadata.num_rows
        pairs = pq.ParquetFile(out / "completeness.parquet").metadata.num_rows
        size = sum(p.stat().st_size for p in out.rglob("*.parquet")) / 2**30
    return {
        "seconds": seconds,
        "cpu_seconds": worked,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "peak_gb_before": trained,
        "drugs": told["drugs"],
        "pairs": pairs,
        "features": rows // told["drugs"],
        "gap_of_range": told["largest_gap_of_output_range"],
        "written_gb": size,
    }
