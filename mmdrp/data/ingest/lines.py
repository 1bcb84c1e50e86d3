"""Cell lines under their many spellings; two lines are never silently merged."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd


def key_of(name: str) -> str:
    """Return a name's stripped form: upper case, letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", name.upper())


@dataclass(frozen=True)
class Lines:
    """The lines of GDSC: COSMIC names, and what else they are called."""

    annotation: pd.DataFrame
    """``cell``, ``cosmic_id``, ``tissue``, ``subtissue``, ``tcga``, ``msi``, ``medium``, ..."""
    by_key: dict[str, str]
    """stripped name -> cell, for keys that mean one line"""
    ambiguous: frozenset[str]
    """cells whose stripped name is another line's too"""

    @classmethod
    def of_gdsc(cls, info: pd.DataFrame, others: Iterable[str]) -> "Lines":
        """Build from COSMIC's table (``cosmic_info``) and further names met in the screens."""
        names = info["SAMPLE_NAME"].astype(str).tolist()
        keys = Counter(map(key_of, names))
        by_key = {key_of(n): n for n in names if keys[key_of(n)] == 1}
        ambiguous = frozenset(n for n in names if keys[key_of(n)] > 1)
        # COSMIC's "H2591" is the screens' "NCI-H2591".
        for key, name in list(by_key.items()):
            if re.fullmatch(r"H\d+", key) and f"NCI{key}" not in keys:
                by_key[f"NCI{key}"] = name
        extra = sorted({n for n in others if key_of(n) not in by_key and n not in ambiguous})
        extra = [n for n in extra if keys[key_of(n)] == 0]
        by_key |= {key_of(n): n for n in extra}
        annotation = pd.DataFrame(
            {
                "cell": names,
                "cosmic_id": info["COSMIC_ID"].astype(str),
                "tissue": info["GDSC1"],
                "subtissue": info["GDSC2"],
                "tcga": info["TCGA"],
                "msi": info["MMR"],
                "medium": info["SCREEN_MEDIUM"],
                "growth": info["GROWTH_PROPERTIES"],
            }
        )
        annotation = pd.concat([annotation, pd.DataFrame({"cell": extra})], ignore_index=True)
        return cls(annotation, by_key, ambiguous)

    def resolve(self, names: pd.Series) -> pd.Series:
        """Return the cell of each full name; a full name tells even colliding lines apart."""
        distinct = {n: n if n in self.ambiguous else self.by_key[key_of(n)] for n in names.unique()}
        return names.map(distinct)

    def of_key(self, key: str) -> str | None:
        """Return the cell of a stripped name, None if it is unknown or means two lines."""
        return self.by_key.get(key)

    def of_cosmic(self, ids: list[int]) -> list[str]:
        """Return the cell of each COSMIC id."""
        known = self.annotation.dropna(subset="cosmic_id").set_index("cosmic_id")["cell"]
        return [str(known[str(i)]) for i in ids]

    def frame(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the ``cells`` table, tissues in the vocabulary of the v17 features.

        Lines outside v17 get the v17 tissue that most lines of their subtissue have.
        """
        cells = self.annotation.copy()
        known = self.of_cosmic(features.index.tolist())
        factor = dict(zip(known, features["TISSUE_FACTOR"], strict=True))
        tissue = cells["cell"].map(factor)
        usual = tissue.groupby(cells["subtissue"]).agg(lambda s: s.mode().get(0, np.nan))
        tissue = tissue.fillna(cells["subtissue"].map(usual)).fillna(cells["tissue"])
        return cells.assign(tissue=tissue)
