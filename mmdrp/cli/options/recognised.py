"""``mmdrp data build raw=DIR`` without a study: the one that the folder's files make."""

import sys
from collections.abc import Sequence


def with_study(words: Sequence[str]) -> list[str]:
    """Return the words with the study that ``raw`` makes, and say it, unless a word names one."""
    raw = [word.removeprefix("raw=") for word in words if word.startswith("raw=")]
    named = any(word.lstrip("+").startswith(("study=", "study.")) for word in words)
    flags = any(word in ("--help", "-h", "--cfg", "-c", "--info") for word in words)
    if not raw or raw[-1] in ("", "null") or named or flags:
        return list(words)
    from mmdrp.data.ingest.recognise import recognise

    found = recognise(raw[-1].strip("'\""))
    print(f"{found.source}: {found.words()}", file=sys.stderr)
    return [*words, *found.words().split()]
