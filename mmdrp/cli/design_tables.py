"""Tables and Figure 2 of a comparison of designs over shuffles."""

from pathlib import Path

import numpy as np
import pandas as pd
from omegaconf import DictConfig

from mmdrp.cli.outputs import Outputs
from mmdrp.plots.density import densities
from mmdrp.plots.figure2 import agreement, boxes, heatmaps
from mmdrp.stats.compare import corrected_t
from mmdrp.stats.performance import pearson, per_group, spearman

PAPER = {  # Table 1 of Chiu et al. 2019: median test MSE, median epochs
    "deepdr": (1.96, 14.0),
    "linear_regression": (10.24, np.nan),
    "svm": (8.92, np.nan),
    "random_init": (2.30, 9.0),
    "pca": (2.44, 29.0),
    "expression_only": (1.96, 17.0),
    "mutation_only": (3.09, 9.5),
}
SCORES = ("mse_measured", "mse_imputed", "mse_imputed_all")


def write_tables(
    cfg: DictConfig, out: Path, table: pd.DataFrame, shown: pd.DataFrame | None, unit: str
) -> None:
    """Write ``table1.csv``, ``differences.csv``, ``shuffles.csv`` and the figures; print both."""
    files = Outputs(out)
    summary, gaps = summarised(table), differences(table)
    files.table("table1", summary, "designs: median and st. dev. over shuffles, beside the paper's")
    files.table("differences", gaps, "every design minus another: mean difference of test MSE")
    files.table("shuffles", table, "each shuffle and design")
    files.figure(
        "figure2e",
        boxes({str(n): p["mse_imputed"] for n, p in table.groupby("design", sort=False)}),
        "test MSE of each design on imputed responses (DeepDR, Figure 2e)",
    )
    if shown is not None:
        _figure(files, shown, f"{cfg.response.measure} ({unit})")
    files.record(cfg, "table1", shuffles=int(table["shuffle"].nunique()))
    _show(summary, gaps, table["shuffle"].nunique())
    print(f"Tables and figures: {out}")


def summarised(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row per design: medians and standard deviations over shuffles."""
    table = table.reindex(columns=[*dict.fromkeys([*table.columns, "epochs", "seconds"])])
    grouped = table.groupby("design", sort=False)
    out = pd.DataFrame({"shuffles": grouped.size()})
    for score in (*SCORES, "r_per_drug", "epochs"):
        out[f"{score}_median"] = grouped[score].median()
        out[f"{score}_sd"] = grouped[score].std()
    out["seconds_median"] = grouped["seconds"].median()
    if "drug_mean" in out.index:
        medians = out["mse_measured_median"].to_numpy(float)
        out["to_drug_mean"] = medians / medians[list(out.index).index("drug_mean")]
    paper = pd.DataFrame(PAPER, index=["paper_mse", "paper_epochs"]).T.reindex(out.index)
    return out.join(paper).reset_index()


def differences(table: pd.DataFrame) -> pd.DataFrame:
    """Compare every two designs on the same shuffles: corrected resampled t-test."""
    ratio = float((table["lines_test"] / table["lines_train"]).mean())
    rows = []
    for score in SCORES[:2]:
        wide = table.pivot(index="shuffle", columns="design", values=score)
        names = list(dict.fromkeys(table["design"]))
        for i, one in enumerate(names):
            for other in names[i + 1 :]:
                found = corrected_t((wide[one] - wide[other]).dropna().to_numpy(), ratio)
                rows.append({"score": score, "design": one, "other": other, **vars(found)})
    return pd.DataFrame(rows)


def _figure(files: Outputs, shown: pd.DataFrame, label: str) -> None:
    """Figure 2a to 2d of one design on the first shuffle."""
    held = shown["part"] == "test"
    samples = {
        "measured": shown["y"].dropna().to_numpy(),
        "imputed": shown["imputed"].to_numpy(),
        "predicted, training and validation": shown.loc[~held, "pred"].to_numpy(),
        "predicted, test": shown.loc[held, "pred"].to_numpy(),
    }
    files.figure("figure2a", densities(samples, label), "densities (Figure 2a)")
    wide = {c: shown.pivot(index="drug", columns="cell", values=c) for c in ("imputed", "pred")}
    files.figure("figure2b", heatmaps(wide, label), "imputed and predicted responses (Figure 2b)")
    long = shown.assign(y=shown["imputed"])
    found = pd.DataFrame(
        {
            "pearson": per_group(long, "cell", pearson),
            "spearman": per_group(long, "cell", spearman),
        }
    ).rename_axis("cell")
    found["part"] = shown.groupby("cell")["part"].first()
    files.table("per_sample", found.reset_index(), "correlation over drugs within each line")
    tested = (found["part"] == "test").map({True: "test", False: "training and validation"})
    files.figure(
        "figure2cd",
        agreement(found.drop(columns="part"), tested),
        "per-sample correlation of imputed and predicted responses (Figures 2c and 2d)",
    )


def _show(summary: pd.DataFrame, gaps: pd.DataFrame, shuffles: int) -> None:
    print(f"Median (st. dev.) of test MSE over {shuffles} shuffles of the lines")
    head = ("measured", "imputed", "paper", "epochs", "paper", "r per drug")
    print(f"  {'':<18}" + "".join(f"{name:>15}" for name in head))
    for row in summary.itertuples():
        cells = (
            f"{row.mse_measured_median:.3f} ({row.mse_measured_sd:.3f})",
            f"{row.mse_imputed_median:.3f} ({row.mse_imputed_sd:.3f})",
            _or_blank(row.paper_mse),
            _or_blank(row.epochs_median),
            _or_blank(row.paper_epochs),
            f"{row.r_per_drug_median:.3f}",
        )
        print(f"  {row.design!s:<18}" + "".join(f"{cell:>15}" for cell in cells))
    first = gaps["design"].iloc[0] if len(gaps) else ""
    for row in gaps[(gaps["score"] == "mse_measured") & (gaps["design"] == first)].itertuples():
        print(
            f"  {first} minus {row.other!s:<18}{row.difference:>9.3f}  "
            f"[{row.low:.3f}, {row.high:.3f}]  p={row.p:.2g}"
        )


def _or_blank(value: object) -> str:
    number = float(value)  # type: ignore[arg-type]
    return "" if np.isnan(number) else f"{number:g}"
