"""Which unit a table is in, and one unit made another."""

import numpy as np
import numpy.typing as npt
import pytest

from mmdrp.data.expression import Scale, collapsed, of_unit, readings, to_unit, words
from mmdrp.data.expression.convert import Profile, standardised
from mmdrp.data.study.units import UNITS

Array = npt.NDArray[np.float64]
E = float(np.e)


@pytest.fixture(scope="module")
def tpm() -> Array:
    """12 samples x 800 genes, a quarter of which are off: a transcriptome of its own."""
    rng = np.random.default_rng(5)
    level = rng.normal(2, 2, 800)
    x = rng.lognormal(level, 0.6, (12, 800)) * (rng.random((12, 800)) > 0.25)
    out: Array = x * (1e6 / x.sum(1, keepdims=True))
    return out


def z_within(x: Array) -> Array:
    out: Array = (x - x.mean(1, keepdims=True)) / x.std(1, keepdims=True)
    return out


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        (lambda t: t, "TPM"),
        (lambda t: np.log2(t + 1), "log2(TPM + 1)"),
        (lambda t: np.log(t + 1), "ln(TPM + 1)"),
        (lambda t: np.log10(t + 1), "log10(TPM + 1)"),
        (lambda t: np.log2(t + 0.001), "log2(TPM + 0.001)"),
        (lambda t: np.log2(t[:, 80:] + 1), "log2(x + 1)"),
        (lambda t: np.rint(t * 30), "counts"),
        (lambda t: np.log2(np.rint(t * 30) + 1), "log2(counts + 1)"),
        (lambda t: t * 30 + 0.25 * (t > 0), "counts"),
        (lambda t: np.log(t / 100 + 1), "ln(CP10k + 1)"),
        (lambda t: t[:, 40:], "TPM"),
        (lambda t: t[:, 80:] * 0.4, "TPM or FPKM"),
        (lambda t: t * 0.4, "TPM or FPKM"),
        (lambda t: np.log2(t + 300), "log2 intensity"),
        (lambda t: z_within(np.log2(t + 1)), "z-score within line"),
        (lambda t: (t > 5).astype(float), ""),
        (lambda t: np.sign(t - 5), ""),
        (lambda t: np.full_like(t, np.nan), ""),
    ],
)
def test_a_unit_is_recognised_by_its_values(tpm: Array, written: object, unit: str) -> None:
    assert callable(written)
    assert words(readings(written(tpm).astype(np.float32))) == unit


def test_a_cohort_of_z_scores_per_gene_is_recognised(tpm: Array) -> None:
    x = np.log2(tpm[:, tpm.std(0) > 0] + 1)
    per_gene = (x - x.mean(0)) / x.std(0)
    assert "z-score per feature" in words(readings(per_gene))


def test_a_name_decides_only_between_what_values_allow(tpm: Array) -> None:
    part = tpm[:, 80:] * 0.4
    assert words(readings(part, "patients_fpkm.tsv")) == "FPKM"
    assert words(readings(part, "patients_TPM.tsv")) == "TPM"
    assert words(readings(np.rint(tpm * 30), "patients_tpm.tsv")) == "counts"


def profile(x: Array) -> Profile:
    return Profile(x.mean(0), x.std(0))


@pytest.mark.parametrize("unit", ["TPM", "log2(TPM + 1)", "log2(TPM + 0.001)", "ln(TPM + 1)"])
def test_units_of_rna_become_each_other_exactly(tpm: Array, unit: str) -> None:
    log = np.log2(tpm + 1)
    given = {"TPM": tpm, "log2(TPM + 1)": log, "log2(TPM + 0.001)": np.log2(tpm + 0.001),
             "ln(TPM + 1)": np.log(tpm + 1)}[unit]  # fmt: skip
    scale = of_unit(unit)
    assert scale is not None
    place = np.arange(800)
    z = z_within(log)
    for target, expected in ((Scale("z-score within line"), z), (Scale("TPM", 2.0), log),
                             (Scale("TPM"), tpm)):  # fmt: skip
        done = to_unit(given, place, profile(z), scale, target)
        assert done is not None
        np.testing.assert_allclose(done[0], expected, rtol=1e-6, atol=1e-6)
        assert done[1] == []


