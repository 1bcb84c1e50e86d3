"""``mmdrp associate``, ``extremes`` and ``enrich`` on a small cohort with planted effects."""

import inspect
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

from mmdrp.cli.launch import config_dir
from mmdrp.data.study import Study
from mmdrp.io.files import file_name
from mmdrp.io.marker import MARKER
from mmdrp.tumours import (
    Associations,
    Cohort,
    Extremes,
    associate,
    compare_extremes,
    enrich,
    read_genes,
)

Cli = Callable[..., int]
DRUGS = ["Dabrafenib", "Docetaxel", "Nutlin-3a (-)", "Vinorelbine"]


@pytest.fixture(scope="module")
def cohort(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 tumours of three types; BRAF lowers Dabrafenib in SKCM, TP53 raises Nutlin everywhere.

    MARK is frequent in LGG only, where Vinorelbine is higher whatever its mutations. The genes of
    a set are expressed more, the higher Docetaxel.
    """
    folder = tmp_path_factory.mktemp("cohort")
    rng = np.random.default_rng(0)
    cells = [f"T{i:03d}" for i in range(300)]
    kind = np.repeat(["SKCM", "LGG", "BRCA"], 100)
    genes = ["BRAF", "TP53", "MARK", "RARE", *[f"N{i}" for i in range(6)]]
    rate = np.where(kind[:, None] == "LGG", 0.8, 0.02) * (np.array(genes) == "MARK") + np.array(
        [0.4, 0.5, 0, 0.01, *[0.2] * 6]
    )
    mutated = rng.random((300, 10)) < rate
    y = rng.normal(size=(300, 4))
    y[:, 0] -= 5 * (mutated[:, 0] & (kind == "SKCM"))
    y[:, 2] += 5 * mutated[:, 1]
    y[:, 3] += 5 * (kind == "LGG")
    levels = rng.normal(5, 1, (300, 60))
    levels[:, :15] += y[:, [1]]
    pd.DataFrame(mutated.astype(int), columns=genes).assign(cell=cells).to_csv(
        folder / "mutation.csv", index=False
    )
    names = [f"E{i}" for i in range(60)]
    pd.DataFrame(levels, columns=names).assign(cell=cells).to_parquet(folder / "expression.parquet")
    status = np.where(y[:, 1] < -0.2, "Positive", np.where(y[:, 1] > 0.2, "negative", ""))
    pd.DataFrame({"cell": cells, "tissue": kind, "er_status": status}).to_csv(
        folder / "cells.csv", index=False
    )
    rows = [(c, d, y[i, j]) for i, c in enumerate(cells) for j, d in enumerate(DRUGS)]
    pd.DataFrame(rows, columns=["cell", "drug", "pred"]).to_parquet(folder / "predictions.parquet")
    sets = {"up with docetaxel": names[:15], "noise": names[20:40], "few": names[:3]}
    (folder / "sets.gmt").write_text(
        "\n".join("\t".join([name, "na", *members]) for name, members in sets.items())
    )
    return folder


def words(cohort: Path, out: Path, *more: str, command: str = "associate") -> list[str]:
    return [command, f"predictions={cohort}", f"data={cohort}", f"out={out}", *more]


@pytest.fixture(scope="module")
def associations(mmdrp: Cli, cohort: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("associate") / "a b"
    assert mmdrp(*words(cohort, out)) == 0
    return out


def test_planted_associations_are_found_and_nothing_else(associations: Path) -> None:
    found = pd.read_csv(associations / "associations.csv")
    listed = set(found[["cancer", "gene", "drug", "effect"]].itertuples(index=False, name=None))
    per_type = {("SKCM", "BRAF", "Dabrafenib", "sensitive")} | {
        (kind, "TP53", "Nutlin-3a (-)", "resistant") for kind in ("SKCM", "LGG", "BRCA")
    }
    pan = {("pan-cancer", "BRAF", "Dabrafenib", "sensitive"),
           ("pan-cancer", "TP53", "Nutlin-3a (-)", "resistant"),
           ("pan-cancer", "MARK", "Vinorelbine", "resistant")}  # fmt: skip
    assert listed == per_type | pan
    beside = found.set_index(["cancer", "gene"])["effect_covariates"]
    assert beside["pan-cancer", "TP53"] == "resistant"
    assert not isinstance(beside["pan-cancer", "MARK"], str)  # it stood for its cancer type


def test_every_test_is_scipys(associations: Path, cohort: Path) -> None:
    table = pd.read_parquet(associations / "associations.parquet")
    assert "RARE" not in set(table["gene"].astype(str))
    y = pd.read_parquet(cohort / "predictions.parquet").pivot(
        index="cell", columns="drug", values="pred"
    )
    mutated = pd.read_csv(cohort / "mutation.csv", index_col="cell")
    kind = pd.read_csv(cohort / "cells.csv", index_col="cell")["tissue"]
    sample = table.sample(40, random_state=0)
    for cancer, gene, drug, *found in sample[
        ["cancer", "gene", "drug", "p_welch", "mutated", "wildtype"]
    ].itertuples(index=False, name=None):
        rows = list(kind.index if cancer == "pan-cancer" else kind.index[kind == cancer])
        inside = mutated.loc[rows, gene].to_numpy() == 1
        values = y.loc[rows, drug].to_numpy()
        want = stats.ttest_ind(values[inside], values[~inside], equal_var=False)
        assert found == pytest.approx([want.pvalue, inside.sum(), (~inside).sum()], rel=1e-9)
    family = table[table["cancer"] != "pan-cancer"]
    assert np.allclose(family["p_bonferroni"], np.minimum(family["p_welch"] * len(family), 1))


def test_genes_are_counted_and_targets_checked(associations: Path) -> None:
    genes = pd.read_csv(associations / "genes.csv").set_index(["cancer", "gene"])
    counted = genes[["modulated", "sensitive", "resistant"]].T[("SKCM", "BRAF")]
    assert list(counted) == [1, 1, 0]
    assert genes.loc[("SKCM", "BRAF"), "rate"] == pytest.approx(0.4, abs=0.15)
    targets = pd.read_csv(associations / "targets.csv").set_index(["drug", "mark"])
    assert targets.loc[("Dabrafenib", "BRAF"), "verdict"] == "as expected"
    assert targets.loc[("Nutlin-3a (-)", "TP53"), "verdict"] == "as expected"
    assert "no such drug" in str(targets.loc[("Imatinib", "KIT"), "note"])
    assert "no gene TTN" in str(targets.loc[("Vinorelbine", "TTN"), "note"])


def test_every_figure_has_both_forms_and_the_command_is_told(associations: Path) -> None:
    told = json.loads((associations / "associate.json").read_text())
    assert told["command"].startswith("mmdrp associate predictions=")
    assert "a b'" in told["command"]
    assert told["tumours"] == 300
    assert told["groups"]["SKCM"]["tumours"] == 100
    own = {"associate.log", "associate.json", MARKER}
    assert set(told["files"]) == {p.name for p in associations.iterdir()} - own
    pictures = {p.stem for p in associations.glob("*.png")}
    assert pictures == {p.stem for p in associations.glob("*.svg")}
    assert pictures >= {"volcano_per_cancer", "volcano_pan_cancer", "boxes_targets"}


def test_the_other_direction_of_a_response(mmdrp: Cli, cohort: Path, tmp_path: Path) -> None:
    more = ["higher=sensitive", "pan=false", "cancers=[SKCM]", "drugs=[dabrafenib]", "adjust=[]",
            "correction=fdr", "test=pooled", "rows=all", "panels=1"]  # fmt: skip
    assert mmdrp(*words(cohort, tmp_path / "o", *more)) == 0
    table = pd.read_csv(tmp_path / "o" / "associations.csv")
    assert set(table["cancer"]) == {"SKCM"}
    assert len(table) == 8
    assert table["gene"].iloc[0] == "BRAF"
    assert table["effect"].fillna("").tolist() == ["resistant", *[""] * 7]
    assert not (tmp_path / "o" / "volcano_pan_cancer.png").exists()


def test_measured_responses_take_the_place_of_predictions(
    mmdrp: Cli, study: Study, tmp_path: Path
) -> None:
    more = [
        "measure=ic50",
        "min_patients=5",
        "min_rate=0.05",
        "alpha=0.05",
        "panels=0",
        "pan=false",
    ]
    out = tmp_path / "measured"
    assert mmdrp("associate", f"data={study.root}", f"out={out}", *more) == 0
    assert not pd.read_parquet(out / "associations.parquet").empty


def test_extremes_show_what_drives_the_drug(mmdrp: Cli, cohort: Path, tmp_path: Path) -> None:
    more = ["drug=docetaxel", "share=0.1", f"gene_sets={cohort / 'sets.gmt'}", "top=15",
            "heatmap_genes=20"]  # fmt: skip
    assert mmdrp(*words(cohort, tmp_path / "x", *more, command="extremes")) == 0
    out = tmp_path / "x"
    groups = pd.read_csv(out / "groups.csv")
    assert groups["group"].value_counts().to_dict() == {"sensitive": 30, "resistant": 30}
    best = pd.read_csv(out / "expression.csv")["gene"].head(15)
    assert set(best) == {f"E{i}" for i in range(15)}
    terms = pd.read_csv(out / "clusters.csv")
    assert terms["term"].tolist() == ["up with docetaxel"]
    told = json.loads((out / "extremes.json").read_text())
    assert told["command"].startswith("mmdrp extremes predictions=")
    assert told["group_size"] == 30
    assert (told["unit"], told["higher"]) == ("ln uM", "resistant")
    assert told["enrichment"]["background"] == 60
    assert {p.stem for p in out.glob("*.svg")} == {"waterfall", "types", "heatmap", "enrichment"}


def test_several_drugs_get_a_folder_each(mmdrp: Cli, cohort: Path, tmp_path: Path) -> None:
    more = ["drugs=[Docetaxel,Nutlin-3a (-)]", "share=0.05", "direction=up", "heatmap_genes=4",
            f"gene_sets={cohort / 'sets.gmt'}"]  # fmt: skip
    assert mmdrp(*words(cohort, tmp_path / "x", *more, command="extremes")) == 0
    folders = {p.name for p in (tmp_path / "x").iterdir() if p.is_dir()}
    assert folders == {"Docetaxel", file_name("Nutlin-3a (-)")}
    first = pd.read_csv(tmp_path / "x" / file_name("Nutlin-3a (-)") / "mutations.csv").iloc[0]
    assert first["gene"] == "TP53"
    assert first["change"] > 0.8


def test_extremes_without_expression(mmdrp: Cli, cohort: Path, tmp_path: Path) -> None:
    lean = tmp_path / "lean"
    lean.mkdir()
    for name in ("mutation.csv", "cells.csv", "predictions.parquet"):
        (lean / name).write_bytes((cohort / name).read_bytes())
    out = tmp_path / "x"
    more = ["drug=Docetaxel", "require=[]", "heatmap_genes=0"]
    assert mmdrp(*words(lean, out, *more, command="extremes")) == 0
    assert (out / "heatmap.svg").exists()
    assert not (out / "expression.csv").exists()


def test_enrichment_of_a_file_of_genes(
    mmdrp: Cli, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ranked = tmp_path / "ranked.csv"
    pd.DataFrame({"gene": [f"E{i}" for i in range(60)], "difference": 1.0}).to_csv(
        ranked, index=False
    )
    more = [f"genes={ranked}", f"gene_sets={cohort / 'sets.gmt'}", "top=15", "direction=up"]
    assert mmdrp("enrich", f"out={tmp_path / 'e'}", *more) == 0
    table = pd.read_csv(tmp_path / "e" / "enrichment.csv")
    assert table["term"].tolist() == ["up with docetaxel", "noise"]  # three genes are too few
    assert table["hits"].tolist() == [15, 0]
    assert "1 with FDR" in capsys.readouterr().out
    chosen = tmp_path / "chosen.txt"
    chosen.write_text("E1\nE2 E3\n")
    few = [f"genes={chosen}", f"gene_sets={cohort / 'sets.gmt'}", "min_size=2"]
    assert mmdrp("enrich", f"out={tmp_path / 'f'}", *few) == 0
    told = json.loads((tmp_path / "f" / "enrichment.json").read_text())
    assert told["background"] == 35
    assert "names the genes that were measured" in told["background_is"]


def test_the_spellings_of_before_work_and_say_what_to_write(
    mmdrp: Cli, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sets = cohort / "sets.gmt"
    now = [f"gene_sets={sets}", "heatmap_genes=3", "min_similarity=0.3", "drug=docetaxel"]
    assert mmdrp(*words(cohort, tmp_path / "now", *now, command="extremes")) == 0
    assert "note:" not in capsys.readouterr().err
    before = ["mode=extremes", f"sets={sets}", "shown=3", "least_similar=0.3", "drug=docetaxel"]
    assert mmdrp(*words(cohort, tmp_path / "before", *before)) == 0
    said = capsys.readouterr().err
    for new, old in (
        ("mmdrp extremes", "mmdrp associate mode=extremes"),
        ("gene_sets=", "sets="),
        ("heatmap_genes=", "shown="),
        ("min_similarity=", "least_similar="),
    ):
        assert f"note: write `{new}` instead of `{old}`" in said
    for path in (tmp_path / "now").glob("*.csv"):
        assert path.read_bytes() == (tmp_path / "before" / path.name).read_bytes()
    genes = f"genes={tmp_path / 'now' / 'expression.csv'}"
    more = ["mode=enrichment", genes, f"sets={sets}", f"out={tmp_path / 'e'}"]
    assert mmdrp("associate", *more) == 0
    assert "write `mmdrp enrich` instead" in capsys.readouterr().err
    assert (tmp_path / "e" / "enrichment.csv").exists()


MISTAKES: dict[str, tuple[str, list[str], str]] = {
    "mode": ("associate", ["mode=volcano"], "mode=volcano: choose associations or extremes"),
    "test": ("associate", ["test=wilcoxon"], "test=wilcoxon: expected welch or pooled"),
    "covariate": ("associate", ["adjust=[age]"], "expected a list of: type or burden"),
    "rate": ("associate", ["min_rate=10"], "min_rate=10: expected a number at least 0"),
    "kind of number": ("associate", ["alpha=small"], "alpha=small: expected a number"),
    "predictions": (
        "associate", ["predictions=nowhere"], "predictions=nowhere: there is no such file"
    ),
    "no predictions": ("associate", ["predictions=null"], "associate needs predictions=..."),
    "both": ("associate", ["measure=ic50"], "not both"),
    "rows": ("associate", ["rows=few"], "rows=few: expected significant or all"),
    "higher": ("associate", ["higher=up"], "higher=up: expected resistant or sensitive"),
    "wild-type": ("associate", ["min_wildtype=1"], "min_wildtype=1: expected a whole number"),
    "targets": ("associate", ["targets=no.csv"], "targets=no.csv: there is no such file"),
    "require": ("associate", ["require=[cnv]"], "has no table 'cnv'"),
    "no frequent gene": (
        "associate", ["min_patients=500"], "no gene is mutated in more than min_rate=0.1"
    ),
    "column": ("associate", ["column=y"], "has no column 'y'"),
    "drug": ("extremes", [], "needs drug=NAME"),
    "unknown drug": ("extremes", ["drug=docet"], "no drug 'docet'; similar: Docetaxel"),
    "share": ("extremes", ["drug=docetaxel", "share=0.9"], "share=0.9: expected a number above 0"),
    "direction": ("extremes", ["drug=docetaxel", "direction=x"], "direction=x: expected both or"),
    "sets": ("extremes", ["drug=docetaxel", "gene_sets=no.gmt"], "gene_sets=no.gmt: there is no"),
    "old spelling": ("extremes", ["drug=docetaxel", "sets=no.gmt"], "gene_sets=no.gmt: there"),
    "genes": ("enrich", [], "needs genes=..."),
    "no genes": ("enrich", ["genes=no.csv"], "genes=no.csv: there is no such file"),
    "sizes": (
        "enrich", ["genes=no.csv", "min_size=90", "max_size=20"], "min_size=90 is above max_size=20"
    ),
}  # fmt: skip
LATE = ("unknown drug", "require", "no frequent gene", "column")
"""found only in the files, after the run folder was made"""


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_line_and_leaves_no_table(
    mistake: str, mmdrp: Cli, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command, more, said = MISTAKES[mistake]
    out = tmp_path / "o"
    usual = words(cohort, out, command=command) if command != "enrich" else [command, f"out={out}"]
    given = [w for w in usual if w.split("=")[0] not in {m.split("=")[0] for m in more}]
    assert mmdrp(*given, *more) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("mmdrp: ")]
    assert len(lines) == 1
    assert said in lines[0]
    if mistake in LATE:
        assert not list(out.glob("*.csv"))
    else:
        assert not out.exists()


def test_a_table_of_targets_of_ones_own(
    mmdrp: Cli, cohort: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_text(
        "drug,mark,kind,cancers,expected\ndocetaxel,E1,expression,LGG;SKCM,resistant\n"
        "docetaxel,er_status,annotation,,resistant\ndocetaxel,grade,annotation,,resistant\n"
    )
    more = [f"targets={mine}", "adjust=[]", "panels=0"]
    assert mmdrp(*words(cohort, tmp_path / "o", *more)) == 0
    table = pd.read_csv(tmp_path / "o" / "targets.csv")
    assert table["drug"].tolist() == ["Docetaxel"] * 3
    assert table["verdict"].tolist() == ["as expected", "opposite", "not testable"]
    assert table["carriers"].iloc[0] == 100
    assert table["note"].iloc[2] == "the cells table has no column grade"
    mine.write_text("drug,mark,kind,cancers,expected\nx,E1,protein,,resistant\n")
    assert mmdrp(*words(cohort, tmp_path / "p", *more)) == 2
    assert "column 'kind', row 1: 'protein'; choose mutation" in capsys.readouterr().err


DEFAULTS = {
    "associate": (Cohort.read, associate, Associations.write),
    "extremes": (Cohort.read, compare_extremes, Extremes.enrich, Extremes.write, enrich),
    "enrich": (read_genes, enrich),
}


@pytest.mark.parametrize("command", DEFAULTS)
def test_the_configuration_has_the_defaults_of_the_library(command: str) -> None:
    options = yaml.safe_load((config_dir() / f"{command}.yaml").read_text())
    seen = {"defaults"}
    for function in DEFAULTS[command]:
        for name, parameter in inspect.signature(function).parameters.items():
            if name in options and name not in seen:
                default = None if parameter.default is parameter.empty else parameter.default
                usual = list(default) if isinstance(default, tuple) else default
                assert options[name] == usual, name
                seen.add(name)
    if command == "associate":  # in parts it is another function's, which must be told which
        assert options["shard"] is None
        seen.add("shard")
    assert seen == set(options)
