"""New samples in another unit than the model learned are converted with a word, or refused."""

import logging
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.training.checkpoint import Restored
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model import ResponseModel
from mmdrp.training.reference.features import LEVELS, quantiles_of

GENES = [f"G{i:03d}" for i in range(300)]


def tpm(n: int, seed: int) -> pd.DataFrame:
    """TPM of samples whose genes have each a level of their own, a third of them silent."""
    rng = np.random.default_rng(seed)
    level = np.random.default_rng(0).normal(2, 3, len(GENES))
    logged = np.maximum(level + rng.normal(0, 1.2, (n, len(GENES))), 0)
    return pd.DataFrame(2**logged - 1, [f"S{seed}-{i}" for i in range(n)], GENES)


def within(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sub(frame.mean(axis=1), axis=0).div(frame.std(axis=1), axis=0)


FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "TPM": lambda x: x,
    "log2(TPM + 1)": lambda x: (x + 1).map(np.log2),
    "log2(TPM + 0.001)": lambda x: (x + 0.001).map(np.log2),
    "counts": lambda x: (x * 37).round(),
    "z-score within line": lambda x: within((x + 1).map(np.log2)),
    "0/1": lambda x: (x > 4).astype(float),
}
LEARNED = ["TPM", "log2(TPM + 1)", "counts", "z-score within line"]


def study_in(unit: str, stated: str | None) -> Study:
    x = tpm(50, 1)
    rng = np.random.default_rng(2)
    muts = pd.DataFrame(rng.integers(0, 2, (50, 12)), x.index, [f"M{j}" for j in range(12)])
    response = pd.DataFrame(rng.normal(size=(50, 3)), x.index, ["a", "b", "c"])
    return Study.from_frames(
        response, {"expression": FORMS[unit](x), "mutation": muts},
        units=None if stated is None else {"expression": stated}, unit="ln uM",
    )  # fmt: skip


@pytest.fixture(scope="module")
def models() -> dict[str, ResponseModel]:
    return {
        unit: ResponseModel(["expression", "mutation"], net=False, base="ridge").fit(
            study_in(unit, unit)
        )
        for unit in LEARNED
    }


LOGS = {"TPM", "log2(TPM + 1)", "log2(TPM + 0.001)"}
EXACT = {
    "TPM": LOGS, "log2(TPM + 1)": LOGS, "counts": {"counts"},
    "z-score within line": {*LOGS, "z-score within line"},
}  # fmt: skip
"""learned -> what becomes it without a loss; counts lack lengths, and z-scores the level"""


@pytest.mark.parametrize("given", [g for g in FORMS if g != "0/1"])
@pytest.mark.parametrize("learned", LEARNED)
def test_another_unit_is_converted_exactly_or_said_or_refused(
    learned: str, given: str, models: dict[str, ResponseModel], caplog: pytest.LogCaptureFixture
) -> None:
    model, new = models[learned], FORMS[given](tpm(20, 3))
    assert model.info_.units == {"expression": learned, "mutation": "unknown"}
    native = model.predict(
        {"expression": FORMS[learned](tpm(20, 3))}, units={"expression": learned}
    )
    for units in ({"expression": given}, None):
        caplog.clear()
        found, line = None, ""
        try:
            found = model.predict({"expression": new}, units=units)
        except MmdrpError as error:
            line = str(error)
        if found is None:
            # Without a word, several units may fit; with one, what is exact is never refused.
            assert units is None or given not in EXACT[learned]
            assert line.startswith("expression: ")
            assert len(line) <= 200
            continue
        if given in EXACT[learned]:
            gap = np.abs(found["pred"] - native["pred"]).max()
            assert gap < 1e-3 * native["pred"].std()
        else:
            assert given == "counts"
            assert "TPM would need the genes' lengths" in caplog.text
    if given == learned:
        for few in (new, new.iloc[:1], new.iloc[:, ::2], new.iloc[:3, :170]):
            said = {"expression": given}
            assert len(model.predict({"expression": few}, min_features=0.2, units=said)) == 3 * len(
                few
            )


def test_a_checkpoint_that_says_no_unit_is_judged_by_its_values(
    models: dict[str, ResponseModel],
) -> None:
    model = models["z-score within line"]
    plain = model.info_.plain()
    for source in plain["sources"].values():
        source.pop("unit", None)
    info = CheckpointInfo.read(plain)
    assert set(info.units.values()) == {"unknown"}
    for source in plain["sources"].values():
        source["unit"] = "furlongs"
    with pytest.raises(MmdrpError, match=r"sources\.\w+\.unit: 'furlongs' is no unit"):
        CheckpointInfo.read(plain)
    old = ResponseModel()._become(replace_info(model, info), None, False)
    assert len(old.predict({"expression": FORMS["z-score within line"](tpm(4, 5))})) == 12
    with pytest.raises(MmdrpError, match=r"looks like counts .* learned z-scores or log ratios"):
        old.predict({"expression": FORMS["counts"](tpm(4, 5))})


