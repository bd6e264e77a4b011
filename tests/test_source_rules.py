"""What may stand nowhere in the package: code out of data, SQL out of text, checks that `python -O` drops."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parent.parent / "src" / "upspiral"
CONTRACTS = "testing/contracts"
"""Tests for authors of plug-ins; they are run by pytest, which keeps their assertions."""
UNPICKLERS = frozenset({"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"})
RUNS_TEXT = frozenset({"eval", "exec", "compile", "__import__"})
READS_CODE = frozenset(
    {("torch", "load"), ("yaml", "load"), ("yaml", "unsafe_load"), ("os", "system"), ("os", "popen")}
)
SQL_CALLS = frozenset({"text", "execute", "exec_driver_sql", "executescript", "executemany"})
STARTS = frozenset({"subprocess.Popen", "subprocess.run", "subprocess.call", "subprocess.check_output"})


def list_faults(source: str) -> list[str]:
    """Name what stands in a module that may not, each with its line."""
    return [f"{line}: {words}" for node in ast.walk(ast.parse(source)) for line, words in _look(node)]


def _look(node: ast.AST) -> Iterator[tuple[int, str]]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for name in _imported(node):
            if name.split(".")[0] in UNPICKLERS:
                yield node.lineno, f"imports {name}"
    if (
        isinstance(node, ast.keyword)
        and node.arg in ("shell", "trust_remote_code")
        and not _is_false(node.value)
    ):
        yield node.value.lineno, f"{node.arg} is not False"
    if isinstance(node, ast.Assert) and not _narrows_a_type(node.test):
        yield node.lineno, "an assertion decides, and `python -O` drops it"
    if isinstance(node, ast.Call):
        yield from _look_at_call(node)


def _look_at_call(node: ast.Call) -> Iterator[tuple[int, str]]:
    name = node.func.id if isinstance(node.func, ast.Name) else None
    if name in RUNS_TEXT:
        yield node.lineno, f"calls {name}"
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if isinstance(node.func.value, ast.Name) and (node.func.value.id, name) in READS_CODE:
            safe = any(one.arg == "Loader" and "Safe" in ast.unparse(one.value) for one in node.keywords)
            if not safe:
                yield node.lineno, f"calls {node.func.value.id}.{name}"
    first = node.args[0] if node.args else None
    other = isinstance(node.func, ast.Attribute) and name == "text" and ast.unparse(node.func) != "sa.text"
    if name in SQL_CALLS and not other and first is not None and _is_made_of_text(first):
        yield node.lineno, "makes SQL of text"
    if ast.unparse(node.func) in STARTS and isinstance(first, ast.Constant | ast.JoinedStr):
        yield node.lineno, "starts a program by a line of text"


def _imported(node: ast.Import | ast.ImportFrom) -> list[str]:
    return [one.name for one in node.names] if isinstance(node, ast.Import) else [node.module or ""]


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is False


def _narrows_a_type(test: ast.expr) -> bool:
    """Say whether an assertion only tells the type checker what holds anyway."""
    if isinstance(test, ast.BoolOp):
        return all(map(_narrows_a_type, test.values))
    if isinstance(test, ast.Call):
        return isinstance(test.func, ast.Name) and test.func.id == "isinstance"
    return isinstance(test, ast.Compare) and isinstance(test.ops[0], ast.IsNot)


def _is_made_of_text(given: ast.expr) -> bool:
    """Say whether a text is put together: by an f-string with values, `%`, `+` or `format`."""
    if isinstance(given, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in given.values)
    if isinstance(given, ast.BinOp):
        return isinstance(given.op, ast.Add | ast.Mod) and not isinstance(given.left, ast.BinOp | ast.Name)
    is_format = isinstance(given, ast.Call) and isinstance(given.func, ast.Attribute)
    return is_format and ast.unparse(given).partition("(")[0].endswith(".format")


ALLOWED = dict.fromkeys(
    ("store/bulk_insert.py", "store/repositories/rollups.py", "store/rls.py", "store/snapshot.py"),
    "makes SQL of text",
)
"""Modules in which a rule is broken on purpose: what is put in are names of tables, constants of the code."""


def test_no_module_breaks_a_rule() -> None:
    broken = []
    for path in sorted(SRC.rglob("*.py")):
        name = path.relative_to(SRC).as_posix()
        found = list_faults(path.read_text())
        if name.startswith(CONTRACTS):
            found = [one for one in found if "assertion" not in one]
        broken += [f"{name}:{one}" for one in found if ALLOWED.get(name, "-") not in one]
    assert broken == []


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from joblib import load",
        "eval(given)",
        "exec(given)",
        "yaml.load(given)",
        "torch.load(path)",
        "os.system(given)",
        "subprocess.run(given, shell=True)",
        "subprocess.run('rm -rf ' + x, shell=wanted)",
        "subprocess.Popen('ls')",
        "from_pretrained(name, trust_remote_code=True)",
        'connection.execute(f"DELETE FROM {name}")',
        'text("SELECT * FROM a WHERE b = %s" % given)',
        'text("SELECT " + given)',
        'connection.execute("SELECT {}".format(given))',
        "assert principal.may(scope)",
        "assert len(body) < LIMIT",
    ],
)
def test_each_rule_finds_what_it_is_for(source: str) -> None:
    assert list_faults(source)


@pytest.mark.parametrize(
    "source",
    [
        "yaml.load(given, Loader=SafeLoader)",
        "yaml.safe_load(given)",
        "assert isinstance(route, APIRoute)",
        "assert child is not None and child.stdout is not None",
        'connection.execute("SELECT 1")',
        "subprocess.run([program, given])",
        "from_pretrained(name, trust_remote_code=False)",
    ],
)
def test_no_rule_finds_what_is_harmless(source: str) -> None:
    assert list_faults(source) == []
