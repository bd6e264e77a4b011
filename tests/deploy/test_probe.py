"""One question before a version meets users."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from tests.conftest import START

from upspiral.deploy.probe import MAX_PROBE_TOKENS, ask_probe
from upspiral.domain import AgentVersion, Message, ToolCall
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, AgentVersionId, ModelVersionId
from upspiral.errors import HostError, Unavailable
from upspiral.providers.base import ChatRequest, Completion

VERSION = AgentVersion(
    id=AgentVersionId("av"),
    workspace=DEFAULT_WORKSPACE,
    agent=AgentId("support"),
    number=2,
    at=START,
    model=ModelVersionId("mv"),
    instructions="Be kind.",
    sampling={"temperature": 0.0},
    sha256="",
)


class Model:
    """Says one thing, or fails."""

    name = "model"

    def __init__(self, said: Completion | Exception) -> None:
        self.said, self.asked = said, list[ChatRequest]()

    async def complete(self, request: ChatRequest, *, call_id: str | None = None) -> Completion:
        self.asked.append(request)
        if isinstance(self.said, Exception):
            raise self.said
        return self.said

    def stream(self, request: ChatRequest, *, call_id: str | None = None) -> AsyncIterator[bytes]:
        raise NotImplementedError


def _probe(said: Completion | Exception) -> Model:
    model = Model(said)
    asyncio.run(ask_probe(VERSION, model, "Hello"))
    return model


def test_it_is_asked_as_a_user_would_ask_with_what_the_version_puts_before() -> None:
    [request] = _probe(Completion(answer="Hi.", model="m")).asked
    assert request.messages == (Message("system", "Be kind."), Message("user", "Hello"))
    assert (request.max_tokens, request.options) == (MAX_PROBE_TOKENS, {"temperature": 0.0})


def test_a_call_of_a_tool_is_an_answer() -> None:
    assert _probe(Completion(answer="", model="m", tool_calls=(ToolCall(name="look"),))).asked


def test_an_answer_of_nothing_is_told_with_the_version_and_the_next_action() -> None:
    with pytest.raises(HostError, match=r"support@2 answered") as told:
        _probe(Completion(answer=" \n", model="m"))
    assert "deploy.probe_question" in told.value.hint


def test_a_host_that_fails_is_told_as_it_failed() -> None:
    with pytest.raises(Unavailable):
        _probe(Unavailable())
