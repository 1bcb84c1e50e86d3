"""``make bench`` lists the benchmarks; ``make bench NAME=x`` runs one."""

import ast
import sys
from importlib import import_module
from pathlib import Path

from mmdrp.errors import MmdrpError

HERE = Path(__file__).parent


def main(words: list[str]) -> int:
    found = sorted(HERE.glob("[a-z]*/[a-z]*.py"), key=lambda p: p.stem)
    names = {p.stem: p for p in found}
    if not words:
        for name, path in names.items():
            doc = ast.get_docstring(ast.parse(path.read_text())) or ""
            print(f"{name:<20} {doc.splitlines()[0] if doc else ''}")
        return 0
    (name,) = words
    if name not in names:
        print(f"no benchmark {name!r}; there are: {', '.join(names)}", file=sys.stderr)
        return 2
    try:
        figures = import_module(f"tests.benchmarks.{names[name].parent.name}.{name}").main()
    except MmdrpError as error:
        print(f"{name}: {error}", file=sys.stderr)
        return 2
    shown = {k: f"{v:.4g}" if isinstance(v, float) else str(v) for k, v in figures.items()}
    print(name, " ".join(f"{key}={value}" for key, value in shown.items()))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
