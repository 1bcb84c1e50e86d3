"""Speed and peak memory of `mmdrp predict` at 6,800 drugs, extrapolated to 100,000 samples.

A panel of 900 lines, 6,000 genes and 6,800 drugs is learned once; SAMPLES (3,072) samples are
written as one Parquet file in row groups and predicted into partitioned Parquet, without intervals
(LEVEL=0.9: with them), CHUNK (1,024) samples read at a time, in a process of its own whose peak is
taken. Samples are predicted block after block, so that time grows with their number and the peak
does not: ``peak_small_gb`` is that of half as many. LINES, GENES, DRUGS ask for other sizes.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import torch

import mmdrp
from mmdrp.prediction import predict_folder

LINES, GENES, DRUGS, SAMPLES, CHUNK = (
    int(os.environ.get(name, default))
    for name, default in (
        ("LINES", "900"), ("GENES", "6000"), ("DRUGS", "6800"), ("SAMPLES", "3072"),
        ("CHUNK", "1024"),
    )
)  # fmt: skip
WHOLE = 100_000


def main() -> dict[str, float | int | str]:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        _learn(root / "model.ckpt")
        half = _predicted(root, SAMPLES // 2)
        whole = _predicted(root, SAMPLES)
    rows = WHOLE * DRUGS
    # Reading the model is paid once: what more samples cost is the difference.
    more = whole["rows"] - half["rows"]
    per_s = more / (whole["seconds"] - half["seconds"])
    return {
        "samples": SAMPLES, "drugs": DRUGS, "threads": torch.get_num_threads(), "rows_per_s": per_s,
        "rows_per_cpu_s": more / (whole["cpu"] - half["cpu"]), "peak_gb": whole["gb"],
        "peak_small_gb": half["gb"], "bytes_per_row": whole["bytes"] / whole["rows"],
        "hours_100k": rows / per_s / 3600,
        "disk_100k_gb": rows * whole["bytes"] / whole["rows"] / 1e9,
        "extrapolated_from": SAMPLES / WHOLE,
    }  # fmt: skip


def _learn(path: Path) -> None:
    draw = np.random.default_rng(0)
    lines = [f"L{i:04d}" for i in range(LINES)]
    x = draw.standard_normal((LINES, GENES), dtype=np.float32)
    y = x[:, :40] @ draw.standard_normal((40, DRUGS), dtype=np.float32)
    y[draw.random(y.shape) < 0.25] = np.nan
    response = pd.DataFrame(y, lines, [f"D{j:04d}" for j in range(DRUGS)])
    long = response.rename_axis("cell").reset_index().melt("cell", var_name="drug").dropna()
    study = mmdrp.Study.from_frames(
        long, {"expression": pd.DataFrame(x, lines, _genes())}, unit="ln uM", higher="resistant"
    )
    mmdrp.ResponseModel(["expression"], net=False).fit(study).save(path)


def _genes() -> list[str]:
    return [f"g{j:05d}" for j in range(GENES)]


def _predicted(root: Path, samples: int) -> dict[str, float]:
    """Predict so many samples in a process of its own; return what it prints."""
    data = root / f"samples{samples}"
    data.mkdir()
    draw = np.random.default_rng(1)
    with pq.ParquetWriter(data / "expression.parquet", _schema()) as writer:
        for start in range(0, samples, CHUNK):
            count = min(CHUNK, samples - start)
            x = draw.standard_normal((GENES, count), dtype=np.float32)
            ids = pa.array([f"S{start + i:06d}" for i in range(count)])
            writer.write_table(pa.Table.from_arrays([ids, *map(pa.array, x)], schema=_schema()))
    command = [sys.executable, "-m", __name__, str(root / "model.ckpt"), str(data)]
    found: dict[str, float] = json.loads(
        subprocess.check_output(command, text=True).splitlines()[-1]
    )
    print(f"{samples} samples: {found}", flush=True)
    return found


def _schema() -> pa.Schema:
    return pa.schema([("cell", pa.string()), *((gene, pa.float32()) for gene in _genes())])


def predict(model: Path, data: Path) -> dict[str, float]:
    """Predict a folder; return rows, seconds, bytes and the largest memory of this process."""
    started, busy = time.perf_counter(), time.process_time()
    level = float(os.environ["LEVEL"]) if "LEVEL" in os.environ else None
    done = predict_folder(
        model, data, data / "out", level=level, csv=False, top=0, partitioned=True, chunk=CHUNK,
    )  # fmt: skip
    return {
        "rows": len(done.samples) * len(done.drugs),
        "seconds": time.perf_counter() - started,
        "cpu": time.process_time() - busy,
        "bytes": sum(path.stat().st_size for path in done.path.iterdir()),
        "gb": _peak(),
    }


def _peak() -> float:
    """Return this process's largest memory; ru_maxrss has that of who started it, too."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return next(int(row.split()[1]) for row in status.splitlines() if "VmHWM" in row) / 1e6


if __name__ == "__main__":
    print(json.dumps(predict(Path(sys.argv[1]), Path(sys.argv[2]))))
