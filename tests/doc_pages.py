"""The code blocks of the pages, and how each is run: ``python -m tests.doc_pages`` lists them.

A block is run if its fence says ``python``, ``pycon`` or ``sh``. Blocks of a page run in order, in
a folder of their own whose ``data/`` holds small studies under the names of the real ones; Python
blocks share their variables. A comment that begins with ``<!-- sh`` or ``<!-- python`` and ends
with ``-->`` is a block that readers do not see, for what a page takes for granted.

A block whose fence ends with ``noexec (REASON)`` is not run; REASON is one of REASONS. Options of
its ``mmdrp`` commands are checked all the same.
"""

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from hydra.core.override_parser.overrides_parser import OverridesParser

ROOT = Path(__file__).resolve().parent.parent
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")])

LANGUAGES = {"python": "python", "py": "python", "pycon": "pycon", "sh": "sh", "bash": "sh"}
REASONS = {
    "needs the network",
    "needs release files",
    "needs R",
    "needs W&B",
    "needs a GPU",
    "needs drevalpy",
    "needs several processes",
    "takes hours",
    "sets up the checkout",
}
SHORTER = {
    "fold=0,1,2,3,4": "fold=0,1",
    "seed=0,1,2": "seed=0,1",
    "repeats=10": "repeats=1",
    "permutations=200": "permutations=9",
}
"""words of a command that only make it longer, and what takes their place"""
QUICK = {
    "forest": ["baseline.forest.trees=10"],
    "boosting": ["baseline.boosting.rounds=[5]", "baseline.boosting.responses=3"],
}
"""options that make a baseline of `mmdrp evaluate` quick to fit"""
OUTSIDE = {"pip", "git", "wandb", "Rscript", "apt-get", "sed", "conda", "uv", "curl"}
"""programs that a page may name but a test must not start"""

FENCE = re.compile(
    r"^(?P<indent> *)```(?P<info>[^`\n]*)\n(?P<text>.*?)^(?P=indent)```[ ]*$", re.M | re.S
)
HIDDEN = re.compile(r"^<!-- (?P<info>sh|python)\n(?P<text>.*?)^-->[ ]*$", re.M | re.S)
INFO = re.compile(r"(?P<language>\w*)(?: noexec \((?P<reason>[^()]+)\))?")
COMMAND = re.compile(r"^\s*(?:\$ )?(?:mmdrp [a-z]|make [a-z]|python [\w-]|pip |Rscript )", re.M)


class BlockError(AssertionError):
    """A block that does not do what its page says; the message begins with page and line."""


@dataclass(frozen=True)
class Block:
    """One block: where its first line of code stands, what it says, why it is not run."""

    page: str
    line: int
    language: str
    text: str
    reason: str = ""

    @property
    def place(self) -> str:
        return f"{self.page}:{self.line}"


def blocks(page: str, text: str) -> list[Block]:
    """Return the blocks of a page that say what they are, in order, hidden ones included."""
    out = []
    visible = list(FENCE.finditer(text))
    covered = [range(*m.span()) for m in visible]
    hidden = [m for m in HIDDEN.finditer(text) if not any(m.start() in c for c in covered)]
    for match in sorted([*visible, *hidden], key=lambda m: m.start()):
        line = text.count("\n", 0, match.start("text")) + 1
        info = INFO.fullmatch(match["info"].strip())
        if info is None:
            raise BlockError(f"{page}:{line - 1}: ```{match['info']}: expected ```LANGUAGE, or "
                              f"```LANGUAGE noexec (REASON)")  # fmt: skip
        indent = len(match.groupdict().get("indent") or "")
        body = "".join(row[indent:] for row in match["text"].splitlines(keepends=True))
        language = LANGUAGES.get(info["language"], info["language"])
        out.append(Block(page, line, language, body, info["reason"] or ""))
    return out


def blocks_of(page: Path) -> list[Block]:
    """Return the blocks of a page in this checkout."""
    return blocks(name_of(page), page.read_text(encoding="utf-8"))


def name_of(page: Path) -> str:
    """Return what a page is called here: its path below the checkout."""
    return page.relative_to(ROOT).as_posix()


def runnable(block: Block) -> bool:
    """Whether a block is code that this module runs, or would but for its reason."""
    return block.language in LANGUAGES.values()


def commands(text: str) -> Iterator[tuple[int, str]]:
    """Yield the commands of a shell block with their lines, continued lines joined."""
    begun, start = "", 0
    for number, row in enumerate(text.splitlines()):
        start = start if begun else number
        begun += row
        if begun.endswith("\\"):
            begun = begun[:-1] + " "
            continue
        if begun.strip() and not begun.lstrip().startswith("#"):
            yield start, begun.strip().removeprefix("$ ")
        begun = ""


