"""A network put together from its spec and its shapes, for training and for restoring."""

from collections.abc import Mapping

from mmdrp.batch import PATHWAYS, STRUCTURE, TARGETS
from mmdrp.data.chem.embedding import is_embedding
from mmdrp.data.spec import DrugFeatures
from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from mmdrp.nn.encoder import mlp
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.offset import Offset
from mmdrp.nn.scale import ResponseScale, Standardize
from mmdrp.registry import build
from mmdrp.training.spec import ModelSpec


def network_of(
    model: ModelSpec,
    axis: Mapping[str, str],
    scale: Mapping[str, Standardize],
    response: ResponseScale,
    offset: Offset | None,
) -> ResponseNet:
    """Build encoders for the sources that have a scale, fusion, head, and put them together."""
    encoder = {
        name: build("encoder", model.sources[name].encoder, input_dim=s.output_dim)
        for name, s in scale.items()
    }
    dims = {name: e.output_dim for name, e in encoder.items()}
    cells = None
    if model.cell_fusion is not None:
        omics = {name: d for name, d in dims.items() if axis[name] == "cell"}
        cells = build("fusion", model.cell_fusion, input_dims=omics)
        dims = {"cell": cells.output_dim} | {n: d for n, d in dims.items() if n not in omics}
    fusion = build("fusion", model.fusion, input_dims=dims)
    widths = [fusion.output_dim, *model.head, len(response.mean)]
    head = mlp(widths, model.dropout, model.activation)
    return ResponseNet(
        axis, scale, encoder, fusion, head, response, model.modality_dropout, offset, cells
    )


def scaler_of(model: ModelSpec, name: str, dim: int, kept: int | None = None) -> Standardize:
    """Build the scaling of a source of ``dim`` features, of which ``kept`` are used."""
    scaler: Standardize = build("scale", model.sources[name].scale, input_dim=dim, kept=kept)
    return scaler


def offset_of(
    model: ModelSpec, axis: Mapping[str, str], features: DrugFeatures | None
) -> Offset | None:
    """Build the base, unfitted; None for ``base=none``. ``features`` are of the drugs of pairs."""
    if model.base.name == "none":
        return None
    base = build("base", model.base)
    if "drug" not in axis.values():
        return Offset(axis, base)
    compared = compared_by(axis, features)
    options = getattr(base, "drug_options", None) or DrugOptions(weights="one")
    if options.weights == "one" and "structure" in compared:
        return Offset(axis, base, DrugKernel(), compared)
    return Offset(axis, base, DrugSum(options), compared)


def compared_by(axis: Mapping[str, str], features: DrugFeatures | None) -> dict[str, str]:
    """Return by which sources the base compares drugs: structure, embedding, ... -> source."""
    beside = STRUCTURE if STRUCTURE in axis else "drug"
    compared = {"structure": beside}
    if features is not None:
        described = {"drug": features.fingerprint, STRUCTURE: features.structure}
        compared = {
            "embedding" if is_embedding(chosen) else "structure": source
            for source, chosen in described.items()
            if chosen is not None and source in axis
        } or compared
    same = {"targets": TARGETS, "pathways": PATHWAYS}
    return compared | {what: source for what, source in same.items() if source in axis}
