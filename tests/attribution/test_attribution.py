"""Attributions against Captum on the whole network, completeness, and planted truth."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from captum.attr import IntegratedGradients
from torch import Tensor

from mmdrp.attribution.methods.integrated import integrated_gradients
from mmdrp.attribution.methods.projected import ProjectedNetwork
from mmdrp.attribution.ranking import rank
from mmdrp.batch import Batch
from mmdrp.data.study import Study
from mmdrp.nn.encoder import LinearEncoder, MLPEncoder, mlp
from mmdrp.nn.fusion import ConcatFusion
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize

DIMS = {"expression": 11, "rppa": 6}


def network(linear: bool = False, tasks: int = 3) -> ResponseNet:
    torch.manual_seed(3)
    scale = {s: Standardize(d).fit(torch.randn(40, d) * 3 + 1) for s, d in DIMS.items()}
    if linear:
        encoder: dict[str, torch.nn.Module] = {s: LinearEncoder(d, 5) for s, d in DIMS.items()}
    else:
        encoder = {s: MLPEncoder(d, [9, 7], 5, 0.5, 0.5) for s, d in DIMS.items()}
    fusion = ConcatFusion(dict.fromkeys(DIMS, 5))
    head = mlp([fusion.output_dim, tasks] if linear else [fusion.output_dim, 8, tasks], 0.5)
    response = ResponseScale(tasks).fit(torch.randn(30, tasks) * 2)
    return ResponseNet(dict.fromkeys(DIMS, "cell"), scale, encoder, fusion, head, response)


def data(n: int = 14) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    draw = torch.Generator().manual_seed(5)
    inputs = {s: torch.randn(n, d, generator=draw) * 3 + 1 for s, d in DIMS.items()}
    present = {s: torch.ones(n, dtype=torch.bool) for s in DIMS}
    present["rppa"][:4] = False
    return inputs, present


def test_factored_equals_captum_on_the_whole_network() -> None:
    net, (inputs, present) = network().eval(), data()
    present["rppa"][:] = True

    def whole(*x: Tensor) -> Tensor:
        copies = len(x[0]) // 14
        here = {s: p.repeat(copies) for s, p in present.items()}
        index = {"cell": torch.arange(len(x[0]))}
        y = torch.zeros(len(x[0]), 3)
        batch = Batch(dict(zip(DIMS, x, strict=True)), here, index, index, y, y, index["cell"])
        out: Tensor = net(batch)[:, 1]
        return out

    mean = tuple(net.scale[s].mean.expand(14, -1) for s in DIMS)  # type: ignore[operator]
    direct = IntegratedGradients(whole).attribute(
        tuple(inputs.values()), baselines=mean, n_steps=24, method="gausslegendre"
    )
    factored = integrated_gradients(ProjectedNetwork.of(net, inputs, present, 1), steps=24)
    for source, expected in zip(DIMS, direct, strict=True):
        torch.testing.assert_close(factored.values[source], expected.float(), rtol=1e-4, atol=1e-5)


def test_shares_add_up_for_every_line() -> None:
    inputs, present = data()
    result = integrated_gradients(ProjectedNetwork.of(network(), inputs, present, 0), steps=32)
    span = float(result.change.max() - result.change.min())
    assert float(result.gap.abs().max()) < 1e-3 * span


def test_a_linear_model_gets_weight_times_input() -> None:
    net, (inputs, present) = network(linear=True), data()
    result = integrated_gradients(ProjectedNetwork.of(net, inputs, present, 2), steps=3)
    layer = next(net.head.children())
    assert isinstance(layer, torch.nn.Linear)
    weight = layer.weight[2].detach() * net.response.spread
    for i, source in enumerate(DIMS):
        project = net.part(source).project.weight.detach()
        x = (inputs[source] - net.scale[source].mean) / net.scale[source].scale  # type: ignore[operator]
        expected = x * (weight[5 * i : 5 * i + 5] @ project)
        expected[~present[source]] = 0
        torch.testing.assert_close(result.values[source], expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("what", [0.0, 1e30, float("nan")])
def test_a_missing_modality_gets_exactly_zero(what: float) -> None:
    net, (inputs, present) = network(), data()
    before = integrated_gradients(ProjectedNetwork.of(net, inputs, present, 0))
    inputs["rppa"][:4] = what
    after = integrated_gradients(ProjectedNetwork.of(net, inputs, present, 0))
    assert torch.equal(after.values["rppa"][:4], torch.zeros(4, 6))
    assert torch.equal(before.values["expression"], after.values["expression"])


def test_a_fixed_source_explains_nothing_and_the_rest_still_adds_up() -> None:
    inputs, present = data()
    view = ProjectedNetwork.of(network(), inputs, present, 0, fixed=["rppa"])
    result = integrated_gradients(view, steps=32)
    assert list(result.values) == ["expression"]
    assert float(result.gap.abs().max()) < 1e-3 * float(result.change.abs().max())


def test_ranking_does_not_depend_on_the_order_of_sources_or_lines() -> None:
    inputs, present = data()
    values = integrated_gradients(ProjectedNetwork.of(network(), inputs, present, 0)).values
    names = {s: [f"{s}{j}" for j in range(d)] for s, d in DIMS.items()}
    first = rank("d", values, present, names, inputs)
    order = torch.randperm(14)
    turned = {s: values[s][order] for s in reversed(list(values))}
    again = rank(
        "d",
        turned,
        {s: p[order] for s, p in present.items()},
        names,
        {s: x[order] for s, x in inputs.items()},
    )
    assert first["feature"].tolist() == again["feature"].tolist()
    np.testing.assert_allclose(first["mean_abs"], again["mean_abs"], rtol=1e-5)
    assert first["rank"].tolist() == list(range(1, 18))
    assert set(first.loc[first["source"] == "rppa", "n"]) == {10}


def test_planted_features_are_found(
    panel: Path, study: Study, mmdrp: Callable[..., int], tmp_path: Path
) -> None:
    assert mmdrp("attribute", f"run={panel}", f"out={tmp_path}") == 0
    ranking = pd.read_parquet(tmp_path / "rankings.parquet")
    planted = pd.read_csv(study.folder / "planted.csv")
    joined = planted.merge(ranking, on=["drug", "source", "feature"], how="left")
    assert joined["rank"].notna().all()
    assert (joined["rank"] <= 10).mean() > 0.9  # of 160 features
    assert joined["rank"].median() <= 3
    agrees = np.sign(joined["effect"]) == np.sign(joined["direction"])
    assert agrees[joined["rank"] <= 10].all()
    long = pd.read_parquet(tmp_path / "attributions.parquet")
    assert list(long.columns) == ["cell", "drug", "source", "feature", "value"]
    assert (tmp_path / "biomarkers.png").stat().st_size > 10_000


def test_pair_mode_is_attributed_too(
    pairs: Path, mmdrp: Callable[..., int], tmp_path: Path
) -> None:
    assert mmdrp("attribute", f"run={pairs}", f"out={tmp_path}", "drugs=[drug-01]", "top=5") == 0
    long = pd.read_parquet(tmp_path / "attributions.parquet")
    assert (long.groupby("cell").size() == 5).all()
    assert set(long["source"]) <= {"expression", "mutation", "rppa", "tissue"}
    assert mmdrp(
        "attribute", f"run={pairs}", f"out={tmp_path}", "drugs=[drug-01]", "structure=true",
        "overwrite=true",
    ) == 0  # fmt: skip
    ranking = pd.read_parquet(tmp_path / "rankings.parquet")
    assert "drug" in set(ranking["source"])
