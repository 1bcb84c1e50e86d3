"""Honest scores: models beside baselines on identical rows, compared pairwise, leaks counted.

Names are loaded when they are asked for: metrics and comparisons need no torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmdrp.evaluation.cross_validation import CrossValidation as CrossValidation
    from mmdrp.evaluation.cross_validation import cross_validate as cross_validate
    from mmdrp.evaluation.drawing import make_folds as make_folds
    from mmdrp.evaluation.evaluating import evaluate as evaluate
    from mmdrp.evaluation.quick import quick_scores as quick_scores
    from mmdrp.evaluation.report import EvaluationReport as EvaluationReport

_WHERE = {
    "CrossValidation": "cross_validation",
    "EvaluationReport": "report",
    "cross_validate": "cross_validation",
    "evaluate": "evaluating",
    "make_folds": "drawing",
    "quick_scores": "quick",
}

__all__ = [
    "CrossValidation", "EvaluationReport", "cross_validate", "evaluate", "make_folds",
    "quick_scores",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'mmdrp.evaluation' has no attribute {name!r}")
    return getattr(import_module(f"mmdrp.evaluation.{_WHERE[name]}"), name)
