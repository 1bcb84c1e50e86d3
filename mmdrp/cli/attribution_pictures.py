"""The pictures of ``mmdrp attribute``."""

from pathlib import Path

from mmdrp.cli.attribution_run import Attributed
from mmdrp.plots.biomarkers import biomarker_bars
from mmdrp.plots.features import feature_heatmap
from mmdrp.plots.shares import share_bars
from mmdrp.plots.swarm import swarm


def draw(done: Attributed, out: Path, count: int) -> None:
    """Draw bars, swarms, the drug x feature map and the modalities' shares, as PNG."""
    shown = done.drugs[:count]
    if not shown:
        return
    best = done.best[done.best["drug"].isin(shown)]
    biomarker_bars(best).savefig(out / "biomarkers.png", dpi=120)
    if len(done.drugs) > 1:
        feature_heatmap(done.best, done.drugs[:40]).savefig(out / "heatmap.png", dpi=120)
    share_bars(done.shares, done.drugs[:40]).savefig(out / "shares.png", dpi=120)
    for drug, table in done.swarms.items():
        name = "".join(c if c.isalnum() or c in "-+()" else "_" for c in drug)
        swarm(table, done.names.get(drug, drug)).savefig(out / f"swarm_{name}.png", dpi=120)
