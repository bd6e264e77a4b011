"""Asking a model over HTTP, when all goes well and when it does not."""

import asyncio
from typing import Any

import pytest

from upspiral.domain import Message
from upspiral.errors import (
    AuthFailed,
    ConfigError,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Rejected,
    Unavailable,
)
from upspiral.providers.base import ChatRequest, Completion
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.testing import FakeProvider

ASK = ChatRequest((Message("user", "Hi"),), max_tokens=5)


def _ask(fake: FakeProvider, *, key: str | None = None, **more: Any) -> Completion:
    model = OpenAICompatible("teacher", fake.url, "gpt", key, patience=Patience(max_wait_s=5), **more)
    return asyncio.run(model.complete(ASK, call_id="call-1"))


def test_an_answer_comes_with_its_usage_and_carries_its_call_id() -> None:
    with FakeProvider() as fake:
        answer = _ask(fake)
    assert (answer.answer, answer.usage.output_tokens) == ("You said: Hi", 3)
    assert fake.calls == ["call-1"]
    assert fake.bodies[0]["max_tokens"] == 5


@pytest.mark.parametrize(
    ("mood", "error", "calls"),
    [
        ("busy", RateLimited, 3),
        ("broken", Unavailable, 3),
        ("down", Unavailable, 3),
        ("stall", ProviderTimeout, 3),
        ("denied", AuthFailed, 1),
        ("html", Rejected, 1),
        ("empty", Rejected, 1),
        ("nan", Rejected, 1),
        ("deep", Rejected, 1),
    ],
)
def test_every_failure_has_its_class_and_only_passing_ones_are_tried_again(
    mood: Any, error: type[ProviderError], calls: int
) -> None:
    with FakeProvider(moods=(mood,), stall_s=1) as fake, pytest.raises(error) as caught:
        _ask(fake, timeout_s=0.3)
    assert len(fake.calls) == calls
    assert caught.value.hint
    assert "teacher" in str(caught.value)


def test_a_busy_provider_is_asked_again_and_answers() -> None:
    with FakeProvider(moods=("busy", "broken", "ok")) as fake:
        assert _ask(fake).answer == "You said: Hi"
    assert set(fake.calls) == {"call-1"}


def test_a_key_is_never_in_an_error() -> None:
    with FakeProvider(moods=("denied",)) as fake, pytest.raises(AuthFailed) as caught:
        _ask(fake, key="sk-very-secret")
    assert "sk-very-secret" not in f"{caught.value!r} {caught.value}"


def test_nobody_listening_is_told_as_unavailable() -> None:
    model = OpenAICompatible("teacher", "http://127.0.0.1:9/v1", "gpt", patience=Patience(1))
    with pytest.raises(Unavailable, match="teacher"):
        asyncio.run(model.complete(ASK))


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ConfigError, match="file:"):
        OpenAICompatible("teacher", "file:///etc/passwd", "gpt")
