"""The graph encoder sees molecules, not the order of their atoms nor who else is in the batch."""

import pickle
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from lightning_fabric.utilities import move_data_to_device
from rdkit import Chem
from torch import Tensor, nn
from torch.nn.functional import elu, leaky_relu, relu

from mmdrp.batch import Batch, MolBatch
from mmdrp.data.chem.graph import Graphs, Molecule
from mmdrp.data.molecules import Molecules
from mmdrp.errors import MmdrpError
from mmdrp.nn.drug import AsDrawn, GraphEncoder, NameEncoder, group_softmax
from mmdrp.nn.encoder import MLPEncoder, mlp
from mmdrp.nn.fusion import ConcatFusion
from mmdrp.nn.network import ResponseNet
from mmdrp.nn.scale import ResponseScale, Standardize
from tests.data.chem.test_fingerprint import DRUGS

GRAPHS = Graphs()


def joined(molecules: list[Molecule]) -> MolBatch:
    names = [str(i) for i in range(len(molecules))]
    source = Molecules("drug", names, molecules, GRAPHS.atom_features, GRAPHS.bond_features)
    return source.take(np.arange(len(molecules)))


def encoder(layers: int = 2, steps: int = 2, dropout: float = 0.0) -> GraphEncoder:
    torch.manual_seed(0)
    return GraphEncoder((39, 10), 16, 8, layers, steps, dropout)


@pytest.fixture
def batch() -> MolBatch:
    return joined(GRAPHS(DRUGS))


def by_hand(net: GraphEncoder, m: Molecule) -> Tensor:
    """Xiong et al. 2020, atom by atom and neighbour by neighbour."""

    def attend(part: torch.nn.Module, me: Tensor, members: list[Tensor]) -> Tensor:
        context = torch.zeros_like(me)
        if members:
            score = [leaky_relu(part.mine(me) + part.theirs(x), 0.01) for x in members]  # type: ignore[operator]
            share = torch.softmax(torch.cat(score), 0)
            context = sum((a * part.value(x) for a, x in zip(share, members, strict=True)), context)  # type: ignore[operator]
        return relu(part.update(elu(context)[None], me[None])[0])  # type: ignore[operator]

    atoms, bonds = torch.from_numpy(m.atoms), torch.from_numpy(m.bonds)
    h = [leaky_relu(net.atom(a), 0.01) for a in atoms]
    for k, part in enumerate(net.between):
        after = []
        for v in range(len(h)):
            found = [(int(s), b) for (s, e), b in zip(m.edge.T, bonds, strict=True) if e == v]
            members = [
                leaky_relu(net.neighbour(torch.cat([h[s], b])), 0.01) if k == 0 else h[s]
                for s, b in found
            ]
            after.append(attend(part, h[v], members))
        h = after
    whole = relu(torch.stack(h).sum(0))
    for _ in range(net.steps):
        whole = attend(net.readout, whole, h)
    out: Tensor = net.out(whole)
    return out


@pytest.mark.parametrize("drug", DRUGS)
@pytest.mark.parametrize("layers", [1, 3])
def test_it_computes_the_published_equations(drug: str, layers: int) -> None:
    net, molecule = encoder(layers).eval(), GRAPHS({drug: DRUGS[drug]})[0]
    torch.testing.assert_close(net(joined([molecule]))[0], by_hand(net, molecule))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(DRUGS)), st.randoms(use_true_random=False))
def test_the_order_of_atoms_means_nothing(drug: str, random: object) -> None:
    mol = Chem.MolFromSmiles(DRUGS[drug])
    order = list(range(mol.GetNumAtoms()))
    random.shuffle(order)  # type: ignore[attr-defined]
    pair = [GRAPHS.molecule(mol), GRAPHS.molecule(Chem.RenumberAtoms(mol, order))]
    out = encoder().eval()(joined(pair))
    torch.testing.assert_close(out[0], out[1], atol=1e-5, rtol=1e-5)


@settings(max_examples=25, deadline=None)
@given(st.permutations(range(len(DRUGS))), st.integers(1, len(DRUGS)))
def test_the_company_means_nothing(order: list[int], few: int) -> None:
    net, molecules = encoder().eval(), GRAPHS(DRUGS)
    alone = torch.cat([net(joined([m])) for m in molecules])
    together = net(joined([molecules[i] for i in order[:few]]))
    torch.testing.assert_close(together, alone[order[:few]], atol=1e-5, rtol=1e-5)


def test_every_parameter_learns_and_every_atom_matters(batch: MolBatch) -> None:
    net = encoder().train()
    batch.atoms.requires_grad_()
    net(batch).square().sum().backward()
    for name, parameter in net.named_parameters():
        assert parameter.grad is not None, name
        assert torch.isfinite(parameter.grad).all(), name
        assert bool(parameter.grad.any()), name
    assert batch.atoms.grad is not None
    assert bool((batch.atoms.grad != 0).any(1).all())


def test_gradients_are_those_of_differences(batch: MolBatch) -> None:
    net = encoder().double().eval()
    wide = MolBatch(batch.atoms.double(), batch.bonds.double(), *batch[2:])

    def total(atoms: Tensor) -> Tensor:
        out: Tensor = net(wide._replace(atoms=atoms)).sum()
        return out

    some = wide.atoms.clone().requires_grad_()
    total(some).backward()  # type: ignore[no-untyped-call]
    assert some.grad is not None
    step = torch.zeros_like(some.detach())
    step[3, 5] = 1e-6
    slope = (total(wide.atoms + step) - total(wide.atoms - step)) / 2e-6
    torch.testing.assert_close(some.grad[3, 5], slope.detach(), atol=1e-6, rtol=1e-4)


