"""Recorded conversations become cases by chance alone, so that a recorded answer stands for its version."""

from random import Random

import numpy as np
import pytest
from tests.conftest import Maker

from upspiral.curate.config import CurateSettings
from upspiral.curate.recorded.draw import draw_recorded
from upspiral.curate.select import Case
from upspiral.curate.split import KeptBack, split
from upspiral.domain import ExampleKind, Interaction, Kind, Message, RequestOptions, ToolCall
from upspiral.domain.ids import AgentVersionId
from upspiral.domain.interaction import ToolDefinition

LIVE, OLD = AgentVersionId("ver_live"), AgentVersionId("ver_old")
SETTINGS = CurateSettings(near_duplicate=1.0)
RIGHT = 0.7
"""How often the version answers right; another draw each time it is asked."""


def _question(rng: Random) -> str:
    return " ".join("".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(4))


def _turn(make: Maker, rng: Random, **more: object) -> Interaction:
    said = "right" if rng.random() < RIGHT else "wrong"
    return make.interaction(_question(rng), said, **{"version": LIVE, **more})


def _draw(turns: list[Interaction], limit: int = 1000) -> list[Case]:
    return draw_recorded(turns, live=LIVE, limit=limit, slices={})


def test_one_turn_of_each_conversation_is_drawn_rated_or_not(make: Maker) -> None:
    rng = Random(1)
    turns = [_turn(make, rng, conversation=f"c{n % 40}") for n in range(120)]
    drawn = _draw(turns)
    assert sorted(case.interaction.conversation for case in drawn) == sorted(f"c{n}" for n in range(40))
    assert _draw(turns[::-1]) == drawn
    places = [turns.index(case.interaction) // 40 for case in drawn]
    assert min(places.count(place) for place in range(3)) > 5


def test_the_live_versions_answer_is_kept_and_others_have_to_be_asked_again(make: Maker) -> None:
    rng = Random(2)
    mine, other, unknown = (_turn(make, rng, version=version) for version in (LIVE, OLD, None))
    known = {case.interaction.id: case for case in _draw([mine, other, unknown])}
    kept = known[mine.id].recorded
    assert kept
    assert (kept.version, kept.text) == (LIVE, mine.answer)
    assert known[other.id].recorded is None
    assert known[unknown.id].recorded is None
    assert [known[one.id].source for one in (mine, other, unknown)] == [LIVE, OLD, "base"]
    assert {case.answer for case in known.values()} == {""}


TOOLS = RequestOptions(tools=(ToolDefinition(name="find"),))
NOT_COMPARED: dict[str, dict[str, object]] = {
    "tools": {"options": TOOLS},
    "a call": {"tool_calls": (ToolCall(name="find"),)},
    "no answer": {"answer": " "},
    "an error": {"error": "The host was down."},
    "not to be used": {"trainable": False},
    "a recommendation": {"kind": Kind.RECOMMENDATION},
    "no question": {"messages": (Message("system", "Be kind."),)},
}


@pytest.mark.parametrize("reason", NOT_COMPARED)
def test_what_cannot_be_held_against_another_answer_is_left_out(make: Maker, reason: str) -> None:
    given = {"question": "Where is it?", "answer": "Here.", "version": LIVE, **NOT_COMPARED[reason]}
    assert _draw([make.interaction(**given)]) == []  # type: ignore[arg-type]


def _gain_of_the_same_version(rng: Random, *, rated: dict[str, float]) -> float:
    """Let the incumbent itself be the candidate; give by how much it seems better on recorded answers."""
    make = Maker()
    turns = [_turn(make, rng) for _ in range(800)]
    is_rated = {one.id: rng.random() < rated[one.answer] for one in turns}
    taught = [
        Case(interaction=one, slice="all", answer="right", kind=ExampleKind.REWRITE)
        for one in turns
        if is_rated[one.id] and one.answer == "wrong"
    ]
    good = [
        Case(interaction=one, slice="all", answer="right", kind=ExampleKind.REPLAY)
        for one in turns
        if is_rated[one.id] and one.answer == "right"
    ]
    parts = split(taught, good, SETTINGS, drawn=_draw(turns), kept=KeptBack(recorded=1000, needed=1000))
    own = [case.recorded.text == "right" for case in parts.heldout if case.recorded]
    assert len(own) > 150
    return RIGHT - float(np.mean(own))


@pytest.mark.long
@pytest.mark.parametrize(
    "rated",
    [{"right": 0.5, "wrong": 0.0}, {"right": 0.0, "wrong": 0.9}, {"right": 0.9, "wrong": 0.9}],
    ids=str,
)
def test_a_candidate_that_is_the_very_same_does_not_win_whatever_users_rate(rated: dict[str, float]) -> None:
    rng = Random(3)
    gains = [_gain_of_the_same_version(rng, rated=rated) for _ in range(20)]
    error = float(np.std(gains, ddof=1)) / np.sqrt(len(gains))
    assert abs(float(np.mean(gains))) < 4 * error


def test_the_drawn_turn_of_a_verified_case_keeps_what_is_known_to_be_right(make: Maker) -> None:
    rng = Random(4)
    turns = [_turn(make, rng) for _ in range(60)]
    taught = [
        Case(interaction=one, slice="all", answer="right", kind=ExampleKind.CORRECTION, source="anna")
        for one in turns[:30]
    ]
    parts = split(taught, [], SETTINGS, drawn=_draw(turns), kept=KeptBack(recorded=1000, needed=1000))
    verified = [case for case in parts.heldout if case.kind is ExampleKind.CORRECTION]
    assert verified
    assert all(case.answer == "right" and case.recorded for case in verified)
    talks = [case.interaction.conversation for side in (parts.train, parts.heldout) for case in side]
    assert len(talks) == len(set(talks))
    asked_again = [c for c in parts.heldout if c.kind is ExampleKind.RECORDED and not c.recorded]
    assert asked_again  # of the teaching side, where which ones are left depends on what failed


def test_no_more_are_kept_back_than_is_set_and_drafts_get_their_part(make: Maker) -> None:
    rng = Random(5)
    turns = [_turn(make, rng) for _ in range(400)]
    parts = split([], [], SETTINGS, drawn=_draw(turns, 40), kept=KeptBack(select=0.25, recorded=40))
    assert (len(parts.train), len(parts.select), len(parts.heldout)) == (0, 10, 40)


def test_the_incumbent_is_asked_again_only_for_as_many_as_the_proof_needs(make: Maker) -> None:
    rng = Random(6)
    turns = [_turn(make, rng) for _ in range(200)]
    sizes = {}
    for needed in (0, 100):
        parts = split([], [], SETTINGS, drawn=_draw(turns), kept=KeptBack(recorded=1000, needed=needed))
        sizes[needed] = len(parts.heldout), sum(case.recorded is None for case in parts.heldout)
    drawn = sizes[0][0]
    assert sizes == {0: (drawn, 0), 100: (100, 100 - drawn)}
