"""The words of the field become overrides."""

import subprocess
import sys
import time

import pytest

from mmdrp.cli.argv import translate, whole
from mmdrp.errors import MmdrpError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [
                "--modalities",
                "expression",
                "mutation",
                "cnv",
                "protein",
                "--drug-features",
                "smiles",
            ],
            ["modality=[expression,mutation,cnv,proteomics]", "drug=morgan", "response=auc"],
        ),
        (["--drug-features", "smiles", "response=ic50"], ["drug=morgan", "response=ic50"]),
        (["--drug-features", "ecfp"], ["drug=morgan", "response=auc"]),
        (["--drug-features", "graph"], ["drug=graph", "response=auc"]),
        (["--drug-features", "identity"], ["drug=identity", "response=auc"]),
        (["modality=[protein,cnv]"], ["modality=[proteomics,cnv]"]),
        (["-m", "fold=0,1"], ["-m", "fold=0,1"]),
        (["--modalities", "cnv", "-m", "fold=0,1"], ["-m", "modality=[cnv]", "fold=0,1"]),
        (
            ["--subsets", "rna", "cnv", "rppa", "fold=0"],
            [
                "-m",
                "modality=[expression],[cnv],[rppa],[expression,cnv],[expression,rppa],[cnv,rppa],"
                "[expression,cnv,rppa]",
                "fold=0",
            ],
        ),
        (["--subsets", "cnv", "-m"], ["-m", "modality=[cnv]"]),
        (["cell_fusion=attention"], ["fusion@cell_fusion=attention"]),
        (["--cfg", "job"], ["--cfg", "job"]),
        (["drugs=[Nutlin-3a (-),17-AAG]"], ["drugs=['Nutlin-3a (-)','17-AAG']"]),
        (['drugs=["Brivanib, BMS-540215"]'], ["drugs=['Brivanib, BMS-540215']"]),
        (["run=my runs/a (1)"], ["run='my runs/a (1)'"]),
    ],
)
def test_translation(words: list[str], expected: list[str]) -> None:
    assert translate("train", words) == expected


def test_modes_of_associate_are_commands(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["drug=x", "mode=extremes", "out=o"]
    assert whole("associate", words) == "extremes"
    assert words == ["drug=x", "out=o"]
    assert capsys.readouterr().err.startswith("note: write `mmdrp extremes` instead of")
    assert whole("associate", ["drug=x"]) == "associate"
    assert capsys.readouterr().err == ""
    with pytest.raises(MmdrpError, match="choose associations or extremes or enrichment"):
        whole("associate", ["mode=volcano"])


@pytest.mark.parametrize(("command", "word", "expected"), [
    ("extremes", "drug=Nutlin-3a (-)", "drugs=['Nutlin-3a (-)']"),
    ("associate", "drug=docetaxel", "drugs=['docetaxel']"),
    ("train", "drug=morgan", "drug=morgan"),
    ("extremes", "shown=5", "heatmap_genes=5"),
    ("enrich", "sets=my sets.gmt", "gene_sets='my sets.gmt'"),
    ("enrich", "least_similar=0.4", "min_similarity=0.4"),
    ("train", "shown=5", "shown=5"),
    ("evaluate", "models=[ridge,forest]", "baselines@baseline=[ridge,forest]"),
    ("evaluate", "baselines=[drug_mean]", "baselines@baseline=[drug_mean]"),
    ("train", "base.fill=true", "base.em_impute=true"),
    ("train", "sampler.lines=4", "sampler.block=4"),
    ("predict", "lines=4", "block=4"),
    ("train", "lines=ids.txt", "lines=ids.txt"),
])  # fmt: skip
def test_options_by_their_earlier_names(
    command: str, word: str, expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert translate(command, [word]) == [expected]
    renamed = word.split("=")[0] != expected.split("=")[0] and not word.startswith("drug=")
    assert ("note: write" in capsys.readouterr().err) == renamed


def test_data_actions_take_a_path() -> None:
    assert translate("data", ["validate", "my study"]) == ["action=validate", "path='my study'"]
    assert translate("data", ["fetch", "study=gdsc"]) == ["action=fetch", "study=gdsc"]


@pytest.mark.parametrize("words", [["--modalities"], ["--frobnicate"], ["expression"]])
def test_what_cannot_be_read_is_refused(words: list[str]) -> None:
    with pytest.raises(MmdrpError):
        translate("train", words)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mmdrp.cli import main; main(['--help']);"
        "heavy = {'torch', 'pandas', 'hydra', 'rdkit', 'numpy'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for command in ("data", "train", "predict", "evaluate", "attribute", "extremes", "enrich"):
        assert command in done.stdout
    assert time.monotonic() - started < 60  # a hang, not a speed, is what this would catch


@pytest.mark.parametrize(
    ("word", "line", "unneeded"),
    [
        ("lr=2", "unknown option 'lr'", {"torch", "sklearn"}),
        ("trainer.max_epochs=-1", "expected a whole number", {"pytorch_lightning", "sklearn"}),
    ],
)
def test_an_option_is_refused_before_what_trains_is_loaded(
    word: str, line: str, unneeded: set[str]
) -> None:
    code = (
        "import sys; from mmdrp.cli import main; code = main(['train', sys.argv[1]]);"
        f"print(code, {unneeded!r} & set(sys.modules) or 'none')"
    )
    done = subprocess.run([sys.executable, "-c", code, word], capture_output=True, text=True)
    assert done.stdout.split(maxsplit=1) == ["2", "none\n"]
    assert line in done.stderr