class Runner:
    """Runs the blocks of one page in the current folder.

    ``main`` is the command line as a function: words -> exit code.
    """

    def __init__(self, main: Callable[[list[str]], int]) -> None:
        self.main = main
        self.module = ModuleType("page")

    def run(self, block: Block) -> None:
        """Run a block, or only check the options of its commands where it has a reason."""
        if block.reason:
            if block.language == "sh":
                self._shell(block, self._compose)
        elif block.language == "python":
            self._python(block)
        elif block.language == "pycon":
            self._console(block)
        elif block.language == "sh":
            self._shell(block, self._command)

    def _python(self, block: Block) -> None:
        sys.modules[self.module.__name__] = self.module
        try:
            # Empty lines in front, so that a traceback names the line of the page.
            code = compile("\n" * (block.line - 1) + block.text, block.page, "exec")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(code, self.module.__dict__)
        except Exception as error:
            line = _line_in(error, block) or block.line
            kind = type(error).__name__
            raise BlockError(f"{block.page}:{line}: {kind}: {error}") from error
        finally:
            sys.modules.pop(self.module.__name__, None)

    def _console(self, block: Block) -> None:
        names = self.module.__dict__
        test = doctest.DocTestParser().get_doctest(
            block.text, names, block.page, block.page, block.line - 1
        )
        said = io.StringIO()
        flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
        runner = doctest.DocTestRunner(optionflags=flags)
        if runner.run(test, out=said.write, clear_globs=False).failed:
            raise BlockError(f"{block.place}: {said.getvalue()}")
        names |= test.globs

    def _shell(self, block: Block, run: Callable[[list[str], str], str]) -> None:
        for offset, command in commands(block.text):
            lexer = shlex.shlex(command, posix=True, punctuation_chars=True)
            lexer.whitespace_split, lexer.commenters = True, "#"
            words = list(lexer)
            piped = any(set(word) <= set("|<>&;()") and word != "&&" for word in words)
            parts = [words] if piped else list(_split(words))
            for part in filter(None, parts):
                said = run(["bash", "-euc", command] if piped else part, command)
                if said:
                    raise BlockError(f"{block.page}:{block.line + offset}: {command}\n{said}")

    def _command(self, words: list[str], _: str) -> str:
        """Run one command; return what it complained of."""
        program, rest = words[0], words[1:]
        if program == "mmdrp":
            return self._called(shortened(rest))
        if program == "make":
            return dry_run(rest)
        if program == "export":
            os.environ.update({w.partition("=")[0]: w.partition("=")[2] for w in rest})
            return ""
        if program == "cd":
            os.chdir(rest[0])
            return ""
        if Path(program).name in OUTSIDE:
            return f"a test must not start {program}: say why by noexec (REASON)"
        if program in ("python", "python3"):
            words = [sys.executable, *rest]
        return _started(words)

    def _compose(self, words: list[str], _: str) -> str:
        """Check the options of a command that is not run; other programs are left alone."""
        if words[0] == "make":
            return dry_run(words[1:])
        if words[0] != "mmdrp":
            return ""
        kept = [w for w in words[1:] if w not in ("-m", "--multirun")]
        return self._called([*(map(first_of, kept) if kept != words[1:] else kept), "--cfg", "job"])

    def _called(self, words: list[str]) -> str:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = self.main(words)
        return "" if code == 0 else f"exit code {code}: {err.getvalue()[-2000:]}"


def shortened(words: list[str]) -> list[str]:
    """Return a command that does the same in less time: two epochs, two folds, few trees.

    >>> shortened(["train", "-m", "fold=0,1,2,3,4"])
    ['train', '-m', 'fold=0,1', 'trainer=smoke']
    """
    words = [SHORTER.get(word, word) for word in words]
    if "--subsets" in words:
        end = words.index("--subsets") + 3
        words = [w for i, w in enumerate(words) if i < end or "=" in w or w.startswith("-")]
    if words[0] == "evaluate":
        listed = [w for w in words if w.startswith(("model", "baseline"))]
        chosen = " ".join(listed) or "forest"  # one of the default ones
        return words + [o for name, quick in QUICK.items() if name in chosen for o in quick]
    given = any(w.startswith(("trainer=", "resume=")) for w in words)
    asks = {"--help", "--cfg"} & set(words) or given
    return words if asks or words[0] not in ("train", "pretrain") else [*words, "trainer=smoke"]


def first_of(word: str) -> str:
    """Return an option of a sweep with the first of its values.

    >>> first_of("modality=[cnv],[rppa]"), first_of("seed=range(0,20)"), first_of("seed=1")
    ('modality=[cnv]', 'seed=0', 'seed=1')
    """
    if "=" not in word:
        return word
    (parsed,) = OverridesParser.create().parse_overrides([word])
    if not parsed.is_sweep_override():
        return word
    return f"{parsed.key_or_group}={next(iter(parsed.sweep_string_iterator()))}"


def dry_run(words: list[str]) -> str:
    """Return what make says against a target of our Makefile, without making it."""
    said = _started(["make", "-n", "-C", str(ROOT), *words])
    bench = [w.removeprefix("NAME=") for w in words if w.startswith("NAME=")]
    lacking = [n for n in bench if not list((ROOT / "tests" / "benchmarks").glob(f"*/{n}.py"))]
    return said or "".join(f"no benchmark {name}" for name in lacking)


def _started(words: list[str]) -> str:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    own = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    try:
        done = subprocess.run(
            words, env={**own, "PATH": path}, capture_output=True, text=True, timeout=120,
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except OSError as error:
        return f"cannot be started: {error}"
    return "" if done.returncode == 0 else f"exit code {done.returncode}: {done.stderr[-2000:]}"


def _split(words: list[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for word in words:
        if word == "&&":
            yield part
            part = []
        else:
            part.append(word)
    yield part


def _line_in(error: BaseException, block: Block) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == block.page:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


if __name__ == "__main__":
    for one in (b for page in PAGES if page.is_file() for b in blocks_of(page) if runnable(b)):
        print(f"{one.place:<28} {one.language:<7} {one.reason or 'run'}")
