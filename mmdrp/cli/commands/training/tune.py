"""``mmdrp tune``: the options of training that predict validation best."""

from functools import partial
from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import config_dir, plain_of, spec_of_config, study_of_config
from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.options.searched import check_space, experiment_of, spec_with, training_words
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.cli.tracking import trial_logger
from mmdrp.experiments.tuning.space import space_of
from mmdrp.experiments.tuning.tuning import search, tune
from mmdrp.io.files import whole
from mmdrp.training.fit import check_run


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, tune, skip=("study", "space"))
    check_space(cfg, space_of(plain_of(cfg, without=("out",))["space"]), config_dir())
    check_run(spec_of_config(cfg))


def run(cfg: DictConfig, out: Path) -> Done:
    """Run trials, or go on with them; write tables, and the best as an experiment file."""
    words, space = training_words(), space_of(plain_of(cfg)["space"])
    experiment_of(words, {}, config_dir())  # whether it can be written is told before trials
    tracked = partial(trial_logger, cfg, out)
    options = keywords(cfg, search, skip=("space", "storage", "tracked"))
    options |= {"storage": cfg.storage or out / "journal.log", "tracked": tracked}
    result = search(partial(spec_with, words), study_of_config(cfg), space=space, **options)
    result.write(out)
    title = f"The best of {len(result.trials)} trials: {cfg.metric} {result.best_value:.6g}."
    with whole(out / "best.yaml") as half:
        half.write_text(experiment_of(words, result.best, config_dir(), title), encoding="utf-8")
    show(result)
    return Done("Trials, importances and best.yaml", figures.of_search(result))
