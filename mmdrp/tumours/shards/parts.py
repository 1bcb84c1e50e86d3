"""``associate_shard`` tests some of the drugs; ``merge_associations`` puts all tests together."""

import inspect
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.files import whole
from mmdrp.io.folder import output_folder
from mmdrp.io.pieces import fingerprint
from mmdrp.io.shards import Shard, ShardRecord
from mmdrp.tumours.associations import Associations, associate, gathered
from mmdrp.tumours.cohort import Cohort
from mmdrp.tumours.groups import DRUGS_AT_ONCE, Plan
from mmdrp.tumours.known_targets import expression_marks, read_targets

TESTS = "tests.parquet"
NAMES = ("cancer", "gene", "drug")


def associate_shard(
    predictions: str | Path | None,
    data: str | Path,
    out: str | Path,
    *,
    shard: str,
    overwrite: bool = False,
    **options: Any,
) -> int:
    """Test the drugs of one part into ``out/tests.parquet``; return how many tests there are.

    ``options`` are those of `Cohort.read` and `associate`, ``targets`` a file. Drugs are divided in
    blocks of 64, as they are tested. p values are adjusted over all drugs, by `merge_shards`.

    Raises OptionError for options that cannot be meant, and for more parts than blocks.
    """
    part = Shard.parse(shard)
    paths = {"predictions": _path(predictions), "data": _path(data)}
    given = {**_defaults(Cohort.read), **_defaults(associate), **options, **paths}
    cohort = _cohort(given)
    blocks = part.of(len(Plan.blocks(cohort)), f"blocks of {DRUGS_AT_ONCE} drugs")
    plan = Plan.of(cohort, **{k: v for k, v in _own(given, associate).items() if k in PLANNED})
    table = plan.tests(cohort, blocks)
    coded = table.assign(**{name: table[name].cat.codes.astype(np.int32) for name in NAMES})
    with output_folder(out, "associate", overwrite=overwrite) as folder:
        with whole(folder / TESTS) as half:
            coded.to_parquet(half, index=False, compression="zstd")
        facts = {"samples": len(cohort.samples), "drugs": len(cohort.drugs)}
        ShardRecord("associate", part, "", _fingerprint(cohort), given, facts).write(folder)
    return len(table)


def merge_associations(
    parts: Sequence[Path], records: Sequence[ShardRecord], out: Path,
    rows: Literal["significant", "all"] = "significant", panels: int = 12,
) -> Associations:  # fmt: skip
    """Adjust all tests together and write what `Associations.write` does into ``out``.

    Predictions and study are read again, for the pictures. MmdrpError where they have changed.
    """
    options = dict(records[0].options)
    cohort = _cohort(options)
    if _fingerprint(cohort) != records[0].inputs:
        raise MmdrpError(
            f"merge: predictions or study of {parts[0]} are not as they were when the parts were "
            "made; make the parts again"
        )
    own = _own(options, associate)
    plan = Plan.of(cohort, **{k: v for k, v in own.items() if k in PLANNED})
    coded = pd.concat([pd.read_parquet(part / TESTS) for part in parts], ignore_index=True)
    coded = coded.iloc[np.lexsort([coded[name] for name in reversed(NAMES)])]
    labels = (plan.names, list(cohort.mutations.genes), cohort.drugs)
    table = coded.reset_index(drop=True).assign(
        **{
            name: pd.Categorical.from_codes(coded[name], pd.Index(list(of)))
            for name, of in zip(NAMES, labels, strict=True)
        }
    )
    found = gathered(
        cohort, plan, table, **{k: v for k, v in own.items() if k not in PLANNED}, options=own
    )
    found.write(out, rows=rows, panels=panels)
    return found


PLANNED = ("min_rate", "min_patients", "min_wildtype", "cancers", "pan", "adjust")
"""options of `associate` that say what is tested; the others say what is made of the tests"""


def _cohort(options: Mapping[str, Any]) -> Cohort:
    if unknown := set(options) - set(_names(Cohort.read)) - set(_names(associate)):
        raise OptionError(f"{min(unknown)[:40]}: associate has no such option")
    marks = expression_marks(read_targets(options.get("targets")))
    return Cohort.read(**{**_own(options, Cohort.read), "genes": marks})


def _own(options: Mapping[str, Any], function: Any) -> dict[str, Any]:
    """Return the options that a function takes."""
    return {name: options[name] for name in _names(function) if name in options}


def _names(function: Any) -> list[str]:
    return [name for name in inspect.signature(function).parameters if name != "cohort"]


def _defaults(function: Any) -> dict[str, Any]:
    found = inspect.signature(function).parameters
    return {n: p.default for n, p in found.items() if n != "genes" and p.default is not p.empty}


def _path(given: str | Path | None) -> str | None:
    return None if given is None else str(Path(given).absolute())


def _fingerprint(cohort: Cohort) -> str:
    mutations = cohort.mutations
    sparse = (mutations.mutated, mutations.unknown)
    return fingerprint(
        [cohort.samples, cohort.drugs, cohort.response.to_numpy(), list(mutations.genes),
         *(part for m in sparse for part in (m.indptr, m.indices)),
         cohort.cancer_type.tolist(), cohort.unit, cohort.higher]
    )  # fmt: skip
