"""Frames and studies that are hostile: huge, constant, empty, misnamed, of another kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import mmdrp
from mmdrp import tumours
from tests.hostile.case import Expected, World, given

Try = tuple[Callable[[World, Path], Any], Expected]
GIVEN: list[Any] = ["gdscc", "", 5, None, ["gdsc"], "a\nb", 1.5, {"a": 1}]
Change = Callable[[pd.DataFrame], Any]

RESPONSES: dict[str, tuple[Change, Expected]] = {
    "constant": (lambda f: f.assign(value=1.0), "right"), "zero": (lambda f: f.assign(value=0.0), "right"),
    "one drug constant": (lambda f: f.assign(value=f["value"].mask(f["drug"] == "drug-00", 8.0)), "right"),
    "huge": (lambda f: f.assign(value=f["value"] * 1e30), "either"), "1e9": (lambda f: f.assign(value=f["value"] * 1e9), "either"),
    "tiny": (lambda f: f.assign(value=f["value"] * 1e-30), "either"), "one huge": (lambda f: f.assign(value=f["value"].mask(f.index == 3, 1e11)), "either"),
    "all nan": (lambda f: f.assign(value=np.nan), "refused"), "one nan": (lambda f: f.assign(value=f["value"].mask(f.index == 3)), "either"),
    "inf": (lambda f: f.assign(value=f["value"].mask(f.index == 3, np.inf)), "refused"), "text": (lambda f: f.assign(value="high"), "refused"),
    "numbers as text": (lambda f: f.assign(value=f["value"].astype(str)), "either"), "empty": (lambda f: f.head(0), "refused"),
    "one row": (lambda f: f.head(1), "refused"), "one line": (lambda f: f[f["cell"] == f["cell"].iloc[0]], "refused"),
    "one drug": (lambda f: f[f["drug"] == "drug-00"], "either"), "three lines": (lambda f: f[f["cell"].isin(f["cell"].unique()[:3])], "either"),
    "no value": (lambda f: f.drop(columns="value"), "refused"), "no cell": (lambda f: f.drop(columns="cell"), "refused"),
    "other lines": (lambda f: f.assign(cell="X" + f["cell"].astype(str)), "refused"), "twice": (lambda f: pd.concat([f, f]), "either"),
    "null cell": (lambda f: f.assign(cell=None), "refused"), "lists": (lambda f: f.assign(value=pd.Series([[1]] * len(f))), "refused"),
    "truth": (lambda f: f.assign(value=f["value"] > 0), "either"), "series": (lambda f: f["value"], "refused"),
    "array": (lambda f: f.to_numpy(), "refused"), "nothing": (lambda f: None, "refused"), "number": (lambda f: 5, "refused"),
    "each drug one line": (lambda f: f.drop_duplicates("drug"), "either"), "complex": (lambda f: f.assign(value=f["value"] + 1j), "refused"),
    "dates": (lambda f: f.assign(value=pd.Timestamp("2024-01-01")), "refused"), "categories": (lambda f: f.astype({"drug": "category", "cell": "category"}), "right"),
    "names": (lambda f: f.assign(drug=f["drug"].replace("drug-00", '=a"b\'/\\ 細胞')), "either"),
    "newline name": (lambda f: f.assign(drug=f["drug"].replace("drug-00", "a\nb")), "either"),
}  # fmt: skip
FEATURES: dict[str, tuple[Change, Expected]] = {
    "constant": (lambda f: f * 0 + 1, "refused"), "all nan": (lambda f: f * np.nan, "refused"), "huge": (lambda f: f * 1e30, "either"),
    "huge 1e37": (lambda f: f * 1e37, "either"), "1e300": (lambda f: f.astype(float) * 1e300, "refused"), "tiny": (lambda f: f * 1e-30, "either"),
    "inf": (lambda f: f.where(f != f.iloc[2, 2], np.inf), "refused"), "text": (lambda f: f.astype(str) + "x", "refused"),
    "no rows": (lambda f: f.head(0), "refused"), "no columns": (lambda f: f.iloc[:, :0], "refused"), "one row": (lambda f: f.head(1), "refused"),
    "two rows": (lambda f: f.head(2), "either"), "one column": (lambda f: f.iloc[:, :1], "either"), "rows twice": (lambda f: pd.concat([f, f]), "refused"),
    "columns twice": (lambda f: pd.concat([f, f], axis=1), "refused"), "transposed": (lambda f: f.T, "refused"),
    "numbered": (lambda f: f.reset_index(drop=True), "either"), "array": (lambda f: f.to_numpy(), "refused"), "nothing": (lambda f: None, "refused"),
    "levels": (lambda f: pd.concat({"a": f}), "refused"), "column levels": (lambda f: pd.concat({"a": f}, axis=1), "either"),
    "text index null": (lambda f: f.rename({f.index[0]: None}), "refused"), "half nan": (lambda f: f.mask(np.broadcast_to(np.arange(f.shape[1]) > 5, f.shape)), "either"),
    "random nan": (lambda f: f.mask(np.arange(f.size).reshape(f.shape) % 7 == 0), "either"), "truth": (lambda f: f > 0, "either"),
    "ints": (lambda f: f.round().astype(int), "either"), "same lines": (lambda f: f * 0 + np.arange(f.shape[1]), "refused"),
    "wide names": (lambda f: f.rename(columns={f.columns[0]: "細胞\u202e"}), "either"), "empty name": (lambda f: f.rename(columns={f.columns[0]: ""}), "either"),
}  # fmt: skip
SMILES: dict[str, Any] = {
    "empty": "", "invalid": "C1CC", "text": "aspirin", "long": "C" * 100_000, "ring": "C" * 50_000 + "1" + "C" * 50_000 + "1",
    "null": None, "number": 5, "nan": float("nan"), "newline": "CCO\nCCN", "salt": "[Na+].[Cl-]", "atom": "[U]", "wide": "細胞",
    "dots": ".", "two": "CCO.CCO", "query": "*", "brackets": "[" * 1000, "parentheses": "C(" * 5000 + ")" * 5000, "dummy": "[*]C",
    "charge": "[Fe+9]", "isotope": "[13CH4]", "nul": "C\0C", "inchi": "InChI=1S/CH4/h1H4",
}  # fmt: skip


def frames() -> dict[str, Try]:
    """Return what is predicted, aligned and compared."""
    out: dict[str, Try] = {}
    for name, (change, expect) in FEATURES.items():
        if name in ("constant", "one row", "same lines"):  # right for samples, if of no use
            expect = "either"
        out[f"predict features {name}"] = (_predicted(change), expect)
        out[f"align features {name}"] = (_aligned(change), "either")
        out[f"cohort expression {name}"] = (_cohort("expression", change), "either")
        out[f"cohort mutation {name}"] = (_cohort("mutation", change), "either")
        out[f"cohort pred {name}"] = (_cohort("pred", change), "either")
    for name, smiles in SMILES.items():
        out[f"predict smiles {name}"] = (_drug(smiles), "either")
    nothing: list[Any] = [None, 5, "x", [], {}, {"nothing": 1}, {"expression": None}]
    for value in [*nothing, pd.DataFrame()]:
        out[f"predict of {value!r}"[:50]] = (
            given(lambda w, f, g: _finite(w["panel"].predict(g)), value),
            "refused",
        )
        out[f"fit of {value!r}"[:50]] = (
            given(lambda w, f, g: mmdrp.ResponseModel(["expression"]).fit(g), value),
            "refused",
        )
    for pairs in ([], [("NOBODY", "drug-00")], [("LINE000", "nothing")], [1], "x", pd.DataFrame()):
        out[f"predict pairs {pairs!r}"[:50]] = (
            given(lambda w, f, p: _finite(w["panel"].predict(w["study"], pairs=p)), pairs),
            "refused",
        )
    return out


def studies() -> dict[str, Try]:
    """Return studies of frames that are trained on."""
    out: dict[str, Try] = {}
    for name, (change, expect) in RESPONSES.items():
        out[f"train response {name}"] = (_trained("response", change, False), expect)
        out[f"train pairs response {name}"] = (
            _trained("response", change, True),
            "either" if expect == "right" else expect,
        )
    for name, (change, expect) in FEATURES.items():
        out[f"train features {name}"] = (_trained("expression", change, False), expect)
        out[f"train network features {name}"] = (
            _trained("expression", change, False, True),
            expect,
        )
    for name, smiles in SMILES.items():
        out[f"train smiles {name}"] = (_trained("drugs", _first_smiles(smiles), True), "either")
    return out


def _first_smiles(smiles: Any) -> Change:
    return lambda frame: frame.assign(smiles=[smiles, *frame["smiles"][1:]])


def _finite(pred: pd.DataFrame) -> pd.DataFrame:
    assert len(pred), "nothing is predicted"
    assert np.isfinite(pred["pred"].to_numpy(float)).all(), "not finite"
    return pred


def _predicted(change: Change) -> Callable[[World, Path], Any]:
    return lambda world, _: _finite(
        world["panel"].predict({"expression": change(world["expression"].copy())})
    )


def _aligned(change: Change) -> Callable[[World, Path], Any]:
    def call(world: World, folder: Path) -> Any:
        moved, _ = mmdrp.align_samples(
            world["panel"], {"expression": change(world["expression"].copy())}
        )
        assert not np.isinf(moved["expression"].to_numpy()).any(), "infinite"

    return call


def _drug(smiles: Any) -> Callable[[World, Path], Any]:
    return lambda world, _: _finite(world["pairs"].predict(world["study"], drugs={"new": smiles}))


def _cohort(part: str, change: Change) -> Callable[[World, Path], Any]:
    def call(world: World, folder: Path) -> Any:
        given = {"pred": world["pred"].pivot(index="cell", columns="drug", values="pred")}
        given |= {name: world[name] for name in ("mutation", "expression")}
        given[part] = change(given[part].copy())
        cohort = tumours.Cohort(
            given["pred"], given["mutation"], cancer_type=world["cells"]["tissue"],
            expression=given["expression"],
        )  # fmt: skip
        found = tumours.associate(cohort, min_patients=3)
        assert found.table["p_welch"].dropna().between(0, 1).all(), "p outside 0 to 1"
        tumours.compare_extremes(cohort, cohort.drugs[0], share=0.2)

    return call


def _trained(
    part: str, change: Change, pairs: bool, net: bool = False
) -> Callable[[World, Path], Any]:
    def call(world: World, folder: Path) -> Any:
        given = {"expression": world["expression"], "drugs": world["drugs"]}
        given["response"] = world["study"].response("auc") if pairs else world["response"]
        given[part] = change(given[part].copy())
        study = mmdrp.Study.from_frames(
            given["response"], {"expression": given["expression"]}, samples=world["cells"],
            drugs=given["drugs"], measure="auc" if pairs else "ic50",
        )  # fmt: skip
        small = {"max_epochs": 1, "width": (8,), "latent": 4, "head": (8,), "margin": -1000.0}
        model = mmdrp.ResponseModel(
            ["expression"], drug_features="morgan" if pairs else None, net=net,
            **(small if net else {}),  # type: ignore[arg-type]
        ).fit(study, fold=0)  # fmt: skip
        held = model.predictions_
        assert np.isfinite(held[["y", "pred"]].to_numpy(float)).all(), "not finite"
        spread = np.ptp(study.response(study.measures[0])["value"])
        if spread == 0:
            assert np.allclose(held["pred"], held["y"], atol=1e-4), "not the constant"

    return call
