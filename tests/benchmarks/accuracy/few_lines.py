"""CTRPv2 AUC: drugs of which few lines are measured, without and with GDSC beside it.

Of 30 drugs that GDSC screened too (``shared``) and of 30 others (``other``), drawn by a seed, all
but ``n`` measured lines are hidden (n = 5, 30), and predicted in the lines seen. ``base`` is the
base's own column, ``rmse`` the default beside a second screen: averaged with what other drugs and
GDSC say, n / (n + 8) to the base. The 8 was chosen on the drugs of seed 0; this is seed 1.
"""

import numpy as np
import torch

from mmdrp.nn.base.drug import PairBase
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from tests.benchmarks.accuracy.second_screen import Remembered, World

SEED = 1
MEASURED = (5, 30)


def main() -> dict[str, float | int | str]:
    world, rng = World(), np.random.default_rng(SEED)
    figures: dict[str, float | int | str] = {"drug": world.kind}
    groups = {
        name: rng.choice(np.flatnonzero(here), 30, replace=False)
        for name, here in (("shared", world.shared), ("other", ~world.shared))
    }
    every = np.arange(len(world.drugs))
    screens = world.screens(every, every[:0], known=True)
    given = world.panel.take(np.arange(len(world.y)))
    for n in MEASURED:
        y = world.y.clone()
        for drug in np.concatenate(list(groups.values())):
            seen = np.flatnonzero(torch.isfinite(y[:, drug]).numpy())
            y[rng.permutation(seen)[n:], drug] = torch.nan
        pair = PairBase(Remembered(), DrugSum(DrugOptions()))
        pair.fit(*given, y, world.described, further=screens)
        pred = pair.known(pair.responses(*given, torch.arange(len(y))))
        hidden = torch.isfinite(world.y) & ~torch.isfinite(y)
        for name, drugs in groups.items():
            some = torch.from_numpy(drugs)
            for key, p in (("base", pair.base.imputed_response), ("rmse", pred)):
                square = ((p - world.y)[:, some][hidden[:, some]] ** 2).double()
                figures[f"{key}_{n}_{name}"] = float(square.mean().sqrt())
    return figures
