"""Each budget fails on a planted fault."""

from pathlib import Path

import pytest
from tests.scripts.test_names import load_script

budgets = load_script("budgets")
LONG = "def long():\n" + "    pass\n" * 61


@pytest.mark.parametrize(
    ("name", "source", "fault"),
    [
        ("a.py", LONG, "long has 62 lines, at most 60"),
        ("a.py", "\n" * 401, "401 lines, at most 400"),
        ("__init__.py", "\n" * 41, "41 lines, at most 40"),
        ("a.py", "def f(a, b, c, *, d, e, f): ...", "must be given a, b, c, d, e, f"),
    ],
)
def test_what_is_too_large_is_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, source: str, fault: str
) -> None:
    (tmp_path / name).write_text(source)
    assert budgets.main(tmp_path) >= 1
    assert fault in capsys.readouterr().out


def test_a_folder_of_too_many_modules_is_found(tmp_path: Path) -> None:
    (tmp_path / "room").mkdir()
    for number in range(17):
        (tmp_path / "room" / f"m{number}.py").write_text("")
    assert list(budgets.find_full_folders(tmp_path)) == ["room: 17 modules, at most 16"]


def test_many_functions_of_middling_length_are_found(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.py").write_text("".join(f"def f{n}():\n" + "    pass\n" * 28 for n in range(3)))
    assert budgets.main(tmp_path) == 1
    assert "only 0.0% of functions have at most 25 lines" in capsys.readouterr().out


def test_parts_that_are_passed_in_and_what_has_a_default_are_not_counted() -> None:
    source = "def f(store, a, b, c, d, e, *, settings, now, clock, rng, more=1): ..."
    (function,) = budgets.ast.parse(source).body
    assert budgets.list_parameters(function) == ["a", "b", "c", "d", "e"]
