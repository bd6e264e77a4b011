"""Several processes spend from one budget and some are killed: never too much, and nothing drifts."""

import subprocess
import sys
import time
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.budget.budgets import NIGHT, NOW, make_budget
from tests.conftest import fresh_database

from upspiral.budget import close
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.domain.night.budget import ReservationState
from upspiral.store import Store

PROCESSES, CALLS, KILLED = 4, 60, 2
LIMIT, MOST, USED = 6_000, 90, 40
SPENDER = f"""
import sys, threading
from tests.budget.budgets import NOW, USED, make_budget, make_call
from upspiral.budget import Ledger
from upspiral.store import Store

store, mine = Store(sys.argv[1]), sys.argv[2]
print("ready", flush=True)
sys.stdin.readline()

def spend(thread):
    ledger = Ledger(store, make_budget({LIMIT}), lambda: NOW)
    for turn in range({CALLS} // 5):
        held = ledger.reserve(make_call(f"{{mine}}-{{thread}}-{{turn}}", tokens={MOST}))
        if held:
            ledger.settle(held, USED, nano_usd=7)

threads = [threading.Thread(target=spend, args=(number,)) for number in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


@pytest.mark.timeout(400)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_processes_together_never_spend_more_and_what_the_killed_held_is_given_back(
    request: pytest.FixtureRequest, tmp_path: Path, database: str
) -> None:
    url = f"sqlite:///{tmp_path / 'shared.db'}"
    if database == "postgres":
        url = fresh_database(request.getfixturevalue("postgres_url"))
    with Store(url) as store:
        store.upgrade()
        store.budgets.add(make_budget(LIMIT))
        spenders = [_start(url, number) for number in range(PROCESSES)]
        for spender in spenders:
            assert spender.stdout
            assert spender.stdin
            assert spender.stdout.readline() == "ready\n"
        for spender in spenders:
            spender.stdin.write("go\n")  # type: ignore[union-attr]
            spender.stdin.flush()  # type: ignore[union-attr]
        _wait_for_a_call(store)
        for spender in spenders[:KILLED]:
            spender.kill()
        for spender in spenders:
            spender.communicate(timeout=300)
        _check(store)


def _start(url: str, number: int) -> "subprocess.Popen[str]":
    words = [sys.executable, "-c", SPENDER, url, str(number)]
    root = Path(__file__).parents[2]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root)


def _wait_for_a_call(store: Store) -> None:
    deadline = time.monotonic() + 120
    while not store.reservations.of(DEFAULT_WORKSPACE, NIGHT):
        assert time.monotonic() < deadline, "nobody made a call"
        time.sleep(0.01)


def _check(store: Store) -> None:
    found = store.budgets.get(DEFAULT_WORKSPACE, NIGHT)
    calls = store.reservations.of(DEFAULT_WORKSPACE, NIGHT)
    held = [one for one in calls if one.state == ReservationState.HELD]
    settled = [one for one in calls if one.state == ReservationState.SETTLED]
    assert len(settled) > 20
    assert found.held_tokens + found.used_tokens <= LIMIT
    assert (found.held_tokens, found.used_tokens) == (MOST * len(held), USED * len(settled))
    assert found.used_nano_usd == 7 * len(settled)
    close(store, DEFAULT_WORKSPACE, NIGHT, now=NOW)
    closed = store.budgets.get(DEFAULT_WORKSPACE, NIGHT)
    assert replace(closed, closed=None, costs=()) == replace(found, held_tokens=0, held_nano_usd=0)
    assert [(one.calls, one.unanswered) for one in closed.costs] == [(len(settled), len(held))]
