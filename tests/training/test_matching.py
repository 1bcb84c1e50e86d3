"""Samples of any unit and any names of genes, as a model of z-scores, or of log2(TPM + 1), sees."""

import logging
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from mmdrp.data.genes import genes
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.training.info import SourceInfo
from mmdrp.training.model.likeness import Given, fitting
from mmdrp.training.model.matching import aligned
from mmdrp.training.reference import Reference

Array = npt.NDArray[np.float64]
D, N = 600, 40


@dataclass(frozen=True)
class World:
    """Lines with a transcriptome of ``D`` genes."""

    names: list[str]
    tpm: Array

    @property
    def log(self) -> Array:
        out: Array = np.log2(self.tpm + 1)
        return out

    @property
    def z(self) -> Array:
        out: Array = (self.log - self.log.mean(1, keepdims=True)) / self.log.std(1, keepdims=True)
        return out

    def source(self, unit: str) -> SourceInfo:
        values = self.z if unit.startswith("z") else self.log
        return SourceInfo("cell", self.names, D, Reference.of(table(self, values)).plain(), unit)


@pytest.fixture(scope="module")
def world() -> World:
    rng = np.random.default_rng(2)
    names = [n for n in list(genes().symbols)[:2000] if genes().find(n)[0] == "symbol"][:D]
    x = rng.lognormal(rng.normal(2, 2, D), 0.7, (N, D)) * (rng.random((N, D)) > 0.2)
    return World(names, x * (1e6 / x.sum(1, keepdims=True)))


def table(world: World, values: Array, names: list[str] | None = None) -> Table:
    ids = [f"line-{i}" for i in range(len(values))]
    return Table("cell", ids, names or world.names, values.astype(np.float32))


def seen(world: World, given: Table, unit: str, said: Given | None = None) -> Array:
    """Return what a model of that unit sees of a table."""
    said, source, used = said or Given(), world.source(unit), np.arange(D)
    found, known = aligned("expression", source, used, given, 0.5, said)
    said = Given({"expression": known}, said.max_outside, said.binarise, said.align, said.hints)
    return fitting("expression", source, used, found, said).values.astype(np.float64)


WITHIN, LOG = "z-score within line", "log2(TPM + 1)"


@pytest.mark.parametrize("samples", [1, 2, N])
@pytest.mark.parametrize(
    "written", ["tpm", "log", "ln", "log10", "toil", "z", "array", "fpkm said"]
)
def test_a_model_of_z_scores_sees_the_same_of_every_unit(
    world: World, written: str, samples: int
) -> None:
    t = world.tpm[:samples]
    values = {
        "tpm": t, "log": np.log2(t + 1), "ln": np.log(t + 1), "log10": np.log10(t + 1),
        "toil": np.log2(t + 0.001), "z": world.z[:samples],
        "array": np.log2(t + 1) * 0.6 + 3, "fpkm said": t * 0.37,
    }[written]  # fmt: skip
    said = Given({"expression": "FPKM"}) if written == "fpkm said" else None
    found = seen(world, table(world, values), WITHIN, said)
    np.testing.assert_allclose(found, world.z[:samples], atol=2e-5)


@pytest.mark.parametrize("written", ["tpm", "log", "toil", "fpkm said"])
def test_a_model_of_logged_tpm_sees_the_same_too(world: World, written: str) -> None:
    t = world.tpm
    values = {"tpm": t, "log": np.log2(t + 1), "toil": np.log2(t + 0.001), "fpkm said": t * 0.2}
    said = Given({"expression": "FPKM"}) if written == "fpkm said" else None
    found = seen(world, table(world, values[written]), LOG, said)
    np.testing.assert_allclose(found, world.log, atol=2e-4)


