"""``failed.json`` in a sweep's folder: the runs that failed, with their options and why."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmdrp.errors import MmdrpError
from mmdrp.io.files import write_json

FAILED = "failed.json"


def write_failed(sweep: Path, failed: Sequence[dict[str, str]]) -> None:
    """List the failed runs, each ``run``, ``options``, ``why``; without any, the list goes."""
    if failed:
        write_json(sweep / FAILED, {"failed": list(failed)})
    else:
        (sweep / FAILED).unlink(missing_ok=True)


def failed_rows(sweep: Path) -> dict[str, dict[str, Any]]:
    """Return folder -> row of ``list_runs`` for the runs that failed."""
    listed = read_record(sweep / FAILED).get("failed")
    rows = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    folders = [str(sweep / Path(str(item.get("run", ""))).name) for item in rows]
    return {
        folder: {
            "run": folder,
            "command": "train",
            "state": "failed",
            "options": str(item.get("options", "")),
            "why": str(item.get("why", "")),
        }
        for folder, item in zip(folders, rows, strict=True)
    }


def read_record(path: Path) -> dict[str, Any]:
    """Return what a JSON file of a folder of results holds; nothing where there is none."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (ValueError, OSError, RecursionError) as error:
        raise MmdrpError(f"{path}: not a JSON file that can be read") from error
    if not isinstance(content, dict):
        raise MmdrpError(f"{path}: not the record of a run")
    return content
