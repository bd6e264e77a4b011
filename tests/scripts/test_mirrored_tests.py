"""The share of modules with tests in their place is counted, and too low a share is found."""

from pathlib import Path

import pytest
from tests.scripts.test_names import load_script

mirrored = load_script("mirrored_tests")
TEST = "def test_it() -> None:\n    assert True\n"


def _lay(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def test_modules_without_a_test_in_their_place_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    src = _lay(tmp_path / "src", a="", room__b="", room__c="")
    tests = _lay(tmp_path / "tests", test_a=TEST, other__test_b=TEST)
    assert mirrored.main(src, tests) == 1
    said = capsys.readouterr().out
    assert "room/b.py: no room/test_b.py" in said
    assert "only 33.3% of 3 modules" in said
    assert "a.py: no test_a.py" not in said.splitlines()


def test_a_folder_of_the_modules_name_is_its_place_too(tmp_path: Path) -> None:
    src = _lay(tmp_path / "src", room__b="")
    assert mirrored.main(src, _lay(tmp_path / "tests", room__b__test_many=TEST)) == 0


def test_a_file_without_a_test_does_not_count(tmp_path: Path) -> None:
    src = _lay(tmp_path / "src", a="")
    assert mirrored.main(src, _lay(tmp_path / "tests", test_a='"""Nothing yet."""\n')) == 1


def test_migrations_and_the_package_itself_need_none(tmp_path: Path) -> None:
    src = _lay(tmp_path / "src", store__migrations__m1="", a="")
    (src / "__init__.py").write_text("")
    assert [path.as_posix() for path in mirrored.list_modules(src)] == ["a.py"]
