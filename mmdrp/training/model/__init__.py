"""The trained model as a user holds it: scikit-learn's contract, files, samples to predict."""

from mmdrp.training.model.estimator import ResponseModel
from mmdrp.training.model.loading import as_model, load_model, study_of

__all__ = ["ResponseModel", "as_model", "load_model", "study_of"]