def replace_info(model: ResponseModel, info: CheckpointInfo) -> Restored:
    return Restored(model.net_, info)


def test_a_swapped_table_shows(models: dict[str, ResponseModel]) -> None:
    for learned in ("z-score within line", "log2(TPM + 1)", "TPM"):
        with pytest.raises(MmdrpError, match="expression: looks like 0/1"):
            models[learned].predict({"expression": FORMS["0/1"](tpm(9, 3))})


def test_what_is_not_wrong_is_not_refused(
    models: dict[str, ResponseModel], caplog: pytest.LogCaptureFixture
) -> None:
    model, right = models["z-score within line"], FORMS["z-score within line"]
    new = right(tpm(30, 4))
    constant = new.copy()
    constant.iloc[:, :100] = 0
    gaps = new.mask(np.random.default_rng(0).random(new.shape) < 0.4)
    noisy = new + np.random.default_rng(1).normal(0, 0.5, new.shape)
    outlier = new.copy()
    outlier.iloc[3] *= 30
    for frame in (constant, gaps, noisy, outlier, new.iloc[:2, :160]):
        model.predict({"expression": frame})
    per_feature = (new - new.mean(axis=0)) / new.std(axis=0)
    with caplog.at_level(logging.INFO):
        model.predict({"expression": per_feature}, units={"expression": "z-score per feature"})
    assert "stated to be z-score per feature" in caplog.text
    counts = FORMS["counts"](tpm(9, 3))
    assert len(model.predict({"expression": counts}, max_outside=1)) == 27


def test_a_zero_one_modality_names_what_is_neither(models: dict[str, ResponseModel]) -> None:
    model = models["TPM"]
    muts = pd.DataFrame(0.0, ["P1", "P2"], [f"M{j}" for j in range(12)])
    muts.loc["P2", "M3"] = 2
    with pytest.raises(MmdrpError, match=r"mutation: feature 'M3' \(P2\): 2 is neither 0 nor 1"):
        model.predict({"mutation": muts})
    read = model.predict({"mutation": muts}, binarise=["mutation"])
    pd.testing.assert_frame_equal(read, model.predict({"mutation": muts.clip(upper=1)}))
    with pytest.raises(OptionError, match="binarise: expression is no 0/1 modality"):
        model.predict({"expression": tpm(2, 3)}, binarise=["expression"])
    with pytest.raises(OptionError, match="rna: is no modality of the model, which reads: expr"):
        model.predict({"mutation": muts.clip(upper=1)}, binarise=["rna"])
    with pytest.raises(OptionError, match=r"units\.rna: there is no such modality"):
        model.predict({"mutation": muts.clip(upper=1)}, units={"rna": "TPM"})
    with pytest.raises(OptionError, match="drugs: the list is empty"):
        model.predict({"mutation": muts.clip(upper=1)}, drugs=[])


def test_samples_without_any_value_are_not_predicted(
    models: dict[str, ResponseModel], caplog: pytest.LogCaptureFixture
) -> None:
    model, new = models["TPM"], tpm(3, 6)
    new.iloc[1] = np.nan
    with caplog.at_level(logging.WARNING):
        pred = model.predict({"expression": new})
    assert set(pred["cell"]) == {"S6-0", "S6-2"}
    assert "expression: 1 samples (S6-1, ...) have no value there" in caplog.text
    with pytest.raises(MmdrpError, match="expression: has no value in any row"):
        model.predict({"expression": new * np.nan})


def test_predictions_beyond_all_that_was_measured_are_marked(
    models: dict[str, ResponseModel], caplog: pytest.LogCaptureFixture
) -> None:
    model = models["TPM"]
    info = replace(model.info_, measured=[-0.001, 0.001])
    narrow = ResponseModel()._become(replace_info(model, info), None, False)
    with caplog.at_level(logging.WARNING):
        pred = narrow.predict({"expression": tpm(5, 7)})
    assert (pred["extrapolated"] == (pred["pred"].abs() > 0.0011)).all()
    assert f"{pred['extrapolated'].sum()} of 15 predictions (extrapolated) lie out" in caplog.text
    assert not model.predict({"expression": tpm(5, 7)})["extrapolated"].any()


@given(
    hnp.arrays(
        np.float64, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=12),
        elements=st.floats(-1e6, 1e6) | st.just(np.nan),
    )
)  # fmt: skip
def test_quantiles_are_numpys(x: npt.NDArray[np.float64]) -> None:
    x = np.where(np.isnan(x).all(0), 0.0, x)
    np.testing.assert_allclose(quantiles_of(x), np.nanquantile(x, LEVELS, 0), rtol=1e-12)
