"""Models from files, and whatever a user calls a model."""

from pathlib import Path

from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError
from mmdrp.training.checkpoint import restore
from mmdrp.training.model.estimator import ResponseModel
from mmdrp.training.runs import Run


def load_model(path: str | Path) -> ResponseModel:
    """Load a checkpoint or a run folder, safely; a run folder also knows its fold."""
    path = Path(path)
    restored = restore(path)
    model = ResponseModel(spec=restored.info.spec)
    run = Run(path if path.is_dir() else path.parent)
    if path.is_dir() and (path / "fold.json").is_file():
        model._become(restored, run.fold, run.refit)
        model.run_ = run
        if (path / "predictions.parquet").is_file():
            model.predictions_ = run.predictions
        return model
    return model._become(restored, None, False)


def as_model(model: ResponseModel | str | Path) -> ResponseModel:
    """Return a model that is fitted, loading it where a path is given."""
    if isinstance(model, ResponseModel):
        model._fitted("net_")
        return model
    return load_model(model)


def study_of(model: ResponseModel, study: Study | None = None) -> Study:
    """Return the study given, or the one that the model learned from where it knows it."""
    if study is not None:
        return study
    own = getattr(model, "study_", None)
    if isinstance(own, Study):
        return own
    run = getattr(model, "run_", None)
    if not isinstance(run, Run):
        raise MmdrpError("study: a checkpoint does not hold its study; give it")
    return run.study()
