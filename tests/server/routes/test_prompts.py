"""An application that asks its model itself gets the prompt that the gateway would use, on the same side."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from upspiral.admin.agents import ModelSpec, create_agent, revise
from upspiral.app import App
from upspiral.cycle.candidate import Revision, new_deployment
from upspiral.deploy.advance import start_canary
from upspiral.domain import AgentVersion, Cycle, CycleKind
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, CycleId
from upspiral.domain.learning.approval import Approval, ApprovalState
from upspiral.testing import FakeProvider

pytestmark = pytest.mark.anyio
AGENT = AgentId("org/shop")
OURS, LANGFUSE = "/api/v1/agents/org%2Fshop/prompt", "/api/public/v2/prompts/org%2Fshop"
TALKS = [f"talk {number}" for number in range(60)]


@pytest.fixture
async def canary(app: App) -> AsyncIterator[AgentVersion]:
    """An agent with a version that is not out yet; its second version shows an example."""
    with FakeProvider() as host:
        model = ModelSpec("openai-compatible:gpt-x", host.url)
        agent = create_agent(
            app.runtime,
            DEFAULT_WORKSPACE,
            AGENT,
            model=model,
            instructions="Be brief.",
            sampling={"max_tokens": 9},
        )
        live = app.runtime.store.agent_versions.get(DEFAULT_WORKSPACE, agent.live)
        change = Revision(rules=("Say please.",), examples=(("Hi?", "Hello, please."),))
        yield revise(app.runtime, agent, live, change)


def _roll_out(app: App, version: AgentVersion, share: float = 0.5) -> None:
    runtime, agent = app.runtime, app.agent(AGENT)
    now = runtime.now()
    cycle = Cycle(
        id=CycleId("cyc_1"),
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        story=CycleKind.DEPLOY,
        started=now,
        since=now,
        until=now,
        candidate=version.id,
    )
    start_canary(runtime.store, new_deployment(cycle, stable=agent.live, share=share, now=now))


async def _get(api: httpx2.AsyncClient, path: str, **query: Any) -> Any:
    answer = await api.get(path, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_prompt_holds_what_stands_before_a_conversation(
    api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    seen = await _get(api, OURS)
    assert seen["messages"] == [{"role": "system", "content": "Be brief."}]
    assert (seen["version"], seen["model"], seen["sampling"]) == ("org/shop@1", "gpt-x", {"max_tokens": 9.0})
    assert (seen["arm"], seen["deployment"]) == (None, None)
    newest = await _get(api, OURS, version="latest")
    assert [one["role"] for one in newest["messages"]] == ["system", "user", "assistant"]
    assert newest["text"] == "Be brief.\nSay please.\n\nExamples:\n\nuser: Hi?\nassistant: Hello, please."


@pytest.mark.long
async def test_each_conversation_is_on_the_side_on_which_the_gateway_puts_it(
    app: App, api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    _roll_out(app, canary)
    sides = {}
    for talk in TALKS:
        body = {"model": AGENT, "messages": [{"role": "user", "content": "Hi"}]}
        said = await api.post("/v1/chat/completions", json=body, headers={"x-conversation-id": talk})
        assert said.status_code == 200, said.text
        sides[talk] = (await _get(api, OURS, conversation=talk))["arm"]
    recorded = {
        one.conversation: one.arm.value if one.arm else None
        for one in app.runtime.store.interactions.latest(DEFAULT_WORKSPACE, limit=1000)
    }
    assert sides == recorded
    assert set(sides.values()) == {"canary", "stable"}
    user = [await _get(api, OURS, user=talk) for talk in TALKS]
    assert {one["version"] for one in user} == {"org/shop@1", "org/shop@2"}
    by_label = [await _get(api, LANGFUSE, label=f"conversation:{talk}") for talk in TALKS]
    assert [one["config"]["upspiral"]["arm"] for one in by_label] == list(sides.values())


async def test_a_prompt_that_did_not_change_is_answered_without_a_body(
    app: App, api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    first = await api.get(OURS)
    etag = first.headers["etag"]
    again = await api.get(OURS, headers={"if-none-match": f'"other", W/{etag}'})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    _roll_out(app, canary)  # its side is part of it
    changed = await api.get(OURS, headers={"if-none-match": etag})
    assert (changed.status_code, changed.headers["etag"] != etag) == (200, True)


async def test_langfuse_gets_a_chat_or_one_text_by_version_or_label(
    app: App, api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    seen = await _get(api, LANGFUSE)
    assert seen == {
        "name": "org/shop",
        "version": 1,
        "type": "chat",
        "prompt": [{"role": "system", "content": "Be brief."}],
        "config": {
            "model": "gpt-x",
            "max_tokens": 9.0,
            "upspiral": {"version": "org/shop@1", "arm": None, "deployment": None},
        },
        "labels": ["production"],
        "tags": [],
        "commitMessage": None,
        "resolutionGraph": None,
    }
    text = await _get(api, f"{LANGFUSE}%2Ftext", version=2)
    assert (text["type"], text["name"], text["labels"]) == ("text", "org/shop/text", ["latest"])
    assert text["prompt"].startswith("Be brief.\nSay please.")
    assert (await _get(api, LANGFUSE, label="latest"))["version"] == 2
    for query in ({"label": "staging"}, {"version": 9}):
        missing = await api.get(LANGFUSE, params=query)
        assert (missing.status_code, "production, canary, latest" in missing.text) == (404, True)


async def test_after_a_rollback_the_label_of_the_canary_gives_the_live_version(
    app: App, api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    _roll_out(app, canary)
    seen = await _get(api, LANGFUSE, label="canary")
    assert (seen["version"], seen["labels"]) == (2, ["canary", "latest"])
    app.rollback(AGENT)
    assert (await _get(api, LANGFUSE, label="canary"))["version"] == 1
    assert {(await _get(api, OURS, conversation=talk))["version"] for talk in TALKS} == {"org/shop@1"}


async def test_feedback_on_a_record_that_names_its_prompt_counts_for_its_side_of_the_canary(
    app: App, api: httpx2.AsyncClient, canary: AgentVersion
) -> None:
    _roll_out(app, canary)
    records = [_record("r1", {"prompt": "org/shop@2"}), _record("r2", {"prompt": "org/shop@1"})]
    names = {"langfuse.observation.prompt.name": "org/shop/text", "langfuse.observation.prompt.version": "2"}
    records += [_record("r3", names), _record("r4", {"prompt": "other@2"}), _record("r5", {"prompt": "Hi"})]
    for _ in range(2):  # sent again, it is the same
        answer = await api.post("/api/v1/interactions", json={"interactions": records})
        assert answer.status_code == 201, answer.text
    store = app.runtime.store
    kept = {one.id: one for one in store.interactions.latest(DEFAULT_WORKSPACE)}
    assert [kept[name].arm for name in sorted(kept)] == ["canary", "stable", "canary", None, None]
    assert [kept[name].version == canary.id for name in sorted(kept)] == [True, False, True, False, False]
    assert [bool(kept[name].deployment) for name in sorted(kept)] == [True, True, True, False, False]
    app.rollback(AGENT)
    answer = await api.post("/api/v1/interactions", json={"interactions": records})
    assert answer.status_code == 201, answer.text
    await api.post("/api/v1/interactions", json={"interactions": [_record("r6", {"prompt": "org/shop@1"})]})
    (late,) = [one for one in store.interactions.latest(DEFAULT_WORKSPACE) if one.id == "r6"]
    assert (late.version, late.arm) == (app.agent(AGENT).live, None)


def _record(ident: str, metadata: dict[str, str]) -> dict[str, Any]:
    said = {"messages": [{"role": "user", "content": "Hi"}], "answer": "Hello."}
    return {"id": ident, "agent": AGENT, "model": "gpt", **said, "metadata": metadata}


@pytest.mark.parametrize("state", [ApprovalState.WAITING, ApprovalState.REFUSED])
async def test_the_newest_version_is_none_whose_text_a_person_has_not_approved(
    api: httpx2.AsyncClient, app: App, canary: AgentVersion, state: ApprovalState
) -> None:
    store, now = app.runtime.store, app.runtime.now()
    live = app.agent(AGENT).live
    asked = Approval(
        id="apr_1",
        workspace=DEFAULT_WORKSPACE,
        agent=AGENT,
        cycle=CycleId("cyc_1"),
        lever="rules",
        candidate=canary.id,
        live=live,
        text_sha256="",
        state=state,
        at=now,
        expires=now + timedelta(days=1),
    )
    store.approvals.add(asked)
    assert (await _get(api, OURS, version="latest"))["number"] == 1
    seen = await _get(api, LANGFUSE, label="latest")
    assert (seen["version"], "latest" in seen["labels"]) == (1, True)
    store.approvals.upsert(replace(asked, state=ApprovalState.APPROVED))
    assert (await _get(api, OURS, version="latest"))["number"] == 2
