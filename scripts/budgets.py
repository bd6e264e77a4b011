"""Is everything still small? Functions, modules, folders and the files that swallow projects."""

import ast
import sys
from pathlib import Path

SRC = Path(__file__).parent.parent / "src" / "upspiral"
FUNCTION, MODULE, FOLDER, DOOR, PARAMETERS = 60, 400, 16, 40, 8
NINE_IN_TEN = 35
SHORT = {"app.py": 200, "cli/main.py": 200, "config.py": 200, "store/store.py": 200, "server/app.py": 200}
SHORT |= {"cycle/night.py": 60}
PROGRAMS = ("train/recipes/", "deploy/servers/", "store/migrations/")
"""Whole programs and migrations, which are read from top to bottom."""


def main() -> int:
    """Print every budget that is broken; give how many."""
    broken: list[str] = []
    lengths: list[int] = []
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        source = path.read_text()
        lines = len(source.splitlines())
        limit = SHORT.get(name, DOOR if path.name == "__init__.py" else MODULE)
        if not name.startswith(PROGRAMS):
            broken += [f"{name}: {lines} lines, at most {limit}"] if lines > limit else []
            found = _functions(ast.parse(source))
            lengths += [length for _, length in found]
            broken += [
                f"{name}: {what} has {n} lines, at most {FUNCTION}" for what, n in found if n > FUNCTION
            ]
    for folder in {path.parent for path in SRC.rglob("*.py")}:
        modules = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        if len(modules) > FOLDER and folder != SRC:
            broken.append(f"{folder.relative_to(SRC)}: {len(modules)} modules, at most {FOLDER}")
    short = sum(length <= NINE_IN_TEN for length in lengths) / len(lengths)
    if short < 0.9:
        broken.append(f"only {short:.0%} of functions have at most {NINE_IN_TEN} lines")
    print(
        "\n".join(broken) or f"budgets kept: {len(lengths)} functions, {short:.0%} under {NINE_IN_TEN} lines"
    )
    return len(broken)


def _functions(tree: ast.Module) -> list[tuple[str, int]]:
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(tree) if isinstance(node, kinds)]
    return [(node.name, (node.end_lineno or node.lineno) - node.lineno + 1) for node in found]


if __name__ == "__main__":
    sys.exit(min(main(), 1))
