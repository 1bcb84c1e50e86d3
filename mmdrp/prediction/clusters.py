"""Single cells summed by group, predicted as samples, and written back to their AnnData."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mmdrp.errors import MmdrpError
from mmdrp.io.files import whole
from mmdrp.options import checked
from mmdrp.training.model import ResponseModel, as_model
from mmdrp.training.model.samples import read_anndata

log = logging.getLogger(__name__)

FEWEST = 10
"""cells of a group whose sum says something of its expression"""
SHOWN = 20
"""drugs whose z is written into ``.obs``"""


def pseudobulk(cells: Any, group: str, layer: str | None = None) -> pd.DataFrame:
    """Return groups x genes: the summed counts of an AnnData's cells, by a column of ``.obs``.

    Counts are looked for in ``layer``, else in ``layers["counts"]``, ``.raw`` and ``.X``; they must
    be whole numbers, for sums of logarithms mean nothing. Groups of fewer than ten cells are left
    out, with a warning. MmdrpError where there is no such column, no
    counts, or no group large enough.
    """
    if group not in cells.obs:
        have = ", ".join(map(str, cells.obs.columns))[:80] or "none"
        raise MmdrpError(f"group={group[:40]}: .obs has no such column; it has: {have}")
    values, genes = _counts(cells, layer)
    names = cells.obs[group].astype(object).where(cells.obs[group].notna(), "").astype(str)
    sizes = names[names != ""].value_counts()
    kept = sorted(sizes.index[sizes >= FEWEST])
    if not kept:
        raise MmdrpError(f"group={group[:40]}: no group has {FEWEST} cells")
    sums = [np.asarray(values[np.flatnonzero(names == name)].sum(axis=0)).ravel() for name in kept]
    out = pd.DataFrame(np.array(sums, dtype=np.float64), pd.Index(kept, name=group), genes)
    if small := sorted(set(sizes.index) - set(kept)):
        log.warning("%d groups (%s, ...) have fewer than %d cells", len(small), small[0], FEWEST)
    return out


def _counts(cells: Any, layer: str | None) -> tuple[Any, list[str]]:
    names = list(cells.var_names.astype(str))
    if layer is not None:
        if layer not in cells.layers:
            have = ", ".join(cells.layers) or "none"
            raise MmdrpError(f"layer={layer[:40]}: there is no such layer; there are: {have[:80]}")
        places = [(f"layer {layer}", cells.layers[layer], names)]
    else:
        places = (
            [("layer counts", cells.layers["counts"], names)] if "counts" in cells.layers else []
        )
        if cells.raw is not None:
            places.append((".raw", cells.raw.X, list(cells.raw.var_names.astype(str))))
        if cells.X is not None:
            places.append((".X", cells.X, names))
    for _, values, genes in places:
        if _whole(values):
            return values, genes
    raise MmdrpError(
        f"{' nor '.join(place for place, *_ in places) or 'the AnnData'} holds counts (whole "
        "numbers of at least 0); name the layer that does: layer=counts"
    )


def _whole(values: Any) -> bool:
    data = np.asarray(values.data if hasattr(values, "indptr") else values)
    return bool(data.size and data.min() >= 0 and (data == np.rint(data)).all())


def write_back(cells: Any, group: str, predictions: pd.DataFrame, key: str = "mmdrp") -> None:
    """Put predictions of groups into their cells' AnnData, in place.

    ``.uns[key]`` gets the whole table, as columns; ``.obs`` the z of the drugs that differ most
    between groups, ``mmdrp:DRUG``, for each cell that of its group.
    """
    wide = predictions.pivot(index="cell", columns="drug", values="z")
    order = wide.std().fillna(0).sort_values(ascending=False, kind="stable")
    names = cells.obs[group].astype(str)
    columns = {f"{key}:{d}": names.map(wide[d]).to_numpy(np.float32) for d in order.index[:SHOWN]}
    others = cells.obs.drop(columns=[name for name in columns if name in cells.obs])
    cells.obs = pd.concat([others, pd.DataFrame(columns, index=cells.obs_names)], axis=1)
    cells.uns[key] = {str(name): predictions[name].to_numpy() for name in predictions}


@checked
def predict_clusters(
    model: ResponseModel | str, cells: Any, group: str, *, layer: str | None = None,
    drugs: Sequence[str] | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Predict single cells by cluster: counts summed by a column of ``.obs``, each sum a sample.

    Returns ``ResponseModel.predict``'s frame, ``cell`` being the group, and writes it into the
    AnnData ``cells`` (``.uns["mmdrp"]``, and the z of the most variable drugs into ``.obs``).
    ``layer`` holds the counts, else they are looked for. MmdrpError where there are none, or no
    group of at least ten cells; smaller groups are left out with a warning.
    """
    model = as_model(model)
    sums = pseudobulk(cells, group, layer)
    said = {"expression": "counts"} if "expression" in model.info_.units else {}
    found: pd.DataFrame = model.predict({"expression": sums}, drugs=drugs, units=said)
    write_back(cells, group, found)
    return found


def summed(data: Any, group: str) -> tuple[Any, dict[str, Any]]:
    """Return the AnnData of ``data["expression"]``, and the data with its sums in its place."""
    given = data.get("expression") if isinstance(data, Mapping) else None
    if given is None or (isinstance(given, str | Path) and Path(given).suffix != ".h5ad"):
        raise MmdrpError(f"group={group[:40]}: sums single cells; give expression=CELLS.h5ad")
    cells = read_anndata(Path(given)) if isinstance(given, str | Path) else given
    return cells, {**data, "expression": pseudobulk(cells, group)}


def write_cells(cells: Any, group: str, predictions: Path) -> None:
    """Write ``predicted.h5ad`` beside a table of predictions of its groups."""
    write_back(cells, group, pd.read_parquet(predictions).astype({"name": str}))
    for frame in (cells.obs, cells.var):
        frame.index = frame.index.astype(object)
        for name in frame:
            frame[name] = _plain(frame[name])
    with whole(predictions.with_name("predicted.h5ad")) as half:
        cells.write_h5ad(half)


def _plain(column: pd.Series) -> pd.Series:
    """Return texts as Python's own: anndata does not write those of pandas 3."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        plain = pd.Index(column.cat.categories.astype(object), dtype=object)
        return column.cat.rename_categories(plain)
    return column.astype(object) if pd.api.types.is_string_dtype(column.dtype) else column
