"""What stands on the screen: one line for each row, whatever the names from data are."""

import io
import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mmdrp.attribution.benchmark.result import BiomarkerBenchmark
from mmdrp.attribution.result import AttributionResult
from mmdrp.cli import main
from mmdrp.cli.screen import close_log_files, keep_log_files, log_plainly, show
from mmdrp.cli.table import COLUMNS, difference_table, score_table
from mmdrp.data.study import Study
from mmdrp.data.study.manifest import Manifest
from mmdrp.evaluation.report import EvaluationReport
from mmdrp.io.text import columns, few
from mmdrp.progress import bar
from mmdrp.training.pretraining.encoders import Encoders
from mmdrp.tumours import Cohort, associate, compare_extremes, enrich

EVIL = "a\n  ridge  0.9\x1b[2J\x1b]0;title\x07\u202e\u2028b\rc"
"""breaks the line, clears the screen, names the window, turns the writing round"""
WIDE = "薬剤ＡＢ"


def said(text: str, rows: int) -> None:
    """Nothing but printable characters in exactly so many lines."""
    assert all(line.isprintable() for line in text.split("\n")), text
    assert text.count("\n") + 1 == rows


def test_score_tables_stay_tables() -> None:
    scores = {name: dict.fromkeys(COLUMNS, 0.5) for name in (EVIL, WIDE, "ridge", "e\u0301" * 9)}
    table = score_table(scores, "Scores")
    said(table, 6)
    widths = {columns(line) for line in table.split("\n")[1:]}
    assert len(widths) == 1
    gaps = pd.DataFrame(
        {"model": EVIL, "other": [EVIL, WIDE, "x"], "metric": "mse", "difference": 0.1,
         "low": 0.0, "high": 1.0, "p": 0.5}
    )  # fmt: skip
    table = difference_table(gaps, 0.95)
    said(table, 4)
    wide, narrow = table.split("\n")[2:]
    assert columns(wide) == columns(narrow)


def attribution() -> AttributionResult:
    best = pd.DataFrame({"drug": [EVIL, "d"], "feature": EVIL, "source": EVIL, "direction": 1.0})
    best["mean_abs"] = 0.5
    nothing = pd.DataFrame()
    names = {EVIL: EVIL}
    return AttributionResult(
        [EVIL, "d"], names, "ig", 8, EVIL, "resistant", best, nothing, nothing
    )  # fmt: skip


def benchmark() -> BiomarkerBenchmark:
    markers = pd.DataFrame(
        {"drug": [EVIL, "d"], "source": "s", "feature": EVIL, "direction": "resistance",
         "reason": [EVIL, "no such\ndrug"]}
    )  # fmt: skip
    row = {"recall10": 0.1, "recall50": 0.1, "recall100": 0.1, "median_rank": 3, "direction": 0.5}
    return BiomarkerBenchmark(markers, pd.DataFrame([row], index=[EVIL]))


def cohort() -> Cohort:
    samples = [f"s{i}" for i in range(40)]
    draw = np.random.default_rng(0)
    pred = pd.DataFrame({EVIL: draw.normal(size=40)}, index=samples)
    mutations = pd.DataFrame({EVIL: [1] * 20 + [0] * 20}, index=samples)
    kind = pd.Series([EVIL] * 40, samples)
    return Cohort(pred, mutations, cancer_type=kind, unit=EVIL)


def report() -> EvaluationReport:
    scores = pd.DataFrame(
        {"run": "r", "model": [EVIL], "split": "cell", "seed": 0, "fold": 0, "mse": 1.0}
    )
    empty = pd.DataFrame()
    return EvaluationReport(scores, empty, empty, empty, empty, 0.95)


