"""Spreadsheets, read by pandas through calamine."""

from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.errors import MmdrpError


def read_spreadsheet(path: Path, **options: Any) -> pd.DataFrame:
    """Read a spreadsheet's first sheet; ``options`` are those of ``pandas.read_excel``.

    Raises MmdrpError where it is none, or python-calamine is not installed.
    """
    try:
        frame: pd.DataFrame = pd.read_excel(path, engine="calamine", **options)
    except ImportError:
        raise MmdrpError(
            f"{path.name}: spreadsheets need python-calamine (pip install python-calamine), or "
            "save it as CSV"
        ) from None
    except Exception as error:  # whatever a broken archive makes the reader raise
        reason = (str(error).splitlines() or ["damaged"])[0][:60]
        raise MmdrpError(
            f"{path.name}: no readable spreadsheet ({reason}); save it as CSV"
        ) from None
    return frame
