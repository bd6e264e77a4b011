"""Is every model asked as it wants to be, after its first refusal, whatever family it is of?"""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.server.scripted import ScriptedProvider, as_json, whole

from upspiral.domain import Message
from upspiral.domain.model import RefusalRecord
from upspiral.errors import Rejected, StoreError
from upspiral.providers.base import ChatRequest, Completion
from upspiral.providers.negotiate import REREAD_AFTER, RefusalMemory
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience

ASKED = ChatRequest(
    (Message("system", "Be kind."), Message("user", "Hi")),
    max_tokens=50,
    temperature=0,
    options={"top_p": 0.9, "seed": 1},
)


def _refusal(message: str, **more: Any) -> Any:
    return as_json({"error": {"message": message, "type": "invalid_request_error", **more}}, 400)


def reasoning_model(body: dict[str, Any]) -> Any:
    if "max_tokens" in body:
        said = "Unsupported parameter: 'max_tokens' is not supported with this model."
        return _refusal(said + " Use 'max_completion_tokens' instead.", param="max_tokens")
    if "temperature" in body:
        said = "Unsupported value: 'temperature' does not support 0 with this model."
        return _refusal(said, param="temperature", code="unsupported_value")
    return _refusal("Unsupported parameter: 'top_p'", param="top_p") if "top_p" in body else None


def one_of_two(body: dict[str, Any]) -> Any:
    if "temperature" in body and "top_p" in body:
        return _refusal("`temperature` and `top_p` cannot both be specified for this model.")
    return None


def strict_server(body: dict[str, Any]) -> Any:
    wrong = [name for name in ("seed", "top_p") if name in body]
    return _refusal(f"{', '.join(wrong)}: Extra inputs are not permitted") if wrong else None


def no_system_role(body: dict[str, Any]) -> Any:
    if any(one["role"] == "system" for one in body["messages"]):
        return _refusal("System role not supported by this model's chat template")
    return None


def only_alternating_roles(body: dict[str, Any]) -> Any:
    """Refuse as vLLM does for the templates of the first Mistral models."""
    if body["messages"][0]["role"] != "user":
        return _refusal("Conversation roles must alternate user/assistant/user/assistant/...")
    return None


def wants_a_limit(body: dict[str, Any]) -> Any:
    if "max_completion_tokens" not in body and "max_tokens" in body:
        return _refusal("Unknown parameter: 'max_tokens'.", param="max_tokens")
    return _refusal("max_completion_tokens: Field required") if "max_completion_tokens" not in body else None


FAMILIES = [
    reasoning_model,
    one_of_two,
    strict_server,
    no_system_role,
    only_alternating_roles,
    wants_a_limit,
]


@pytest.fixture
def host() -> Iterator[ScriptedProvider]:
    with ScriptedProvider() as running:
        yield running


def _model(host: ScriptedProvider, memory: RefusalMemory) -> OpenAICompatible:
    return OpenAICompatible("m", host.url, "gpt", patience=Patience(1), memory=memory)


def _ask(model: OpenAICompatible) -> Completion:
    return asyncio.run(model.complete(ASKED, call_id="c"))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_refusal_is_mended_and_remembered(host: ScriptedProvider, family: Any) -> None:
    host.script = lambda body: family(body) or whole({"content": "Hello."})
    memory = RefusalMemory()
    assert _ask(_model(host, memory)).answer == "Hello."
    assert len(host.bodies) > 1
    asked = len(host.bodies)
    assert _ask(_model(host, memory)).answer == "Hello."  # another object, the same memory
    assert len(host.bodies) == asked + 1
    (learned,) = memory.list_known()
    assert (learned.url, learned.model) == (host.url, "gpt")
    assert all(map(str, learned.changes))


class Kept:
    """A keeper in memory, as the store is one."""

    def __init__(self) -> None:
        self.records: list[RefusalRecord] = []
        self.reads = 0

    def read(self) -> list[RefusalRecord]:
        self.reads += 1
        return list(self.records)

    def keep(self, record: RefusalRecord) -> None:
        self.records.append(record)