def test_fpkm_becomes_tpm_and_counts_say_what_they_lack(tpm: Array) -> None:
    place, some = np.arange(800), profile(tpm)
    done = to_unit(tpm * 0.3, place, some, Scale("FPKM"), Scale("TPM"))
    assert done is not None
    np.testing.assert_allclose(done[0], tpm, rtol=1e-9)
    done = to_unit(tpm * 30, place, some, Scale("counts"), Scale("TPM", 2.0))
    assert done is not None
    assert "lengths" in done[1][0]
    np.testing.assert_allclose(done[0], np.log2(tpm + 1), rtol=1e-9)


def test_z_scores_of_genes_come_back_from_the_profile(tpm: Array) -> None:
    z = z_within(np.log2(tpm[:, tpm.std(0) > 0] + 1))
    some = profile(z)
    per_gene = (z - some.mean) / some.sd
    place = np.arange(z.shape[1])
    given, target = Scale("z-score per feature"), Scale("z-score within line")
    done = to_unit(per_gene, place, some, given, target)
    assert done is not None
    np.testing.assert_allclose(done[0], z, atol=1e-9)


def test_a_part_of_the_genes_is_placed_where_training_had_it(tpm: Array) -> None:
    log = np.log2(tpm + 1)
    z = z_within(log)
    high = np.argsort(log.mean(0))[500:]  # the commonly high genes only
    given = np.full_like(log, np.nan)
    given[:, high] = log[:, high]
    found = standardised(given, profile(z))
    assert np.isnan(found[:, np.argsort(log.mean(0))[:500]]).all()
    assert np.abs(found[:, high] - z[:, high]).mean() < 0.15
    assert found[:, high].mean() > 0.5  # plain z-scores over them would have a mean of 0


@pytest.mark.parametrize(
    ("given", "target"),
    [("log2 intensity", "log2(TPM + 1)"), ("z-score within line", "TPM"), ("TPM", "FPKM")],
)
def test_what_cannot_be_converted_is_not(tpm: Array, given: str, target: str) -> None:
    one, other = of_unit(given), of_unit(target)
    assert one is not None
    assert other is not None
    assert to_unit(tpm, np.arange(800), profile(tpm), one, other) is None


def test_columns_of_one_gene_are_joined() -> None:
    x = np.array([[1.0, 2.0, np.nan, 8.0], [np.nan, 4.0, np.nan, 1.0]])
    place = np.array([0, 0, 1, -1])
    nan = np.nan
    for how, expected in (("sum", [[3, nan], [4, nan]]), ("mean", [[1.5, nan], [4, nan]]),
                          ("max", [[2, nan], [4, nan]])):  # fmt: skip
        np.testing.assert_array_equal(collapsed(x, place, 2, how), np.array(expected))


def test_every_scale_that_is_recognised_is_a_unit_one_can_state(tpm: Array) -> None:
    for unit in UNITS:
        scale = of_unit(unit)
        assert scale is None or scale.words() == unit
    for base in (2.0, E, 10.0):
        assert Scale("TPM", base).words() in UNITS


def test_the_lowest_z_scores_of_a_line_are_no_floor(tpm: Array) -> None:
    log = np.log2(tpm + 1)  # a quarter of each line is off: its least z-score stands there often
    z = z_within(log)
    z[0] += np.log2(0.4) - z.min()  # and the least of all happens to be a round logarithm
    assert words(readings(z)) in ("z-score within line", "")


def test_a_sample_without_any_value_does_not_matter(tpm: Array) -> None:
    toil = np.log2(tpm + 0.001)
    toil[3] = np.nan
    assert words(readings(toil)) == "log2(TPM + 0.001)"
