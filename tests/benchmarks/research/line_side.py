"""Unseen drugs, lines seen: does the line's side of the interaction hold more (targets, mechanism)?

The base's default with MiniMol's embedding, and what is added to its interaction of lines and
drugs. Each way offers several strengths; the one of least error is taken, training drugs left out
one by one, and none at all is among them. ``near``: drugs that share a target or a pathway count
more than others. ``product``: kernels of embedding and mechanism multiplied. ``slope``: how much of
the predicted interaction holds, by pathway. ``components``: a penalty for each of ten components
over lines. ``genes``: ridge on expression, mutation and copy number of the drug's targets, and of
the genes that its pathways' drugs target, in the line; ``genes_by_pathway``: with coefficients of
its own for each pathway. ``kernel``: what drugs of a pathway leave, smoothed over lines by a kernel
of these genes. Keys end in ``_gap`` (MSE minus the base's, with its 95 % interval over folds and
seeds), ``_drug_r``, ``_line_r``. STUDY=gdsc or ctrpv2 (the default) of the data folder
(MMDRP_DATA), SEEDS=0,1,2.
"""

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from mmdrp.data.chem.embedding import installed
from mmdrp.errors import MmdrpError
from mmdrp.nn.base.drugs.choice import summed
from mmdrp.nn.base.drugs.smoother import Smoother
from mmdrp.nn.base.drugs.sum import DrugOptions, DrugSum
from tests.benchmarks._bases import Rows, kernel, study_in
from tests.benchmarks._drugs import Drugs, drug_folds, drugs_of, scored
from tests.benchmarks.accuracy.drug_blind import interval, put
from tests.benchmarks.research._target_genes import Genes, genes_of

Offer = tuple[Tensor, Tensor]
"""what is added to the interaction: (n, t) of drugs of training, left out; (n, m) of test drugs"""


def main() -> dict[str, float | int | str]:
    if not installed():
        raise MmdrpError("needs the extra minimol: pip install 'mmdrp[minimol]'")
    torch.set_num_threads(1)
    seeds = [int(s) for s in os.environ.get("SEEDS", "0").split(",")]
    study = study_in(os.environ.get("STUDY", "ctrpv2"))
    drugs = drugs_of(study)
    genes = genes_of(study, drugs)
    y, gaps = drugs.panel.y.double(), dict[str, list[float]]()
    found: dict[str, list[dict[str, float]]] = {}
    for seed in seeds:
        out: dict[str, Tensor] = {}
        for train, test in drug_folds(drugs.same, seed):
            fold = Fold.of(drugs, train, test)
            place = np.ix_(np.arange(len(y)), test)
            put(out, y, place, "base", fold.base)
            for name, way in WAYS.items():
                put(out, y, place, name, fold.base + fold.best(way(fold, genes)))
                change = (y - out[name]) ** 2 - (y - out["base"]) ** 2
                gaps.setdefault(name, []).append(float(change[place].nanmean()))
        for name, pred in out.items():
            found.setdefault(name, []).append(scored(y, pred))
        print(seed, {n: round(f[-1]["drug_r"], 4) for n, f in found.items()}, file=sys.stderr)
    figures: dict[str, float | int | str] = {"with_genes": int((genes.drugs.sum(1) > 0).sum())}
    for name, scores in found.items():
        for key in ("rmse", "line_r", "drug_r"):
            figures[f"{name}_{key}"] = float(np.mean([s[key] for s in scores]))
        if name in gaps:
            figures |= {f"{name}_{k}": v for k, v in interval(gaps[name]).items()}
    return figures


