"""Which tests are of which kind, so that `make quick` can leave some out? A plugin of pytest.

A mark is set here where it follows from what the test uses, and by hand otherwise; a hand that forgot one is
told: where processes are left out, an unmarked test cannot start one; one that works for long is named at the
end of every run.
"""

import os
import platform
import re
import resource
import sys
import time
from collections.abc import Generator, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import hypothesis
import pytest
from _pytest.doctest import DoctestModule

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: on small matrices more threads only spin
TESTS = Path(__file__).parent
PROCESS_FOLDERS = frozenset({"stories", "plugins", "package", "examples", "browser"})
"""Folders whose tests start real processes."""
SDK_IMPORT = re.compile(r"^(?:(?:import|from) |pytest\.importorskip\(\")(?:anthropic|mcp)\b", re.MULTILINE)
"""How a file imports an SDK that takes seconds to import, in each worker."""
MAY_START_PROCESSES = ("process", "postgres", "train", "slow")
STARTS = frozenset({"subprocess.Popen", "os.fork", "os.forkpty", "os.posix_spawn", "os.system"})
"""Audit events of a process that begins."""
NOT_QUICK = ("long", "slow", "postgres", "process", "sdk", "train")
"""What `make quick` leaves out."""
QUICK_EXAMPLES = 30
"""Examples of a property that `make quick` tries where the test names no number; else there are 100."""
MISSING_TOOL = "MISSING TOOL"
"""Stands in the reason of a skip that must not be overlooked."""
MAX_QUICK_S = 0.5
"""Seconds of processor time after which a test that `make quick` runs is named."""


Collectors = list[pytest.Collector]


class Running:
    """The test that is under way in this process."""

    item: pytest.Item | None = None
    refused = ""
    """What it was refused, which a thread of its own may have met and told nobody."""


def pytest_configure(config: pytest.Config) -> None:
    """Watch that no test begins a process without saying so; try fewer examples where the loop is quick."""
    platform.processor()  # runs `uname` once in a process, on behalf of the SDK that asks first
    sys.addaudithook(refuse_unmarked_process)
    hypothesis.settings.register_profile("whole", deadline=None)  # how busy a machine is says nothing
    hypothesis.settings.register_profile(
        "quick", deadline=None, derandomize=True, max_examples=QUICK_EXAMPLES
    )
    hypothesis.settings.load_profile("quick" if "not long" in (config.option.markexpr or "") else "whole")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not even import what has no test that ``-m`` lets through."""
    left_out = config.option.markexpr or ""
    if "not process" in left_out and starts_processes(collection_path):
        return True
    return True if "not sdk" in left_out and imports_sdk(collection_path) else None


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path) -> Generator[None, Collectors, Collectors]:
    """Look for doctests where documentation is; to look in every test costs a tenth of the collection."""
    found = yield
    return [one for one in found if not (isinstance(one, DoctestModule) and file_path.is_relative_to(TESTS))]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs on PostgreSQL and what starts real processes; skip training where there is no torch."""
    no_torch = find_spec("torch") is None
    for item in items:
        given = item.callspec.params.values() if hasattr(item, "callspec") else ()
        on_postgres = any(isinstance(one, str) and one == "postgres" for one in given)
        if on_postgres or "postgres_url" in getattr(item, "fixturenames", ()):
            item.add_marker("postgres")
        if starts_processes(item.path):
            item.add_marker("process")
        if imports_sdk(item.path):
            item.add_marker("sdk")
        if no_torch and item.get_closest_marker("train"):
            item.add_marker(pytest.mark.skip(reason="needs the extra `train`"))
    # first what waits for processes: one worker waits through it while the others work
    items.sort(key=lambda item: item.get_closest_marker("process") is None)


def starts_processes(path: Path) -> bool:
    """Say whether a folder, or a file in it, is one of those whose tests start real processes."""
    return path.is_relative_to(TESTS) and not PROCESS_FOLDERS.isdisjoint(path.relative_to(TESTS).parts[:1])


@cache
def imports_sdk(path: Path) -> bool:
    """Say whether a file of tests imports an SDK at its head."""
    return path.name.startswith("test_") and bool(SDK_IMPORT.search(path.read_text()))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Know which test is under way."""
    Running.item = item


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown() -> None:
    """Know that it is over: what the last test tears down may be another's, such as the PostgreSQL server."""
    Running.item = None


def refuse_unmarked_process(
    event: str, _given: object, *, starts: frozenset[str] = STARTS, running: type[Running] = Running
) -> None:
    """Refuse, as an audit hook, a process that a test begins without a mark that says so.

    It is called until the interpreter is gone, when names of this module are no longer known.

    Raises:
        RuntimeError: The test has no such mark.
    """
    if (
        event in starts
        and (item := running.item)
        and "not process" in (item.config.option.markexpr or "")  # where processes are left out
        and not any(map(item.get_closest_marker, MAY_START_PROCESSES))
    ):
        running.refused = f"{item.nodeid} starts a process: mark it with @pytest.mark.process"
        raise RuntimeError(running.refused)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Note with each test how long processors worked for it."""
    before, Running.refused = processor_s(), ""
    try:
        done = yield
    finally:
        item.user_properties.append(("processor_s", processor_s() - before))
        if Running.refused:
            pytest.fail(Running.refused, pytrace=False)
    return done


def processor_s() -> float:
    """Give the seconds that processors have worked for this process and for those that it waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Name the tests that are too long for `make quick`, and what was not tested for want of a tool."""
    reports = [one for one in terminalreporter.getreports("passed") if one.when == "call"]
    found = [(dict(one.user_properties).get("processor_s", 0), one) for one in reports]
    long = [(spent, one) for spent, one in found if spent > MAX_QUICK_S and not is_left_out(one)]
    if long:
        terminalreporter.section(f"over {MAX_QUICK_S:g} s of processor time, not marked `long`")
    for spent, one in sorted(long, key=lambda pair: -pair[0]):
        terminalreporter.line(f"{spent:5.1f} s {one.nodeid}")

    untested = {str(one.longrepr[2]) for one in terminalreporter.getreports("skipped") if is_loud(one)}
    if untested:
        terminalreporter.section("NOT TESTED HERE")
    for reason in sorted(untested):
        terminalreporter.line(reason)


def is_loud(report: pytest.TestReport) -> bool:
    """Say whether a test was skipped for want of a tool that most machines can have."""
    return isinstance(report.longrepr, tuple) and MISSING_TOOL in report.longrepr[2]


def is_left_out(report: pytest.TestReport) -> bool:
    """Say whether `make quick` leaves a test out."""
    return not report.keywords.keys().isdisjoint(NOT_QUICK)
