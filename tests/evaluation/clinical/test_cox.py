"""Cox regression and log-rank: other implementations, a closed form, invariances, planted truth."""

import warnings

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from scipy.stats import CensoredData, chi2, kstest, logrank

from mmdrp.evaluation.clinical.cox import cox, log_rank

FINE = {"precision": 1e-14, "step_size": 1.0}
Array = npt.NDArray[np.float64]


def patients(seed: int = 5, n: int = 60) -> pd.DataFrame:
    """Return patients of three types, whole months (many ties), 70 % of events seen."""
    rng = np.random.default_rng(seed)
    out = pd.DataFrame(
        {"score": rng.normal(size=n).round(3), "type": np.tile(["a", "b", "c"], n // 3)}
    )
    time = np.ceil(6 * rng.exponential(size=n) * np.exp(0.6 * out["score"]) + 0.2)
    return out.assign(time=time, event=(rng.random(n) < 0.7).astype(float))


def fitted(rows: pd.DataFrame) -> tuple[Array, str]:
    score, time, event = (rows[c].to_numpy(float) for c in ("score", "time", "event"))
    return cox(score, time, event, pd.factorize(rows["type"])[0].astype(np.int_))


def test_ties_and_strata_are_those_of_lifelines() -> None:
    # CoxPHFitter().fit(patients(), "time", "event", strata=["type"], fit_options=FINE), 0.30.0
    found, _ = fitted(patients())
    assert found == pytest.approx([-0.7816669320644, 0.2214251859896], abs=1e-10)
    lifelines = pytest.importorskip("lifelines", reason="a second opinion where it is installed")
    for seed in range(3):
        rows = patients(seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it is written for pandas before 3
            model = lifelines.CoxPHFitter()
            model.fit(rows, "time", "event", strata=["type"], fit_options=FINE)
        values = [model.params_["score"], model.standard_errors_["score"]]
        assert fitted(rows)[0] == pytest.approx(values, abs=1e-6)


def test_two_patients_at_risk_have_a_closed_form() -> None:
    # Pairs with x = 1 and 0: in k of n the former fails first, so that exp(beta) = k / (n - k).
    n, k = 30, 20
    x = np.tile([1.0, 0.0], n)
    first = np.repeat(np.arange(n) < k, 2)
    time = np.where(first == (x == 1), 1.0, 2.0)
    (beta, error), _ = cox(x, time, np.ones(2 * n), np.repeat(np.arange(n), 2))
    assert beta == pytest.approx(np.log(k / (n - k)))
    assert error == pytest.approx(1 / np.sqrt(n * (k / n) * (1 - k / n)))


def test_only_the_order_of_times_within_a_stratum_counts() -> None:
    rows = patients(1)
    later = rows["time"] ** 3 + 100.0 * pd.factorize(rows["type"])[0]
    moved = rows.assign(time=later).sample(frac=1, random_state=0)
    np.testing.assert_allclose(fitted(moved)[0], fitted(rows)[0], rtol=1e-8)
    turned = fitted(rows.assign(score=-2 * rows["score"] + 7))[0]
    np.testing.assert_allclose(turned, fitted(rows)[0] * [-0.5, 0.5], rtol=1e-8)


def test_what_has_no_finite_ratio_says_so() -> None:
    time = np.arange(1.0, 21.0)
    found, why = cox(-time / 6, time, np.ones(20), np.zeros(20, int))
    assert np.isnan(found).all()
    assert "perfectly" in why
    found, why = cox(np.ones(20), time, np.ones(20), np.zeros(20, int))
    assert "never differs" in why


def test_p_is_uniform_where_nothing_is_planted() -> None:
    p, ranks = [], []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        time, event = rng.exponential(size=60), (rng.random(60) < 0.8).astype(float)
        x, kind = rng.normal(size=60), rng.integers(2, size=60)
        (beta, error), _ = cox(x, time, event, kind)
        p.append(chi2.sf((beta / error) ** 2, 1))
        ranks.append(log_rank(x > 0, time, event, kind))
    assert kstest(p, "uniform").pvalue > 0.01
    assert kstest(ranks, "uniform").pvalue > 0.01


def test_one_stratum_is_scipys_log_rank() -> None:
    rows = patients(2)
    time, seen = rows["time"].to_numpy(float), rows["event"].to_numpy() == 1
    above = rows["score"].to_numpy() > 0

    def censored(inside: npt.NDArray[np.bool_]) -> CensoredData:
        return CensoredData(uncensored=time[inside & seen], right=time[inside & ~seen])

    one = np.zeros(len(rows), int)
    theirs = logrank(censored(above), censored(~above)).pvalue
    assert log_rank(above, time, seen.astype(float), one) == pytest.approx(theirs)
    assert np.isnan(log_rank(above, time, np.zeros(len(rows)), one))
