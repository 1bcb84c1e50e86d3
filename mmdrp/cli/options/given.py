"""What no model could predict from, refused before a model's libraries are loaded (seconds)."""

from collections.abc import Sequence
from pathlib import Path

from mmdrp.cli.samples import FILE
from mmdrp.errors import MmdrpError

MODALITIES = ("expression", "mutation", "cnv", "proteomics", "mirna", "metabolomics", "histone",
              "rppa", "methylation", "racs", "msi")  # fmt: skip
"""those of conf/modality: a file under one of these names is meant as samples"""


def check_given(words: Sequence[str]) -> None:
    """Refuse a run or file that is not there, an ending that is not read, a unit that is none."""
    if any(word in ("-m", "--multirun", "--help", "-h", "--cfg", "-c") for word in words):
        return
    pairs = [(k, v.strip("'\"")) for k, _, v in (word.partition("=") for word in words)]
    samples = any(key in MODALITIES for key, _ in pairs)
    for key, value in pairs:
        if key == "run" and samples and value and not Path(value).exists():
            raise MmdrpError(
                f"{value}: there is no such checkpoint; give a run folder of mmdrp train"
            )
        if key == "unit" and value:
            from mmdrp.data.study.units import parse

            parse(value, "unit")
        if key in MODALITIES and value and not Path(value).is_file():
            raise MmdrpError(f"{key}={value}: there is no such file")
        if key in MODALITIES and value and not FILE.search(value):
            raise MmdrpError(
                f"{key}={value}: ends in {Path(value).suffix or 'nothing'}; csv, tsv, txt (.gz), "
                "gct, xlsx, parquet, feather, h5ad and h5mu are read"
            )
