"""Seconds and memory of one fit of the kernel base by number of drugs: 265 to 6,800.

900 lines and 6,000 genes are drawn from 40 factors, responses from 12 of them and one gene each,
20 to 35 % unmeasured by drug. Each size is fitted in a process of its own on THREADS (2) threads.
``exponent`` is that of time over drugs between the smallest and the largest. DRUGS=265,500 asks for
other sizes.
"""

import json
import math
import os
import resource
import subprocess
import sys
import time

import torch

from mmdrp.nn.base.kernel import Kernel

LINES, GENES, FACTORS = 900, 6000, 40


def main() -> dict[str, float | int | str]:
    threads = int(os.environ.get("THREADS", "2"))
    sizes = [int(n) for n in os.environ.get("DRUGS", "265,500,1500,6800").split(",")]
    figures: dict[str, float | int | str] = {"threads": threads}
    for drugs in sizes:
        command = [sys.executable, "-m", __name__, str(drugs), str(threads)]
        # The setting of the caller would cap what the child asks for.
        env = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
        found = json.loads(subprocess.check_output(command, text=True, env=env).splitlines()[-1])
        figures[f"s{drugs}"], figures[f"cpu{drugs}"] = found["seconds"], found["cpu"]
        figures[f"gb{drugs}"] = found["gb"]
        print(f"{drugs} drugs: {found}", flush=True)
    if len(sizes) > 1:
        ratio = float(figures[f"s{sizes[-1]}"]) / float(figures[f"s{sizes[0]}"])
        figures["exponent"] = math.log(ratio) / math.log(sizes[-1] / sizes[0])
    return figures


def fit(drugs: int) -> dict[str, float]:
    """Fit once; return seconds, processor seconds and the largest memory of this process."""
    g = torch.Generator().manual_seed(0)
    z = torch.randn(LINES, FACTORS, generator=g)
    x = 0.5 * z @ torch.randn(FACTORS, GENES, generator=g) + torch.randn(LINES, GENES, generator=g)
    y = 0.4 * z[:, :12] @ torch.randn(12, drugs, generator=g)
    y += torch.randn(LINES, drugs, generator=g)
    y += 0.3 * x[:, torch.randint(0, GENES, (drugs,), generator=g)]
    y[torch.rand(LINES, drugs, generator=g) < 0.2 + 0.15 * torch.rand(drugs, generator=g)] = (
        torch.nan
    )
    here = {"expression": torch.ones(LINES, dtype=torch.bool)}
    wall, cpu = time.perf_counter(), time.process_time()
    base = Kernel(context=()).fit({"expression": x}, here, y)
    assert torch.isfinite(base.dual).all()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    return {
        "seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "gb": peak
    }  # fmt: skip


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[2]))
    print(json.dumps(fit(int(sys.argv[1]))))
