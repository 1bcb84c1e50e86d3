"""What the pages show works: every block of code in them is run, or says why it cannot be."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib as mpl
import pytest

import mmdrp
from mmdrp import registry
from mmdrp.data.study import Study
from tests import stand_in
from tests.doc_pages import (
    COMMAND,
    FENCE,
    PAGES,
    REASONS,
    Block,
    BlockError,
    Runner,
    blocks,
    blocks_of,
    commands,
    dry_run,
    name_of,
    runnable,
    shortened,
)

# Pages that are not run yet, and why. The table must become empty; nothing is to be added.
PENDING: dict[str, str] = {}
CODE = {name_of(p): b for p in PAGES if p.is_file() if any(map(runnable, b := blocks_of(p)))}
READY = [name for name in CODE if name not in PENDING]
SHARE_NOT_RUN = 0.35


@pytest.fixture(scope="session")
def studies(study: Study, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a small study for each name that the pages use."""
    folder = tmp_path_factory.mktemp("documented") / "data"
    stand_in.populate(folder, study)
    return folder


@pytest.fixture
def page_folder(studies: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder with ``data/``, which is the current one while a page is run."""
    monkeypatch.chdir(tmp_path)
    # What a page registers is gone after it; what mmdrp does must be there before.
    for name in mmdrp.__all__:
        getattr(mmdrp, name)
    kinds = {kind: dict(named) for kind, named in registry._PARTS.items()}
    monkeypatch.setattr(registry, "_PARTS", kinds)
    before = dict(os.environ)
    os.environ["MMDRP_DATA"] = "data"
    mpl.use("Agg")
    (tmp_path / "data").mkdir()
    for folder in studies.iterdir():
        (tmp_path / "data" / folder.name).symlink_to(folder)
    yield tmp_path
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def runner(page_folder: Path) -> Runner:
    from mmdrp.cli import main

    return Runner(main)


@pytest.mark.parametrize("page", READY)
def test_every_block_of_a_page_runs(page: str, runner: Runner) -> None:
    for block in CODE[page]:
        runner.run(block)


def test_pending_pages_are_pages_with_code() -> None:
    assert set(PENDING) <= {name_of(p) for p in PAGES}
    assert all(PENDING.values())


@pytest.mark.parametrize("page", READY)
def test_blocks_that_are_not_run_say_why(page: str) -> None:
    for block in CODE[page]:
        assert not block.reason or block.reason in REASONS, f"{block.place}: {block.reason}"


@pytest.mark.parametrize("page", [p for p in PAGES if name_of(p) not in PENDING], ids=name_of)
def test_commands_stand_in_blocks_that_are_run(page: Path) -> None:
    """A fence without a language is for output; a command in it would never be tried."""
    for match in FENCE.finditer(page.read_text(encoding="utf-8")):
        if not match["info"].strip():
            assert COMMAND.search(match["text"]) is None, f"{name_of(page)}: ```sh is missing"


def test_most_blocks_are_run() -> None:
    everything = [b for page in READY for b in CODE[page] if runnable(b)]
    not_run = [b for b in everything if b.reason]
    if not PENDING:
        assert len(not_run) <= SHARE_NOT_RUN * len(everything)


PAGE = """
<!-- sh
mkdir made
-->
text
```sh
test -d made      # seen by readers
mmdrp train \\
  out=runs/a && mmdrp predict run=runs/a
```
- in a list
  ```python
  x = 1
  if x:
      y = x + 1
  ```
```python
assert y == 2
with open("said.txt", "w") as stream:
    stream.write(str(y))
```
```sh noexec (needs R)
Rscript x.R
mmdrp train -m fold=0,1
```
```
plain output
```
```pycon
>>> y + 1
3
```
"""


def called(words: list[list[str]]) -> Callable[[list[str]], int]:
    def main(given: list[str]) -> int:
        words.append(given)
        return 2 if "bad" in given else 0

    return main


def test_blocks_are_found_with_their_lines() -> None:
    found = blocks("page.md", PAGE)
    assert [(b.line, b.language, b.reason) for b in found] == [
        (3, "sh", ""), (7, "sh", ""), (13, "python", ""), (18, "python", ""),
        (23, "sh", "needs R"), (27, "", ""), (30, "pycon", ""),
    ]  # fmt: skip
    assert found[2].text == "x = 1\nif x:\n    y = x + 1\n"


def test_blocks_share_what_they_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    words: list[list[str]] = []
    runner = Runner(called(words))
    for block in blocks("page.md", PAGE):
        runner.run(block)
    assert words == [
        ["train", "out=runs/a", "trainer=smoke"], ["predict", "run=runs/a"],
        ["train", "fold=0", "--cfg", "job"],
    ]  # fmt: skip
    assert (tmp_path / "said.txt").read_text() == "2"


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("python", "x = 1\n\nraise ValueError('no')\n", "p.md:12: ValueError: no"),
        ("python", "import json\n\njson.loads('')\n", "p.md:12: JSONDecodeError"),
        ("python", "x = (\n", "p.md:10: SyntaxError"),
        ("pycon", ">>> 1 + 1\n3\n", "Expected"),
        ("sh", "true\nfalse\n", "p.md:11: false"),
        ("sh", "mmdrp bad\n", "exit code 2"),
        ("sh", "echo a | grep b\n", "exit code 1"),
        ("sh", "pip install mmdrp\n", "must not start pip"),
        ("sh", "make nothing_of_this_name\n", "No rule to make target"),
    ],
)
def test_a_block_that_fails_is_named(language: str, text: str, said: str) -> None:
    with pytest.raises(BlockError) as caught:
        Runner(called([])).run(Block("p.md", 10, language, text))
    assert said in str(caught.value)


def test_an_odd_fence_is_refused() -> None:
    for fence in ("```sh noexec", "```python skip", "```sh noexec ()"):
        with pytest.raises(BlockError, match=r"p\.md:1"):
            blocks("p.md", f"{fence}\nx\n```\n")


def test_commands_of_a_shell_block() -> None:
    text = "# nothing\n\na b \\\n  c\n$ d\n"
    assert list(commands(text)) == [(2, "a b    c"), (4, "d")]


def test_long_commands_are_shortened() -> None:
    assert shortened(["train", "trainer=gpu"]) == ["train", "trainer=gpu"]
    assert shortened(["train", "--help"]) == ["train", "--help"]
    assert shortened(["train", "--subsets", "a", "b", "c", "x=1", "trainer=gpu"]) == [
        "train", "--subsets", "a", "b", "x=1", "trainer=gpu",
    ]  # fmt: skip
    assert shortened(["evaluate", "models=[ridge]"]) == ["evaluate", "models=[ridge]"]
    assert shortened(["evaluate", "run=a"]) == ["evaluate", "run=a", "baseline.forest.trees=10"]


def test_make_is_tried_without_making() -> None:
    assert dry_run(["bench", "NAME=house"]) == ""
    assert "no benchmark nothing" in dry_run(["bench", "NAME=nothing"])
