"""``mmdrp pretrain``: an autoencoder per modality on many samples."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.config import plain_of, spec_of_config, study_of_config
from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.output import Done, figures
from mmdrp.cli.screen import show
from mmdrp.training.build import fold_of
from mmdrp.training.fit import check_trainer
from mmdrp.training.pretraining.folder import best_options
from mmdrp.training.pretraining.learn import pretrain
from mmdrp.training.runs import write_config

READ = ("study", "shared_with", "trainer", "fold", "split", "out")  # in its own way


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, pretrain, skip=READ)
    check_trainer(spec_of_config(cfg).train.trainer)


def run(cfg: DictConfig, out: Path) -> Done:
    """Learn every modality that the folder does not have yet, and say how well."""
    if cfg.best_of:
        for name, value in best_options(cfg.best_of, list(cfg.modality)).items():
            cfg[name] = value
    spec, study, trainer = spec_of_config(cfg), study_of_config(cfg), plain_of(cfg)["trainer"]
    fold = fold_of(spec, study) if study.measures and not cfg.held_out else 0
    encoders = pretrain(
        study, modalities={name: spec.model.sources[name] for name in spec.data.modalities},
        shared_with=spec.data.shared_with, fold=fold, max_epochs=trainer.pop("max_epochs"),
        trainer=trainer, out=out, **keywords(cfg, pretrain, skip=READ),
    )  # fmt: skip
    write_config(out, plain_of(cfg))
    show(encoders)
    return Done("Encoders", figures.of_encoders(encoders))
