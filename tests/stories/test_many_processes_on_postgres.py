"""Several servers on one PostgreSQL record, judge, choose and follow at once, and every count is exact."""

import json
from collections import Counter, defaultdict
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from sys import executable
from typing import Any

import pytest
from tests.conftest import fresh_database

from upspiral.admin.agents import ModelSpec, create_agent
from upspiral.app import App
from upspiral.capture import recount
from upspiral.config import load
from upspiral.domain import Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store

PROGRAM = Path(__file__).parent / "capture_and_choose.py"


def prepared(url: str, data: Path) -> None:
    """Make the schema and three agents, whom nobody calls."""
    with App(load(data=data, database_url=url)) as app:
        for name in "abc":
            model = ModelSpec("openai-compatible:m", url="http://127.0.0.1:9")
            create_agent(app.runtime, DEFAULT_WORKSPACE, AgentId(name), model=model)


def worked(url: str, folder: Path, *, processes: int, threads: int, seconds: float) -> list[dict[str, Any]]:
    """Let processes work at once; give what each says of itself."""
    prepared(url, folder / "first")
    places = [(str(PROGRAM), url, str(folder / f"p{n}"), f"p{n}") for n in range(processes)]
    with ExitStack() as open_ones:
        crew = [
            open_ones.enter_context(
                Popen([executable, *place, str(threads), str(seconds)], stdin=PIPE, stdout=PIPE, text=True)
            )
            for place in places
        ]
        for word in ("done", "joined"):
            assert [_line(one).strip() for one in crew] == [word] * processes
            for one in crew:
                assert one.stdin
                one.stdin.write("go on\n")
                one.stdin.flush()
        told = [json.loads(_line(one)) for one in crew]
    assert [one.returncode for one in crew] == [0] * processes
    return told


def _line(process: Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline()


def check(url: str, told: list[dict[str, Any]]) -> None:
    """Hold what is stored against what was acknowledged."""
    assert [error for one in told for error in one["errors"]] == []
    acknowledged = {ident for one in told for ident in one["recorded"]}
    judged = {ident: key for one in told for ident, key in one["judged"].items()}
    with Store(url) as store:
        kept = {one.id: one for one in store.interactions.list_rows(DEFAULT_WORKSPACE)}
        assert set(kept) == acknowledged
        assert store.interactions.total(DEFAULT_WORKSPACE) == len(acknowledged)
        said: dict[str, set[str]] = defaultdict(set)
        for signal in store.feedback.list_rows(DEFAULT_WORKSPACE):
            said[signal.interaction].add(signal.id)
        waiting = {one.id for one in store.early_feedback.list_rows(DEFAULT_WORKSPACE)}
        assert {ident for ident, key in judged.items() if key not in kept} == waiting
        assert {i for ids in said.values() for i in ids} == set(judged) - waiting
        outcomes = {one.interaction: one for one in store.outcomes.list_rows(DEFAULT_WORKSPACE)}
        failed = {ident for ident, one in kept.items() if one.error}
        assert set(outcomes) == set(said) | failed
        assert {ident: set(one.signals) for ident, one in outcomes.items() if one.signals} == said
        statuses = Counter(one.status for one in outcomes.values())
        sums = store.rollups.sums(DEFAULT_WORKSPACE, "workspace", None)[0]
        assert sums["n"] == len(kept)
        assert (sums["successes"], sums["failures"]) == (statuses[Status.SUCCESS], statuses[Status.FAILURE])
        assert recount(store, DEFAULT_WORKSPACE).mended == 0
        settled = statuses[Status.SUCCESS] + statuses[Status.FAILURE]
        assert [one["counted"] for one in told] == [settled] * len(told)


@pytest.mark.timeout(180)
def test_four_processes_of_four_threads_count_exactly(postgres_url: str, tmp_path: Path) -> None:
    url = fresh_database(postgres_url)
    told = worked(url, tmp_path, processes=4, threads=4, seconds=3)
    check(url, told)
    shared = Counter(i for one in told for i in one["recorded"] if i.startswith("shared"))
    assert shared.most_common(1)[0][1] > 1
    assert sum(one["choices"] for one in told) > 100


@pytest.mark.timeout(180)
def test_sixteen_threads_of_one_process_count_exactly(postgres_url: str, tmp_path: Path) -> None:
    url = fresh_database(postgres_url)
    check(url, worked(url, tmp_path, processes=1, threads=16, seconds=2))


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_four_processes_of_sixteen_threads_count_exactly_for_a_minute(
    postgres_url: str, tmp_path: Path
) -> None:
    url = fresh_database(postgres_url)
    check(url, worked(url, tmp_path, processes=4, threads=16, seconds=60))
