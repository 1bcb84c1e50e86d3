"""The baselines are what they claim: oracles, planted signal, stated fallbacks, no leakage."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import pearsonr
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Ridge

from mmdrp.evaluation.baselines.fold_data import FoldData, design, matrix
from mmdrp.evaluation.baselines.means import (
    drug_mean,
    global_mean,
    line_mean,
    mean_effects,
    tissue_mean,
)
from mmdrp.evaluation.baselines.models import boosting, elastic_net, forest, kernel_ridge, ridge
from mmdrp.evaluation.baselines.parts import BASELINES
from mmdrp.evaluation.baselines.workers import side_by_side

Array = npt.NDArray[np.float64]
GENES, DRUGS, LINES = 30, 6, 280
PENALTIES = (1.0, 30.0, 1000.0)
QUICK: dict[str, Callable[[FoldData], Array]] = {
    **BASELINES,
    "ridge": partial(ridge, penalties=PENALTIES),
    "elastic_net": partial(elastic_net, alphas=(0.3, 0.1)),
    "kernel_ridge": partial(kernel_ridge, penalties=(0.3, 3.0), gammas=(0.1,)),
    "forest": partial(forest, trees=30, components=20),
    "boosting": partial(boosting, sizes=(4,), rounds=(20, 40), components=10, responses=6),
}
BLIND: dict[str, Callable[[FoldData], Array]] = {  # nothing left to choose
    "global_mean": global_mean,
    "drug_mean": drug_mean,
    "line_mean": line_mean,
    "tissue_mean": tissue_mean,
    "mean_effects": mean_effects,
    "ridge": partial(ridge, penalties=(30.0,)),
    "elastic_net": partial(elastic_net, alphas=(0.1,), ratios=(0.5,)),
    "kernel_ridge": partial(kernel_ridge, penalties=(1.0,), gammas=(0.1,)),
    "forest": partial(forest, trees=20, components=20, leaves=(3,)),
    "boosting": partial(boosting, sizes=(4,), rounds=(20,), components=10, responses=6),
}
TUNED = ("ridge", "elastic_net", "kernel_ridge", "forest", "boosting")


def planted(gaps: float = 0.2, seed: int = 0) -> FoldData:
    """Genes follow four programmes, which act on each drug in its own way; lines are held out."""
    rng = np.random.default_rng(seed)
    lines = [f"L{i:03d}" for i in range(LINES)]
    programme = rng.normal(size=(LINES, 4))
    x = 5 + programme @ rng.normal(size=(4, GENES)) + rng.normal(0, 0.5, (LINES, GENES))
    y = programme @ rng.normal(size=(4, DRUGS)) + rng.normal(0, 5, DRUGS)
    y += rng.normal(0, 0.3, y.shape)
    rows = [(lines[i], f"D{j}", y[i, j]) for i in range(LINES) for j in range(DRUGS)]
    long = pd.DataFrame(rows, columns=["cell", "drug", "y"])
    long = long[rng.random(len(long)) >= gaps]
    place = long["cell"].str[1:].astype(int)
    bits = rng.integers(0, 2, (DRUGS + 1, 16)).astype(float)
    return FoldData(
        long[place < 100],
        long[(place >= 100) & (place < 140)],
        long[place >= 140],
        pd.DataFrame(x, index=lines, columns=[f"G{j}" for j in range(GENES)]),
        pd.DataFrame({"driver": rng.integers(0, 2, LINES).astype(float)}, index=lines),
        pd.DataFrame(bits, index=[f"D{j}" for j in range(DRUGS + 1)]),
    )


def shuffled(frame: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    return frame.assign(y=np.random.default_rng(seed).permutation(frame["y"]))


def assert_same(one: Array, other: Array) -> None:
    """To the last bits: a forest's threads add their trees in any order."""
    np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)


def order_within_drugs(frame: pd.DataFrame, pred: Array) -> float:
    parts = frame.assign(pred=pred).groupby("drug")
    return float(np.mean([pearsonr(part["y"], part["pred"]).statistic for _, part in parts]))


def without(frame: pd.DataFrame, lines: npt.ArrayLike) -> pd.DataFrame:
    return frame[~np.isin(frame.index.to_numpy(dtype=str), lines)]


def mse(frame: pd.DataFrame, pred: Array) -> float:
    return float(((frame["y"].to_numpy() - pred) ** 2).mean())


