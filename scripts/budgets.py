"""Is everything still small? Functions, parameters, modules, folders and the files that swallow projects.

The numbers and why they are what they are: docs/adr/0015-what-is-small.md.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

SRC = Path(__file__).parent.parent / "src" / "upspiral"
MAX_FUNCTION_LINES, MAX_MODULE_LINES, MAX_FOLDER_MODULES, MAX_INIT_LINES = 60, 400, 16, 40
MAX_PARAMETERS = 5
PASSED_IN = frozenset({"self", "cls", "store", "runtime", "settings", "now", "clock", "rng"})
"""Parts that every function of a kind is given, so that it reaches for none itself; not counted."""
SHARES = {25: 0.90, 40: 0.99}
"""This share of all functions has at most so many lines."""
FILE_LINES = {
    "app.py": 200,
    "cli/main.py": 200,
    "config.py": 200,
    "store/store.py": 200,
    "server/app.py": 200,
    "cycle/night.py": 60,
    "serving/day.py": 90,
}
PROGRAMS = ("train/recipes/", "deploy/servers/", "store/migrations/")
"""Whole programs and migrations, which are read from top to bottom."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def main(src: Path = SRC) -> int:
    """Print every budget that is broken; give how many."""
    broken: list[str] = []
    lengths: list[int] = []
    for path in sorted(src.rglob("*.py")):
        name = path.relative_to(src).as_posix()
        if not name.startswith(PROGRAMS):
            source = path.read_text()
            found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, Function)]
            lengths += [count_lines(one) for one in found]
            broken += [f"{name}: {words}" for words in find_large(path, source, found)]
    broken += find_full_folders(src)
    for limit, share in SHARES.items():
        short = sum(length <= limit for length in lengths) / max(1, len(lengths))
        if lengths and short < share:
            broken.append(f"only {short:.1%} of functions have at most {limit} lines; {share:.0%} must")
    print("\n".join(broken) or f"budgets kept: {len(lengths)} functions")
    return len(broken)


def find_large(path: Path, source: str, functions: list[Function]) -> Iterator[str]:
    """Give in words what is too large in a module."""
    lines = len(source.splitlines())
    usual = MAX_INIT_LINES if path.name == "__init__.py" else MAX_MODULE_LINES
    limit = next((n for name, n in FILE_LINES.items() if path == SRC / name), usual)
    if lines > limit:
        yield f"{lines} lines, at most {limit}"
    for one in functions:
        if count_lines(one) > MAX_FUNCTION_LINES:
            yield f"{one.name} has {count_lines(one)} lines, at most {MAX_FUNCTION_LINES}"
        if len(given := list_parameters(one)) > MAX_PARAMETERS:
            yield f"{one.name} must be given {', '.join(given)}; at most {MAX_PARAMETERS}"


def count_lines(function: Function) -> int:
    """Give how many lines a function has, its docstring included."""
    return (function.end_lineno or function.lineno) - function.lineno + 1


def list_parameters(function: Function) -> list[str]:
    """Give the parameters that a caller must give; none for constructors, whose class documents each.

    >>> list_parameters(ast.parse("def f(store, a, b=1, *, c, now): ...").body[0])
    ['a', 'c']
    """
    if function.name == "__init__":
        return []
    given = function.args
    positional = [*given.posonlyargs, *given.args]
    must = positional[: len(positional) - len(given.defaults)]
    must += [one for one, default in zip(given.kwonlyargs, given.kw_defaults, strict=True) if default is None]
    return [one.arg for one in must if one.arg not in PASSED_IN]


def find_full_folders(src: Path) -> Iterator[str]:
    """Give in words which folders have too many modules; the top of the package is the map of all."""
    for folder in sorted({path.parent for path in src.rglob("*.py")} - {src}):
        modules = [p for p in folder.glob("*.py") if p.name != "__init__.py"]
        if len(modules) > MAX_FOLDER_MODULES and folder.parent.name != "migrations":  # they only ever grow
            yield f"{folder.relative_to(src)}: {len(modules)} modules, at most {MAX_FOLDER_MODULES}"


if __name__ == "__main__":
    sys.exit(min(main(), 1))
