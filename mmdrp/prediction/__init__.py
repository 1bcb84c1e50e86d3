"""A trained model on new samples: reading, matching, aligning, predicting."""

from mmdrp.prediction.clusters import predict_clusters
from mmdrp.prediction.predict import FolderPredictions, predict_folder
from mmdrp.prediction.ranked import top_drugs
from mmdrp.prediction.shift import align_samples

__all__ = ["FolderPredictions", "align_samples", "predict_clusters", "predict_folder", "top_drugs"]
