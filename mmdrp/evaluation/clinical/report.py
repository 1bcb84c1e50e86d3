"""What an evaluation on patients found, as frames; written to files when asked."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.io.files import whole
from mmdrp.io.folder import output_folder
from mmdrp.io.text import write_csv


@dataclass(frozen=True, eq=False)
class ClinicalReport:
    """How well predicted sensitivity tells who responds, drug by drug, within cancer type."""

    scores: pd.DataFrame
    """``treatment, n, responders, types, combinations, auroc, low, high, p, q, pairs, why``"""
    survival: pd.DataFrame
    """``treatment, n, events, hazard_ratio, low, high, p_cox, q_cox, p_logrank, q_logrank, why``"""
    left_out: pd.DataFrame
    """``row, patient, drug, reason``"""
    notes: list[str]
    """rules that were followed, and what was left out"""
    level: float
    fdr: float

    @property
    def verdict(self) -> str:
        """Return in one sentence whether predictions tell responders from others."""
        tested = self.scores[self.scores["auroc"].notna()] if len(self.scores) else self.scores
        if not len(tested):
            return "Response: no drug has enough patients of both kinds within a cancer type."
        hits = tested[(tested["q"] <= self.fdr)]
        right = hits.loc[hits["auroc"] > 0.5, "treatment"].tolist()
        wrong = hits.loc[hits["auroc"] < 0.5, "treatment"].tolist()
        n, mean = len(tested), tested["auroc"].mean()
        base = f"of {n} drug{'s' if n > 1 else ''} tested (mean AUROC {mean:.3f}, FDR {self.fdr:g})"
        if not right and not wrong:
            return (
                f"Response: none {base}: these predictions do not tell responders from others here."
            )
        said = f"Response: {len(right)} {base} rank responders first"
        said += f": {', '.join(right)}" if right else ""
        return f"{said}; {len(wrong)} the wrong way: {', '.join(wrong)}." if wrong else f"{said}."

    def table(self) -> str:
        """Return scores and survival as text, one row per drug."""
        text = [
            f"{'':<28}{'n':>6}{'resp.':>7}{'types':>7}{'AUROC':>8}  {'interval':<16}"
            f"{'p':>8}{'q':>8}"
        ]
        for row in _rows(self.scores):
            head = f"{row.treatment[:27]:<28}{row.n:>6}{row.responders:>7}{row.types:>7}"
            if row.why:
                text.append(f"{head}  {row.why}")
                continue
            between = f"[{row.low:.3f}, {row.high:.3f}]"
            text.append(f"{head}{row.auroc:>8.3f}  {between:<16}{row.p:>8.2g}{row.q:>8.2g}")
        if len(self.survival):
            text.append(f"{'survival':<28}{'n':>6}{'events':>7}{'HR/sd':>8}  {'interval':<16}"
                        f"{'p Cox':>8}{'q Cox':>8}{'log-rank':>10}")  # fmt: skip
        for row in _rows(self.survival):
            head = f"{row.treatment[:27]:<28}{row.n:>6}{row.events:>7}"
            logrank = "" if pd.isna(row.p_logrank) else f"log-rank p {row.p_logrank:.2g}"
            if pd.isna(row.hazard_ratio):
                text.append(f"{head}  {row.why} {logrank}".rstrip())
                continue
            between = f"[{row.low:.2f}, {row.high:.2f}]"
            text.append(
                f"{head}{row.hazard_ratio:>8.2f}  {between:<16}{row.p_cox:>8.2g}{row.q_cox:>8.2g}"
                f"{row.p_logrank:>10.2g}"
            )
        return "\n".join(text)

    def write(self, folder: str | Path, *, overwrite: bool = False) -> list[Path]:
        """Write ``clinical.csv``, ``survival.csv``, ``left_out.csv`` and ``notes.txt``."""
        with output_folder(folder, "evaluate", overwrite=overwrite) as held:
            paths = self._write(held)
        return [Path(folder) / path.name for path in paths]

    def _write(self, folder: Path) -> list[Path]:
        tables = {"clinical": self.scores, "left_out": self.left_out}
        tables |= {"survival": self.survival} if len(self.survival) else {}
        paths = []
        for name, table in tables.items():
            paths.append(folder / f"{name}.csv")
            with whole(paths[-1]) as half:
                write_csv(table, half, index=False, float_format="%.6g")
        paths.append(folder / "notes.txt")
        with whole(paths[-1]) as half:
            half.write_text("\n".join([self.verdict, *self.notes]) + "\n", encoding="utf-8")
        return paths


def _rows(table: pd.DataFrame) -> list[Any]:
    return list(table.itertuples())
