"""mmdrp: multimodal prediction of cancer drug response, and what drives it.

>>> import mmdrp
>>> model = mmdrp.ResponseModel(modalities=["expression"], net=False)

``docs/api.md`` walks through it. Names are loaded when they are asked for, so that importing the
package costs next to nothing.
"""

from importlib import import_module

from mmdrp.version import __version__ as __version__

TYPE_CHECKING = False
"""as in ``typing``, whose import takes longer than all that is imported here"""

if TYPE_CHECKING:
    from mmdrp import experiments as experiments
    from mmdrp import tumours as tumours
    from mmdrp.attribution import attribute as attribute
    from mmdrp.attribution import benchmark_biomarkers as benchmark_biomarkers
    from mmdrp.data.ingest.download.raw import fetch_raw as fetch_raw
    from mmdrp.data.ingest.named import load_study as load_study
    from mmdrp.data.plots.upset import plot_modalities as plot_modalities
    from mmdrp.data.split import BothSplit as BothSplit
    from mmdrp.data.split import CellSplit as CellSplit
    from mmdrp.data.split import DrugSplit as DrugSplit
    from mmdrp.data.split import Fold as Fold
    from mmdrp.data.split import RandomSplit as RandomSplit
    from mmdrp.data.split import ScaffoldSplit as ScaffoldSplit
    from mmdrp.data.split import TissueSplit as TissueSplit
    from mmdrp.data.study import Study as Study
    from mmdrp.errors import MmdrpError as MmdrpError
    from mmdrp.errors import OptionError as OptionError
    from mmdrp.evaluation import cross_validate as cross_validate
    from mmdrp.evaluation import evaluate as evaluate
    from mmdrp.evaluation.across.evaluating import evaluate_across as evaluate_across
    from mmdrp.evaluation.catalogue.comparing import compare_runs as compare_runs
    from mmdrp.evaluation.catalogue.listing import list_runs as list_runs
    from mmdrp.evaluation.clinical.evaluating import evaluate_clinical as evaluate_clinical
    from mmdrp.evaluation.inputs.dreval import read_dreval as read_dreval
    from mmdrp.experiments.tuning.tuning import tune as tune
    from mmdrp.merging import merge_shards as merge_shards
    from mmdrp.prediction import align_samples as align_samples
    from mmdrp.prediction import predict_clusters as predict_clusters
    from mmdrp.prediction import top_drugs as top_drugs
    from mmdrp.registry import register as register
    from mmdrp.reporting import report as report
    from mmdrp.training.model import ResponseModel as ResponseModel
    from mmdrp.training.model import load_model as load_model
    from mmdrp.training.pretraining.learn import pretrain as pretrain

_WHERE = {
    "Study": "data.study",
    "load_study": "data.ingest.named",
    "plot_modalities": "data.plots.upset",
    "fetch_raw": "data.ingest.download.raw",
    "ResponseModel": "training.model",
    "load_model": "training.model",
    "pretrain": "training.pretraining.learn",
    "CellSplit": "data.split",
    "DrugSplit": "data.split",
    "BothSplit": "data.split",
    "RandomSplit": "data.split",
    "TissueSplit": "data.split",
    "ScaffoldSplit": "data.split",
    "Fold": "data.split",
    "cross_validate": "evaluation",
    "evaluate": "evaluation",
    "evaluate_across": "evaluation.across.evaluating",
    "evaluate_clinical": "evaluation.clinical.evaluating",
    "read_dreval": "evaluation.inputs.dreval",
    "list_runs": "evaluation.catalogue.listing",
    "compare_runs": "evaluation.catalogue.comparing",
    "tune": "experiments.tuning.tuning",
    "attribute": "attribution",
    "benchmark_biomarkers": "attribution",
    "merge_shards": "merging",
    "align_samples": "prediction",
    "predict_clusters": "prediction",
    "top_drugs": "prediction",
    "register": "registry",
    "report": "reporting",
    "MmdrpError": "errors",
    "OptionError": "errors",
}
"""public name -> room, loaded when it is asked for"""

__all__ = [*_WHERE, "__version__", "experiments", "tumours"]


def __getattr__(name: str) -> object:
    if name in ("experiments", "tumours"):
        return import_module(f"mmdrp.{name}")
    if name not in _WHERE:
        raise AttributeError(f"module 'mmdrp' has no attribute {name!r}")
    value = getattr(import_module(f"mmdrp.{_WHERE[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
