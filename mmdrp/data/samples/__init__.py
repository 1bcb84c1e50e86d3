"""Tables of samples as people have them: any text table, spreadsheet, frame or AnnData."""

from mmdrp.data.samples.layout import SampleTable, laid_out
from mmdrp.data.samples.sheet import Sheet, read_sheet, sheet_of

__all__ = ["SampleTable", "Sheet", "laid_out", "read_sheet", "sheet_of"]
