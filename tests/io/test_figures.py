"""Names from data in every figure: they are drawn as they are, and SVG stays a picture."""

from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from mmdrp.attribution.plots.biomarkers import biomarker_bars
from mmdrp.attribution.plots.features import feature_heatmap
from mmdrp.attribution.plots.molecule import molecule
from mmdrp.attribution.plots.shares import share_bars
from mmdrp.attribution.plots.swarm import swarm
from mmdrp.experiments.deepdr import figure2
from mmdrp.io.figures import save
from mmdrp.prediction.density import densities
from mmdrp.tumours.comparison import Comparison
from mmdrp.tumours.plots.box import boxes
from mmdrp.tumours.plots.heatmap import heatmap
from mmdrp.tumours.plots.terms import term_bars
from mmdrp.tumours.plots.volcano import volcano
from mmdrp.tumours.plots.waterfall import type_shares, waterfall

NAMES = [
    "$x_1$ and $y", r"$\frac{", r"\alpha{}%s", "a\nb\x1b[31m\u202ec", "薬剤" * 40, "_hidden",
    "]]>&", "<script>alert(1)</script>", '"><svg onload="x">', "y" * 10_000, "", "مرحبا", "😀",
    "=1+1",
]  # fmt: skip
MANY = [name for name in NAMES for _ in range(4)]
Maker = Callable[[], Figure]


def values(n: int = len(MANY)) -> np.ndarray:
    return np.random.default_rng(0).normal(size=n)


def ranking() -> pd.DataFrame:
    """Every name as drug, source and feature."""
    rows = [(d, s, f) for d in NAMES[:6] for s, f in zip(NAMES[6:], NAMES[:8], strict=True)]
    table = pd.DataFrame(rows, columns=["drug", "source", "feature"])
    table["rank"] = table.groupby("drug").cumcount() + 1
    return table.assign(mean_abs=np.abs(values(len(table))), direction=values(len(table)))


def shares() -> pd.DataFrame:
    return ranking().rename(columns={"mean_abs": "carried"}).drop_duplicates(["drug", "source"])


def associations() -> pd.DataFrame:
    return pd.DataFrame(
        {"difference": values(), "p": 10.0 ** -np.arange(1, len(MANY) + 1), "cancer": MANY}
    ).assign(label=MANY)


def tumours() -> tuple[pd.Series, pd.DataFrame, dict[str, list[str]]]:
    samples = [f"s{i}" for i in range(len(MANY))]
    table = pd.DataFrame({name: values() for name in NAMES}, index=samples)
    return pd.Series(MANY, samples), table, {"sensitive": samples[:9], "resistant": samples[9:20]}


def two_groups(name: str) -> Figure:
    kind, table, groups = tumours()
    return heatmap(groups, kind, (table > 0).astype(float), table, name)


def in_order(name: str) -> Figure:
    kind = tumours()[0]
    group = pd.Series("sensitive", kind.index)
    return waterfall(pd.Series(values(), kind.index), group, name, name)


def of_types(name: str) -> Figure:
    share = np.full(len(NAMES), 1 / len(NAMES))
    columns = ("share_sensitive", "share_resistant", "share_all")
    return type_shares(pd.DataFrame({"type": NAMES, **dict.fromkeys(columns, share * 3)}), name)


def terms(name: str) -> Figure:
    columns = {"cluster": 1, "score": 1.0, "hits": 3, "p": 0.01}
    return term_bars(pd.DataFrame({"name": NAMES}).assign(**columns), name, each=len(NAMES))


def panels(name: str) -> Figure:
    panel = Comparison(name, values(), values(), (name, "others"), f"{name}\np = 0.1")
    return boxes([panel] * 5, name)


def points(name: str) -> Figure:
    n = len(MANY)
    table = pd.DataFrame({"source": MANY, "feature": MANY, "value": values(), "attribution": 1.0})
    return swarm(table.iloc[:n], name, name)


DRAWN: dict[str, Callable[[str], Figure]] = {
    "bars": lambda name: biomarker_bars(ranking(), dict.fromkeys(NAMES, name), name),
    "features": lambda name: feature_heatmap(ranking(), NAMES[:6]),
    "shares": lambda name: share_bars(shares(), NAMES[:6]),
    "swarm": points,
    "volcano": lambda name: volcano(associations(), "cancer", name, 0.05, name),
    "boxes": panels,
    "heatmap": two_groups,
    "waterfall": in_order,
    "types": of_types,
    "terms": terms,
    "densities": lambda name: densities(dict.fromkeys(NAMES[:5], values()), name),
    "figure2 heat maps": lambda name: figure2.heatmaps(
        dict.fromkeys([name, "pred"], pd.DataFrame(values(56).reshape(7, 8))), name
    ),
    "figure2 boxes": lambda name: figure2.boxes({n: pd.Series(values()) for n in NAMES}),
}


@pytest.mark.parametrize("kind", DRAWN)
def test_a_figure_of_any_names_is_drawn_and_its_svg_is_only_a_picture(
    kind: str, tmp_path: Path
) -> None:
    for name in NAMES if kind in ("boxes", "waterfall") else NAMES[:1]:
        png, svg = save(DRAWN[kind](name), tmp_path, "figure")
        assert png.read_bytes().startswith(b"\x89PNG")
        check(svg.read_text(encoding="utf-8"))


def test_long_names_leave_room_for_what_is_drawn(tmp_path: Path) -> None:
    figure = DRAWN["features"]("x")
    save(figure, tmp_path, "figure")
    assert figure.axes[0].get_window_extent().width > 50


def check(svg: str) -> ElementTree.Element:
    """Parse an SVG file: no element or attribute in it runs anything."""
    root = ElementTree.fromstring(svg)
    for element in root.iter():
        assert element.tag.rpartition("}")[2] in {
            "svg", "metadata", "RDF", "Work", "type", "format", "creator", "Agent", "title", "defs",
            "style", "g", "path", "use", "text", "tspan", "clipPath", "rect", "image", "circle",
            "ellipse", "polygon", "line",
        }  # fmt: skip
        assert not any(name.lower().startswith("on") for name in element.attrib)
        links = [v for name, v in element.attrib.items() if name.endswith("href")]
        assert all(link.startswith(("#", "data:image/png")) for link in links)
    return root


@pytest.mark.parametrize("name", [n for n in NAMES if len(n) < 30 and n.isprintable() and n])
def test_a_name_stands_in_the_figure_as_it_is(name: str, tmp_path: Path) -> None:
    _, svg = save(densities({name: values()}, name), tmp_path, "figure")
    said = ["".join(e.itertext()).strip() for e in check(svg.read_text("utf-8")).iter()]
    assert said.count(name) >= 2  # in the legend and under the axis


@pytest.mark.parametrize("name", NAMES)
def test_the_drawing_of_a_molecule_has_any_title(name: str) -> None:
    scores = np.array([1.0, -0.5, 0.0])
    check(molecule("CCO", scores, name).decode())
    assert molecule("CCO", scores, name, kind="png").startswith(b"\x89PNG")
