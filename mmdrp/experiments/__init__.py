"""Published experiments, redone: each with its settings, its tables and its figures."""

from mmdrp.experiments import deepdr

__all__ = ["deepdr"]
