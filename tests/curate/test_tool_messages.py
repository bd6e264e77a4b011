"""What is kept of a tool agent's request, and which of its cases can be asked again?"""

from tests.conftest import Maker
from tests.curate.night import SUPPORT
from tests.factories import make_pattern

from upspiral.curate.config import CurateSettings
from upspiral.curate.select import failures, successes
from upspiral.curate.split import split
from upspiral.curate.tool_messages import ends_in_call, keep_options, record_tool_messages
from upspiral.domain import Interaction, Outcome, RequestOptions, Status, ToolCall
from upspiral.domain.ids import InteractionId
from upspiral.domain.interaction import ToolDefinition
from upspiral.domain.message import CallPart

FIND = ToolDefinition(name="find", parameters={"type": "object"})
OWN = RequestOptions(api="chat", tools=(FIND,))
SEARCHED = RequestOptions(api="responses", tools=(FIND, ToolDefinition(name="", kind="web_search")))
CALL = ToolCall(name="find", arguments="{}", id="c1")


def _outcomes(make: Maker, status: Status, *turns: Interaction) -> dict[InteractionId, Outcome]:
    return {
        one.id: Outcome(
            interaction=one.id,
            workspace=one.workspace,
            agent=one.agent,
            interaction_at=one.at,
            status=status,
            reason="",
            at=make.now,
        )
        for one in turns
    }


def test_only_what_a_request_must_be_asked_again_with_is_kept(make: Maker) -> None:
    sampled = RequestOptions(api="chat", sampling={"temperature": 0})
    assert keep_options(make.interaction(options=None)) is None
    assert keep_options(make.interaction(options=sampled)) is None
    assert keep_options(make.interaction(options=OWN)) == OWN
    formed = RequestOptions(api="chat", response_format={"type": "json_object"})
    assert keep_options(make.interaction(options=formed)) == formed
    text = RequestOptions(api="responses", extra={"text": {"format": {"type": "json_object"}}})
    assert keep_options(make.interaction(options=text)) == text


def test_calls_of_one_answer_are_one_message_and_those_before_an_answer_one_each(make: Maker) -> None:
    both = (CALL, ToolCall(name="find", arguments='{"q": 1}', id="c2", result="r"))
    asking = make.interaction(answer="", tool_calls=both)
    assert [one.role for one in record_tool_messages(asking)] == ["assistant", "tool"]
    assert ends_in_call(asking)
    answered = make.interaction(answer="Found.", tool_calls=both)
    assert [one.role for one in record_tool_messages(answered)] == ["assistant", "assistant", "tool"]
    assert not ends_in_call(answered)
    said = make.interaction(
        answer="Let me look.", answer_parts=(CallPart(name="find", arguments="{}", id="c1"),), tool_calls=both
    )
    assert ends_in_call(said)
    assert record_tool_messages(make.interaction()) == ()
    assert [len(one.parts) for one in record_tool_messages(said)] == [2, 0]


def _good(make: Maker, *turns: Interaction) -> list[str]:
    found = successes(turns, _outcomes(make, Status.SUCCESS, *turns), slices={})
    return [case.answer for case in found]


def test_a_good_call_is_a_case_where_its_tools_are_known_and_no_host_runs_them(make: Maker) -> None:
    def turn(options: RequestOptions | None) -> Interaction:
        return make.interaction(answer="", tool_calls=(CALL,), options=options)

    assert _good(make, turn(OWN)) == [""]
    assert _good(make, turn(None)) == []
    assert _good(make, turn(SEARCHED)) == []
    assert _good(make, make.interaction(answer="Found.", options=SEARCHED)) == []
    assert _good(make, make.interaction(answer="", options=OWN)) == []


def test_of_one_conversation_the_answer_is_the_case_and_not_the_call_before_it(make: Maker) -> None:
    turns = [
        make.interaction(answer="", tool_calls=(CALL,), options=OWN, conversation="c"),
        make.interaction(answer="Found.", options=OWN, conversation="c"),
    ]
    assert _good(make, *turns) == ["Found."]


def test_good_calls_are_held_out_and_never_taught_as_an_empty_answer(make: Maker) -> None:
    turns = [
        make.interaction(f"question {'abcdefgh'[n % 8] * 9} {n}?", "", tool_calls=(CALL,), options=OWN)
        for n in range(80)
    ]
    good = successes(turns, _outcomes(make, Status.SUCCESS, *turns), slices={})
    one = make.interaction("what else is there?", "This.")
    taught = successes([one], _outcomes(make, Status.SUCCESS, one), slices={})
    parts = split(taught, good, CurateSettings())
    assert len(good) == 80
    assert all(case.answer for case in parts.train)
    assert any(not case.answer for case in parts.heldout)


def test_a_failure_whose_host_runs_tools_is_left_out_by_name(make: Maker) -> None:
    turn = make.interaction(answer="Wrong.", options=SEARCHED)
    pattern = make_pattern(agent=SUPPORT, members=(turn.id,), failures=1, conversations=1)
    outcomes = _outcomes(make, Status.FAILURE, turn)
    found, dropped = failures([pattern], {turn.id: turn}, outcomes=outcomes, limit=9)
    assert not found
    assert dropped == {"its host runs its tools": 1}
