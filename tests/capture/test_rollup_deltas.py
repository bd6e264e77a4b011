"""Counts that grow by what happens are those of counting everything."""

from random import Random

from tests.conftest import START, Maker

from upspiral.capture.rollup_deltas import for_changed, for_failed_tools, for_new, for_priced, merge
from upspiral.domain import Interaction, Outcome, Status, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, InteractionId
from upspiral.domain.rollup import Rollup, ToolRollup

STATES = (Status.UNKNOWN, Status.SUCCESS, Status.FAILURE)


def _outcome(turn: Interaction, status: Status) -> Outcome:
    return Outcome(
        interaction=turn.id,
        workspace=DEFAULT_WORKSPACE,
        agent=turn.agent,
        interaction_at=turn.at,
        status=status,
        reason="",
        at=START,
    )


def _draw(turns: list[Interaction], rng: Random) -> dict[InteractionId, Outcome]:
    return {turn.id: _outcome(turn, rng.choice(STATES)) for turn in turns if rng.random() < 0.7}


def _turns(make: Maker, rng: Random) -> list[Interaction]:
    return [
        make.interaction(
            model=rng.choice(["small", "large"]),
            metadata={"domain": rng.choice(["", "billing"])},
            error=rng.choice([None, "boom"]),
            tool_calls=(ToolCall(name="look", error=rng.choice([None, "no"])),) * rng.randrange(3),
            latency_ms=8.0,
        )
        for _ in range(40)
    ]


def test_whatever_changes_the_counts_are_those_of_counting_again(make: Maker) -> None:
    rng = Random(5)
    turns = _turns(make, rng)
    before = _draw(turns, rng)
    rows, tools = for_new(turns, before)
    for _ in range(5):
        after = {**before, **_draw(turns, rng)}
        judged = [turn for turn in turns if turn.id in after]
        more, more_tools = for_changed(judged, before, after)
        rows, tools = merge(Rollup, [*rows, *more]), merge(ToolRollup, [*tools, *more_tools])
        before = after
    again, tools_again = for_new(turns, before)
    assert sorted(rows, key=repr) == sorted(merge(Rollup, again), key=repr)
    assert sorted(tools, key=repr) == sorted(merge(ToolRollup, tools_again), key=repr)


def test_what_did_not_change_grows_nothing(make: Maker) -> None:
    turns = [make.interaction()]
    outcomes = {turns[0].id: _outcome(turns[0], Status.SUCCESS)}
    rows, tools = for_changed(turns, outcomes, outcomes)
    assert all((row.n, row.successes, row.failures) == (0, 0, 0) for row in rows)
    assert all(row.calls == 0 for row in tools)


def test_a_tool_that_failed_later_is_one_error_more_and_no_call_more(make: Maker) -> None:
    [row] = for_failed_tools([(make.interaction(), "look")])
    assert (row.tool, row.calls, row.errors, row.n) == ("look", 0, 1, 0)


def test_a_price_that_is_known_later_is_added_once(make: Maker) -> None:
    [row] = merge(Rollup, for_priced([(make.interaction(), 0.25), (make.interaction(), 0.5)]))
    assert (row.n, row.cost, row.priced) == (0, 0.75, 2)
