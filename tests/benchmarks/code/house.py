"""How the code is built: folders, import cycles, contracts, public names, examples, coverage.

What lies behind a figure goes to stderr: the fullest folder, the modules of each cycle. ``cycles``
counts groups of modules that import each other, at any depth: inside functions, and by
``import_module`` with the name written out. What ``mmdrp/__init__.py`` names is left out: that
front door leads everywhere, and loads nothing until it is asked. ``api_names`` counts the names in
``__all__`` of mmdrp and of its short namespaces. ``coverage`` is that of the last ``make test``; -1
if there was none.
"""

import ast
import doctest
import io
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import coverage
import grimp
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "mmdrp"
NAMESPACES = ("mmdrp", "mmdrp.tumours", "mmdrp.experiments.deepdr")
Figures = dict[str, float | int | str]


def main() -> Figures:
    files = sorted(PACKAGE.rglob("*.py"))
    lines = {path: len(path.read_text().splitlines()) for path in files}
    fullest, most = folder_sizes(files).most_common(1)[0]
    print(f"fullest folder: {fullest.relative_to(ROOT)}", file=sys.stderr)
    cycles = cycles_of(imports_of("mmdrp", files))
    for cycle in cycles:
        print(f"cycle: {' '.join(cycle)}", file=sys.stderr)
    kept, broken = contracts()
    return {
        "folders_max_files": most,
        "cli_share": sum(n for p, n in lines.items() if PACKAGE / "cli" in p.parents)
        / sum(lines.values()),
        "cycles": len(cycles),
        "layers": kept,
        "layers_broken": broken,
        "api_names": sum(len(getattr(import_module(n), "__all__", ())) for n in NAMESPACES),
        "doctests": sum(examples(path.read_text()) for path in files),
        "coverage": covered(ROOT / ".coverage"),
    }


def folder_sizes(files: list[Path]) -> Counter[Path]:
    """Return folder -> number of its modules, ``__init__`` not counted."""
    return Counter(path.parent for path in files if path.name != "__init__.py")


def imports_of(package: str, files: list[Path]) -> set[tuple[str, str]]:
    """Return (importer, imported) among the modules of a package."""
    graph = grimp.build_graph(package, cache_dir=None)
    edges = {(m, n) for m in graph.modules for n in graph.find_modules_directly_imported_by(m)}
    for path in files:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        edges |= {(name, n) for n in named(path.read_text()) if n in graph.modules}
    return {(m, n) for m, n in edges if m not in (n, package)}


def named(text: str) -> Iterator[str]:
    """Yield the modules that a file gives to ``import_module`` by name."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            called = node.func.id if isinstance(node.func, ast.Name) else called
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.args[0].value


def cycles_of(edges: set[tuple[str, str]]) -> list[list[str]]:
    """Return the groups of modules in which each leads to each other one."""
    names = sorted({name for edge in edges for name in edge})
    place = {name: i for i, name in enumerate(names)}
    rows, columns = np.array([(place[m], place[n]) for m, n in sorted(edges)]).T
    matrix = coo_array((np.ones(len(rows)), (rows, columns)), shape=(len(names), len(names)))
    _, group = connected_components(matrix.tocsr(), directed=True, connection="strong")
    sizes = np.bincount(group)
    return [
        [name for name, g in zip(names, group, strict=True) if g == big]
        for big in np.flatnonzero(sizes > 1)
    ]


def contracts() -> tuple[int, int]:
    """Return how many import contracts are kept and how many are broken."""
    script = Path(sys.executable).parent / "lint-imports"
    said = subprocess.run(
        [script, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    told = re.search(r"(\d+) kept, (\d+) broken", said)
    return (int(told[1]), int(told[2])) if told else (-1, -1)


def examples(text: str) -> int:
    """Return the number of doctest examples in a file's docstrings."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docs = [ast.get_docstring(n) or "" for n in ast.walk(ast.parse(text)) if isinstance(n, kinds)]
    return sum(len(doctest.DocTestParser().get_examples(doc)) for doc in docs)


def covered(data: Path) -> float:
    """Return the percentage of lines that the last ``make test`` ran."""
    if not data.is_file():
        print("coverage: run `make test` first", file=sys.stderr)
        return -1.0
    measured = coverage.Coverage(data_file=str(data), config_file=str(ROOT / "pyproject.toml"))
    measured.load()
    return float(measured.report(file=io.StringIO()))
