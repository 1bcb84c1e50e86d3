"""Expression as people have it: which unit it is in, and how one unit becomes another."""

from mmdrp.data.expression.convert import collapsed, to_unit
from mmdrp.data.expression.recognise import readings, words
from mmdrp.data.expression.scale import INTENSITY, PER_FEATURE, WITHIN, Scale, of_unit

__all__ = [
    "INTENSITY", "PER_FEATURE", "WITHIN", "Scale", "collapsed", "of_unit", "readings", "to_unit",
    "words",
]  # fmt: skip
