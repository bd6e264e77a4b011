"""One module prints; every sentence is a template of our own with values put into it."""

import ast
from pathlib import Path

import pytest

CLI = Path(__file__).parents[2] / "src" / "upspiral" / "cli"
MODULES = sorted(path for path in CLI.rglob("*.py") if path.name != "terminal.py")
TEMPLATES = {"say", "fill"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_a_command_prints_through_the_terminal_module_and_with_literal_templates(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
            assert not any(name.split(".")[0] == "rich" for name in names), (path.name, node.lineno)
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            assert called != "print", (path.name, node.lineno)
            if called in TEMPLATES | {"Markup"}:
                assert _is_literal(node.args[0]), (path.name, node.lineno)


def _is_literal(node: ast.expr) -> bool:
    """Say whether an expression is a text of our own: a constant, or a choice between two."""
    if isinstance(node, ast.IfExp):
        return _is_literal(node.body) and _is_literal(node.orelse)
    return isinstance(node, ast.Constant)
