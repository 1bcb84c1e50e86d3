"""``mmdrp.attribute``: which features drive a model's predictions, drug by drug."""

import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import mmdrp.attribution.methods.parts  # noqa: F401  # registers the methods
from mmdrp.attribution.attributor import ModelAttributor, Request
from mmdrp.attribution.average import average, check_alike
from mmdrp.attribution.baseline import KINDS
from mmdrp.attribution.methods.base_part import check_form
from mmdrp.attribution.methods.integrated import Method
from mmdrp.attribution.result import AttributionResult
from mmdrp.attribution.shards.work import Work, part_of_drugs, paths_of
from mmdrp.attribution.store import FileStore, MemoryStore, Store
from mmdrp.attribution.subject import Among, ModelLike, Subject, Subset, info_of, subjects
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.io.folder import output_folder
from mmdrp.nn.base.kernel import Kernel
from mmdrp.options import Count, Draws, Range, Share, checked, hints_of
from mmdrp.registry import Part, build, find
from mmdrp.registry import part as part_of
from mmdrp.training.info import CheckpointInfo

log = logging.getLogger(__name__)
NOT_DECIDING = ("model", "study", "out", "shard", "overwrite")
"""arguments that parts of one work need not share, or that are compared by what they hold"""
MAX_ROWS = 2_000_000
"""rows of the table of all attributions that are kept in memory unasked"""
GAP = 1e-3
"""share of a drug's range that the parts may miss before a warning is given"""


@checked
def attribute(
    model: ModelLike | Sequence[ModelLike],
    study: Study | str | Path | None = None,
    *,
    drugs: Sequence[str] | None = None,
    method: str | Mapping[str, Any] | Part = "ig",
    steps: Draws = 32,
    subset: Subset = "all",
    among: Among = "all",
    quantile: Share = 0.25,
    baseline: str | Path | Sequence[str] = "mean",
    part: Literal["all", "network"] = "all",
    top: Count | None = 20,
    structure: bool = False,
    by: Literal["tissue", "line"] | None = None,
    permutations: Annotated[int, Range(least=0, most=1_000_000)] = 0,
    conditional: Annotated[float, Range(above=0)] | None = None,
    within: Literal["tissue"] | None = None,
    enrich: str | Path | None = None,
    stable: Count = 20,
    seed: Annotated[int, Range(least=0)] = 0,
    block: Count = 256,
    keep_attributions: bool | None = None,
    out: str | Path | None = None,
    shard: str | None = None,
    overwrite: bool = False,
) -> AttributionResult:
    """Say for every drug which features its predictions rest on, and in which direction.

    It explains the model, not the cell: a high rank means that the model leans on a feature.

    ``model`` is a fitted ``ResponseModel``, a run folder, a sweep folder, or a list of these:
    rankings of several are averaged. ``study`` is whose lines are explained, by default the one of
    the run folder. ``method`` is a name, ``{"name": ..., option: value}`` or a part; ``steps`` are
    points on the path of ``ig``. ``subset`` and ``among`` choose lines: a part of the fold, a
    drug's most sensitive or resistant ``quantile``. A path begins at ``baseline``: ``mean``,
    ``zero``, ``tissue``, ``insensitive``, a file of line ids, or a list of them. ``part="network"``
    leaves out the closed-form base. ``top`` features are kept per line and drug (None: all).
    ``permutations`` give p and q, ``within="tissue"`` among lines of one tissue; ``conditional``
    gives t beside the kernel of lines, with that noise. ``enrich`` is ``go`` or a GMT file.
    ``out`` is a folder that the long tables go to as they are made, so that memory stays small;
    without it they are in memory, that of all attributions only if it is small or asked for. An
    attribution into ``out`` that was interrupted goes on with the drugs that are not done; a
    finished one is replaced only with ``overwrite``. ``shard="3/16"`` attributes the third of
    sixteen parts of the drugs into ``out``, of which `merge_shards` makes what one process writes;
    it is given models and study by their folders, and returns the (first) model's result.

    Raises OptionError for an option that cannot be meant, MmdrpError where the model or study
    lacks what is asked.
    """
    asked = {k: v for k, v in locals().items() if k not in NOT_DECIDING}
    of_drugs = None if shard is None else part_of_drugs(shard, out, structure, by)
    where = ([], None) if of_drugs is None else paths_of(model, study)
    request = request_of(**{k: v for k, v in asked.items() if k != "stable"})
    chosen = subjects(model, study)
    with (
        contextlib.nullcontext()
        if out is None
        else output_folder(out, "attribute", overwrite=overwrite) as folder
    ):
        work = Work(folder, of_drugs)
        result = attributed(chosen, request, work, stable)
        work.finish({**asked, "method": method_part(method, steps, seed).plain()}, *where)
    return finished(result, out)


