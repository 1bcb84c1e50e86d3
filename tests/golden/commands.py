"""Every command of the golden run and which of its numbers are kept: the one table to edit.

Options, columns and file names may change; where they do, change them here and nowhere else.
``{out}`` is the command's run folder, ``runs/NAME``. Paths are relative to the place of the run:
``data/`` holds the studies, ``given/`` a copy of ``tests/golden/data/given``.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Kept:
    """One table that a command wrote, cut down to what is stored."""

    file: str
    """in the run folder, or beginning with ``data/`` in a study; JSON becomes key and value"""
    columns: tuple[str, ...] = ()
    """by default all"""
    where: str = ""
    """which rows: a query of pandas"""
    sort: tuple[str, ...] = ()
    """the order where the file's own is of no meaning"""
    by: str = ""
    head: int = 0
    """the first rows only (of each ``by``)"""
    sample: int = 0
    """so many rows, evenly spread"""
    drop: tuple[str, ...] = ("seconds", "seconds_median", "run", "versions", "command", "files")
    """columns or keys that are another each time"""


@dataclass(frozen=True)
class Case:
    """A command, those that come before it, and what is kept of it."""

    words: str
    kept: tuple[Kept, ...] = ()
    needs: tuple[str, ...] = ()
    """cases; or ``gdsc``: the real study in the checkout's data folder"""
    close: float = 1e-5
    """how far a number may be off, absolutely and relatively: two threads instead of one move
    numbers by up to 7e-7, a processor without AVX2 by up to 2e-6 (both measured)"""


PAIR = ("cell", "drug")
TEST = Kept("predictions.parquet", (*PAIR, "y", "pred"), "part == 'test'", PAIR, sample=45)
SCORES = Kept("metrics.json")
PREDICTED = Kept("predictions.parquet", (*PAIR, "pred"), sort=PAIR, sample=50)
RANKING = ("drug", "source", "feature", "mean_abs", "mean", "direction")
RANKED = Kept("rankings.parquet", RANKING, by="drug", head=10)
TERMS = ("term", "size", "hits", "p", "p_fdr")

SMALL = "study.path=data/small study.build.lines=40 study.build.features=8"
PANEL = "train study=synthetic modality=[expression,mutation,rppa] width=[16] latent=8 head=[16]"
PAIRS = f"{PANEL} response=auc trainer=smoke margin=-1000"
DEEPDR = "study=synthetic trainer=smoke width=[16,8] latent=4"
NET = "trainer.max_epochs=4 optimizer.lr=3e-3 sampler.size=16"
DRUGS = "drugs=[drug-00,drug-12,drug-31]"
ASSOCIATE = "associate data=data/synthetic predictions=runs/predict panels=0"

