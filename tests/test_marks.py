"""Which tests `make quick` runs, and what an unmarked test is told."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.marks import NOT_QUICK, TESTS, imports_sdk, starts_processes

ROOT = Path(__file__).parents[1]
TRIED = """
import subprocess, sys, time
import pytest, tests.marks

tests.marks.MAX_QUICK_S = 0.2

def start(): subprocess.run([sys.executable, "-c", ""], check=True)

def work():
    until = time.process_time() + 0.4
    while time.process_time() < until: pass

def test_unmarked(): start()
def test_busy(): work()
def test_idle(): time.sleep(0.4)

@pytest.mark.process
def test_marked(): start(); work()

@pytest.mark.long
def test_known_to_be_long(): work()
"""


def test_what_is_not_quick_is_left_out_by_make_quick_and_declared() -> None:
    [line] = re.findall(r"^quick:.*\n.*-m \"(.*?)\"", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert line == " and ".join(f"not {mark}" for mark in NOT_QUICK)
    declared = re.findall(r'^    "(\w+): ', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert set(NOT_QUICK) <= set(declared)


def test_whole_folders_start_processes() -> None:
    assert starts_processes(ROOT / "tests/stories/test_a_small_site.py")
    assert not starts_processes(ROOT / "tests/stats")
    assert not starts_processes(ROOT / "src/upspiral/stories")


def test_a_file_that_imports_an_sdk_at_its_head_is_no_part_of_the_quick_loop(tmp_path: Path) -> None:
    file = tmp_path / "test_tried.py"
    file.write_text("import anthropic\n")
    assert imports_sdk(file)
    late = tmp_path / "test_late.py"
    late.write_text("def test_it():\n    import anthropic\n")
    assert not imports_sdk(late)


def test_no_test_holds_a_doctest_for_none_is_looked_for_there() -> None:
    prompt = re.compile(r"^\s*>>> ", re.MULTILINE)
    assert [path for path in TESTS.rglob("*.py") if prompt.search(path.read_text())] == []


@pytest.mark.process
def test_an_unmarked_test_cannot_start_a_process_and_is_named_where_it_is_long(tmp_path: Path) -> None:
    (tmp_path / "test_tried.py").write_text(TRIED)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n" + "".join(f"    {mark}\n" for mark in NOT_QUICK)
    )
    words = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-p",
        "tests.marks",
        "-p",
        "no:schemathesis",
        "-m",
        "not process",
        str(tmp_path),
    ]
    told = subprocess.run(
        words, capture_output=True, text=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
    ).stdout
    assert "1 failed, 3 passed, 1 deselected" in told
    assert "test_unmarked starts a process: mark it with @pytest.mark.process" in told
    _, _, named = told.partition("over 0.2 s of processor time, not marked `long`")
    assert re.findall(r"test_tried.py::(\w+)", named.partition("short test summary")[0]) == ["test_busy"]
