"""Baselines by name: configuration and signatures say the same, quick scores are theirs."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from mmdrp.cli.launch import config_dir
from mmdrp.errors import MmdrpError
from mmdrp.evaluation import evaluate, quick_scores
from mmdrp.evaluation.baselines.parts import BASELINES, MEANS
from mmdrp.options import hints_of
from mmdrp.registry import names, part

CONF = config_dir()
FILES = sorted((CONF / "baselines").glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_states_every_option_and_its_default(path: Path) -> None:
    content = yaml.safe_load(path.read_text())
    assert list(content) == [path.stem]
    plain = part("baseline", path.stem).plain()
    assert content[path.stem] == plain
    assert (path.stem in MEANS) == (list(plain) == ["name"])


def test_every_baseline_has_a_file_and_a_name() -> None:
    assert {path.stem for path in FILES} == set(BASELINES)
    assert set(BASELINES) <= set(names("baseline"))
    for function in BASELINES.values():
        assert {"fold_data", "return"} <= set(hints_of(function))


def test_the_command_has_the_defaults_of_the_function() -> None:
    config = yaml.safe_load((CONF / "evaluate.yaml").read_text())
    chosen = next(v for d in config["defaults"] if isinstance(d, dict) for v in d.values())
    defaults = evaluate.__kwdefaults__ or evaluate.__wrapped__.__kwdefaults__  # type: ignore[attr-defined]
    assert tuple(chosen) == defaults["baselines"]
    for name in ("level", "duplicate", "cache", "seed"):
        assert config[name] == defaults[name]


def test_quick_scores_want_rows_and_columns() -> None:
    train = pd.DataFrame({"cell": ["A"], "drug": ["x"], "y": [1.0]})
    with pytest.raises(MmdrpError, match="test has no column 'pred'"):
        quick_scores(train, train)
    with pytest.raises(MmdrpError, match="train has no row"):
        quick_scores(train[:0], train.assign(pred=0.0))
