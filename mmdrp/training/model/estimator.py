"""``ResponseModel``: fit, predict, save; scikit-learn's contract over study, base and network."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pytorch_lightning.loggers import Logger
from sklearn.base import BaseEstimator, RegressorMixin

from mmdrp.data.further.beside import Also
from mmdrp.data.split import Fold, Part
from mmdrp.data.study import Study
from mmdrp.errors import MmdrpError, OptionError
from mmdrp.nn.encoder import Activation, Chance
from mmdrp.nn.interval import LEVEL
from mmdrp.nn.network import ResponseNet
from mmdrp.options import Count, Range, Share, Units, checked, unboxed
from mmdrp.training.checkpoint import Restored, save
from mmdrp.training.fit import Trained, train
from mmdrp.training.info import CheckpointInfo
from mmdrp.training.model.folds import fold_for
from mmdrp.training.model.inputs import drugs_described, matched, units_given
from mmdrp.training.model.keywords import Choice, spec_from
from mmdrp.training.model.pairs import asked_drugs, asked_pairs, study_to_fit
from mmdrp.training.model.predicting import (
    known_to_base,
    labelled,
    predict_grid,
    predict_pairs,
    samples_of,
    warn_undescribed,
)
from mmdrp.training.model.samples import handed
from mmdrp.training.reference.embedded import further_table
from mmdrp.training.runs import selected_features, write_run
from mmdrp.training.spec import Spec

Samples = Study | Mapping[str, Any]
"""a study, or modality -> data frame (samples x features, ids in the index) or AnnData"""


class ResponseModel(RegressorMixin, BaseEstimator):  # type: ignore[misc]  # sklearn is untyped
    """Predicts how cell lines respond to drugs, from any subset of their modalities.

    With ``drug_features=None`` it is a panel: one output per drug of the study. With "morgan",
    "graph" or another description of SMILES it learns pairs of a line and a drug, and predicts
    drugs it has never seen. A closed-form ``base`` is fitted first; the network learns what the
    base leaves, and is kept only if that lowers the validation loss.

    Parts (``base``, ``encoder``, ``fusion``, ``loss``, ``sampler``, ``optimizer``, ``split``, ...)
    are names, or dictionaries such as ``{"name": "kernel", "gamma": 0.5}``. All keywords are
    checked when ``fit`` is called. After it: ``net_``, ``info_``, ``spec_``, ``fold_``,
    ``learned_ids_``, ``train_ids_``, ``feature_names_in_``, ``history_``, ``selected_features_``,
    ``predictions_`` of what was held out, ``refit_``.

    >>> model = ResponseModel(modalities=["expression"], net=False)
    >>> model.get_params()["base"]
    'kernel'
    """

    def __init__(
        self,
        modalities: Sequence[str] | None = None,
        drug_features: Choice | None = None,
        *,
        measure: str | None = None,
        base: Choice = "kernel",
        fusion: Choice = "concat",
        cell_fusion: Choice | None = None,
        encoder: Choice = "mlp",
        drug_encoder: str | None = None,
        width: Sequence[Units] = (256,),
        latent: Units = 64,
        head: Sequence[Units] = (128,),
        activation: Activation = "silu",
        dropout: Chance = 0.3,
        input_dropout: Chance = 0.2,
        modality_dropout: Chance = 0.1,
        modality_dropout_warmup: Annotated[int, Range(least=0)] = 0,
        net: bool = True,
        margin: float = 2.0,
        members: Count = 1,
        refit: bool = True,
        loss: Choice = "mse",
        label_weight: Choice | None = None,
        sampler: Choice | None = None,
        optimizer: Choice = "adamw",
        scheduler: Choice | None = None,
        max_epochs: Annotated[int, Range(least=0)] = 100,
        patience: Count = 15,
        batch_size: Count = 256,
        trainer: Mapping[str, Any] | None = None,
        split: Choice = "cell",
        folds: Annotated[int, Range(least=2)] = 5,
        validation: Share = 0.1,
        complete: bool = False,
        impute: Count | None = None,
        lines: Sequence[str] | str | None = None,
        drug_targets: bool = True,
        shared_with: str | None = None,
        min_shared: Count = 10,
        held_out_in: Literal["all", "own"] = "all",
        pretrained: Any = None,
        pretrained_absent: Literal["zero", "keep"] = "zero",
        init: Literal["default", "he"] = "default",
        response_scale: bool = True,
        seed: Annotated[int, Range(least=0)] = 0,
        spec: Spec | None = None,
    ) -> None:
        given = dict(locals())
        for name in self._get_param_names():
            setattr(self, name, given[name])

    def fit(
        self,
        X: Study | pd.DataFrame,
        y: Sequence[float] | npt.NDArray[np.floating] | pd.Series | None = None,
        *,
        study: Study | None = None,
        measure: str | None = None,
        fold: int | Fold | None = None,
        also: Also = (),
        logger: Logger | None = None,
    ) -> Self:
        """Learn from a study, or from pairs ``cell, drug`` (a frame) with responses ``y``.

        ``fold`` None learns from everything: a share ``validation`` of the lines chooses between
        base and network, and a base kept alone is fitted on those, too. A number holds out that
        fold of ``split`` as test, a ``Fold`` exactly its ids. With pairs, ``study`` has the
        modalities; its own responses are not read. ``also`` are further studies or their names:
        what they measured in lines of training is learned from, too (a model of pairs, as
        docs/base.md says). Raises MmdrpError (OptionError, a ValueError, for an argument) that says
        what to mend.
        """
        measure = "response" if isinstance(X, pd.DataFrame) else measure
        data = study_to_fit(X, y, study, also)
        spec, fold = spec_from(self, data, measure), unboxed(fold)
        if isinstance(fold, int) and not isinstance(fold, bool):
            spec = replace(spec, split=replace(spec.split, fold=fold))
        done = train(spec, data, fold_for(spec, data, fold), logger)
        assert done.module.info is not None
        self._become(Restored(done.module.net, done.module.info), done.fold, done.refit)
        self.study_, self.trained_ = data, done
        self.history_, self.predictions_ = done.history, done.predictions
        self.selected_features_ = selected_features(done)
        return self

    @checked
    def predict(
        self,
        X: Samples | pd.DataFrame,
        drugs: Sequence[str] | Mapping[str, str] | None = None,
        *,
        pairs: pd.DataFrame | Sequence[tuple[str, str]] | None = None,
        samples: pd.DataFrame | None = None,
        embedding: str | Path | None = None,
        min_features: Annotated[float, Range(least=0, most=1)] = 0.5,
        known_lines: bool = True,
        complete: bool | None = None,
        units: Mapping[str, str] | None = None,
        max_outside: Annotated[float, Range(least=0, most=1)] = 0.5,
        binarise: Sequence[str] = (),
        block: Count = 256,
        level: Share | None = LEVEL,
    ) -> Any:
        """Predict samples x drugs as a frame ``cell, drug, pred, percentile, z, extrapolated``.

        With a base ``lower, upper`` are to hold a share ``level`` of responses (None: no
        intervals), ``sd`` is that of the error; not for a sample unlike training, ``outside``.
        ``X`` is a study, or modality -> frame or file; a sample without a row there lacks that
        modality. ``drugs`` are names or ids of training; of a model of pairs also new ones, name ->
        SMILES; ``embedding`` is a table with their rows, for a model of ``drug=table``. ``samples``
        annotates the samples (``tissue``, and what the model's context names, such as ``medium``;
        what is unknown counts as the mean). Features are matched by name; a frame with less than
        ``min_features`` of those that the model uses is refused. Another unit than the model
        learned is converted where that can be, and refused elsewhere: ``units`` says what frames
        are in (modality -> unit), else their values are judged, at most ``max_outside`` of which
        may lie outside the range of training (1: any). ``binarise`` names 0/1 modalities in which
        any value but 0 is read as 1. ``pairs`` are predicted in their order, instead of all drugs.
        ``percentile`` (0 to 100) and ``z`` say where a prediction stands among that drug's
        responses in training, ``extrapolated``: beyond all. ``known_lines=False`` takes a known
        line as new. A frame ``cell, drug`` as ``X`` gives an array (n,).
        """
        restored = Restored(self._fitted("net_"), self.info_)
        if isinstance(X, pd.DataFrame):
            if not hasattr(self, "study_"):
                raise MmdrpError("predict: give the study: model.predict(study, pairs=frame)")
            return self.predict(self.study_, pairs=X, block=block)["pred"].to_numpy()
        cells = X.cells if isinstance(X, Study) else samples
        found = handed(X, self.info_)
        stated = units_given(X, self.info_, units)
        given = found.said(stated, max_outside, binarise)
        sources = matched(restored, found.tables, min_features, cells, given)
        names = asked_drugs(self.info_, drugs, pairs)
        further = further_table(embedding, self.spec_.data.drug)
        if self.info_.pairs:
            smiles = dict(drugs) if isinstance(drugs, Mapping) else self.info_.smiles
            table = X.drugs if isinstance(X, Study) else None
            sources |= drugs_described(restored, smiles, table, further)
        if pairs is not None:
            asked = asked_pairs(pairs)
            known = known_to_base(restored, list(asked["cell"]), known_lines)
            warn_undescribed(restored, sources, asked["cell"])
            inner = asked.assign(drug=[names[d] for d in asked["drug"].astype(str)])
            asked = asked.assign(**predict_pairs(restored, sources, inner, known, block, level))
            return labelled(asked, self.info_)
        rows = samples_of(restored, sources, complete)
        known = known_to_base(restored, rows, known_lines)
        wanted = list(dict.fromkeys(names.values()))
        blocks = (rows[i : i + block] for i in range(0, len(rows), block))
        frames = [predict_grid(restored, sources, b, wanted, known, level) for b in blocks]
        return labelled(pd.concat(frames, ignore_index=True), self.info_)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write a checkpoint (``.ckpt``), or, unless finished (``overwrite``), a run folder."""
        if not str(path).strip():
            raise OptionError("path: is empty; name a file such as model.ckpt, or a folder")
        net, path = self._fitted("net_"), Path(path)
        if path.suffix:
            save(path, net, self.info_)
        elif isinstance(getattr(self, "trained_", None), Trained):
            write_run(path, self.trained_, self.study_, overwrite=overwrite)
        else:
            raise MmdrpError(f"{path}: a loaded model is saved as a file, such as model.ckpt")
        return path

    def _become(self, restored: Restored, fold: Fold | None, refit: bool) -> Self:
        """Become a trained model."""
        self.net_: ResponseNet = restored.net.eval()
        self.info_: CheckpointInfo = restored.info
        self.spec_: Spec = restored.info.spec
        self.fold_, self.refit_ = fold, refit
        self.train_ids_ = restored.info.train_ids
        self.feature_names_in_ = {n: s.features for n, s in self.info_.sources.items()}
        if fold is None:
            axes = ("cell", "drug") if self.info_.pairs else ("cell",)
            self.learned_ids_ = Part({a: frozenset(self.train_ids_[a]) for a in axes})
        else:
            self.learned_ids_ = (fold.with_validation() if refit else fold).train
        return self

    def _fitted(self, name: str) -> Any:
        if not hasattr(self, name):
            raise MmdrpError("this ResponseModel is not fitted yet: call fit(study) first")
        return getattr(self, name)
