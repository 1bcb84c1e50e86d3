"""What the figures of associations, extremes and enrichment show."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex

from mmdrp.io.figures import save
from mmdrp.tumours.comparison import Comparison
from mmdrp.tumours.plots.box import boxes
from mmdrp.tumours.plots.heatmap import heatmap
from mmdrp.tumours.plots.terms import term_bars
from mmdrp.tumours.plots.volcano import volcano
from mmdrp.tumours.plots.waterfall import RESISTANT, SENSITIVE, type_shares, waterfall


def associations(n: int = 500) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    kinds = [f"T{i:02d}" for i in range(14)]
    table = pd.DataFrame({"difference": rng.normal(0, 0.1, n), "p": rng.random(n)})
    table["cancer"] = rng.choice(kinds, n)
    table.loc[:99, "p"] = 10.0 ** -rng.uniform(6, 60, 100)
    table.loc[0, ["p", "difference"]] = [0.0, 2.5]
    table.loc[1, "p"] = np.nan
    return table.assign(label=[f"row {i}" for i in range(n)])


def test_a_volcano_colours_what_is_significant_and_names_the_extreme() -> None:
    figure = volcano(associations(), "cancer", "ln uM", 1e-5, "title")
    axis = figure.axes[0]
    dots = [c for c in axis.collections if isinstance(c, PathCollection)]
    assert sum(len(np.asarray(c.get_offsets())) for c in dots) == 500
    assert len(np.asarray(dots[0].get_offsets())) == 401  # one of the hundred has no p
    labels = [t.get_text() for t in axis.texts]
    assert labels[0] == "row 0"
    assert 1 < len(labels) <= 14
    assert max(float(np.asarray(c.get_offsets())[:, 1].max()) for c in dots) == pytest.approx(308)
    assert "too small" in axis.get_ylabel()
    legend = axis.get_legend()
    assert legend is not None
    assert len(legend.get_texts()) == 11  # ten types and the others


def test_a_volcano_of_nothing_significant_names_nothing() -> None:
    figure = volcano(associations().assign(p=0.5), "cancer", "ln uM", 1e-5, "title")
    assert [t.get_text() for t in figure.axes[0].texts] == ["no adjusted p is under 1e-05"]
    assert figure.axes[0].get_legend() is None


def test_boxes_show_the_medians_of_both_groups() -> None:
    rng = np.random.default_rng(1)
    panels = [Comparison(f"p{i}", rng.normal(3, 1, 30), rng.normal(0, 1, 5000), ("a", "b"), "n")
              for i in range(5)]  # fmt: skip
    figure = boxes(panels, "ln uM", columns=4)
    assert [axis.get_visible() for axis in figure.axes] == [True] * 5 + [False] * 3
    axis = figure.axes[0]
    medians = [line.get_ydata()[0] for line in axis.lines if len(set(line.get_ydata())) == 1]  # type: ignore[index,arg-type]
    assert any(m == pytest.approx(np.median(panels[0].carriers)) for m in medians)
    assert [t.get_text() for t in axis.get_xticklabels()] == ["b\nn=5000", "a\nn=30"]
    assert len(np.asarray(axis.collections[0].get_offsets())) == 400


def test_a_waterfall_colours_the_extremes() -> None:
    value = pd.Series(np.arange(20.0), index=[f"t{i}" for i in range(20)])
    group = pd.Series("", value.index, dtype=object)
    group.iloc[:2], group.iloc[-1:] = "sensitive", "resistant"
    axis = waterfall(value.sample(frac=1, random_state=0), group, "docetaxel", "ln uM").axes[0]
    (bars,) = [c for c in axis.collections if isinstance(c, LineCollection)]
    colours = [to_hex(c) for c in np.asarray(bars.get_colors())]
    assert colours[:2] == [SENSITIVE] * 2
    assert colours[-1] == RESISTANT
    assert colours.count(RESISTANT) == 1
    heights = [segment[1][1] for segment in bars.get_segments()]
    assert heights == sorted(heights)
    assert heights[0] == pytest.approx(-9.5)


def test_type_shares_name_types_that_are_a_tenth_of_a_group() -> None:
    table = pd.DataFrame({"type": ["LGG", "LIHC", "rare"], "share_sensitive": [0.9, 0.05, 0.05],
                          "share_resistant": [0.0, 0.95, 0.05],
                          "share_all": [0.2, 0.3, 0.5]})  # fmt: skip
    axis = type_shares(table, "docetaxel").axes[0]
    legend = axis.get_legend()
    assert legend is not None
    assert [t.get_text() for t in legend.get_texts()] == ["LGG", "LIHC", "others"]
    assert "90%" in {t.get_text() for t in axis.texts}


@pytest.mark.parametrize("with_expression", [True, False])
def test_a_heatmap_keeps_groups_apart_and_genes_in_clusters(with_expression: bool) -> None:
    cells = [f"t{i}" for i in range(12)]
    groups = {"sensitive": cells[:7], "resistant": cells[7:]}
    rng = np.random.default_rng(2)
    block = np.repeat([[0.0, 5.0], [5.0, 0.0]], [7, 5], axis=0)
    levels = pd.DataFrame(
        np.hstack([block[:, [0, 1, 0, 1]] + rng.normal(0, 0.1, (12, 4)), np.ones((12, 1))]),
        index=cells, columns=["A", "B", "A2", "B2", "flat"],
    )  # fmt: skip
    mutated = pd.DataFrame(rng.integers(0, 2, (12, 2)), index=cells, columns=["TP53", "KRAS"])
    kind = pd.Series(["LGG"] * 6 + ["LIHC"] * 6, index=cells)
    figure = heatmap(groups, kind, mutated, levels if with_expression else levels[[]], "d")
    pictures = [axis for axis in figure.axes if axis.images]
    assert len(pictures) == 2 + with_expression
    assert [t.get_text() for t in pictures[1].get_yticklabels()] == ["TP53", "KRAS"]
    if with_expression:
        order = [t.get_text() for t in pictures[2].get_yticklabels()]
        assert abs(order.index("A") - order.index("A2")) == 1
        assert abs(order.index("B") - order.index("B2")) == 1
        assert np.asarray(pictures[2].images[0].get_array()).shape == (5, 12)


def test_term_bars_show_the_largest_terms_of_the_first_clusters() -> None:
    rows = [(c, 9.0 - c, f"term {c}.{i}", 10 * i + 1, 10.0 ** -(10 - c)) for c in range(1, 8)
            for i in range(5)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["cluster", "score", "name", "hits", "p"])
    axis = term_bars(table, "docetaxel").axes[0]
    labels = [t.get_text() for t in axis.get_yticklabels()]
    assert len(labels) == 15
    assert labels[:3] == ["term 1.4  (41)", "term 1.3  (31)", "term 1.2  (21)"]
    assert axis.patches[0].get_width() == pytest.approx(9)  # type: ignore[attr-defined]


def test_a_figure_is_saved_twice_and_always_alike(tmp_path: Path) -> None:
    def once(folder: Path) -> list[bytes]:
        folder.mkdir()
        figure = volcano(associations(120), "cancer", "ln uM", 1e-5, "title")
        return [path.read_bytes() for path in save(figure, folder, "v")]

    first, again = once(tmp_path / "a"), once(tmp_path / "b")
    assert [p.name for p in sorted((tmp_path / "a").iterdir())] == ["v.png", "v.svg"]
    assert first[1] == again[1]
    assert b"<dc:date>" not in first[1]