TOLD: dict[str, tuple[Callable[[], object], int]] = {
    "attribution": (lambda: str(attribution()), 3),
    "attribution, short": (lambda: repr(attribution()), 1),
    "benchmark": (lambda: str(benchmark()), 5),
    "cohort": (lambda: repr(cohort()), 1),
    "associations": (lambda: associate(cohort()), 5),
    "extremes": (lambda: compare_extremes(cohort(), EVIL, share=0.2), 3),
    "enrichment": (
        lambda: enrich(
            ["A", "B"], {EVIL: ["A", "B"]}, background=["A", "B", "C"], background_is=EVIL,
            min_size=1, max_fdr=1.0,
        ).describe(EVIL),
        2,
    ),
    "encoders": (lambda: repr(Encoders({EVIL: None})), 1),  # type: ignore[dict-item]
    "report": (lambda: repr(report()), 1),
}  # fmt: skip


@pytest.mark.parametrize("kind", TOLD)
def test_results_say_names_on_their_own_line(kind: str) -> None:
    made, rows = TOLD[kind]
    said(str(made()), rows)


def test_a_study_says_its_name_and_notes_on_a_line_each(
    mmdrp: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    response = pd.DataFrame({"d": [1.0, 2.0]}, index=["a", "b"])
    rna = pd.DataFrame({"g": [1.0, 2.0]}, index=["a", "b"])
    made = Study.from_frames(response, {"expression": rna}).write(tmp_path / "s")
    notes = Manifest(EVIL, made.manifest.tables, [EVIL, "second"])
    notes.write(tmp_path / "s")
    capsys.readouterr()
    assert mmdrp("data", "validate", str(tmp_path / "s")) == 0
    said(capsys.readouterr().out.rstrip("\n"), 8)
    said(repr(Study.read(tmp_path / "s")), 1)


def test_what_is_refused_is_said_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([EVIL]) == 2
    said(capsys.readouterr().err.rstrip("\n"), 1)


def test_a_message_of_the_log_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(stream)])
    log_plainly()
    logging.getLogger("mmdrp.test").warning("%s: is not there", EVIL)
    said(stream.getvalue().rstrip("\n"), 1)
    assert r"\x1b[2J" in stream.getvalue()


def test_the_screen_has_a_line_once_and_the_log_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stream = io.StringIO()
    file = logging.FileHandler(tmp_path / "x.log")
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(stream), file])
    log_plainly()
    for text in ("a", "b", "a"):
        logging.getLogger("mmdrp.test").warning(text)
    log_plainly()  # the next run of a sweep
    logging.getLogger("mmdrp.test").warning("a")
    file.close()
    assert stream.getvalue() == "a\nb\na\n"
    assert (tmp_path / "x.log").read_text() == "a\nb\na\na\n"


def test_nothing_is_printed_onto_a_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setattr(logging.getLogger(), "handlers", [logging.StreamHandler(screen)])
    log_plainly()
    for _ in bar(range(1), "work"):
        show("result")
        logging.getLogger("mmdrp.test").warning("note")
    for line in ("result", "note"):
        before = screen.getvalue().partition(f"{line}\n")[0].rpartition("\n")[2]
        assert before.rpartition("\r")[2] == "", before  # the bar was wiped off the line


def test_of_many_names_the_screen_has_the_first_and_the_log_all(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    stream, names = io.StringIO(), [f"s{i}" for i in range(100)]
    handlers = [logging.StreamHandler(stream), logging.FileHandler(tmp_path / "predict.log")]
    monkeypatch.setattr(logging.getLogger(), "handlers", handlers)
    keep_log_files()
    log_plainly()
    log = logging.getLogger("mmdrp.test")
    log.warning("%d samples: %s", 100, few(names), extra={"names": names})
    log.warning("2 samples: %s", few(names[:2]), extra={"names": names[:2]})
    close_log_files()
    assert stream.getvalue() == (
        "100 samples: s0, s1, s2, s3, s4, ... (all in predict.log)\n2 samples: s0, s1\n"
    )
    first, second = (tmp_path / "predict.log").read_text().splitlines()
    assert first.endswith("all 100: " + ", ".join(names))
    assert second == "2 samples: s0, s1"
