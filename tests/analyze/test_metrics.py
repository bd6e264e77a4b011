"""Counts that follow events: each counted once, changed when the Outcome changes, never recounted."""

from tests.conftest import Maker

from upspiral import analyze, capture
from upspiral.capture import CaptureSettings
from upspiral.domain import ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.store import Store

SETTINGS = CaptureSettings()


def _rows(store: Store, by: analyze.metrics.By, agent: str | None = None) -> dict[str, analyze.Breakdown]:
    name = AgentId(agent) if agent else None
    counts = store.tool_rollups if by == "tool" else store.rollups
    return {row.key: row for row in analyze.breakdown(counts.sums(DEFAULT_WORKSPACE, by, name), by=by)}


def test_what_is_recorded_twice_is_counted_once(any_store: Store, make: Maker) -> None:
    turns = [make.interaction() for _ in range(30)]
    for _ in range(2):
        capture.record(any_store, *turns)
    capture.record(any_store, turns[0], turns[0], make.interaction(agent=AgentId("other")))
    rows = _rows(any_store, "agent")
    assert (rows["support"].n, rows["other"].n) == (30, 1)


def test_a_changed_outcome_moves_from_failure_to_success(any_store: Store, make: Maker) -> None:
    turn = make.interaction()
    capture.record(any_store, turn)
    for score, failures, rate in ((0.0, 1, 0.0), (1.0, 0, 1.0), (1.0, 0, 1.0)):
        capture.give_feedback(any_store, [make.feedback(turn, score)], settings=SETTINGS, now=make.now)
        row = _rows(any_store, "agent")["support"]
        assert (row.failures, row.settled, row.rate) == (failures, 1, rate)


def test_an_error_is_a_failure_at_once(any_store: Store, make: Maker) -> None:
    capture.record(any_store, make.interaction(error="no answer"))
    assert _rows(any_store, "agent")["support"].failures == 1


def test_tools_are_counted_by_call_and_by_how_it_went(any_store: Store, make: Maker) -> None:
    calls = (ToolCall(name="search"), ToolCall(name="search", error="timeout"), ToolCall(name="mail"))
    turn = make.interaction(tool_calls=calls)
    capture.record(any_store, turn, make.interaction())
    capture.give_feedback(any_store, [make.feedback(turn, 0.0)], settings=SETTINGS, now=make.now)
    rows = _rows(any_store, "tool", "support")
    assert (rows["search"].calls, rows["search"].call_errors, rows["search"].failures) == (2, 1, 1)
    assert (rows["mail"].calls, rows["mail"].call_errors, rows["mail"].n) == (1, 0, 1)


def test_every_group_adds_up_to_the_same(any_store: Store, make: Maker) -> None:
    turns = [make.interaction(model=f"m{n % 3}", metadata={"task": f"t{n % 2}"}) for n in range(12)]
    capture.record(any_store, *turns)
    kinds: tuple[analyze.metrics.By, ...] = ("agent", "model", "domain", "version", "day")
    assert {sum(row.n for row in _rows(any_store, by).values()) for by in kinds} == {12}


def test_a_group_without_a_name_says_what_is_missing(store: Store, make: Maker) -> None:
    capture.record(store, make.interaction(), make.interaction(metadata={"domain": "billing"}))
    assert set(_rows(store, "domain")) == {"no domain", "billing"}
