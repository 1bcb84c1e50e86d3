"""A network put together from its configuration and its shapes, for training and for restoring."""

from collections.abc import Mapping

from hydra.utils import instantiate
from omegaconf import DictConfig

from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.encoder import mlp
from mmdrp.nn.guess import Guess
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

TISSUE = "tissue"
"""a source that only the base looks at: one-hot tissue of a line"""
STRUCTURE = "structure"
"""a source that only the base looks at: the fingerprint of a drug that is a graph"""
TARGETS = "targets"
"""a source that only the base looks at: known targets of a drug"""


def network_of(
    cfg: DictConfig,
    axis: Mapping[str, str],
    scale: Mapping[str, Standardize],
    response: ResponseScale,
    guess: Guess | None,
) -> ResponseNet:
    """Build encoders for the sources that have a scale, fusion, head, and put them together."""
    encoder = {
        name: instantiate(_of_source(cfg, name).encoder, input_dim=s.output_dim)
        for name, s in scale.items()
    }
    dims = {name: e.output_dim for name, e in encoder.items()}
    cells = None
    if cfg.get("cell_fusion"):
        omics = {name: d for name, d in dims.items() if axis[name] == "cell"}
        cells = instantiate(cfg.cell_fusion, input_dims=omics)
        dims = {"cell": cells.output_dim} | {n: d for n, d in dims.items() if n not in omics}
    fusion = instantiate(cfg.fusion, input_dims=dims)
    head = mlp([fusion.output_dim, *cfg.head, len(response.mean)], cfg.dropout, cfg.activation)
    return ResponseNet(
        axis, scale, encoder, fusion, head, response, cfg.modality_dropout, guess, cells
    )


def _of_source(cfg: DictConfig, name: str) -> DictConfig:
    part: DictConfig = cfg.drug if name == "drug" else cfg.modality[name]
    return part


def scaler_of(cfg: DictConfig, name: str, dim: int, kept: int | None = None) -> Standardize:
    """Build the scaling of a source of ``dim`` features, of which ``kept`` are used."""
    scaler: Standardize = instantiate(_of_source(cfg, name).scale, input_dim=dim, kept=kept)
    return scaler


def guess_of(cfg: DictConfig, axis: Mapping[str, str]) -> Guess | None:
    """Build the base, unfitted; None for ``base=none``."""
    if cfg.base._target_.endswith(".Zero"):
        return None
    drug = DrugKernel() if "drug" in axis.values() else None
    structure = STRUCTURE if STRUCTURE in axis else "drug"
    targets = TARGETS if TARGETS in axis else None
    return Guess(axis, instantiate(cfg.base), drug, structure, targets)
