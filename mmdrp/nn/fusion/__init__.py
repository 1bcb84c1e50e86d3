"""Fusions of sources into one vector, each masked: an absent source cannot be felt."""

from mmdrp.nn.fusion.attention import AttentionFusion
from mmdrp.nn.fusion.concat import ConcatFusion
from mmdrp.nn.fusion.lowrank import LowRankFusion
from mmdrp.nn.fusion.masked import Embeddings, Fusion
from mmdrp.nn.fusion.mean import MeanFusion
from mmdrp.nn.fusion.product import ProductFusion

__all__ = [
    "AttentionFusion",
    "ConcatFusion",
    "Embeddings",
    "Fusion",
    "LowRankFusion",
    "MeanFusion",
    "ProductFusion",
]