def oracle(fold_data: FoldData, penalty: float, rows: pd.DataFrame) -> Array:
    """Return scikit-learn's ridge per drug, on genes scaled over the training lines."""
    lines = sorted(set(fold_data.train["cell"]))
    known = fold_data.expression.loc[lines]
    x = (fold_data.expression - known.mean()) / known.std()
    out = pd.Series(index=rows.index, dtype=float)
    for drug, part in fold_data.train.groupby("drug"):
        mean = part["y"].mean()
        fitted = Ridge(penalty, fit_intercept=False).fit(x.loc[part["cell"]], part["y"] - mean)
        asked = rows["drug"] == drug
        out[asked] = fitted.predict(x.loc[rows.loc[asked, "cell"]]) + mean
    return out.to_numpy(float)


@pytest.mark.parametrize("gaps", [0.0, 0.3])
def test_ridge_is_scikit_learns(gaps: float) -> None:
    fold_data = planted(gaps)
    for penalty in PENALTIES:
        expected = oracle(fold_data, penalty, fold_data.test)
        np.testing.assert_allclose(ridge(fold_data, penalties=(penalty,)), expected, atol=1e-8)


def test_ridge_on_full_data_equals_an_intercept_learned_by_scikit_learn() -> None:
    fold_data = planted(gaps=0.0)
    y = matrix(fold_data.train)
    known = fold_data.expression.loc[y.index]
    x = (fold_data.expression - known.mean()) / known.std()
    fitted = Ridge(30.0).fit(x.loc[y.index], y)
    wide = pd.DataFrame(fitted.predict(x), index=x.index, columns=y.columns)
    expected = [wide.loc[c, d] for c, d in zip(fold_data.test["cell"], fold_data.test["drug"])]  # noqa: B905
    np.testing.assert_allclose(ridge(fold_data, penalties=(30.0,)), expected, atol=1e-8)


def test_the_penalty_with_least_validation_error_is_taken() -> None:
    fold_data = planted()
    errors = [
        mse(fold_data.validation, oracle(fold_data, p, fold_data.validation)) for p in PENALTIES
    ]
    best = PENALTIES[int(np.argmin(errors))]
    np.testing.assert_array_equal(
        ridge(fold_data, penalties=PENALTIES), ridge(fold_data, penalties=(best,))
    )


def test_means_by_hand() -> None:
    fold_data = planted()
    for drug, part in fold_data.test.groupby("drug"):
        mean = fold_data.train.loc[fold_data.train["drug"] == drug, "y"].mean()
        here = (fold_data.test["drug"] == drug).to_numpy()
        np.testing.assert_allclose(drug_mean(fold_data)[here], mean)
        assert len(part) == here.sum()
    # Held-out lines have no effect of their own.
    np.testing.assert_allclose(mean_effects(fold_data), drug_mean(fold_data), atol=1e-12)


@pytest.mark.parametrize("name", TUNED)
def test_planted_signal_is_found(name: str) -> None:
    fold_data = planted()
    pred = QUICK[name](fold_data)
    assert order_within_drugs(fold_data.test, pred) > 0.6
    assert mse(fold_data.test, pred) < 0.7 * mse(fold_data.test, drug_mean(fold_data))
    assert_same(pred, QUICK[name](fold_data))


@pytest.mark.parametrize("name", TUNED)
def test_permuted_expression_is_worth_about_the_drug_mean(name: str) -> None:
    fold_data = planted()
    order = np.random.default_rng(3).permutation(LINES)
    moved = fold_data.expression.iloc[order].set_axis(fold_data.expression.index)
    model = partial(ridge, penalties=(*PENALTIES, 1e5)) if name == "ridge" else QUICK[name]
    pred = model(replace(fold_data, expression=moved))
    assert abs(order_within_drugs(fold_data.test, pred)) < 0.3
    ratio = mse(fold_data.test, pred) / mse(fold_data.test, drug_mean(fold_data))
    assert ratio == pytest.approx(1, abs=0.2)


@pytest.mark.parametrize("name", BASELINES)
def test_test_responses_are_never_seen(name: str) -> None:
    fold_data = planted()
    blind = replace(fold_data, test=shuffled(fold_data.test))
    assert_same(QUICK[name](fold_data), QUICK[name](blind))


@pytest.mark.parametrize("name", ["elastic_net", "boosting"])
def test_the_number_of_threads_changes_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fold_data = planted()
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    alone = QUICK[name](fold_data)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert_same(alone, QUICK[name](fold_data))


