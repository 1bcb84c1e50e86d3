"""What a search found: its trials, the best one, and which options matter."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from mmdrp.io.files import whole, write_json
from mmdrp.io.text import write_csv

STATES = {"COMPLETE": "complete", "PRUNED": "pruned", "FAIL": "failed"}


@dataclass(frozen=True)
class TuneResult:
    """The finished trials of a study, of all processes that worked on it."""

    trials: pd.DataFrame
    """``trial, state, value, seconds``, a column for each option, ``why`` (of those that failed)"""
    importances: pd.Series
    """share of the variance of the value that an option explains (fANOVA); empty under 4 trials"""
    best: dict[str, Any]
    """option -> value of the best complete trial; empty where there is none"""
    best_value: float
    metric: str

    def write(self, out: Path) -> None:
        """Write ``trials.csv``, ``importances.csv`` and ``tune.json``."""
        with whole(out / "trials.csv") as half:
            write_csv(self.trials, half, index=False)
        with whole(out / "importances.csv") as half:
            frame = self.importances.rename("importance").rename_axis("option").reset_index()
            write_csv(frame, half, index=False)
        counts = {str(k): int(v) for k, v in self.trials["state"].value_counts().items()}
        found = {"metric": self.metric, "best_value": self.best_value, "best": self.best}
        write_json(out / "tune.json", {**found, "trials": counts})

    def __repr__(self) -> str:
        return (
            f"<TuneResult {len(self.trials)} trials, best validation {self.metric} "
            f"{self.best_value:.4f}: {self.best}>"
        )

    def __str__(self) -> str:
        counts = ", ".join(
            f"{n} {state}" for state, n in self.trials["state"].value_counts().items()
        )
        if not self.best:
            return f"{len(self.trials)} trials ({counts}); none is complete"
        lines = [f"Best of {len(self.trials)} trials ({counts}): validation {self.metric} "
                 f"{self.best_value:.4f}"]  # fmt: skip
        for name, value in self.best.items():
            told = f"{value:.4g}" if isinstance(value, float) else f"{value}"
            share = self.importances.get(name)
            about = "" if share is None else f"   ({share:.0%} of what the value depends on)"
            lines.append(f"  {name} = {told}{about}")
        return "\n".join(lines)


def table_of(slots: dict[int, Any]) -> pd.DataFrame:
    """Return the finished trials as a frame, in order."""
    rows = []
    for slot, trial in sorted(slots.items()):
        row = {
            "trial": slot, "state": STATES[trial.state.name],
            "value": trial.value if trial.state.name == "COMPLETE" else None,
            "seconds": trial.duration.total_seconds() if trial.duration else None,
        }  # fmt: skip
        told = {key: _told(value) for key, value in trial.params.items()}
        rows.append({**row, **told, "why": trial.user_attrs.get("why", "")})
    first = ["trial", "state", "value", "seconds"]
    columns = [c for row in rows for c in row if c not in (*first, "why")]
    frame = pd.DataFrame(rows, columns=[*first, *dict.fromkeys(columns), "why"])
    return frame.astype({"value": float, "seconds": float})


def _told(value: Any) -> Any:
    """Return what is kept as JSON as the text that a reader would write."""
    if isinstance(value, str) and value.startswith("["):
        return "[" + ",".join(map(str, json.loads(value))) + "]"
    return value