def test_random_answers_are_learned_by_heart(batch: MolBatch) -> None:
    net, target = encoder(), torch.randn(batch.size, 8, generator=torch.manual_seed(1))
    optimizer = torch.optim.Adam(net.parameters(), 1e-2)
    for _ in range(300):
        optimizer.zero_grad()
        loss = (net(batch) - target).square().mean()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.02


def test_nobody_and_single_atoms_have_embeddings(batch: MolBatch) -> None:
    net = encoder().eval()
    assert net(batch.select(torch.zeros(batch.size, dtype=torch.bool))).shape == (0, 8)
    assert torch.isfinite(net(joined(GRAPHS({"methane": "C"})))).all()


def test_half_precision_runs(batch: MolBatch) -> None:
    net = encoder().train()
    with torch.autocast("cpu", torch.bfloat16):
        out = net(batch)
    out.float().sum().backward()
    torch.testing.assert_close(out.float(), net(batch), atol=0.05, rtol=0.05)


@given(st.lists(st.integers(0, 4), min_size=1, max_size=20), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_shares_are_a_softmax_within_each_group(groups: list[int], seed: int) -> None:
    score = torch.randn(len(groups), generator=torch.manual_seed(seed)) * 50
    group = torch.tensor(groups)
    share = group_softmax(score, group, 6)
    for g in set(groups):
        expected = torch.softmax(score[group == g], 0)
        torch.testing.assert_close(share[group == g], expected)


def test_a_graph_has_no_columns_to_attribute() -> None:
    with pytest.raises(MmdrpError, match="structure=true: a drug given as a graph"):
        encoder().project  # noqa: B018


@pytest.mark.parametrize("option", ["hidden", "layers", "steps"])
def test_sizes_below_one_are_refused(option: str) -> None:
    with pytest.raises(MmdrpError, match=f"drug.encoder.{option}=0"):
        GraphEncoder((39, 10), **{option: 0})


def test_a_chance_is_a_chance() -> None:
    with pytest.raises(MmdrpError, match=r"unknown=1\.5"):
        NameEncoder(3, unknown=1.5)


def network(drug: nn.Module, scale: nn.Module) -> ResponseNet:
    """A network on one omics table and the drugs."""
    torch.manual_seed(0)
    line = MLPEncoder(5, [6], 4)
    encoder: dict[str, nn.Module] = {"mutation": line, "drug": drug}
    fusion = ConcatFusion({"mutation": 4, "drug": 8})
    scales: dict[str, Any] = {"mutation": Standardize(5), "drug": scale}
    scales["mutation"].keep.copy_(torch.arange(5))
    axis = {"mutation": "cell", "drug": "drug"}
    head = mlp([fusion.output_dim, 6, 1], 0.0)
    return ResponseNet(axis, scales, encoder, fusion, head, ResponseScale(1))


def pairs(drugs: Any, present: Tensor) -> Batch:
    """Three lines with each of the drugs."""
    lines, many = 3, len(present)
    index = {
        "cell": torch.arange(lines).repeat_interleave(many),
        "drug": torch.arange(many).repeat(lines),
    }
    inputs = {"mutation": torch.ones(lines, 5), "drug": drugs}
    here = {"mutation": torch.ones(lines, dtype=torch.bool), "drug": present}
    known = {"cell": torch.full((lines,), -1), "drug": torch.full((many,), -1)}
    y = torch.zeros(lines * many, 1)
    return Batch(inputs, here, index, known, y, torch.ones_like(y), torch.arange(len(y)))


def test_a_drug_that_is_absent_is_not_read(batch: MolBatch) -> None:
    net = network(encoder(), AsDrawn(49, 39)).eval()
    present = torch.tensor([True, False] * 3 + [True])
    before = net(pairs(batch, present))
    spoiled = batch.atoms.clone()
    spoiled[~present[batch.molecule]] = torch.nan
    assert torch.equal(net(pairs(batch._replace(atoms=spoiled), present)), before)
    assert torch.isfinite(before).all()
    assert not torch.allclose(net(pairs(batch, torch.ones_like(present))), before)


def test_names_are_hidden_in_training_only() -> None:
    scale = Standardize(7)
    scale.keep.copy_(torch.arange(7))
    net = network(NameEncoder(7, 8, unknown=0.5), scale)
    given = pairs(torch.eye(7), torch.tensor([True] * 6 + [False]))
    shown = torch.stack([net._thinned(given.present)["drug"] for _ in range(400)]).float().mean(0)
    torch.testing.assert_close(shown[:6], torch.full((6,), 0.5), atol=0.1, rtol=0)
    assert shown[6] == 0
    net.eval()
    assert torch.equal(net(given), net(given))


def test_molecules_travel_as_they_are(batch: MolBatch) -> None:
    given = pairs(batch, torch.ones(batch.size, dtype=torch.bool))
    moved = (pickle.loads(pickle.dumps(given)), move_data_to_device(given, torch.device("cpu")))
    for there in moved:
        assert isinstance(there.inputs["drug"], MolBatch)
        assert there.inputs["drug"].size == batch.size
        assert torch.equal(there.inputs["drug"].edge, batch.edge)
