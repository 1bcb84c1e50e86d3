"""CTRPv2, unseen drugs: response components learned from SMILES by networks, on top of the base.

The base is ridge over drugs by structure and targets. A network reads a drug's graph or its
fingerprint, and its targets, and gives the leading components over lines of what the base leaves
of training drugs (leave-one-out); its last layer, components x lines, is fixed. Five networks
learn from four fifths of the training drugs each; how much of their mean is added (none, a
quarter, ..., all) is chosen on the drugs each did not see. SEEDS (default 0) draw the folds.
"""

import os
import sys
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from mmdrp.batch import MolBatch
from mmdrp.data.chem.fingerprint import FCFP, MACCS, Morgan
from mmdrp.data.chem.graph import Graphs
from mmdrp.data.chem.standardise import standardise
from mmdrp.data.molecules import Molecules
from mmdrp.nn.base.drug import DrugKernel
from mmdrp.nn.base.em_impute import fill
from mmdrp.nn.base.fitted import centred
from mmdrp.nn.drug import GraphEncoder
from tests.benchmarks._bases import Rows, folds, gained, panel_of, study_of
from tests.benchmarks._drugs import drug_folds, targets_of

COMPONENTS, WIDTH, EPOCHS, SHARES = 12, 64, 40, (0.0, 0.25, 0.5, 0.75, 1.0)
Described = Callable[[Rows], Tensor | MolBatch]


def main() -> dict[str, float | int | str]:
    study = study_of("ctrpv2")
    panel = panel_of(study, "auc")
    smiles = {d: standardise(str(study.drugs["smiles"][d])) for d in panel.drugs}
    same = np.unique(list(smiles.values()), return_inverse=True)[1]
    targets = targets_of(study, panel.drugs)
    counts = torch.from_numpy(Morgan(2, 4096, counts=True)(smiles))
    bits = [torch.from_numpy(f(smiles)) for f in (FCFP(2, 2048, counts=True), MACCS())]
    table = torch.cat([torch.log1p(b.float()) for b in bits], 1)
    read = Graphs()
    mols = Molecules("drug", panel.drugs, read(smiles), read.atom_features, read.bond_features)
    leads: dict[str, Described] = {
        "fingerprint": lambda rows: table[rows],
        "graph": mols.take,
    }
    gains: dict[str, list[float]] = {lead: [] for lead in leads}
    shares: dict[str, list[float]] = {lead: [] for lead in leads}
    errors = []
    seeds = [int(s) for s in os.environ.get("SEEDS", "0").split(",")]
    for seed in seeds:
        for train, test in drug_folds(same, seed):
            mean, rest = centred(panel.y[:, train].double())
            done = mean + fill(rest)
            base = DrugKernel().fit(done.mean(0), counts[train], targets[train]).double()
            left = panel.y[:, test] - base(done, counts[test].double(), targets[test].double())
            seen = torch.isfinite(left)
            errors.append(float((left[seen] ** 2).mean()))
            residual = done - base.leave_one_out(done)
            for lead, describe in leads.items():
                share, pred = learned(describe, targets.float(), train, test, residual, seed)
                after = float(((left - share * pred)[seen] ** 2).mean())
                gains[lead].append(errors[-1] - after)
                shares[lead].append(share)
                print(f"seed {seed} {lead}: base {errors[-1]:.4f}, gain {gains[lead][-1]:.4f}, "
                      f"share {share}", file=sys.stderr, flush=True)  # fmt: skip
    figures: dict[str, float | int | str] = {"base_rmse": float(np.mean(errors)) ** 0.5}
    for lead, values in gains.items():
        figures |= gained(lead, values, shares[lead])
    return figures


def learned(
    describe: Described, targets: Tensor, train: Rows, test: Rows, residual: Tensor, seed: int
) -> tuple[float, Tensor]:
    """Return how much to add, by drugs not learned from, and the mean prediction (n, test)."""
    flat = torch.ones(len(residual), 1, dtype=residual.dtype)  # a drug's mean over lines is one
    left = torch.linalg.svd(residual, full_matrices=False)[0][:, : COMPONENTS - 1]
    over = torch.linalg.qr(torch.cat([flat, left], 1))[0]
    along = residual.T @ over
    scale = float((along**2).sum(1).mean().sqrt())
    held, asked = torch.zeros_like(along), torch.zeros(len(test), COMPONENTS).double()
    for member, (inner, outer) in enumerate(folds(len(train), seed)):
        net = taught(describe, targets, train[inner], (along[inner] / scale).float(), member)
        with torch.no_grad():
            for rows, out, at in ((train[outer], held, outer), (test, asked, np.arange(len(test)))):
                out[at] += scale * net(describe(rows), targets[rows]).double()
    asked = asked / 5
    error = [float(((along - s * held) ** 2).sum()) for s in SHARES]
    return SHARES[int(np.argmin(error))], over @ asked.T


class Net(nn.Module):
    """A drug's description and targets -> components."""

    def __init__(self, example: Tensor | MolBatch, targets: int) -> None:
        super().__init__()
        if isinstance(example, MolBatch):
            widths = example.atoms.shape[1], example.bonds.shape[1]
            self.encoder: nn.Module = GraphEncoder(widths, WIDTH, WIDTH)
        else:
            self.encoder = nn.Sequential(nn.Dropout(0.2), nn.Linear(example.shape[1], WIDTH))
        self.known = nn.Sequential(nn.Dropout(0.2), nn.Linear(targets, WIDTH))
        self.head = nn.Sequential(
            nn.SiLU(), nn.Dropout(0.3), nn.Linear(WIDTH, WIDTH), nn.SiLU(), nn.Dropout(0.3),
            nn.Linear(WIDTH, COMPONENTS),
        )  # fmt: skip

    def forward(self, x: Tensor | MolBatch, targets: Tensor) -> Tensor:
        """Return (drugs, components)."""
        out: Tensor = self.head(self.encoder(x) + self.known(targets))
        return out


def taught(describe: Described, targets: Tensor, rows: Rows, along: Tensor, seed: int) -> Net:
    """Train for a fixed time; the rate falls to zero."""
    torch.manual_seed(seed)
    net = Net(describe(rows[:2]), targets.shape[1])
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.05)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for part in torch.split(torch.randperm(len(rows)), 64):
            optimizer.zero_grad()
            some = rows[part.numpy()]
            ((net(describe(some), targets[some]) - along[part]) ** 2).sum(1).mean().backward()
            optimizer.step()
        fall.step()
    return net.eval()
