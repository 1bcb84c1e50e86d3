"""The fold of a fit: a number, given ids, or everything."""

from mmdrp.data.examples import everything_of
from mmdrp.data.split import Fold
from mmdrp.data.study import Study
from mmdrp.errors import OptionError
from mmdrp.registry import build
from mmdrp.training.build import check_split, fold_of
from mmdrp.training.spec import Spec


def fold_for(spec: Spec, study: Study, fold: int | Fold | None) -> Fold:
    """Return training, validation and test ids.

    None tests nothing: with a network to choose, a share of the lines (or drugs, as the split
    holds out) is validation; with ``net=False`` nothing is held out at all.
    """
    if isinstance(fold, Fold):
        return fold.check().check_known(study.cells.index, study.drugs.index)
    if fold is not None:
        if isinstance(fold, bool) or not isinstance(fold, int):
            raise OptionError(f"fold={fold!r}: expected a number, a Fold, or None for everything")
        return fold_of(spec, study)
    check_split(spec)
    everything = everything_of(spec.data, study)
    if not spec.train.net:
        return Fold.everything(everything)
    split = build("split", spec.split.split)
    drawn: Fold = split(everything, study.cells, 0, study.drugs)
    return drawn.without_test()
