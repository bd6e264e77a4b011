"""Messages of one API in the words of another."""

import pytest

from upspiral.domain import Message
from upspiral.domain.message import CallPart, OtherPart, ReasoningPart, TextPart
from upspiral.wire.translate.apis import APIS, Api
from upspiral.wire.translate.conversation import translate_messages


@pytest.mark.parametrize("target", APIS)
def test_plain_talk_is_the_same_everywhere(target: Api) -> None:
    talk = (Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Where?"))
    refused: list[str] = []
    assert translate_messages(talk, target, refused) == talk
    assert refused == []


@pytest.mark.parametrize("target", APIS)
def test_sealed_thoughts_of_another_host_are_left_out(target: Api) -> None:
    sealed = ReasoningPart("Hm.", extra={"signature": "s"})
    [found] = translate_messages([Message("assistant", "Hi", parts=(sealed, TextPart("Hi")))], target, [])
    assert not any(isinstance(part, ReasoningPart) for part in found.parts)
    assert found.content == "Hi"


@pytest.mark.parametrize("target", APIS)
def test_calls_of_tools_and_their_results_stay(target: Api) -> None:
    call = CallPart(name="look", arguments="{}", id="c1")
    talk = (Message("assistant", "", parts=(call,)), Message("tool", "4", tool_call_id="c1"))
    first, second = translate_messages(talk, target, [])
    assert call in first.parts
    assert (second.content, second.tool_call_id) == ("4", "c1")


@pytest.mark.parametrize("target", APIS)
def test_what_no_api_has_words_for_is_refused_by_its_type(target: Api) -> None:
    refused: list[str] = []
    translate_messages([Message("user", "", parts=(OtherPart({"type": "hologram"}),))], target, refused)
    assert any("hologram" in name for name in refused)