def test_side_by_side_keeps_the_order_and_raises() -> None:
    assert side_by_side(lambda x: -x, range(50)) == [-x for x in range(50)]
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda x: 1 / x, [2, 1, 0])


@pytest.mark.parametrize("name", BASELINES)
def test_validation_responses_only_tune(name: str) -> None:
    fold_data = planted()
    other = replace(fold_data, validation=shuffled(fold_data.validation))
    assert_same(BLIND[name](fold_data), BLIND[name](other))


@pytest.mark.parametrize("name", BASELINES)
def test_the_order_of_the_asked_rows_means_nothing(name: str) -> None:
    fold_data = planted()
    order = np.random.default_rng(5).permutation(len(fold_data.test))
    pred = QUICK[name](replace(fold_data, test=fold_data.test.iloc[order]))
    np.testing.assert_allclose(pred, QUICK[name](fold_data)[order], atol=1e-9)


@pytest.fixture(scope="module")
def blind_drug() -> FoldData:
    """One test row of every line is of a drug that was never trained on."""
    fold_data = planted()
    lines = fold_data.test["cell"].unique()
    new = pd.DataFrame({"cell": lines, "drug": f"D{DRUGS}", "y": 0.0})
    return replace(fold_data, test=pd.concat([fold_data.test, new], ignore_index=True))


def test_an_unseen_drug_falls_back_as_stated(blind_drug: FoldData) -> None:
    new = (blind_drug.test["drug"] == f"D{DRUGS}").to_numpy()
    grand = blind_drug.train["y"].mean()
    np.testing.assert_allclose(drug_mean(blind_drug)[new], grand)
    np.testing.assert_allclose(mean_effects(blind_drug)[new], grand)
    bare = replace(blind_drug, structure=None)
    for name in TUNED:
        np.testing.assert_allclose(QUICK[name](bare)[new], grand)


@pytest.mark.parametrize("name", TUNED)
def test_an_unseen_drug_with_a_structure_is_predicted_over_pairs(
    name: str, blind_drug: FoldData
) -> None:
    new = (blind_drug.test["drug"] == f"D{DRUGS}").to_numpy()
    pred = QUICK[name](blind_drug)
    assert np.isfinite(pred).all()
    assert np.ptp(pred[new]) > 0  # lines are told apart
    bare = QUICK[name](replace(blind_drug, structure=None))
    assert_same(pred[~new], bare[~new])


def test_structure_tells_of_unseen_drugs_and_line_effects_carry_over() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (80, 12)).astype(float)
    level, line = bits @ rng.normal(size=12), rng.normal(0, 2, 60)
    rows = [(f"L{i}", f"D{j}", level[j] + line[i]) for i in range(60) for j in range(80)]
    long = pd.DataFrame(rows, columns=["cell", "drug", "y"])
    place = long["drug"].str[1:].astype(int)
    lines, drugs = [f"L{i}" for i in range(60)], [f"D{j}" for j in range(80)]
    fold_data = FoldData(
        long[place < 50],
        long[(place >= 50) & (place < 60)],
        long[place >= 60],
        pd.DataFrame(rng.normal(size=(60, 8)), index=lines),
        pd.DataFrame(index=lines),
        pd.DataFrame(bits, index=drugs),
    )
    for name in TUNED:
        pred = QUICK[name](fold_data)
        assert mse(fold_data.test, pred) < 0.7 * mse(fold_data.test, mean_effects(fold_data)), name
    exact = ridge(fold_data, penalties=(1e-3,))
    assert mse(fold_data.test, exact) < 0.02 * mse(fold_data.test, mean_effects(fold_data))


