"""What do the headers and the metadata that applications send already tell the gateway?"""

from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest
from tests.server.conftest import client_of

from upspiral.app import App
from upspiral.domain import Interaction, Kind
from upspiral.domain.ids import DEFAULT_WORKSPACE
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
HI = [{"role": "user", "content": "Hi"}]
HELICONE = {
    "Helicone-User-Id": "anna",
    "Helicone-Session-Id": "talk-1",
    "Helicone-Session-Name": "Support",
    "Helicone-Property-Domain": "billing",
    "Helicone-Property-Plan": "gold",
}


@pytest.fixture
def provider() -> Iterator[FakeProvider]:
    with FakeProvider(stall_s=0.5) as fake:
        yield fake


@pytest.fixture
async def api(app: App, provider: FakeProvider) -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(app) as client:
        model = {"model": "openai-compatible:gpt", "url": provider.url}
        made = await client.post("/api/v1/agents", json={"name": "support", "model": model})
        assert made.status_code == 201, made.text
        yield client


async def _ask(
    api: httpx2.AsyncClient, app: App, *, headers: dict[str, str] | None = None, **more: object
) -> Interaction:
    body = {"model": "support", "messages": HI, **more}
    answer = await api.post("/v1/chat/completions", json=body, headers=headers or {})
    assert answer.status_code == 200, answer.text
    return app.runtime.store.interactions.get(DEFAULT_WORKSPACE, answer.json()["id"])


async def test_helicones_headers_name_user_conversation_and_metadata_and_go_no_further(
    api: httpx2.AsyncClient, app: App, provider: FakeProvider
) -> None:
    kept = await _ask(api, app, headers=HELICONE)
    assert (kept.end_user, kept.conversation) == ("anna", "talk-1")
    assert (kept.metadata["domain"], kept.metadata["plan"]) == ("billing", "gold")
    assert provider.headers
    assert not [name for one in provider.headers for name in one if "helicone" in name.lower()]


async def test_what_the_body_and_our_own_header_say_wins_over_helicones(
    api: httpx2.AsyncClient, app: App
) -> None:
    own = HELICONE | {"x-conversation-id": "talk-2"}
    kept = await _ask(api, app, headers=own, user="ben", metadata={"plan": "silver"})
    assert (kept.end_user, kept.conversation, kept.metadata["plan"]) == ("ben", "talk-2", "silver")


async def test_metadata_that_names_a_recommendation_feeds_the_learning_cycle(
    api: httpx2.AsyncClient, app: App, provider: FakeProvider
) -> None:
    kept = await _ask(api, app, metadata={"recommendation": "budget", "confidence": "80%"})
    assert kept.kind is Kind.RECOMMENDATION
    assert "metadata" not in provider.bodies[-1]
    judged = {"recommendation_id": kept.id, "status": "approved"}
    assert (await api.post("/api/v1/learning/outcomes/evaluate", json=judged)).status_code == 201
    told = (await api.get(f"/api/v1/learning/recommendations/{kept.id}")).json()
    assert (told["type"], told["confidence"], told["content"]) == ("budget", 0.8, "You said: Hi")
    assert app.runtime.store.interactions.recommendations_settled(DEFAULT_WORKSPACE, kept.at, 10) == 1


@pytest.mark.parametrize("said", ["high", "7", "-1", "nan", ""])
async def test_a_confidence_that_is_no_number_from_0_to_1_is_kept_apart(
    api: httpx2.AsyncClient, app: App, said: str
) -> None:
    kept = await _ask(api, app, metadata={"recommendation": "budget", "confidence": said})
    told = (await api.get(f"/api/v1/learning/recommendations/{kept.id}")).json()
    assert (told["confidence"], kept.metadata["stated_confidence"]) == (None, said)


async def test_the_client_api_takes_the_same_names(api: httpx2.AsyncClient, app: App) -> None:
    noted = {"recommendation": "channel", "confidence": "0.4"}
    body = {"agent": "planner", "messages": HI, "answer": "By mail.", "model": "m", "metadata": noted}
    made = await api.post("/api/v1/interactions", json=body)
    assert made.status_code == 201, made.text
    told = (await api.get(f"/api/v1/learning/recommendations/{made.json()['id']}")).json()
    assert (told["type"], told["confidence"], told["agent_id"]) == ("channel", 0.4, "planner")
