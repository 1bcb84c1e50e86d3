"""What an interrupted training is recognised by: all that decides it, as one fingerprint."""

import json
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from mmdrp.data.batches.datamodule import ResponseData
from mmdrp.data.source import Table
from mmdrp.training.plain import config_of
from mmdrp.training.spec import Spec


def state_of(folder: Path | None, spec: Spec, data: ResponseData) -> tuple[Path, str] | None:
    """Return the ``state`` that `run_epochs` takes: a folder, and the training's fingerprint.

    The fingerprint covers options, responses, ids of the fold's parts, the sources' features and
    values, and the versions of torch: a state of anything else is not taken up.
    """
    if folder is None:
        return None
    digest = sha256(json.dumps(config_of(spec), sort_keys=True, default=str).encode())
    digest.update(torch.__version__.encode())
    examples = data.dataset.examples
    digest.update(np.ascontiguousarray(examples.y).tobytes())
    for axis, ids in sorted(examples.ids.items()):
        digest.update(repr((axis, ids.tolist())).encode())
    for name, rows in sorted(data.rows.items()):
        digest.update(repr((name, rows.tolist())).encode())
    for name, source in sorted(data.dataset.sources.items()):
        digest.update(repr((name, list(source.ids), list(source.features))).encode())
        if isinstance(source, Table):
            digest.update(np.ascontiguousarray(source.values).tobytes())
    for screen in data.screens:
        digest.update(pd.util.hash_pandas_object(screen.response).to_numpy().tobytes())
    return folder, digest.hexdigest()
