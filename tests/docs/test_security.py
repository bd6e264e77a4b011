"""Every security requirement stands on its page, with tests that exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
HEADING = re.compile(r"^## (\d+)\. (.+)$", re.MULTILINE)
TEST = re.compile(r"^- (tests/[\w/]+\.py)::(\w+)$", re.MULTILINE)
REQUIREMENTS = 25


def _read() -> dict[int, str]:
    """Give what the page says of each requirement."""
    _, *parts = HEADING.split(PAGE.read_text())
    return {int(number): text for number, text in zip(parts[::3], parts[2::3], strict=True)}


def test_all_requirements_are_there_in_order_each_with_a_test_and_a_sentence() -> None:
    found = _read()
    assert list(found) == list(range(1, REQUIREMENTS + 1))
    for number, text in found.items():
        assert TEST.search(text), number
        assert len(TEST.sub("", text).split()) >= 8, number


def test_every_line_of_a_list_names_a_test() -> None:
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("- ")]
    assert [line for line in lines if not TEST.fullmatch(line)] == []


@pytest.mark.parametrize("path", sorted({path for path, _ in TEST.findall(PAGE.read_text())}))
def test_the_tests_of_a_file_exist(path: str) -> None:
    wanted = {name for where, name in TEST.findall(PAGE.read_text()) if where == path}
    tree = ast.parse((ROOT / path).read_text())
    there = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    assert wanted - there == set()
