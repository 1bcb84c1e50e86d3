"""What TAB offers, asked of bash itself where it is there."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mmdrp.cli import main
from mmdrp.cli.help.commands import COMMANDS, SHELLS, subcommands
from mmdrp.cli.help.completion import FILES, completion, offers
from mmdrp.cli.help.options import all_options


def test_commands_and_sub_commands_are_offered() -> None:
    assert list(offers("mmdrp ")) == list(COMMANDS)
    assert list(offers("mmdrp tr")) == ["train"]
    for command in ("data", "runs", "attribute"):
        assert subcommands(command).keys() <= offers(f"mmdrp {command} ").keys()
    assert list(offers("mmdrp completion ")) == list(SHELLS)
    assert offers("mmdrp nothing ") == {}


def test_options_are_offered_with_their_meaning() -> None:
    told = offers("mmdrp train ")
    for name, option in all_options("train").items():
        assert told[f"{name}="] == option.meaning
    assert list(offers("mmdrp runs compare js")) == [FILES, "json="]
    assert "patience=" in offers("mmdrp tune pat")  # of train, which it takes over


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mmdrp train response=", ["response=auc", "response=ic50"]),
        ("mmdrp train activation=g", ["activation=gelu"]),
        ("mmdrp train net=", ["net=true", "net=false"]),
        ("mmdrp train modality=[mi", ["modality=[mirna"]),
        ("mmdrp train modality=[cnv,mi,rp", ["modality=[cnv,mi,rppa"]),
        ("mmdrp train base.gam", ["base.gamma="]),
        ("mmdrp train base=ridge base.em_impute=", ["base.em_impute=true", "base.em_impute=false"]),
        ("mmdrp train base=none base.gam", []),
        ("mmdrp train --help patie", ["patience"]),
        ("mmdrp train --cf", ["--cfg"]),
        ("mmdrp predict expressi", ["expression="]),
        ("mmdrp evaluate run=", [FILES]),
        ("mmdrp data validate x", [FILES]),
    ],
)
def test_what_a_word_may_become(line: str, expected: list[str]) -> None:
    assert list(offers(line)) == expected


@pytest.mark.parametrize(
    ("line", "breaks", "expected"),
    [
        ("mmdrp tra", " =:", ["train"]),
        ("mmdrp train response=a", " =:", ["auc"]),
        ("mmdrp train response=a", " ", ["response=auc"]),
        ("mmdrp train modality=[cnv,mi", " =:", ["[cnv,mirna"]),
        ("mmdrp evaluate run=fo", " =:", ["folder a"]),
        ("mmdrp data validate fo", " =:", ["folder a"]),
    ],
)
def test_bash_completes(line: str, breaks: str, expected: list[str], tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    (tmp_path / "folder a").mkdir()
    own = tmp_path / "mmdrp"
    own.write_text(f'#!{bash}\nexec "{sys.executable}" -m mmdrp "$@"\n')
    own.chmod(0o755)
    script = tmp_path / "completion"
    script.write_text(completion(["bash"]))
    asked = (
        f'. "{script}"; COMP_WORDBREAKS="{breaks}"; COMP_LINE=$1; COMP_POINT=${{#1}};'
        f'COMP_WORDS=("{own}"); _mmdrp; printf "%s\\n" "${{COMPREPLY[@]}}"'
    )
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [bash, "--norc", "-c", asked, "bash", line], cwd=tmp_path, capture_output=True, text=True,
        env={"PYTHONPATH": str(root), "PATH": ""}, check=False,
    )  # fmt: skip
    assert done.stdout.splitlines() == expected, done.stderr


@pytest.mark.parametrize("shell", SHELLS)
def test_every_shell_has_a_script_that_it_can_read(
    shell: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["completion", shell]) == 0
    script = tmp_path / "script"
    script.write_text(capsys.readouterr().out)
    assert "completion words" in script.read_text()
    assert FILES in script.read_text()
    if program := shutil.which(shell):
        option = "--no-execute" if shell == "fish" else "-n"
        subprocess.run([program, option, script], check=True)


def test_another_shell_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "fsh"]) == 2
    assert "did you mean 'fish'?" in capsys.readouterr().err
