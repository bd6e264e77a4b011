"""Nights, what happened in them, and who runs them."""

from datetime import timedelta

from tests.conftest import START

from upspiral.domain import Cycle, Ending, Executor
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.store import Store

SUPPORT = AgentId("support")


def make_night(number: int, agent: AgentId = SUPPORT) -> Cycle:
    at = START + timedelta(hours=number)
    return Cycle(
        id=CycleId(f"cyc_{number}"),
        workspace=DEFAULT_WORKSPACE,
        agent=agent,
        started=at,
        since=START,
        until=at,
    )


def test_a_night_runs_until_it_is_noted_how_it_ended(any_store: Store) -> None:
    night = make_night(1)
    any_store.cycles.add(night)
    assert any_store.cycles.running(DEFAULT_WORKSPACE, SUPPORT) == night
    assert [one.id for one in any_store.cycles.list_unfinished()] == [night.id]
    assert any_store.cycles.note(DEFAULT_WORKSPACE, night.id, ended=START, ending=Ending.RESTED)
    assert any_store.cycles.running(DEFAULT_WORKSPACE, SUPPORT) is None
    assert any_store.cycles.list_unfinished() == []
    assert any_store.cycles.get(DEFAULT_WORKSPACE, night.id).ending == Ending.RESTED


def test_nights_of_an_agent_are_listed_newest_first(any_store: Store) -> None:
    any_store.cycles.add(make_night(1), make_night(3), make_night(2), make_night(4, AgentId("other")))
    assert [one.id for one in any_store.cycles.of(DEFAULT_WORKSPACE, SUPPORT)] == ["cyc_3", "cyc_2", "cyc_1"]
    assert len(any_store.cycles.of(DEFAULT_WORKSPACE)) == 4


def test_a_process_is_known_by_when_it_was_last_seen_until_it_is_dropped(any_store: Store) -> None:
    later = START + timedelta(seconds=9)
    any_store.executors.upsert(Executor(id="a", seen=START), Executor(id="b", seen=START))
    any_store.executors.upsert(Executor(id="a", seen=later))
    assert any_store.executors.last_seen() == {"a": later, "b": START}
    any_store.executors.drop("b")
    assert any_store.executors.last_seen() == {"a": later}
