"""The documentation: pages, blocks of code and how many run, notebooks, time to build the site.

``blocks_run`` are blocks that the tests run from top to bottom in this very call; the others need
what a test has not (network, R, release files, hours), which is counted per reason on stderr;
options of their commands are checked all the same.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter

from mmdrp.errors import MmdrpError
from tests.doc_pages import PAGES, ROOT, blocks_of, runnable


def main() -> dict[str, float | int]:
    found = [b for page in PAGES if page.is_file() for b in blocks_of(page) if runnable(b)]
    reasons = Counter(b.reason for b in found if b.reason)
    print(dict(reasons), file=sys.stderr)
    tests = ["tests/test_docs.py", "tests/test_notebooks.py"]
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    if subprocess.run(words, cwd=ROOT, stdout=sys.stderr, check=False).returncode:
        raise MmdrpError("a block or a notebook does not run: see above")
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        build = ["build", "-q", "-f", "docs/site/mkdocs.yml", "-d", folder]
        subprocess.run(
            [sys.executable, "-m", "mkdocs", *build],
            cwd=ROOT, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
        )  # fmt: skip
        seconds = time.perf_counter() - start
    return {
        "pages": sum(p.is_file() for p in PAGES),
        "blocks": len(found),
        "blocks_run": len(found) - sum(reasons.values()),
        "notebooks": len(list((ROOT / "docs" / "notebooks").glob("*.ipynb"))),
        "build_s": round(seconds, 1),
    }
