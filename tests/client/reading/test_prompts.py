"""A client keeps its prompt while the server does not answer; a rollback arrives within the time to live."""

from collections.abc import Iterator

import httpx2
import msgspec
import pytest
from tests.client.conftest import Server

from upspiral.client import AsyncUpspiral, Upspiral
from upspiral.client.reading.asking import Asker
from upspiral.client.reading.prompts import MAX_KEPT_PROMPTS, RETRY_PAUSE_S, PromptCache, WantedPrompt
from upspiral.errors import NotFound, Unavailable
from upspiral.wire.delivered_prompt import DeliveredPrompt, PromptMessage

WANTED = WantedPrompt("org/shop")
DEAD = httpx2.ConnectError("refused")


def _prompt(number: int = 1, arm: str | None = None) -> DeliveredPrompt:
    message = PromptMessage("system", f"Prompt {number}.")
    return DeliveredPrompt(
        agent="org/shop",
        version=f"org/shop@{number}",
        number=number,
        model="gpt",
        messages=(message,),
        text=message.content,
        sampling={},
        arm=arm,
    )


def _answer(prompt: DeliveredPrompt) -> httpx2.Response:
    return httpx2.Response(200, content=msgspec.json.encode(prompt), headers={"etag": prompt.etag})


class _Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


@pytest.fixture
def cache(server: Server, clock: _Clock) -> Iterator[PromptCache]:
    def connect() -> httpx2.Client:
        return httpx2.Client(base_url="http://test", transport=server.transport)

    asker = Asker(connect, lambda: pytest.fail("flushed"))
    yield PromptCache(asker, clock)
    asker.close()


def _get(cache: PromptCache, wanted: WantedPrompt = WANTED, fallback: str | None = None) -> DeliveredPrompt:
    return cache.get(wanted, ttl_s=60, fallback=fallback)


def test_a_fresh_prompt_asks_nobody_and_an_old_one_asks_whether_it_changed(
    server: Server, cache: PromptCache, clock: _Clock
) -> None:
    server.answers = [_answer(_prompt()), httpx2.Response(304)]
    assert _get(cache) == _get(cache) == _prompt()
    assert len(server.requests) == 1
    assert server.requests[0].url.raw_path == b"/api/v1/agents/org%2Fshop/prompt"
    clock.now += 61
    assert _get(cache) == _get(cache) == _prompt()
    assert server.requests[1].headers["if-none-match"] == _prompt().etag
    assert len(server.requests) == 2


def test_a_rollback_arrives_within_the_time_to_live(
    server: Server, cache: PromptCache, clock: _Clock
) -> None:
    talk = WantedPrompt("org/shop", conversation="t 1")
    server.answers = [_answer(_prompt(2, "canary")), _answer(_prompt(1))]
    assert _get(cache, talk).number == 2
    clock.now += 59
    assert _get(cache, talk).number == 2
    clock.now += 2
    assert _get(cache, talk).number == 1
    assert server.requests[0].url.params["conversation"] == "t 1"


@pytest.mark.parametrize("failure", [DEAD, httpx2.Response(503, json={}), httpx2.Response(429, json={})])
def test_while_the_server_does_not_answer_the_prompt_known_last_is_given_and_few_callers_wait(
    server: Server, cache: PromptCache, clock: _Clock, failure: httpx2.Response | Exception
) -> None:
    server.answers = [_answer(_prompt()), failure, failure, _answer(_prompt(2))]
    _get(cache)
    clock.now += 1000
    assert [_get(cache).number for _ in range(5)] == [1] * 5
    assert len(server.requests) == 2
    clock.now += RETRY_PAUSE_S
    assert _get(cache).number == 1
    clock.now += RETRY_PAUSE_S
    assert _get(cache).number == 2


def test_somebody_new_gets_the_stable_prompt_of_others_while_the_server_is_gone(
    server: Server, cache: PromptCache
) -> None:
    server.answers = [_answer(_prompt(1, "stable")), _answer(_prompt(2, "canary")), DEAD]
    _get(cache, WantedPrompt("org/shop", conversation="a"))
    _get(cache, WantedPrompt("org/shop", conversation="b"))
    assert _get(cache, WantedPrompt("org/shop", conversation="c")).number == 1


def test_without_anything_known_the_fallback_is_given_or_the_error_told(
    server: Server, cache: PromptCache
) -> None:
    server.answers = [DEAD, DEAD]
    assert _get(cache, fallback="Be kind.").messages == (PromptMessage("system", "Be kind."),)
    with pytest.raises(Unavailable):
        _get(cache)


def test_an_agent_that_is_gone_is_told_although_its_prompt_is_known(
    server: Server, cache: PromptCache, clock: _Clock
) -> None:
    problem = {"title": "There is no agent 'org/shop'.", "hint": ""}
    server.answers = [_answer(_prompt()), httpx2.Response(404, json=problem)]
    _get(cache)
    clock.now += 61
    with pytest.raises(NotFound, match="no agent"):
        _get(cache, fallback="Be kind.")


def test_prompts_of_many_conversations_take_a_bounded_room(server: Server, cache: PromptCache) -> None:
    server.always = lambda _request: _answer(_prompt())
    for number in range(MAX_KEPT_PROMPTS + 5):
        _get(cache, WantedPrompt("org/shop", conversation=str(number)))
    assert len(cache._kept) == MAX_KEPT_PROMPTS


def test_the_clients_give_it(server: Server) -> None:
    server.always = lambda _request: _answer(_prompt())
    with Upspiral(key="k", transport=server.transport) as client:
        assert client.prompt("org/shop", user="anna").text == "Prompt 1."
    assert server.requests[0].headers["authorization"] == "Bearer k"


@pytest.mark.anyio
async def test_the_async_client_gives_it(server: Server) -> None:
    server.always = lambda _request: _answer(_prompt())
    async with AsyncUpspiral(key="k", transport=server.transport) as client:
        assert (await client.prompt("org/shop")).model == "gpt"
