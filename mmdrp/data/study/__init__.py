"""A study: lines, drugs, responses and modalities, in a folder or in memory."""

from mmdrp.data.study.checks import RESPONSE
from mmdrp.data.study.direction import Direction
from mmdrp.data.study.manifest import FIXED
from mmdrp.data.study.study import Study, write_study

__all__ = ["FIXED", "RESPONSE", "Direction", "Study", "write_study"]