def test_tissue_means_by_hand() -> None:
    fold_data = planted()
    lines = [f"L{i:03d}" for i in range(LINES)]
    tissue = pd.Series(["skin", "lung", "bone"] * (LINES // 3 + 1), name="tissue")[:LINES]
    known = tissue.set_axis(lines)[lambda s: s != "bone"]
    pred = tissue_mean(replace(fold_data, tissue=known))
    joined = fold_data.train.assign(tissue=fold_data.train["cell"].map(known))
    for i in range(0, len(pred), 40):
        row = fold_data.test.iloc[i]
        same = joined[joined["drug"] == row["drug"]]
        if row["cell"] in known.index:
            same = same[same["tissue"] == known[row["cell"]]]
        assert pred[i] == pytest.approx(same["y"].mean())
    np.testing.assert_allclose(tissue_mean(fold_data), drug_mean(fold_data))


def test_global_and_line_means_by_hand() -> None:
    fold_data = planted()
    known = replace(fold_data, test=fold_data.train)
    expected = fold_data.train.groupby("cell")["y"].transform("mean")
    np.testing.assert_allclose(line_mean(known), expected)
    np.testing.assert_allclose(line_mean(fold_data), fold_data.train["y"].mean())
    np.testing.assert_allclose(global_mean(fold_data), fold_data.train["y"].mean())


def test_kernel_ridge_and_elastic_net_are_scikit_learns() -> None:
    fold_data = planted(gaps=0.0)
    y = matrix(fold_data.train)
    known = fold_data.expression.loc[y.index]
    x = (fold_data.expression - known.mean()) / known.std()
    fitted = KernelRidge(alpha=1.0, kernel="rbf", gamma=0.1 / GENES).fit(
        x.loc[y.index], y - y.mean()
    )
    wide = pd.DataFrame(fitted.predict(x), index=x.index, columns=y.columns) + y.mean()
    expected = [wide.loc[c, d] for c, d in zip(fold_data.test["cell"], fold_data.test["drug"])]  # noqa: B905
    np.testing.assert_allclose(BLIND["kernel_ridge"](fold_data), expected, atol=1e-8)
    extra = fold_data.extra
    drivers = (extra - extra.loc[y.index].mean()) / extra.loc[y.index].std()
    both = x.join(drivers).to_numpy()
    rows = x.index.get_indexer(y.index)
    net = ElasticNet(alpha=0.1, l1_ratio=0.5, tol=1e-8).fit(both[rows], y["D0"])
    mine = BLIND["elastic_net"](fold_data)[(fold_data.test["drug"] == "D0").to_numpy()]
    asked = fold_data.test.loc[fold_data.test["drug"] == "D0", "cell"]
    np.testing.assert_allclose(
        mine, net.predict(both[x.index.get_indexer(pd.Index(asked))]), atol=0.02
    )


def test_a_line_without_expression_falls_back_as_stated() -> None:
    fold_data = planted()
    dark = fold_data.test["cell"].to_numpy(dtype=str)[:12]
    lacking = replace(fold_data, expression=without(fold_data.expression, dark))
    rows = fold_data.test["cell"].isin(dark).to_numpy()
    np.testing.assert_allclose(QUICK["ridge"](lacking)[rows], mean_effects(fold_data)[rows])
    assert_same(BLIND["ridge"](lacking)[~rows], BLIND["ridge"](fold_data)[~rows])
    pred = QUICK["forest"](lacking)
    assert np.isfinite(pred).all()
    # At the mean of the components, lines differ by drivers and tissue only.
    features = design(lacking, matrix(fold_data.train).index, 20)
    assert (features[np.isin(features.index, dark)].drop(columns="driver").to_numpy() == 0).all()


def test_a_training_line_without_expression_does_no_harm() -> None:
    fold_data = planted()
    dark = fold_data.train["cell"].to_numpy(dtype=str)[:20]
    lacking = replace(fold_data, expression=without(fold_data.expression, dark))
    fewer = replace(lacking, train=fold_data.train[~fold_data.train["cell"].isin(dark)])
    np.testing.assert_allclose(BLIND["ridge"](lacking), BLIND["ridge"](fewer), atol=1e-9)
    assert np.isfinite(QUICK["forest"](lacking)).all()


@pytest.mark.parametrize("name", list(BLIND))
def test_refitted_is_learning_from_training_and_validation(name: str) -> None:
    fold_data = planted()
    both = replace(fold_data, train=pd.concat([fold_data.train, fold_data.validation]))
    expected = BLIND[name](both)
    pred = BLIND[name](replace(fold_data, refit=True))
    np.testing.assert_allclose(pred, expected, rtol=1e-6, atol=1e-8)
    assert not np.allclose(pred, BLIND[name](fold_data))


def test_the_setting_is_chosen_before_validation_is_learned_from() -> None:
    fold_data = planted()
    tuned = ridge(replace(fold_data, refit=True), penalties=PENALTIES)
    errors = {}
    for penalty in PENALTIES:
        asked = replace(fold_data, test=fold_data.validation)
        errors[penalty] = (
            (ridge(asked, penalties=(penalty,)) - fold_data.validation["y"]) ** 2
        ).mean()
    best = min(errors, key=lambda penalty: errors[penalty])
    np.testing.assert_allclose(tuned, ridge(replace(fold_data, refit=True), penalties=(best,)))