def finished(result: AttributionResult, out: str | Path | None) -> AttributionResult:
    """Return a result whose tables lie where they stay; say where parts miss their sum."""
    for own, place in ((result, ""), *((m, f"run_{i}") for i, m in enumerate(result.models))):
        if out is not None and isinstance(own.store, FileStore):
            own.store.out = Path(out) / place  # where a folder that was replaced lies in the end
    drug, gap = result.largest_gap()
    if result.adds_up and gap > GAP:
        log.warning(
            "Shares miss the change in prediction by %.2g of its range (%s): more steps help",
            gap, drug,
        )  # fmt: skip
    return result


def attributed(
    chosen: Sequence[Callable[[], Subject]], request: Request, work: Work, stable: int
) -> AttributionResult:
    """Attribute one model, or several and their average."""
    if len(chosen) == 1:
        return _attributed(chosen[0](), request, work, work.folder)
    return _averaged(chosen, request, work, stable)


def request_of(
    *, method: str | Mapping[str, Any] | Part, drugs: Sequence[str] | None, **options: Any
) -> Request:
    """Return the options of `attribute` checked together."""
    made = method_of(method, options["steps"], options["seed"])
    check_options(made, options["baseline"], options["structure"], options["enrich"])
    return Request(None if drugs is None else list(drugs), made, **options)


def method_of(given: str | Mapping[str, Any] | Part, steps: int = 32, seed: int = 0) -> Method:
    """Return a method by its name; one that takes ``steps`` or a ``seed`` has these.

    >>> method_of("gradient_shap", seed=3).seed, method_of({"name": "ig", "steps": 8}).steps
    (3, 8)
    """
    made: Method = build("method", method_part(given, steps, seed))
    return made


def method_part(given: str | Mapping[str, Any] | Part, steps: int, seed: int) -> Part:
    """Return a method by name with all its options."""
    if isinstance(given, str):
        takes = hints_of(find("method", given))
        shared = {"steps": steps, "seed": seed}
        given = {"name": given, **{k: v for k, v in shared.items() if k in takes}}
    return part_of("method", given)


def check_options(
    method: Method, baseline: str | Path | Sequence[str], structure: bool, enrich: str | Path | None
) -> None:
    """Refuse options that cannot be meant, before anything is read."""
    if isinstance(baseline, str | Path) and baseline not in KINDS and not Path(baseline).exists():
        raise OptionError(
            f"baseline={baseline}: choose {', '.join(KINDS)}, or a file of line ids, one per row; "
            "there is no such file"
        )
    if enrich not in (None, "go") and not Path(str(enrich)).is_file():
        raise OptionError(f"enrich={enrich}: choose go or a GMT file; there is no such file")
    if method.name == "shapley" and (structure or enrich):
        option = "structure=true" if structure else f"enrich={enrich}"
        raise OptionError(f"{option}: method=shapley tells modalities apart only; use method=ig")


def _attributed(
    subject: Subject, request: Request, work: Work, folder: Path | None, place: str = ""
) -> AttributionResult:
    base = None if subject.net.offset is None else subject.net.offset.base
    if isinstance(base, Kernel) and request.part == "all":
        check_form(request.method)
    attributor = ModelAttributor(subject, request)
    asked = request.keep_attributions
    keep = attributor.rows <= MAX_ROWS if asked is None else asked
    return attributor.run(_store(subject.info, folder, keep), work, place)


def _averaged(
    chosen: Sequence[Callable[[], Subject]], request: Request, work: Work, stable: int
) -> AttributionResult:
    results: list[AttributionResult] = []
    first = info_of(chosen[0])
    for opened in chosen[1:]:  # before anything is attributed
        check_alike(first, info_of(opened))
    for i, opened in enumerate(chosen):
        subject = opened()
        log.info("Attributing model %d of %d", i + 1, len(chosen))
        place = f"run_{i}"
        folder = None if work.folder is None else work.folder / place
        own = _attributed(subject, request, work, folder, place)
        # Only the first one's lines are drawn: the features of the others need not stay.
        results.append(own if not results else replace(own, line_values=None))
    if work.shard is not None:  # models may share none of a part's drugs
        return results[0]
    return average(results, _store(first, work.folder, keep=False), stable)


def _store(info: CheckpointInfo, folder: Path | None, keep: bool) -> Store:
    attrs = {"unit": info.unit, "higher": info.higher}
    return MemoryStore(attrs, keep) if folder is None else FileStore(folder, attrs)
