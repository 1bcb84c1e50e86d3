"""Responses of samples to drugs, beside their mutations, cancer types and expression."""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mmdrp.data.drugs import resolve
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.io.text import plain
from mmdrp.options import checked
from mmdrp.tumours.mutations import Mutations
from mmdrp.tumours.responses import Responses, check_samples, response_matrix

log = logging.getLogger(__name__)
Higher = Literal["resistant", "sensitive"]
UNIT, HIGHER = "ln uM", "resistant"
"""of a response where nothing states them: what this package's models predict"""
REQUIRE = ("mutation", "expression")
T = TypeVar("T", pd.Series, pd.DataFrame)


class Cohort:
    """Samples x drugs, with mutations and annotation of the same samples in the same order.

    ``pred`` is tidy (columns ``cell, drug, pred``) or wide (samples x drugs), NaN where there is
    no response; ``mutations`` is samples x genes, 0 or 1, NaN where unknown. ``cancer_type`` is
    indexed by sample; so are ``expression`` (samples x genes, any unit) and ``annotation`` (one
    row per sample: marks of known targets, such as ``er_status``). A sample that a table lacks
    has nothing there; those in ``pred`` and in all tables of ``require`` are compared, and a log
    line counts the others. Samples are kept in order of their ids.

    ``drugs`` keeps these only, by id or name. ``higher`` is what a higher response means and
    ``unit`` its unit: by default what ``pred`` states (its columns ``higher`` and ``unit``, or
    ``pred.attrs``), else resistant and ln uM. Raises OptionError (a ValueError) that names the
    argument.

    >>> pred = pd.DataFrame({"Dabrafenib": [-2.0, 1.0], "Docetaxel": [0.5, 0.4]}, index=["a", "b"])
    >>> mutations = pd.DataFrame({"BRAF": [1, 0, 1]}, index=["a", "b", "c"])
    >>> Cohort(pred, mutations, cancer_type=pd.Series({"a": "SKCM"}))
    Cohort: 2 samples, 2 drugs, 1 genes, 1 cancer types; response in ln uM, higher = resistant
    """

    samples: list[str]
    drugs: list[str]
    response: pd.DataFrame
    """samples x drugs, NaN where there is none"""
    mutations: Mutations
    cancer_type: pd.Series
    """by sample, "" where unknown"""
    expression: pd.DataFrame | None
    annotation: pd.DataFrame
    higher: Higher
    unit: str
    expression_unit: str
    """such as log2(TPM + 1); "" where unknown"""

    @checked
    def __init__(
        self,
        pred: pd.DataFrame | Responses,
        mutations: pd.DataFrame | Mutations,
        *,
        cancer_type: pd.Series | None = None,
        expression: pd.DataFrame | None = None,
        annotation: pd.DataFrame | None = None,
        drugs: Sequence[str] | None = None,
        require: Sequence[str] = REQUIRE,
        column: str = "pred",
        higher: Higher | None = None,
        unit: str | None = None,
        expression_unit: str = "",
    ) -> None:
        given = pred if isinstance(pred, Responses) else response_matrix(pred, column)
        given = given.stating({"unit": unit, "higher": higher})
        if not isinstance(mutations, Mutations):
            mutations = Mutations.from_frame(mutations)
        have = {"mutation": set(mutations.samples)}
        if expression is not None:
            have["expression"] = set(_indexed(expression, "expression").index)
        rows = _shared(given, {n: s for n, s in have.items() if n in {"mutation", *require}})
        columns = _places(drugs, given.drugs)
        self.samples = [given.samples[i] for i in rows]
        self.drugs = [given.drugs[j] for j in columns]
        self.response = pd.DataFrame(
            given.values[rows][:, columns],
            index=pd.Index(self.samples, name="cell"),
            columns=pd.Index(self.drugs, name="drug"),
        )
        self.mutations = mutations.select(self.samples)
        frame = pd.DataFrame() if annotation is None else _indexed(annotation, "annotation")
        self.annotation = frame.reindex(self.samples)
        self.cancer_type = self._types(cancer_type)
        self.expression = None
        if expression is not None:
            self.expression = _indexed(expression, "expression").reindex(self.samples)
        self.higher = "sensitive" if given.higher == "sensitive" else "resistant"
        self.unit = UNIT if given.unit is None else given.unit
        self.expression_unit = expression_unit
        if given.unit is None or given.higher is None:
            log.info("response: taken as %s, higher = %s", self.unit, self.higher)

    @classmethod
    @checked
    def read(
        cls,
        predictions: str | Path | None,
        data: str | Path,
        *,
        measure: str | None = None,
        column: str = "pred",
        type_column: str = "tissue",
        require: Sequence[str] = REQUIRE,
        drugs: Sequence[str] | None = None,
        higher: Higher | None = None,
        unit: str | None = None,
        genes: Sequence[str] | None = None,
    ) -> Self:
        """Read predictions (a table, or the folder of ``mmdrp predict``) and a study folder.

        ``measure`` takes what the study itself measured instead of ``predictions``. The folder
        has ``mutation``, ``cells`` with ``type_column``, and ``expression``, of which ``genes``
        are read (None: all). ``require`` may name any table of the folder. Unit and direction
        come from the predictions' metadata or the study's manifest unless they are given. Raises
        MmdrpError that names file, column and row.
        """
        from mmdrp.tumours import cohort_files

        if (predictions is None) == (measure is None):
            raise OptionError("predictions, measure: give one of them, not both")
        folder = Path(data)
        if measure is None:
            responses = cohort_files.predicted(Path(str(predictions)), column)
        else:
            responses = cohort_files.measured(folder, measure)
        tables = cohort_files.read_tables(folder, responses, require, type_column, genes)
        return cls(
            tables.responses, tables.mutations, cancer_type=tables.annotation[type_column],
            expression=tables.expression, annotation=tables.annotation, drugs=drugs,
            require=require, higher=higher, unit=unit, expression_unit=tables.expression_unit,
        )  # fmt: skip

    def __repr__(self) -> str:
        types = len(set(self.cancer_type) - {""})
        return (
            f"Cohort: {len(self.samples)} samples, {len(self.drugs)} drugs, "
            f"{len(self.mutations.genes)} genes, {types} cancer types; "
            f"response in {plain(self.unit)}, higher = {self.higher}"
        )

    def of_drug(self, drug: str) -> pd.Series:
        """Return the responses to the one drug of this id or name, by sample."""
        places = _places([drug], self.drugs)
        if len(places) > 1:
            several = ", ".join(self.drugs[j] for j in places)
            raise OptionError(f"drug={drug}: stands for several; choose one of: {several}")
        return self.response.iloc[:, places[0]]

    def _types(self, given: pd.Series | None) -> pd.Series:
        types = pd.Series(dtype=object) if given is None else _indexed(given, "cancer_type")
        types = types.reindex(self.samples).fillna("").astype(str).astype(object)
        without = int((types == "").sum())
        if without:
            log.info("%d of %d samples have no cancer type", without, len(self.samples))
        return types.rename("cancer_type")


