"""The tumours that ``mmdrp associate`` compares, from its options."""

from omegaconf import DictConfig

from mmdrp.data.cohort import Cohort, measured, predicted, read_cohort


def cohort_of(cfg: DictConfig) -> Cohort:
    """Read predictions, or the study's own measure, and what is known of the tumours."""
    if cfg.predictions is None:
        responses = measured(cfg.data, cfg.measure)
    else:
        responses = predicted(cfg.predictions, cfg.column)
    return read_cohort(responses, cfg.data, cfg.require, cfg.type_column).choose(cfg.drugs)
