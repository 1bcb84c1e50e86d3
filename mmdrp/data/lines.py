"""What is known of cell lines beside their features."""

import pandas as pd


def tissues(cells: pd.DataFrame, column: str = "tissue") -> pd.Series:
    """Return the tissue of each line that has one, line -> tissue; "" and NaN both mean unknown.

    ``cells`` is indexed by line; without the column no tissue is known.

    >>> tissues(pd.DataFrame({"tissue": ["skin", "", None]}, index=["A", "B", "C"])).to_dict()
    {'A': 'skin'}
    """
    if column not in cells:
        return pd.Series(dtype="str", index=cells.index[:0], name=column)
    tissue = cells[column]
    known = tissue[tissue.notna().to_numpy()].astype("str")
    return known[known.str.strip().ne("").to_numpy()]
