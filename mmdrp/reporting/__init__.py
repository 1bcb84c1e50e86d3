"""Results as one self-contained HTML page: `report`."""

from mmdrp.reporting.writing import Report as Report
from mmdrp.reporting.writing import report as report
