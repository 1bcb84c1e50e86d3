"""Finished folders by hand, small and with hostile names; and a page taken apart."""

import json
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

HOSTILE = "<script>alert(1)</script>"
VOID = {"meta", "link", "input", "br", "img", "hr"}
ADDRESS = ("src", "href", "data", "action", "poster", "srcset", "xlink:href")


class Parsed(HTMLParser):
    """Elements in order, what was left open or closed twice, and the text of scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if self.open[-1:] == [tag]:
            self.open.pop()
        else:
            self.wrong.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, *tags: str) -> list[tuple[str, dict[str, str | None]]]:
        return [element for element in self.elements if element[0] in tags]

    @property
    def words(self) -> str:
        hidden = ("script", "style")
        return " ".join(t for tag, texts in self.texts.items() if tag not in hidden for t in texts)


def predictions(lines: int, drugs: list[str], seed: int = 0) -> pd.DataFrame:
    """Held-out responses whose error has the standard deviation that they state."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(f"L{i}", drug) for drug in drugs for i in range(lines)], columns=["cell", "drug"]
    )
    pred = draw.normal(size=len(frame))
    y = pred + draw.normal(size=len(frame)) * 0.5
    return frame.assign(
        fold=0, part="test", y=y, pred=pred, lower=pred - 0.82, upper=pred + 0.82, sd=0.5,
        outside=0.0,
    )  # fmt: skip


def write_parquet(path: Path, frame: pd.DataFrame, **said: str) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    named = {f"mmdrp.{key}": value for key, value in said.items()}
    pq.write_table(table.replace_schema_metadata({**(table.schema.metadata or {}), **named}), path)


def train_folder(root: Path, drugs: list[str], lines: int = 40) -> Path:
    root.mkdir(parents=True)
    write_parquet(root / "predictions.parquet", predictions(lines, drugs),
                  measure="ic50", unit="ln uM", higher="resistant")  # fmt: skip
    (root / "model.ckpt").write_bytes(b"weights")
    (root / "config.yaml").write_text(
        "study: {name: gdsc, path: data/gdsc}\nmodality: {expression: null}\n"
        "response: {measure: ic50, layout: by_cell}\nsplit: {name: cell}\nbase: {name: kernel}\n"
    )
    scores = {"model": {"mse": 0.25, "pearson_per_drug": 0.9}}
    (root / "metrics.json").write_text(json.dumps(scores))
    record = {"seed": 3, "epochs": 2, "network": {"kept": False}, "versions": {"mmdrp": "0.1.0"}}
    (root / "run.json").write_text(json.dumps(record))
    (root / "metrics.csv").write_text("epoch,train/loss,val/loss\n0,1.5,1.25\n1,1.0,1.0\n")
    return root


def evaluate_folder(root: Path, drugs: list[str], run: str) -> Path:
    root.mkdir(parents=True)
    draw = np.random.default_rng(1)
    groups = {"drug": drugs, "tissue": ["skin", "lung"], "presence": ["expression", "cnv"],
              "pooled": ["all"]}  # fmt: skip
    rows = [
        (model, "CellSplit", 0, 0, scope, name, metric, draw.uniform(), 40)
        for model in ("model", "ridge") for scope, names in groups.items() for name in names
        for metric in ("mse", "rmse", "pearson", "spearman", "coverage")
    ]  # fmt: skip
    columns = ["model", "split", "seed", "fold", "scope", "id", "metric", "value", "n"]
    write_parquet(root / "evaluation.parquet", pd.DataFrame(rows, columns=columns))
    scores = {"run": run, "model": ["model", "ridge"], "fold": 0, "mse": [1.25, 1.5],
              "pearson_per_drug": [0.5, 0.4], "n": 80}  # fmt: skip
    pd.DataFrame(scores).to_csv(root / "scores.csv", index=False)
    differ = {"metric": ["mse"], "model": "model", "other": "ridge", "difference": -0.25,
              "low": -0.5, "high": -0.125, "p": 0.01, "folds": 5}  # fmt: skip
    pd.DataFrame(differ).to_csv(root / "differences.csv", index=False)
    (root / "leakage.json").write_text(json.dumps({"shared_cell": {}, "near_duplicate_cell":
                                                   {"test and train": 6}}))  # fmt: skip
    return root


def attribute_folder(root: Path, drugs: list[str], smiles: str = "CCO") -> Path:
    root.mkdir(parents=True)
    rows = [
        (drug, "mutation", f"GENE{rank}", 1.0 / rank, -0.5 / rank, 0.9, 1.0, -1.0, 40, -0.4, rank,
         rank, "sensitivity")
        for drug in drugs for rank in range(1, 21)
    ]  # fmt: skip
    columns = ["drug", "source", "feature", "mean_abs", "mean", "consistency", "share", "direction",
               "n", "correlation", "correlation_rank", "rank", "high_means"]  # fmt: skip
    frame = pd.DataFrame(rows, columns=columns)
    write_parquet(root / "rankings.parquet", frame)
    frame.to_csv(root / "biomarkers.csv", index=False)
    shares = pd.DataFrame({"source": "mutation", "signed": 0.1, "absolute": 2.0, "carried": 0.5,
                           "drug": drugs, "unit": "ln uM"})  # fmt: skip
    shares.to_csv(root / "shares.csv", index=False)
    (root / "attribution.json").write_text(json.dumps({"method": "ig", "unit": "ln uM"}))
    atoms = [(drug, smiles, i, s, float(i) * (drug != drugs[-1])) for drug in drugs
             for i, s in enumerate("CCO")]  # fmt: skip
    pd.DataFrame(atoms, columns=["drug", "smiles", "atom", "symbol", "value"]).to_csv(
        root / "structure_atoms.csv", index=False)  # fmt: skip
    (root / "attributions.parquet").mkdir()
    own = pd.DataFrame({"cell": "P1", "drug": drugs[0], "source": "mutation",
                        "feature": ["KRAS", "TP53"], "value": [-2.0, 0.5]})  # fmt: skip
    write_parquet(root / "attributions.parquet" / "first.parquet", own)
    return root


def predict_folder(root: Path, drugs: list[str], cells: tuple[str, ...] = ("P1", "P2")) -> Path:
    root.mkdir(parents=True)
    z = np.linspace(-2.5, 1.0, len(drugs))
    frame = pd.concat([
        pd.DataFrame({
            "cell": cell, "drug": drugs, "name": drugs, "pred": z + i, "percentile": 50 + 18 * z,
            "z": z + 5.0 * i, "extrapolated": False, "lower": z - 1, "upper": z + 1, "sd": 0.6,
            "outside": bool(i),
        })
        for i, cell in enumerate(cells)
    ])  # fmt: skip
    write_parquet(root / "predictions.parquet", frame, measure="ic50", unit="ln uM",
                  higher="resistant")  # fmt: skip
    best = frame[frame["z"] < 0].assign(rank=1)
    best.to_csv(root / "top_drugs.csv", index=False)
    pd.DataFrame({"source": "expression", "stage": "given", "feature": ["A", "B", "C"], "n": 2,
                  "shift": [0.5, -3.25, 0.0], "outside": 0.1}).to_csv(
        root / "shift.csv", index=False)  # fmt: skip
    return root