def test_counts_are_converted_with_a_word_on_lengths(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        found = seen(world, table(world, np.rint(world.tpm * 25)), WITHIN)
    assert "recognised as counts, converted to z-score within line" in caplog.text
    assert "lengths" in caplog.text
    assert min(np.corrcoef(a, b)[0, 1] for a, b in zip(found, world.z, strict=True)) > 0.999


@pytest.mark.parametrize("unit", [WITHIN, LOG])
@pytest.mark.parametrize("stated", [True, False])
def test_counts_beside_lengths_are_tpm_exactly(
    world: World, unit: str, stated: bool, caplog: pytest.LogCaptureFixture
) -> None:
    lengths = np.random.default_rng(3).integers(300, 9000, D).astype(np.float32)
    lengths[world.tpm.sum(0) == 0] = np.nan
    reads = np.rint(world.tpm * lengths * 10)
    said = Given({"expression": "counts"} if stated else {}, lengths={"expression": lengths})
    with caplog.at_level(logging.INFO):
        found = seen(world, table(world, reads), unit, said)
    expected = world.z if unit == WITHIN else world.log
    np.testing.assert_allclose(found, expected, atol=5e-3)
    assert "counts, by the lengths of genes in the file TPM" in caplog.text
    assert "would need" not in caplog.text
    caplog.clear()
    blind = seen(world, table(world, reads), unit, Given(said.units))
    assert np.abs(blind - expected).max() > 0.5


@pytest.mark.parametrize("unit", ["TPM", "RPKM", "counts", "log2(TPM + 1)"])
def test_a_stated_unit_that_the_values_cannot_have_is_refused(world: World, unit: str) -> None:
    with pytest.raises(MmdrpError, match=r"^expression: column .* is no .*mend the value"):
        seen(world, table(world, world.z), WITHIN, Given({"expression": unit}))


def test_z_scores_per_gene_are_told_from_those_within_a_line(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    varied = world.log.std(0) > 0
    per_gene = np.where(
        varied, (world.log - world.log.mean(0)) / np.where(varied, world.log.std(0), 1), 0
    )
    for samples in (1, N):
        with caplog.at_level(logging.WARNING):
            found = seen(world, table(world, per_gene[:samples]), WITHIN)
        assert "recognised as z-score per feature" in caplog.text
        assert min(np.corrcoef(a, b)[0, 1] for a, b in zip(found, world.z, strict=False)) > 0.97


def test_two_readings_that_differ_are_refused_and_a_name_or_a_unit_decides(world: World) -> None:
    given = table(world, world.tpm * 0.02)
    with pytest.raises(
        MmdrpError, match=r"may be TPM or FPKM.*units=\{expression:'TPM'\}"
    ) as caught:
        seen(world, given, LOG)
    assert len(str(caught.value)) <= 200
    named = seen(world, given, LOG, Given(hints={"expression": "cohort_fpkm.tsv"}))
    np.testing.assert_allclose(named, world.log, atol=2e-4)
    stated = seen(world, given, LOG, Given({"expression": "TPM"}))
    np.testing.assert_allclose(stated, np.log2(world.tpm * 0.02 + 1), atol=1e-4)


@pytest.mark.parametrize(
    ("scale", "said"), [("array", "looks like log2 intensity.*align=quantile"), ("z", "looks like")]
)
def test_what_cannot_become_the_model_s_unit_is_refused(
    world: World, scale: str, said: str
) -> None:
    values = world.log * 0.6 + 3 if scale == "array" else world.z
    with pytest.raises(MmdrpError, match=said) as caught:
        seen(world, table(world, values), LOG)
    assert len(str(caught.value)) <= 200


def test_every_name_of_a_gene_will_do(world: World) -> None:
    known = genes()
    by_entrez = {next(iter(v)): k for k, v in known.ensembl.items() if len(v) == 1}
    entrez = [known.symbols[n] for n in world.names]
    spellings = {
        "Ensembl": [f"{by_entrez[e]}.7" if e in by_entrez else n
                    for e, n in zip(entrez, world.names, strict=True)],
        "Entrez": entrez,
        "small": [n.lower() for n in world.names],
        "both": [f"{n} ({e})" for e, n in zip(entrez, world.names, strict=True)],
        "bar": [f"{n}|{e}" for e, n in zip(entrez, world.names, strict=True)],
    }  # fmt: skip
    for names in spellings.values():
        found = seen(world, table(world, world.tpm, names), WITHIN)
        np.testing.assert_allclose(found, world.z, atol=2e-5)


def test_parts_of_one_gene_are_added(world: World) -> None:
    split = np.concatenate([world.tpm[:, :1] * 0.3, world.tpm[:, :1] * 0.7, world.tpm[:, 1:]], 1)
    names = [world.names[0], world.names[0], *world.names[1:]]
    found = seen(world, table(world, np.log2(split + 1), names), WITHIN)
    np.testing.assert_allclose(found, world.z, atol=2e-5)


def test_too_few_of_the_model_s_genes_are_refused(world: World) -> None:
    given = table(world, world.tpm[:, :200], world.names[:200])
    with pytest.raises(MmdrpError, match="has 200 of the 600 features the model uses"):
        seen(world, given, WITHIN)


def test_half_of_the_genes_give_nearly_the_same(world: World) -> None:
    some = np.argsort(world.log.mean(0))[: int(0.6 * D)]
    given = table(world, world.tpm[:, some], [world.names[j] for j in some])
    found = seen(world, given, WITHIN, Given({"expression": "TPM"}))
    there = np.isfinite(found[0])
    assert there.sum() == len(some)
    assert np.abs(found[:, there] - world.z[:, there]).mean() < 0.2
