"""A trial's options put into the keywords of a ``ResponseModel``."""

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.registry import Part
from mmdrp.training.model import ResponseModel
from mmdrp.training.model.keywords import spec_from
from mmdrp.training.plain import config_of, spec_of
from mmdrp.training.spec import Spec

KEYWORDS = {"modality": "modalities", "trainer.max_epochs": "max_epochs"}
"""options of the command line that have another name in Python"""


def model_with(model: ResponseModel, options: Mapping[str, Any]) -> ResponseModel:
    """Return a clone of a model with other options, called as on the command line.

    >>> model = model_with(ResponseModel(["cnv"]), {"latent": 8, "optimizer.lr": 0.01})
    >>> model.latent, model.optimizer
    (8, {'name': 'adamw', 'lr': 0.01})
    """
    made = clone(model)
    if made.spec is not None:
        config = config_of(made.spec)
        for name, value in options.items():
            _set(config, name, name, value)
        return made.set_params(spec=spec_of(config, strict=True))  # type: ignore[no-any-return]
    given = {KEYWORDS.get(name, name): value for name, value in options.items()}
    known = made.get_params(deep=False)
    for name in sorted(given, key=lambda n: "." in n):  # a part first, then its options
        head, _, rest = name.partition(".")
        if head not in known:
            raise OptionError(f"space.{name}: there is no such option of ResponseModel")
        if not rest:
            known[head] = given[name]
            continue
        part = known[head]
        part = {"name": part} if isinstance(part, str) else part
        part = dict(part.plain() if isinstance(part, Part) else part or {})
        _set(part, rest, name, given[name])
        known[head] = part
    return made.set_params(**known)  # type: ignore[no-any-return]


def spec_with(
    model: ResponseModel, study: Study, measure: str | None, options: Mapping[str, Any]
) -> Spec:
    """Return the spec of a model with other options."""
    return spec_from(model_with(model, options), study, measure)


def _set(node: dict[str, Any], path: str, name: str, value: Any) -> None:
    head, _, rest = path.partition(".")
    if not rest:
        node[head] = value
        return
    inner = node.setdefault(head, {})
    if not isinstance(inner, dict):
        raise OptionError(f"space.{name}: {head} has no options")
    node[head] = dict(inner)
    _set(node[head], rest, name, value)
