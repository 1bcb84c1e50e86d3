"""What a checkpoint remembers of the lines of training: their features and their responses."""

from mmdrp.training.reference.features import LEVELS, Array, Reference, reference_of
from mmdrp.training.reference.responses import MeasuredDrugs, measured_of

__all__ = ["LEVELS", "Array", "MeasuredDrugs", "Reference", "measured_of", "reference_of"]
