"""``mmdrp predict``: a trained model on new lines, and in pair mode on new drugs."""

from pathlib import Path

from omegaconf import DictConfig

from mmdrp.cli.keywords import check_keywords, keywords
from mmdrp.cli.options.samples import check_samples
from mmdrp.cli.output import Done, figures
from mmdrp.io.figures import save
from mmdrp.io.files import whole
from mmdrp.io.shards import Shard
from mmdrp.io.text import write_csv
from mmdrp.prediction.predict import check_align, predict_folder
from mmdrp.prediction.ranked import first_drugs


def check(cfg: DictConfig) -> None:
    """Raise MmdrpError at the first option that cannot be meant."""
    check_keywords(cfg, predict_folder, skip=("run", "data", "out"))
    check_samples(cfg)
    check_align(cfg.align, cfg.align_within)
    if cfg.shard is not None:
        Shard.parse(cfg.shard)


def run(cfg: DictConfig, out: Path) -> Done:
    """Write ``predictions.parquet``: cell, drug, pred, block of lines after block of lines."""
    options = keywords(cfg, predict_folder, skip=("run", "data", "out"))
    samples = cfg.data or {str(name): str(path) for name, path in cfg.samples.items()}
    done = predict_folder(cfg.run, samples, out, **options)
    if len(done.shift):
        with whole(out / "shift.csv") as half:
            write_csv(done.shift, half, index=False, float_format="%.6g")
    if cfg.figure and cfg.shard is None and (figure := done.density()) is not None:
        save(figure, out, "predicted")
    size = f"{first_drugs(out)}{len(done.samples)} samples x {len(done.drugs)} drugs"
    return Done(f"{size}, predicted {done.label}", figures.of_predictions(done))
