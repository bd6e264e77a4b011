"""Several agents behind one model name: asked at once, or one after the other until an answer is good."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path
from typing import Any

import anthropic
import httpx2
import openai
import pytest

from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Interaction, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.server.app import create_app
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
HI = [{"role": "user", "content": "What is the capital of France?"}]
Ask = Callable[..., Any]


class House:
    """An app with agents that each say one thing, and a client of it."""

    def __init__(self, app: App, stack: ExitStack) -> None:
        self.app, self._stack = app, stack
        self.providers: dict[str, FakeProvider] = {}
        self.api: httpx2.AsyncClient

    async def agent(self, name: str, says: str) -> FakeProvider:
        provider = self._stack.enter_context(FakeProvider(lambda _: says, stall_s=0.5))
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        made = await self.api.post("/api/v1/agents", json={"name": name, "model": model})
        assert made.status_code == 201, made.text
        self.providers[name] = provider
        return provider

    async def ask(self, model: str, path: str = "/v1/chat/completions", **more: Any) -> httpx2.Response:
        return await self.api.post(path, json={"model": model, "messages": HI, **more})

    async def said(self, model: str, **more: Any) -> tuple[str, str]:
        answer = await self.ask(model, **more)
        assert answer.status_code == 200, answer.text
        found = answer.json()
        assert found["id"] == answer.headers["x-upspiral-interaction"]
        return found["id"], found["choices"][0]["message"]["content"]

    async def judge(self, ident: str, **more: Any) -> None:
        given = await self.api.post("/api/v1/feedback", json={"interaction": ident, **more})
        assert given.status_code == 201, given.text

    def kept(self) -> dict[str, Interaction]:
        return {one.agent: one for one in self.app.runtime.store.interactions.latest(DEFAULT_WORKSPACE)}


@pytest.fixture
def route() -> dict[str, Any]:
    return {}


@pytest.fixture
def app(tmp_path: Path, route: dict[str, Any], request: pytest.FixtureRequest) -> Iterator[App]:
    given = getattr(request, "param", {})
    with App(load(data=tmp_path / "data", route={**route, **given})) as opened:
        yield opened


@pytest.fixture
async def house(app: App) -> AsyncIterator[House]:
    with ExitStack() as stack:
        made = House(app, stack)
        mine = {"authorization": f"Bearer {(app.settings.data / 'key').read_text().strip()}"}
        transport = httpx2.ASGITransport(create_app(app), raise_app_exceptions=False)
        async with AsyncExitStack() as waiting:
            made.api = await waiting.enter_async_context(
                httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1", headers=mine)
            )
            yield made


def with_route(**settings: Any) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("app", [settings], indirect=True)


async def three(house: House, *, third: str = "Rome") -> None:
    for name, says in (("anna", "Paris."), ("bert", "paris"), ("carl", third)):
        await house.agent(name, says)


@with_route(min_width=3)
async def test_an_ensemble_gives_what_most_say_and_records_everybody(house: House) -> None:
    await three(house)
    ident, said = await house.said("auto:ensemble", metadata={"conversation": "c1", "domain": "places"})
    assert said.strip(".").lower() == "paris"
    kept = house.kept()
    assert set(kept) == {"anna", "bert", "carl"}
    assert {one.conversation for one in kept.values()} == {"c1"}
    assert len({one.metadata["ensemble_id"] for one in kept.values()}) == 1
    given = next(one for one in kept.values() if one.id == ident)
    assert given.metadata["ensemble"] == "given"
    assert set(given.metadata["agreed"].split(",")) == {"anna", "bert"}
    assert set(given.metadata["models"].split(",")) == {"anna", "bert", "carl"}
    assert given.at == max(one.at for one in kept.values())
    [choice] = house.app.runtime.store.choices.page(DEFAULT_WORKSPACE, None, 10)
    assert (choice.id, choice.policy) == (ident, "thompson:ensemble")
    assert choice.probability == pytest.approx(1 / 6)


@with_route(min_width=3)
async def test_feedback_on_the_conversation_means_the_answer_that_was_given(house: House) -> None:
    await three(house)
    ident, _ = await house.said("auto:ensemble", metadata={"conversation": "c1"})
    given = await house.api.post("/api/v1/feedback", json={"conversation": "c1", "thumbs": "up"})
    assert [one["interaction"] for one in given.json()["outcomes"]] == [ident]
    house.app.runtime.routers.refresh()
    profiles = (await house.api.get("/api/v1/profiles")).json()
    assert {name: one["successful_queries"] for name, one in profiles.items()} == {
        "anna": 1, "bert": 1, "carl": 1
    }  # fmt: skip


@with_route(min_width=3)
async def test_a_member_that_fails_does_not_fail_the_ensemble(house: House) -> None:
    await three(house)
    house.providers["carl"].moods = ["denied"]
    _, said = await house.said("auto:ensemble")
    assert said.strip(".").lower() == "paris"
    failed = house.kept()["carl"]
    assert failed.error
    outcomes = house.app.runtime.store.outcomes.of(DEFAULT_WORKSPACE, [failed.id])
    assert outcomes[failed.id].status == Status.FAILURE


@with_route(policy="threshold", min_width=4)
async def test_under_the_policy_threshold_width_and_depth_act_and_explain_says_what_they_do(
    house: House,
) -> None:
    await three(house)
    ident, _ = await house.said("carl", metadata={"domain": "places"})
    await house.judge(ident, thumbs="up")
    house.app.runtime.routers.refresh()
    _, said = await house.said("auto:ensemble", metadata={"domain": "places"})
    assert said.lower().rstrip(".") == "paris"
    assert all(len(provider.bodies) >= 1 for provider in house.providers.values())
    told = (await house.api.get("/api/v1/choices/explain", params={"domain": "places"})).json()
    assert told["ensemble"] == {"width": 3, "tuned": 4}
    assert told["cascade"]["depth"] == 2


@with_route(min_width=3)
async def test_an_ensemble_of_which_nobody_answers_says_so(house: House) -> None:
    await three(house)
    for provider in house.providers.values():
        provider.moods = ["denied"]
    assert (await house.ask("auto:ensemble")).status_code == 401  # and the message names the model
    assert all(one.error for one in house.kept().values())
    assert len(house.kept()) == 3


@with_route(min_width=3, mode="ensemble")
async def test_of_long_answers_the_one_in_the_middle_is_given(house: House) -> None:
    long = "The capital of France is Paris, a city on the river Seine with many museums"
    await house.agent("anna", f"{long} and cafés.")
    await house.agent("bert", f"{long}.")
    await house.agent("carl", f"{long} by day.")
    _, said = await house.said("auto")
    assert said == f"{long}."


@with_route(min_width=2, verifier="judge")
async def test_where_no_majority_is_the_verifier_decides_and_never_answers(house: House) -> None:
    await house.agent("anna", "Rome")
    await house.agent("bert", "Paris")

    def score(prompt: str) -> str:
        return "0.9" if "<answer>\nParis" in prompt else "0.1"

    provider = await house.agent("judge", "")
    provider._answer = score
    for number in range(5):
        _, said = await house.said("auto:ensemble", metadata={"conversation": f"c{number}"})
        assert said == "Paris"
    noted = house.kept()["judge"]
    assert noted.trainable is False
    assert noted.answer in ("0.9", "0.1")


@with_route(min_width=3)
async def test_a_stream_of_several_comes_in_one_piece_in_every_dialect(house: House) -> None:
    await three(house)
    key = house.api.headers["authorization"].removeprefix("Bearer ")
    client = openai.AsyncOpenAI(base_url="http://127.0.0.1/v1", api_key=key, http_client=house.api)
    claude = anthropic.AsyncAnthropic(base_url="http://127.0.0.1", api_key=key, http_client=house.api)
    heard = await client.chat.completions.create(
        model="auto:ensemble",
        messages=[{"role": "user", "content": "Where?"}],
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in heard]
    text = "".join(choice.delta.content or "" for chunk in chunks for choice in chunk.choices)
    assert text.strip(".").lower() == "paris"
    assert chunks[-1].usage
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert {"anna", "bert", "carl"} == set(house.kept())
    async with client.responses.stream(model="auto:ensemble", input="Where?") as told:
        final = await told.get_final_response()
    assert final.output_text.strip(".").lower() == "paris"
    async with claude.messages.stream(
        model="auto:cascade", max_tokens=10, messages=[{"role": "user", "content": "Where?"}]
    ) as words:
        assert await words.get_final_text() in ("Paris.", "paris", "Rome")


async def test_embeddings_are_of_one_agent(house: House) -> None:
    await house.agent("anna", "x")
    refused = await house.api.post("/v1/embeddings", json={"model": "auto:ensemble", "input": "Hi"})
    assert refused.status_code == 422
    assert "Embeddings" in refused.text


@with_route(verifier="judge")
async def test_a_cascade_escalates_until_an_answer_is_verified(house: House) -> None:
    await house.agent("anna", "Rome")
    await house.agent("bert", "Paris")
    (await house.agent("judge", ""))._answer = lambda p: "0.9" if "<answer>\nParis" in p else "0.1"
    escalated = 0
    for number in range(6):
        _, said = await house.said("auto:cascade", metadata={"conversation": f"c{number}"})
        assert said == "Paris"
        escalated += any(
            one.metadata.get("cascade") == "escalated" and one.conversation == f"c{number}"
            for one in house.kept().values()
        )
    assert 0 < escalated < 6
    dropped = house.kept()["anna"]
    assert dropped.trainable is False
    store = house.app.runtime.store
    [signal] = store.feedback.about(DEFAULT_WORKSPACE, [dropped.id])
    assert (signal.source, signal.rater, signal.score) == ("verifier", "judge", 0.1)
    assert store.outcomes.of(DEFAULT_WORKSPACE, [dropped.id])[dropped.id].status == Status.FAILURE
    choices = store.choices.page(DEFAULT_WORKSPACE, None, 10)
    assert {(one.policy, str(one.agent)) for one in choices} == {("thompson:cascade", "bert")}


@with_route(verifier="judge", mode="cascade", max_depth=2)
async def test_where_none_passes_the_best_is_given_and_marked_unverified(house: House) -> None:
    await house.agent("anna", "Rome")
    await house.agent("bert", "Berlin")
    (await house.agent("judge", ""))._answer = lambda p: "0.4" if "<answer>\nBerlin" in p else "I say 1"
    ident, said = await house.said("auto")
    assert said == "Berlin"
    assert (
        house.app.runtime.store.interactions.get(DEFAULT_WORKSPACE, ident).metadata["cascade"] == "unverified"
    )


async def test_without_a_verifier_a_cascade_goes_on_where_an_answer_fails_or_is_empty(house: House) -> None:
    await house.agent("anna", "")
    await house.agent("bert", "Paris")
    for number in range(4):
        _, said = await house.said("auto:cascade", metadata={"conversation": f"c{number}"})
        assert said == "Paris"
    house.providers["anna"].moods = ["denied"]
    assert (await house.said("auto:cascade"))[1] == "Paris"
    house.providers["bert"].moods = ["denied"]
    assert (await house.ask("auto:cascade")).status_code == 401


@with_route(verifier="nobody")
async def test_a_verifier_that_is_not_there_is_told(house: House) -> None:
    await house.agent("anna", "Paris")
    answer = await house.ask("auto:cascade")
    assert answer.status_code == 404
    assert "nobody" in answer.text
    assert house.kept() == {}
    assert house.providers["anna"].calls == []


@with_route(min_width=1, max_width=3)
async def test_the_width_grows_with_loop_backs_and_survives_a_restart(house: House) -> None:
    await three(house)
    for number in range(8):
        talk = {"conversation": f"c{number}", "domain": "places", "loop_back": "true"}
        ident, _ = await house.said("auto:ensemble", metadata=talk)
        await house.judge(ident, thumbs="down")
    house.app.runtime.routers.refresh()
    told = (await house.api.get("/api/v1/choices/explain", params={"domain": "places"})).json()
    assert told["ensemble"]["width"] == 2
    asked = sum(len(provider.calls) for provider in house.providers.values())
    await house.said("auto:ensemble", metadata={"conversation": "new", "domain": "places"})
    assert sum(len(provider.calls) for provider in house.providers.values()) == asked + 2
    house.app.runtime.routers._made.clear()
    told = (await house.api.get("/api/v1/choices/explain", params={"domain": "places"})).json()
    assert told["ensemble"]["width"] == 2


async def test_what_if_never_learns_from_an_answer_of_several(house: House) -> None:
    await three(house)
    ident, _ = await house.said("auto:ensemble")
    await house.judge(ident, thumbs="up")
    seen = (await house.api.get("/api/v1/choices/what-if", params={"policy": "fixed"})).json()
    assert seen["learned_from"] + seen["judged_on"] == 0