@dataclass(frozen=True)
class Fold:
    """The base fitted on training drugs, and what it leaves of them, each left out."""

    train: Rows
    test: Rows
    base: Tensor
    """(n, m): prediction of the test drugs"""
    rest: Tensor
    """(n, t): responses minus the drug's mean, filled"""
    line: Tensor
    inner: Tensor
    """(n, t): interaction, each drug left out"""
    outer: Tensor
    """(n, m): of the test drugs"""
    off: Tensor
    """(n, t): what the interaction misses, centred over lines, 0 where unmeasured"""
    seen: Tensor
    K: dict[str, tuple[Tensor, Tensor]]
    """each kernel: (t, t) and (m, t)"""
    weights: dict[str, float]
    penalty: float
    pathways: tuple[Tensor, Tensor]
    shared: tuple[Tensor, Tensor]
    """whether two drugs share a target or a pathway"""

    @classmethod
    def of(cls, drugs: Drugs, train: Rows, test: Rows) -> "Fold":
        y = drugs.panel.y[:, train]
        lines = kernel().fit(*drugs.panel.take(np.arange(len(y))), y)
        told, asked = ({w: x[r] for w, x in drugs.known.items()} for r in (train, test))
        model = DrugSum(DrugOptions()).fit(lines.mean, lines.imputed_response, told, y).double()
        filled = lines.imputed_response.double()
        grand, effect, line, outer = model.predicted(filled, asked)
        inner = model.left_out(filled)[3]
        off = y.double() - model.mean - line - inner
        seen = torch.isfinite(off)
        off = (off - off.nanmean(0)).nan_to_num()
        told_k, asked_k = model.kernels(told), model.kernels(asked)
        known = [drugs.known[w].double() for w in ("targets", "pathways")]
        alike = sum(x @ x[train].T for x in known)
        assert isinstance(alike, Tensor)
        return cls(
            train, test, grand + effect + line + outer, filled - model.mean, line, inner, outer,
            off, seen, {n: (told_k[n], asked_k[n]) for n in told_k}, model.weight(1),
            float(model.penalty[1]), (known[1][train], known[1][test]),
            (alike[train] > 0, alike[test] > 0),
        )  # fmt: skip

    def best(self, offers: Iterator[Offer]) -> Tensor:
        """Return what the offer of least error on training drugs adds to the test drugs."""
        least, chosen = self.error(torch.zeros_like(self.off)), torch.zeros_like(self.outer)
        for inner, outer in offers:
            if (error := self.error(inner)) < least:
                least, chosen = error, outer
        return chosen

    def error(self, added: Tensor) -> float:
        count = self.seen.sum(0).clamp(min=1)
        added = added - (added * self.seen).sum(0) / count
        return float(((((self.off - added) ** 2) * self.seen).sum(0) / count).mean())

    @property
    def S(self) -> tuple[Tensor, Tensor]:  # noqa: N802
        told, asked = ({n: k[i] for n, k in self.K.items()} for i in (0, 1))
        return summed(told, self.weights), summed(asked, self.weights)


def near(fold: Fold, genes: Genes) -> Iterator[Offer]:
    S, asked = fold.S
    told_near, asked_near = fold.shared
    eye = torch.eye(len(S), dtype=torch.bool)
    alone = (told_near & ~eye).sum(1, keepdim=True) == 0
    none = ~asked_near.any(1, keepdim=True)
    for share in (0.5, 0.2, 0.1):
        few, many = fold.penalty, fold.penalty / share
        noise = torch.where(told_near | alone, few, many).double().masked_fill(eye, 1e9)
        inner = fold.rest @ _weighted(S, S, noise).masked_fill(eye, 0.0).T - fold.line
        noise = torch.where(asked_near | none, few, many).double()
        outer = fold.rest @ _weighted(S, asked, noise).T - fold.line
        yield inner - fold.inner, outer - fold.outer


def _weighted(S: Tensor, k: Tensor, noise: Tensor) -> Tensor:
    """Return the weights (m, t) of ``Smoother`` for drugs k (m, t), noise (m, t) each."""
    out = []
    for row, own in zip(torch.split(k, 64), torch.split(noise, 64), strict=True):
        root = torch.linalg.cholesky(S + torch.diag_embed(own))
        a, q = torch.cholesky_solve(torch.stack([row, torch.ones_like(row)], 2), root).unbind(2)
        out.append(a + q * ((1 - a.sum(1)) / q.sum(1))[:, None])
    return torch.cat(out)


def product(fold: Fold, genes: Genes) -> Iterator[Offer]:
    first = fold.K.get("embedding", next(iter(fold.K.values())))
    pair = [first[i] * fold.K["pathways"][i] for i in (0, 1)]
    for weight in (0.5, 1.0, 2.0):
        for penalty in (0.7, 1.0, 1.5):
            S, asked = (fold.S[i] + weight * pair[i] for i in (0, 1))
            smoother = Smoother().double().fit(S, penalty * fold.penalty)
            inner = smoother.left_out(fold.rest) - fold.line
            yield inner - fold.inner, fold.rest @ smoother(asked) - fold.line - fold.outer