def _places(names: Sequence[str] | None, drugs: Sequence[str]) -> list[int]:
    """Return the places of drugs given by id or name, each once, in this order; None: all."""
    if names is None:
        return list(range(len(drugs)))
    place = {drug: i for i, drug in enumerate(drugs)}
    try:
        return [place[drug] for drug in resolve(names, drugs)]
    except MmdrpError as error:
        raise OptionError(str(error)) from None


def _shared(given: Responses, have: dict[str, set[str]]) -> npt.NDArray[np.int64]:
    """Return the places of the samples that all tables have; count the others in a log line."""
    everywhere = set.intersection(*have.values())
    rows = [i for i, sample in enumerate(given.samples) if sample in everywhere]
    if not rows:
        other = next(iter(sorted(everywhere)), "none")
        raise OptionError(
            f"{given.where} and {', '.join(have)} have no sample in common (such as "
            f"{given.samples[0]!r} and {other!r}); are they of the same study?"
        )
    if len(rows) < len(given.samples):
        log.info(
            "%d of %d samples are compared; the others lack %s",
            len(rows), len(given.samples), " or ".join(have),
        )  # fmt: skip
    return np.array(rows, dtype=np.int64)


def _indexed(table: T, where: str) -> T:
    check_samples(table.index, where)
    return table.set_axis(table.index.astype(str))
