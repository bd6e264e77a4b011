"""The one client: it connects to addresses that were checked, and to no others."""

import asyncio
import socket
from typing import Any

import pytest

from upspiral.errors import ConfigError, InvalidInput, Rejected
from upspiral.providers import outbound
from upspiral.providers.address import OPERATORS, Reach
from upspiral.providers.base import ChatRequest
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.retry import Patience
from upspiral.testing.provider import FakeProvider

BODY = b'{"model": "m", "messages": [{"role": "user", "content": "q"}]}'


def _post(url: str, reach: Reach) -> int:
    async def main() -> int:
        reply = await outbound.post(
            url, BODY, headers={"content-type": "application/json"}, timeout_s=20, reach=reach
        )
        return reply.status

    return asyncio.run(main())


def test_a_name_that_leads_into_a_private_network_is_not_connected_to() -> None:
    with FakeProvider() as provider:
        url = provider.url.replace("127.0.0.1", "localhost") + "/chat/completions"
        with pytest.raises(Rejected, match="private network"):
            _post(url, Reach())
        with pytest.raises(Rejected, match="private network"):
            _post(provider.url + "/chat/completions", Reach())
        assert provider.calls == []
        assert _post(url, OPERATORS) == 200
        assert _post(url, Reach(allowed=("localhost",))) == 200
        assert len(provider.calls) == 2


def test_every_address_of_a_name_is_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        return [(*kind, ("93.184.216.34", port)), (*kind, ("169.254.169.254", port))]

    async def getaddrinfo(_self: object, host: str, port: int, **more: Any) -> list[Any]:
        return looked_up(host, port, **more)

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", getaddrinfo)
    with pytest.raises(Rejected, match="credentials"):
        _post("http://rebinding.example/v1", OPERATORS)


def test_a_url_is_checked_at_use_too() -> None:
    with pytest.raises(InvalidInput):
        _post("http://127.1/v1", OPERATORS)
    with pytest.raises(ConfigError, match="Model 'm'"):
        OpenAICompatible("m", "http://127.0.0.1/v1?x=", "gpt")


def test_a_body_that_is_no_providers_error_is_for_the_operator_only() -> None:
    with FakeProvider(moods=("html",)) as provider:
        model = OpenAICompatible("m", provider.url, "gpt", "sk-1", patience=Patience(1))
        with pytest.raises(Rejected) as found:
            asyncio.run(model.complete(ChatRequest(messages=())))
    assert "Bad gateway" not in str(found.value)
    assert provider.url not in str(found.value)
    assert "Bad gateway" in found.value.detail
    assert provider.url in found.value.detail
