"""DepMap's omics, from the releases of 20Q2 to today's."""

from mmdrp.data.ingest.depmap.omics import KINDS, MODALITIES, Omics, read

__all__ = ["KINDS", "MODALITIES", "Omics", "read"]
