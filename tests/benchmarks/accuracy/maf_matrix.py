"""TCGA MAF files laid out as genes x tumours, against a published matrix of the same tumours.

Twice: with the four classes DeepDR counts (keys without suffix) and with every non-silent class.
"""

import time

import numpy as np
import numpy.typing as npt

from mmdrp.data.ingest import maf
from mmdrp.data.ingest.raw import Raw
from mmdrp.data.ingest.tcga import mutations
from mmdrp.data.ingest.tcga.source import Source
from mmdrp.errors import MmdrpError
from tests.benchmarks._real import raw

NON_SILENT = (
    *maf.DEEPDR,
    "Nonstop_Mutation",
    "Splice_Site",
    "Translation_Start_Site",
    "In_Frame_Del",
    "In_Frame_Ins",
)
Mutated = npt.NDArray[np.bool_]


def main() -> dict[str, float | int | str]:
    folder = raw("tcga")
    published = mutations.counts(Raw(folder))
    figures: dict[str, float | int | str] = {}
    for suffix, classes in (("", maf.DEEPDR), ("_non_silent", NON_SILENT)):
        start = time.perf_counter()
        ours = mutations.variants(Raw(folder), classes)
        seconds = time.perf_counter() - start
        if ours is None or published is None:
            raise MmdrpError(f"{folder}: needs *.maf and {mutations.MUTATIONS}")
        both = sorted(set(ours.names) & set(published.names))
        genes, a = laid_out(ours, both)
        others, b = laid_out(published, both)
        common = sorted(set(genes) & set(others))
        a, b = a[places(common, genes)], b[places(common, others)]
        figures |= {
            "tumours": len(both),
            "genes": len(common),
            f"agreement{suffix}": float((a == b).mean()),
            f"mutated{suffix}": int(a.sum()),
            f"in_both{suffix}": int((a & b).sum()),
            f"ours_only{suffix}": int((a & ~b).sum()),
            f"published_only{suffix}": int((b & ~a).sum()),
            f"genes_ours_only{suffix}": len(set(genes) - set(others)),
            f"seconds{suffix}": seconds,
        }
    return figures


def laid_out(source: Source, wanted: list[str]) -> tuple[list[str], Mutated]:
    genes: list[str] = []
    parts = []
    for here, values in source.blocks(wanted):
        genes += here
        parts.append(values != 0)
    return genes, np.concatenate(parts)


def places(names: list[str], among: list[str]) -> list[int]:
    place = {name: i for i, name in enumerate(among)}
    return [place[name] for name in names]