CASES: dict[str, Case] = {
    # studies
    "synthetic": Case("data fetch study=synthetic", (
        Kept("data/synthetic/response.parquet", sort=("measure", *PAIR), sample=50),
        Kept("data/synthetic/expression.feather", ("cell", "EXPRESSION_00", "EXPRESSION_39"),
             sample=10),
        Kept("data/synthetic/planted.csv", sample=20),
    )),
    "small": Case(f"data fetch study=synthetic {SMALL}"),
    # panels: the base alone, a network on it, networks without it
    "panel_base": Case(f"{PANEL} net=false out={{out}}",
                       (TEST, SCORES, Kept("markers.csv", head=20)), ("synthetic",)),
    "panel_net": Case(f"{PANEL} {NET} margin=-1000 out={{out}}", (TEST, SCORES), ("synthetic",)),
    "folds": Case(f"{PANEL} net=false base=ridge -m fold=0,1 hydra.sweep.dir={{out}}",
                  (replace(TEST, file="1/predictions.parquet"),), ("synthetic",)),
    **{f"panel_{fusion}": Case(f"{PANEL} {NET} base=none fusion={fusion} out={{out}}",
                               (TEST, SCORES), ("synthetic",))
       for fusion in ("mean", "attention", "lowrank", "product")},
    # pairs
    "pairs_morgan": Case(f"{PAIRS} drug=morgan out={{out}}", (TEST, SCORES), ("synthetic",)),
    "pairs_graph": Case(f"{PAIRS} drug=graph base=none split=drug sampler=block out={{out}}",
                        (TEST,), ("synthetic",)),
    "pairs_attention": Case(
        f"{PAIRS} cell_fusion=mean fusion=attention split=both base=mean_effects out={{out}}",
        (TEST,), ("synthetic",)),
    # what comes after training
    "predict": Case("predict run=runs/panel_net data=data/synthetic figure=false out={out}",
                    (PREDICTED,), ("panel_net",)),
    "attribute": Case(f"attribute run=runs/panel_net {DRUGS} pictures=0 out={{out}}",
                      (RANKED, Kept("completeness.parquet", ("cell", "drug", "change"),
                                    sample=20)), ("panel_net",)),
    "attribute_base": Case(f"attribute run=runs/panel_base {DRUGS} pictures=0 out={{out}}",
                           (RANKED,), ("panel_base",)),
    "attribute_pairs": Case(f"attribute run=runs/pairs_morgan {DRUGS} pictures=0 out={{out}}",
                            (RANKED,), ("pairs_morgan",)),
    # scores
    "evaluate": Case(
        "evaluate run=runs/panel_base out={out} models=[global_mean,line_mean,tissue_mean,"
        "drug_mean,mean_effects,ridge,kernel_ridge,elastic_net,forest] model.forest.trees=20 "
        "model.forest.leaves=[3] model.elastic_net.alphas=[0.5]",
        (Kept("scores.csv"), Kept("summary.csv", where="scope != 'presence'", sample=60)),
        ("panel_base",)),
    "compare": Case(
        "evaluate run=runs/folds out={out} models=[drug_mean,tissue_mean,ridge]",
        (Kept("differences.csv", sample=30), Kept("ranks.csv")), ("folds",)),
    "associations": Case(f"{ASSOCIATE} rows=all min_patients=5 min_rate=0.05 out={{out}}", (
        Kept("associations.csv", ("cancer", "gene", "drug", "difference", "hedges_g", "p_welch",
                                  "p_bonferroni", "p_fdr", "p_covariates"), head=25),
        Kept("genes.csv", head=10)), ("predict",)),
    "extremes": Case(
        f"{ASSOCIATE} mode=extremes drug=drug-12 share=0.1 top=10 shown=0 min_size=4 "
        "sets=given/sets.gmt out={out}",
        (Kept("groups.csv", ("cell", "group", "type", "value"), sort=("cell",)),
         Kept("expression.csv", head=15),
         Kept("mutations.csv", head=10), Kept("enrichment.csv", TERMS)), ("predict",)),
    "enrichment": Case(
        "associate mode=enrichment genes=given/genes.csv top=20 out={out}",
        (Kept("enrichment.csv", TERMS, head=25),
         Kept("clusters.csv", ("term", "hits", "cluster", "score"), head=15))),
    # DeepDR
    "pretrain": Case(f"pretrain {DEEPDR} shared_with=null held_out=true out={{out}}",
                     (Kept("curves.csv"),), ("synthetic",)),
    "table1": Case(
        f"train experiment=deepdr_table1 {DEEPDR} pretrained=runs/pretrain shuffles=2 out={{out}}",
        (Kept("table1.csv"),), ("pretrain",)),
    # the real study
    "gdsc_panel": Case("train net=false out={out}", (TEST, SCORES), ("gdsc",)),
    "gdsc_net": Case("train base=none trainer=smoke width=[64] out={out}", (TEST, SCORES),
                     ("gdsc",), 1e-5),
    "gdsc_pairs": Case(
        "train response=auc modality=[expression,mutation] sampler=block trainer.max_epochs=1 "
        "width=[64] margin=-1000 out={out}",
        (TEST, SCORES), ("gdsc",), 1e-5),
}  # fmt: skip
