"""``--json``: one object on standard output for each command, and nothing else there."""

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmdrp.cli.output.as_json import plainly
from mmdrp.cli.output.done import NEXT, following
from mmdrp.data.study import Study

Command = Callable[..., int]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def sweep(mmdrp: Command, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Two folds of a base alone, and what --json says of them."""
    out = tmp_path_factory.mktemp("json") / "folds"
    with contextlib.redirect_stdout(io.StringIO()) as said:
        assert mmdrp(
            "train", "-m", "study=synthetic", "net=false", "fold=0,1", "--json",
            "modality=[expression,mutation]", f"hydra.sweep.dir={out}",
        ) == 0  # fmt: skip
    made: dict[str, Any] = json.loads(said.getvalue())
    return made


def asked(mmdrp: Command, capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints with --json, which must be one line of JSON; people read the rest."""
    capsys.readouterr()
    assert mmdrp(*words, "--json") == code
    out = capsys.readouterr().out
    assert out.count("\n") == 1
    made: dict[str, Any] = json.loads(out)
    assert made["ok"] is (code == 0)
    assert made["command"] == " ".join(["mmdrp", *words])
    for name in made.get("files", []):
        assert (Path(made["folder"]) / name).is_file()
    return made


def test_a_sweep_and_its_evaluation(
    mmdrp: Command, sweep: dict[str, Any], tmp_path: Path, capsys: Capture
) -> None:
    out = sweep["folder"]
    assert [Path(run["folder"]).name for run in sweep["runs"]] == ["0", "1"]
    mse = [run["figures"]["scores"]["model"]["mse"] for run in sweep["runs"]]
    assert sweep["next"][0] == f"mmdrp evaluate run={out}"
    assert asked(mmdrp, capsys, "train", f"resume={out}")["files"]
    made = asked(
        mmdrp, capsys, "evaluate", f"run={out}", "baseline=[drug_mean]", f"out={tmp_path}/scores"
    )
    scores = made["figures"]["scores"]
    (model,) = [name for name in scores if name != "drug_mean"]
    assert scores[model]["mse"] == pytest.approx(sum(mse) / 2, rel=1e-3)
    listed = asked(mmdrp, capsys, "runs", out, "filter=[command=train,mse<1e9]")["figures"]["runs"]
    assert sorted(row["mse"] for row in listed) == pytest.approx(sorted(mse), rel=1e-3)
    told = asked(mmdrp, capsys, "runs", "compare", f"{out}/0", f"{out}/1")
    assert "fold" in json.dumps(told["figures"]["differences"])


def test_predictions_and_tumours(
    mmdrp: Command, sweep: dict[str, Any], study: Study, tmp_path: Path, capsys: Capture
) -> None:
    run = sweep["runs"][0]["folder"]
    pred = f"predictions={tmp_path}/pred"
    data = f"data={study.folder}"
    made = asked(mmdrp, capsys, "predict", f"run={run}", data, f"out={tmp_path}/pred",
                 "figure=false")  # fmt: skip
    assert (made["figures"]["samples"], made["figures"]["drugs"]) == (160, 32)
    assert "predictions.parquet" in made["files"]
    drug = str(study.drugs.index[0])
    made = asked(mmdrp, capsys, "extremes", f"drug={drug}", pred, data, "share=0.1",
                 f"out={tmp_path}/ext", "require=[mutation]", "heatmap_genes=1")  # fmt: skip
    (told,) = made["figures"]["drugs"].values()
    assert told["groups"]["sensitive"] == told["groups"]["resistant"] == 16
    made = asked(mmdrp, capsys, "associate", pred, data, "cancers=[]", "panels=0",
                 "require=[mutation]", f"out={tmp_path}/assoc")  # fmt: skip
    assert made["figures"]["summary"][0]["tests"] > 0
    assert f"mmdrp report {tmp_path}/assoc" in made["next"]


def test_attributions_and_a_report(
    mmdrp: Command, sweep: dict[str, Any], tmp_path: Path, capsys: Capture
) -> None:
    run = sweep["runs"][0]["folder"]
    made = asked(mmdrp, capsys, "attribute", f"run={run}", "pictures=0", "subset=test",
                 f"out={tmp_path}/attr")  # fmt: skip
    features = made["figures"]["features"]
    assert len(features) == made["figures"]["drugs"] == 32
    assert all(len(rows) == 5 and "feature" in rows[0] for rows in features.values())
    made = asked(mmdrp, capsys, "report", f"{sweep['folder']}/0", f"out={tmp_path}/report")
    assert made["figures"]["bytes"] == (tmp_path / "report" / "report.html").stat().st_size


def test_studies(mmdrp: Command, study: Study, tmp_path: Path, capsys: Capture) -> None:
    made = asked(mmdrp, capsys, "data", "validate", str(study.folder))
    assert made["figures"]["lines"] == 160
    assert made["figures"]["modalities"]["mutation"] == {"lines": 160, "features": 40}
    made = asked(mmdrp, capsys, "data", "split", "study=synthetic", f"out={tmp_path}/folds")
    assert [f"{name}.json" for name in made["figures"]["folds"]] == made["files"]
    follows = made["next"][0].partition("fold_file=")[2]
    assert Path(follows).is_file()


def test_searches_and_encoders(mmdrp: Command, tmp_path: Path, capsys: Capture) -> None:
    pytest.importorskip("optuna")
    made = asked(mmdrp, capsys, "tune", "study=synthetic", "net=false", "space=base", "trials=1",
                 "modality=[mutation]", f"out={tmp_path}/tune")  # fmt: skip
    assert made["figures"]["trials"] == {"complete": 1}
    assert made["figures"]["best_value"] > 0
    made = asked(mmdrp, capsys, "pretrain", "study=synthetic", "modality=[expression]",
                 "shared_with=null", "trainer.max_epochs=1", f"out={tmp_path}/enc")  # fmt: skip
    assert [row["modality"] for row in made["figures"]["encoders"]] == ["expression"]


def test_a_mistake_is_told_in_json_too(mmdrp: Command, capsys: Capture) -> None:
    made = asked(mmdrp, capsys, "train", "pateince=3", code=2)
    assert "did you mean 'patience'" in made["error"]
    assert made["code"] == 2
    assert "folder" not in made


def test_what_follows_is_written_as_a_shell_reads_it() -> None:
    told = following("associate", Path("a b"), {"predictions": "p", "data": "d e"})
    assert told[0] == "mmdrp extremes drug=NAME predictions=p data='d e'"
    assert told[1] == "mmdrp report 'a b'"
    assert following("evaluate", Path("o"), {"run": ["a", "b"]}) == ()
    assert set(NEXT) >= {"train", "predict", "evaluate", "attribute"}


def test_anything_becomes_json() -> None:
    import numpy as np
    import pandas as pd

    frame = pd.DataFrame({"a": [np.int64(1), 2], "b": [float("nan"), 0.5]})
    made = plainly({"f": frame, "s": frame["b"], "x": np.float32(0.5), 3: {Path("p")}})
    assert made == {"f": [{"a": 1, "b": None}, {"a": 2, "b": 0.5}], "s": {"0": None, "1": 0.5},
                    "x": 0.5, "3": ["p"]}  # fmt: skip
    json.dumps(made, allow_nan=False)
