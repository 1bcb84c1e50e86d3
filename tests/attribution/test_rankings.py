"""Rankings: what their columns say, and that neither blocks nor orders nor shards change them."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import stats
from torch import Tensor

from mmdrp.attribution.baseline import Baseline, extreme, mean_of
from mmdrp.attribution.explain import Explainer
from mmdrp.attribution.methods.gradients import GradientShap, Saliency
from mmdrp.attribution.methods.integrated import Integrated
from mmdrp.attribution.methods.shapley import Shapley
from mmdrp.attribution.ranking import explained, rank
from mmdrp.attribution.stability import agreement as runs_agreement
from mmdrp.attribution.stability import combined
from mmdrp.attribution.target import Options, Target
from mmdrp.attribution.univariate import agreement, correlations, of_drugs, with_correlation
from mmdrp.attribution.views import ByLine, ByTissue
from mmdrp.data.source import Table
from mmdrp.errors import MmdrpError
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.offset import Offset
from tests.attribution.networks import kernel_base, network

KERNEL, INPUTS, PRESENT = kernel_base()
CELLS = [f"L{i:02d}" for i in range(30)]


def tables() -> dict[str, Table]:
    out = {}
    for source, x in INPUTS.items():
        rows = PRESENT[source].nonzero().flatten().tolist()
        names = [f"{source}{j}" for j in range(x.shape[1])]
        values = x[rows].numpy().astype(np.float32)
        out[source] = Table("cell", [CELLS[i] for i in rows], names, values)
    return out


def joined_net() -> ResponseNet:
    offset = Offset(dict.fromkeys(INPUTS, "cell"), KERNEL.float())
    return network(offset=offset)


NET = joined_net()
JOB = Target("d", 1, CELLS[2:27], 1, np.linspace(0, 1, 25, dtype=np.float32))


def explainer(options: Options | None = None, cells: list[str] | None = None) -> Explainer:
    return Explainer(NET, tables(), cells or CELLS, options)


@pytest.mark.parametrize("method", [Integrated(), Saliency(), Shapley(), GradientShap(4)])
@pytest.mark.parametrize("block", [1, 7, 30])
def test_blocks_and_orders_change_nothing(
    method: Integrated | Saliency | Shapley | GradientShap, block: int
) -> None:
    start = Baseline("mean", CELLS)
    whole = explained(explainer(Options(method, start, True, 256)), JOB, top=3)
    turned = Target("d", 1, JOB.cells[::-1], 1)
    again = explained(explainer(Options(method, start, True, block), CELLS[::-1]), turned, top=3)
    key = ["source", "feature"]
    first, second = (r.ranking.set_index(key).sort_index() for r in (whole, again))
    for name in ("mean_abs", "mean", "consistency", "share", "n"):
        np.testing.assert_allclose(first[name], second[name], rtol=2e-3, atol=2e-5)
    assert whole.ranking["feature"].head(3).tolist() == again.ranking["feature"].head(3).tolist()
    np.testing.assert_allclose(whole.gap, again.gap.flip(0), atol=2e-5)


def test_base_and_network_add_up_together() -> None:
    done = explained(explainer(), JOB)
    assert float(done.gap.abs().max()) < 1e-3 * float(done.change.max() - done.change.min())
    shares = done.shares.groupby("cell")["signed"].sum().reindex(list(JOB.cells)).to_numpy()
    np.testing.assert_allclose(shares, (done.change - done.gap).numpy(), rtol=1e-3, atol=1e-4)
    assert set(done.shares["source"]) == {"expression", "rppa", "tissue"}
    assert not done.shares[done.shares["source"].eq("rppa")]["signed"].head(3).any()


def test_the_networks_part_alone_has_no_tissue() -> None:
    done = explained(explainer(Options(base=False)), JOB)
    assert set(done.ranking["source"]) == {"expression", "rppa"}


def test_a_base_alone_has_no_network_to_explain() -> None:
    net = joined_net()
    net.zero_init_head()
    assert Explainer(net, tables(), CELLS).is_base_only
    with pytest.raises(MmdrpError, match="part=network"):
        Explainer(net, tables(), CELLS, Options(base=False))


@pytest.mark.parametrize("kind", ["mean", "zero", "tissue", "insensitive", "group"])
def test_every_baseline_adds_up(kind: str) -> None:
    tissue = {c: "abc"[int(INPUTS["tissue"][i].argmax())] for i, c in enumerate(CELLS)}
    own = {s: t.select(CELLS[8:12]) for s, t in tables().items()}
    start = Baseline(kind, CELLS[:20], tissue, own if kind == "group" else None)
    target = Target("d", 1, JOB.cells, 1, None, CELLS[5:9])
    done = explained(explainer(Options(baseline=start)), target)
    assert float(done.gap.abs().max()) < 1e-3 * float(done.change.abs().max())
    shares = done.shares.groupby("source")["absolute"].sum()
    assert (shares["tissue"] == 0) == (kind == "tissue")  # a line starts at its own tissue


def test_a_baseline_per_drug_is_taken_up_anew() -> None:
    first, second = (Target(name, 1, JOB.cells, 1, None, ref) for name, ref in
                     (("a", CELLS[:4]), ("b", CELLS[20:])))  # fmt: skip
    one = explainer(Options(baseline=Baseline("insensitive")))
    both = [explained(one, target).ranking for target in (first, second, first)]
    assert both[0]["mean_abs"].tolist() == both[2]["mean_abs"].tolist()
    assert both[0]["mean_abs"].tolist() != both[1]["mean_abs"].tolist()


def test_a_mean_of_lines_leaves_gaps_out() -> None:
    table = Table("cell", ["a", "b"], ["x", "y", "z"],
                  np.array([[1, np.nan, np.nan], [3, 4, np.nan]], dtype=np.float32))  # fmt: skip
    np.testing.assert_array_equal(mean_of(table, ["a", "b", "nobody"]), [2, 4, np.nan])


def test_sensitive_lines_are_the_lowest_quarter_ties_included() -> None:
    y = np.array([4, 1, 1, 1, 5, 6, 7, 8], dtype=np.float32)
    assert extreme(list("abcdefgh"), y, 0.25, high=False) == list("bcd")
    assert extreme(list("abcdefgh"), y, 0.25, high=True) == list("gh")


def test_what_the_columns_say() -> None:
    values = {"s": torch.tensor([[2.0, -1.0], [-2.0, -3.0], [4.0, 0.0], [9.0, 9.0]])}
    present = {"s": torch.tensor([True, True, True, False])}
    raw = {"s": torch.tensor([[5.0, 1.0], [1.0, 2.0], [6.0, 3.0], [0.0, 0.0]])}
    table = rank("d", values, present, {"s": ["up", "down"]}, raw).set_index("feature")
    assert table.loc["up", "mean_abs"] == pytest.approx(8 / 3)
    assert table.loc["up", "mean"] == pytest.approx(4 / 3)
    assert table.loc["up", "consistency"] == pytest.approx(2 / 3)
    assert table.loc["up", "direction"] == pytest.approx(1)
    assert table.loc["down", "consistency"] == pytest.approx(1)
    assert table["n"].tolist() == [3, 3]


def test_correlations_equal_scipys_over_shared_rows() -> None:
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(20, 5)), draw.normal(size=(20, 3))
    x[draw.random(x.shape) < 0.2] = np.nan
    y[draw.random(y.shape) < 0.3] = np.nan
    x[:, 4] = 7.0
    found = correlations(torch.tensor(x), torch.tensor(y)).numpy()
    for j in range(4):
        for k in range(3):
            both = np.isfinite(x[:, j]) & np.isfinite(y[:, k])
            r = stats.pearsonr(x[both, j], y[both, k]).statistic
            assert found[j, k] == pytest.approx(r, abs=1e-5)
    assert np.isnan(found[4]).all()


def test_an_absent_source_is_left_out_of_its_correlations() -> None:
    x: dict[str, Tensor] = {"s": torch.tensor([[1.0], [2.0], [4.0], [1e9]])}
    here = {"s": torch.tensor([True, True, True, False])}
    found = of_drugs(x, here, np.array([[1], [2], [4], [0]], dtype=np.float32))
    assert found[0, 0] == pytest.approx(1)


def test_agreement_tells_a_model_from_correlations() -> None:
    table = pd.DataFrame({"mean_abs": [3.0, 2, 1, 0], "rank": [1, 2, 3, 4]})
    same = with_correlation(table, np.array([-0.9, 0.5, 0.3, 0.1], dtype=np.float32))
    assert same["correlation_rank"].tolist() == [1, 2, 3, 4]
    assert agreement(same, top=2) == {"spearman": pytest.approx(1), "shared_top2": 1}
    other = with_correlation(table, np.array([0.1, 0.3, 0.5, 0.9], dtype=np.float32))
    assert agreement(other, top=2) == {"spearman": pytest.approx(-1), "shared_top2": 0}


def ranking(order: list[str]) -> pd.DataFrame:
    size = np.arange(len(order), 0, -1, dtype=float)
    return pd.DataFrame(
        {"drug": "d", "source": "s", "feature": order, "mean_abs": size, "mean": size,
         "n": 5, "rank": np.arange(1, len(order) + 1)}
    )  # fmt: skip


def test_runs_are_averaged_and_counted() -> None:
    tables_ = [ranking(list("abcd")), ranking(list("acbd")), ranking(list("abc"))]
    mean = combined(tables_, top=2).set_index("feature")
    assert mean.loc["a", "selected"] == 1
    assert mean.loc["b", "selected"] == pytest.approx(2 / 3)
    assert mean.loc["d", "mean_abs"] == pytest.approx(2 / 3)  # absent from a run: 0 there
    assert mean.loc["a", "mean_abs_sd"] == pytest.approx(np.std([4, 4, 3]))
    assert mean["rank"].tolist() == [1, 2, 3, 4]
    same = runs_agreement([tables_[0], tables_[0]], top=2)
    assert same == {"spearman": pytest.approx(1), "overlap": 1}
    turned = runs_agreement([tables_[0], ranking(list("dcba"))], top=2)
    assert turned == {"spearman": pytest.approx(-1), "overlap": 0}


def test_tissues_are_ranked_apart() -> None:
    one = explainer()
    tissue = {c: "ab"[i % 2] for i, c in enumerate(CELLS)}
    view = ByTissue(one, tissue)
    explained(one, JOB, watch=view.watch)
    found = view.take(JOB, 5)
    alone = Target("d", 1, [c for c in JOB.cells if tissue[c] == "b"], 1)
    expected = explained(one, alone).ranking.head(5)
    mine = found[found["tissue"] == "b"]
    assert mine["feature"].tolist() == expected["feature"].tolist()
    np.testing.assert_allclose(mine["mean_abs"], expected["mean_abs"], rtol=1e-5)
    assert view.take(JOB, 5).empty


def test_a_line_is_ranked_over_its_drugs() -> None:
    one = explainer()
    view = ByLine(one)
    for task in (0, 1):
        explained(one, Target(f"d{task}", task, CELLS[:3], task), watch=view.watch)
    by_line = list(view.tables(4))
    assert len(by_line) == 30
    assert by_line[0]["drugs"].tolist() == [2] * 4
    assert by_line[0]["rank"].tolist() == [1, 2, 3, 4]
    assert by_line[5]["drugs"].tolist() == [0] * 4
    assert by_line[0]["mean_abs"].is_monotonic_decreasing
