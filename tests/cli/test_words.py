"""The words of the field become overrides."""

import subprocess
import sys
import time

import pytest

from mmdrp.cli.words import translate
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
        (["models=[ridge,forest]"], ["model=[ridge,forest]"]),
        (["baselines=[drug_mean]"], ["model=[drug_mean]"]),
        (["cell_fusion=attention"], ["fusion@cell_fusion=attention"]),
        (["--cfg", "job"], ["--cfg", "job"]),
        (["drugs=[Nutlin-3a (-),17-AAG]"], ["drugs=['Nutlin-3a (-)','17-AAG']"]),
        (['drugs=["Brivanib, BMS-540215"]'], ["drugs=['Brivanib, BMS-540215']"]),
        (["run=my runs/a (1)"], ["run='my runs/a (1)'"]),
    ],
)
def test_translation(words: list[str], expected: list[str]) -> None:
    assert translate("train", words) == expected


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
    for command in ("data", "train", "predict", "evaluate", "attribute"):
        assert command in done.stdout
    assert time.monotonic() - started < 60  # a hang, not a speed, is what this would catch