def slope(fold: Fold, genes: Genes) -> Iterator[Offer]:
    told, asked = (torch.cat([torch.ones_like(p[:, :1]), p], 1) for p in fold.pathways)
    top = (fold.seen * fold.off * fold.inner).sum(0)
    square = (fold.seen * fold.inner**2).sum(0)
    A, b = torch.einsum("t,ta,tb->tab", square, told, told), top[:, None] * told
    for penalty in (100.0, 300.0, 1000.0, 3000.0):
        ridge = penalty * torch.eye(told.shape[1]).double()
        each = torch.linalg.solve(A.sum(0) - A + ridge, b.sum(0) - b)
        whole = torch.linalg.solve(A.sum(0) + ridge, b.sum(0))
        yield fold.inner * (told * each).sum(1), fold.outer * (asked @ whole)


def components(fold: Fold, genes: Genes) -> Iterator[Offer]:
    S, asked = fold.S
    U = torch.linalg.svd(fold.rest - fold.line, full_matrices=False)[0][:, :10]
    fits = [Smoother().double().fit(S, p) for p in (0.1, 0.2, 0.3, 0.5, 0.8, 1.3, 2.0, 4.0)]
    left = [fit.left_out(fold.rest) for fit in fits]
    errors = [U.T @ (fold.rest - x) for x in left]
    whole = torch.stack([((fold.rest - x) ** 2).sum() for x in left])
    own = torch.stack([(e**2).sum(1) for e in errors])
    pick, other = own.argmin(0).tolist(), int((whole - own.sum(1)).argmin())
    tests = [fold.rest @ fit(asked) for fit in fits]
    inner, outer = (x[other] - U @ (U.T @ x[other]) for x in (left, tests))
    for c, i in enumerate(pick):
        u = U[:, c : c + 1]
        inner, outer = inner + u @ (u.T @ left[i]), outer + u @ (u.T @ tests[i])
    yield inner - fold.line - fold.inner, outer - fold.line - fold.outer


def gene_ridge(fold: Fold, genes: Genes, by_pathway: bool = False) -> Iterator[Offer]:
    told, asked = (torch.cat([torch.ones_like(p[:, :1]), p], 1) for p in fold.pathways)
    if not by_pathway:
        told, asked = told[:, :1], asked[:, :1]
    x, new = (
        (genes.features[:, None, :, rows] * known.T[None, :, None]).flatten(0, 1)
        for rows, known in ((fold.train, told), (fold.test, asked))
    )  # fmt: skip
    x = (x - (x * fold.seen).sum(1, keepdim=True) / fold.seen.sum(0).clamp(min=1)) * fold.seen
    gram, b = torch.einsum("ant,bnt->tab", x, x), torch.einsum("ant,nt->ta", x, fold.off)
    for penalty in (1e3, 1e4, 3e4, 1e5, 3e5):
        ridge = penalty * torch.eye(len(x)).double()
        each = torch.linalg.solve(gram.sum(0) - gram + ridge, b.sum(0) - b)
        whole = torch.linalg.solve(gram.sum(0) + ridge, b.sum(0))
        added = torch.einsum("a,ant->nt", whole, new - new.mean(1, keepdim=True))
        yield torch.einsum("ta,ant->nt", each, x), added


def gene_kernel(fold: Fold, genes: Genes) -> Iterator[Offer]:
    told, asked = fold.pathways
    owned = told.T @ genes.drugs[fold.train] > 0
    parts = []
    for which in owned:
        K = genes.lines[:, which] @ genes.lines[:, which].T
        parts.append(torch.linalg.eigh(K / K.diagonal().mean().clamp(min=1e-9)))
    for penalty in (0.3, 1.0, 3.0):
        for prior in (3.0, 10.0):
            inner, outer = torch.zeros_like(fold.off), torch.zeros_like(fold.outer)
            for (values, vectors), a, b in zip(parts, told.T > 0, asked.T > 0, strict=True):
                total, count = fold.off[:, a].sum(1, keepdim=True), int(a.sum())
                keep = (values.clamp(min=0) / (values.clamp(min=0) + penalty))[:, None]
                others = (total - fold.off[:, a]) / (count - 1 + prior)
                inner[:, a] += vectors @ (keep * (vectors.T @ others))
                outer[:, b] += vectors @ (keep * (vectors.T @ (total / (count + prior))))
            yield inner / told.sum(1).clamp(min=1), outer / asked.sum(1).clamp(min=1)


Way = Callable[[Fold, Genes], Iterator[Offer]]
WAYS: dict[str, Way] = {
    "near": near, "product": product, "slope": slope, "components": components,
    "genes": gene_ridge, "kernel": gene_kernel,
    "genes_by_pathway": lambda fold, genes: gene_ridge(fold, genes, by_pathway=True),
}  # fmt: skip
