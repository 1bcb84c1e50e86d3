"""The published settings of DeepDR (Chiu et al. 2019), its variants, and what the paper reports."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from mmdrp.training.model import ResponseModel
from mmdrp.training.model.keywords import spec_from
from mmdrp.training.spec import Spec

PUBLISHED: Mapping[str, Any] = {
    "modalities": ("mutation_raw", "expression"),
    "measure": "ic50",
    "base": "none",
    "width": (1024, 256),
    "latent": 64,
    "head": (128, 128, 128),
    "activation": "relu",
    "dropout": 0.0,
    "input_dropout": 0.0,
    "modality_dropout": 0.0,
    "init": "he",
    "response_scale": False,  # the output layer is the response, no drug's mean is given to it
    "impute": 5,
    "complete": True,
    "patience": 3,
    "folds": 10,
    "validation": 0.11111111,  # of the remaining nine tenths: a tenth of all lines
    "sampler": {"name": "random", "size": 32},  # Keras's default; the paper names none
    "optimizer": "adam",
    "trainer": {"gradient_clip_val": None},
}
"""Encoders 1024-256-64 on mutation and expression, then 128-128-128 and one linear output per
drug; ReLU, He's uniform start, mean squared error on imputed ln IC50, Adam, 80/10/10 of the lines,
patience 3."""

PLUS: Mapping[str, Any] = {
    "modalities": ("mutation", "expression"),
    "measure": "ic50",
    "base": {"name": "kernel", "tissue": 0.0, "context": ()},  # DeepDR is given neither
    "complete": True,
    "folds": 10,
    "validation": 0.11111111,
}
"""The same inputs, outputs and lines: a kernel base, and a network on what it leaves."""

VARIANTS: Mapping[str, Mapping[str, Any]] = {
    "deepdr": {},
    "random_init": {"pretrained": None},
    "pca": {"pretrained": None, "encoder": "pca"},
    "expression_only": {"modalities": ("expression",)},
    "mutation_only": {"modalities": ("mutation_raw",)},
}
"""the networks of Table 1: name -> what it changes of the published settings"""

PAPER: Mapping[str, tuple[float, float]] = {
    "deepdr": (1.96, 14.0),
    "linear_regression": (10.24, np.nan),
    "svm": (8.92, np.nan),
    "random_init": (2.30, 9.0),
    "pca": (2.44, 29.0),
    "expression_only": (1.96, 17.0),
    "mutation_only": (3.09, 9.5),
}
"""Table 1 of Chiu et al. 2019: median test MSE, median epochs"""


def model(**changes: Any) -> ResponseModel:
    """Return DeepDR as published, not yet fitted; ``changes`` are keywords of `ResponseModel`.

    >>> model(latent=32).get_params()["width"]
    (1024, 256)
    """
    return ResponseModel(**{**PUBLISHED, **changes})


def plus_model(**changes: Any) -> ResponseModel:
    """Return a better model on DeepDR's inputs, outputs and lines, not yet fitted."""
    return ResponseModel(**{**PLUS, **changes})


def spec(**changes: Any) -> Spec:
    """Return the published settings as a spec; ``changes`` are keywords of `ResponseModel`.

    Raises OptionError (a ValueError) that names a value out of range.

    >>> spec().data.impute, spec(seed=3).split.split.options["seed"]
    (5, 3)
    """
    return spec_from(model(**changes))


def plus_spec(**changes: Any) -> Spec:
    """Return the settings of `plus_model` as a spec.

    >>> plus_spec().model.base.name
    'kernel'
    """
    return spec_from(plus_model(**changes))