def test_what_one_server_learned_costs_another_no_call(host: ScriptedProvider) -> None:
    moment = [datetime(2026, 1, 5, tzinfo=UTC)]
    kept = Kept()
    first, second = (RefusalMemory(lambda: moment[0], kept) for _ in range(2))
    assert second.list_known() == []
    host.script = lambda body: reasoning_model(body) or whole({"content": "Hello."})
    _ask(_model(host, first))
    moment[0] += REREAD_AFTER
    asked = len(host.bodies)
    _ask(_model(host, second))
    assert len(host.bodies) == asked + 1
    reads = kept.reads
    _ask(_model(host, second))
    assert kept.reads == reads  # not at each request


def test_a_store_that_cannot_be_read_costs_a_call_and_no_answer(host: ScriptedProvider) -> None:
    class Broken(Kept):
        def read(self) -> list[RefusalRecord]:
            raise StoreError

    host.script = lambda body: reasoning_model(body) or whole({"content": "Hello."})
    assert _ask(_model(host, RefusalMemory(keeper=Broken()))).answer == "Hello."


def test_what_is_not_refused_stays_in_the_request(host: ScriptedProvider) -> None:
    host.script = lambda body: reasoning_model(body) or whole({"content": "Hello."})
    _ask(_model(host, RefusalMemory()))
    last = host.bodies[-1]
    assert (last["seed"], last["max_completion_tokens"]) == (1, 50)
    assert last["messages"][0] == {"role": "system", "content": "Be kind."}


def test_a_model_of_the_responses_api_alone_is_asked_by_it(host: ScriptedProvider) -> None:
    def answer(body: dict[str, Any]) -> Any:
        if "messages" in body:
            said = "This model is only supported in v1/responses and not in v1/chat/completions."
            return as_json({"error": {"message": said, "param": "model"}}, 404)
        if "temperature" in body:
            return _refusal("Unsupported parameter: 'temperature'", param="temperature")
        text = {"type": "output_text", "text": "Hello."}
        return as_json({"status": "completed", "output": [{"type": "message", "content": [text]}]})

    host.script = answer
    assert _ask(_model(host, RefusalMemory())).answer == "Hello."
    last = host.bodies[-1]
    assert (last["instructions"], last["input"]) == ("Be kind.", [{"role": "user", "content": "Hi"}])
    assert (last["max_output_tokens"], last["model"]) == (50, "gpt")
    assert (last["top_p"], "seed" in last) == (0.9, False)


@pytest.mark.parametrize(
    "message", ["The prompt is too long: 9000 tokens.", "Your request was flagged.", "Model gpt is retired."]
)
def test_what_cannot_be_mended_is_told_at_once(host: ScriptedProvider, message: str) -> None:
    host.script = lambda _body: _refusal(message)
    with pytest.raises(Rejected, match=message[:12]):
        _ask(_model(host, RefusalMemory()))
    assert len(host.bodies) == 1


def test_a_host_that_refuses_whatever_it_gets_is_not_asked_for_ever(host: ScriptedProvider) -> None:
    host.script = lambda body: _refusal(f"Unsupported parameter: '{next(iter(body.keys() - {'model'}))}'")
    with pytest.raises(Rejected):
        _ask(_model(host, RefusalMemory()))
    assert len(host.bodies) <= 7


def test_what_was_refused_is_tried_again_after_a_day(host: ScriptedProvider) -> None:
    moment = [datetime(2026, 1, 5, tzinfo=UTC)]
    memory = RefusalMemory(lambda: moment[0])
    host.script = lambda body: reasoning_model(body) or whole({"content": "Hello."})
    _ask(_model(host, memory))
    host.script = lambda _body: whole({"content": "Hello."})
    moment[0] += timedelta(hours=23)
    _ask(_model(host, memory))
    assert "temperature" not in host.bodies[-1]
    moment[0] += timedelta(hours=2)
    _ask(_model(host, memory))
    assert "temperature" in host.bodies[-1]
