"""No request follows a redirect: an address that was checked cannot send us, or a key, to another one."""

import asyncio
from collections.abc import Callable, Iterator

import httpx2
import pytest
from starlette.responses import Response
from tests.server.scripted import ScriptedProvider

from upspiral import Upspiral
from upspiral.cli.api import request
from upspiral.domain import Message
from upspiral.errors import Rejected, UpspiralError
from upspiral.providers import outbound
from upspiral.providers.address import Reach
from upspiral.providers.base import ChatRequest
from upspiral.providers.embeddings import EmbeddingEndpoint
from upspiral.providers.openai_compatible import OpenAICompatible
from upspiral.providers.upstream import Upstream

ASKED = ChatRequest(messages=(Message(role="user", content="Hi"),))
PATHS = ("/chat/completions", "/responses", "/messages", "/embeddings")
BODY = b'{"model": "m"}'


@pytest.fixture
def private() -> Iterator[ScriptedProvider]:
    """What an attacker wants to reach."""
    with ScriptedProvider() as running:
        yield running


@pytest.fixture(params=[301, 302, 303, 307, 308])
def moved(request: pytest.FixtureRequest, private: ScriptedProvider) -> Iterator[ScriptedProvider]:
    """An endpoint that may be asked, and sends on to the private one."""
    with ScriptedProvider() as running:
        location = {"location": f"{private.url}/chat/completions", "retry-after": "0"}
        running.script = lambda _body: Response("<html>Moved</html>", request.param, location)
        yield running


def _complete(url: str) -> None:
    asyncio.run(OpenAICompatible("m", url, "gpt", "sk-1").complete(ASKED))


def _stream(url: str) -> None:
    async def read() -> None:
        async for _ in OpenAICompatible("m", url, "gpt", "sk-1").stream(ASKED):
            pass

    asyncio.run(read())


def _embed(url: str) -> None:
    EmbeddingEndpoint(url, "m", "sk-1").embed(["a"])


def _whole(path: str) -> Callable[[str], None]:
    return lambda url: _drop(asyncio.run(Upstream("m", url, key="sk-1").whole(path, BODY)))


def _pieces(path: str) -> Callable[[str], None]:
    async def read(url: str) -> None:
        async for _ in Upstream("m", url, key="sk-1").pieces(path, BODY):
            pass

    return lambda url: asyncio.run(read(url))


def _drop(_given: object) -> None:
    """Nothing is done with what a test does not expect."""


ASKING = {
    "a completion": _complete,
    "a stream": _stream,
    "embeddings": _embed,
    **{f"whole {path}": _whole(path) for path in PATHS},
    **{f"pieces {path}": _pieces(path) for path in PATHS},
}


@pytest.mark.parametrize("ask", ASKING.values(), ids=list(ASKING))
def test_what_a_model_is_asked_for_is_not_carried_to_where_it_points(
    moved: ScriptedProvider, private: ScriptedProvider, ask: Callable[[str], None]
) -> None:
    with pytest.raises(Rejected) as found:
        ask(moved.url)
    assert "Redirects are not followed" in found.value.hint
    assert private.url not in f"{found.value} {found.value.hint}"
    assert (len(moved.bodies), private.bodies) == (1, [])


def test_an_address_that_may_be_asked_cannot_lead_to_one_that_may_not(
    moved: ScriptedProvider, private: ScriptedProvider
) -> None:
    url = moved.url.replace("127.0.0.1", "localhost")
    reach = Reach(allowed=("localhost",))
    reply = asyncio.run(outbound.post(f"{url}/x", BODY, headers={}, timeout_s=20, reach=reach))
    assert 300 <= reply.status < 400
    assert private.bodies == []


def test_a_command_and_the_client_do_not_carry_their_key_to_where_a_server_points(
    moved: ScriptedProvider, private: ScriptedProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UPSPIRAL_KEY", "ups_mine")
    with pytest.raises(UpspiralError, match="another address"):
        request("POST", "/api/v1/cycles", None, moved.url, json={})
    client = Upspiral(moved.url, key="ups_mine", spool=False)
    with pytest.raises(UpspiralError):
        client.learning.trigger_learning_cycle()
    client.close(timeout_s=0.1)
    assert private.bodies == []
    assert moved.bodies


def test_httpx_follows_no_redirect_unless_told_to() -> None:
    assert httpx2.Client().follow_redirects is False
    assert httpx2.AsyncClient().follow_redirects is False
