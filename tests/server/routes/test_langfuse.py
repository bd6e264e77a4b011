"""What do Langfuse's clients find at our doors besides the path of traces?"""

from typing import Any

import httpx2
import msgspec
import pytest

from upspiral.admin.keys import grant_key
from upspiral.app import App
from upspiral.domain import Feedback, Interaction, Scope, Source
from upspiral.domain.span import Span

pytestmark = pytest.mark.anyio
EVENTS, SCORES = "/api/public/ingestion", "/api/public/scores"
ASKED = [{"role": "user", "content": "Where is my parcel?"}]
SAID = {"role": "assistant", "content": "It comes tomorrow."}


def event(kind: str, body: dict[str, Any], ident: str = "", second: int = 0) -> dict[str, Any]:
    at = f"2026-01-05T12:00:{second:02}Z"
    return {"id": ident or f"{kind} {body.get('id')}", "type": kind, "timestamp": at, "body": body}


TRACE = event(
    "trace-create",
    {"id": "t", "name": "helper", "userId": "anna", "sessionId": "talk", "tags": ["beta"]},
)
BEGUN = event(
    "generation-create",
    {
        "id": "g",
        "traceId": "t",
        "name": "answer",
        "model": "gpt-x",
        "modelParameters": {"temperature": 0.5},
        "input": ASKED,
        "startTime": "2026-01-05T12:00:01Z",
        "metadata": {"plan": "gold"},
    },
    second=1,
)
ENDED = event(
    "generation-update",
    {
        "id": "g",
        "traceId": "t",
        "output": SAID,
        "endTime": "2026-01-05T12:00:03Z",
        "usageDetails": {"input": 9, "output": 4},
        "costDetails": {"total": 0.25},
        "metadata": {"tone": "kind"},
    },
    second=3,
)


async def send(api: httpx2.AsyncClient, *events: Any) -> dict[str, Any]:
    answer = await api.post(EVENTS, json={"batch": list(events), "metadata": {"sdk_name": "python"}})
    assert answer.status_code == 207, answer.text
    return msgspec.json.decode(answer.content, type=dict[str, Any])


def interactions(app: App) -> list[Interaction]:
    return app.runtime.store.interactions.latest(app.workspace)


def feedback(app: App, about: Interaction) -> list[Feedback]:
    return app.runtime.store.feedback.about(app.workspace, [about.id])


def check_whole(one: Interaction) -> None:
    assert ([(m.role, m.content) for m in one.messages], one.answer) == (
        [("user", "Where is my parcel?")],
        "It comes tomorrow.",
    )
    assert (one.agent, one.model, one.conversation, one.end_user) == ("helper", "gpt-x", "talk", "anna")
    assert (one.usage.input_tokens, one.usage.output_tokens, one.usage.cost) == (9, 4, 0.25)
    assert (one.latency_ms, one.trace, one.client_id) == (2000.0, "t", "g")
    assert one.options is not None
    assert one.options.sampling == {"temperature": 0.5}
    assert (one.metadata["plan"], one.metadata["tone"], one.metadata["tags"]) == ("gold", "kind", "beta")


@pytest.mark.parametrize(
    "batches",
    [
        [[TRACE, BEGUN, ENDED]],
        [[ENDED, BEGUN, TRACE]],
        [[TRACE], [BEGUN], [ENDED]],
        [[TRACE], [ENDED], [BEGUN]],
        [[TRACE, BEGUN], [TRACE, BEGUN], [ENDED], [ENDED]],
    ],
    ids=["one batch", "any order", "batch by batch", "update first", "sent twice"],
)
async def test_a_generation_is_one_interaction_however_its_events_come(
    any_api: httpx2.AsyncClient, any_app: App, batches: list[list[dict[str, Any]]]
) -> None:
    for batch in batches:
        told = await send(any_api, *batch)
        assert (len(told["successes"]), told["errors"]) == (len(batch), [])
    (one,) = interactions(any_app)
    check_whole(one)


async def test_steps_and_traces_are_kept_as_spans(api: httpx2.AsyncClient, app: App) -> None:
    begun = event("span-create", {"id": "s", "traceId": "t", "name": "look up", "input": {"q": 1}})
    tool = event("observation-create", {"id": "o", "traceId": "t", "type": "TOOL", "name": "get"})
    await send(api, TRACE, begun, tool, event("event-create", {"id": "e", "traceId": "t", "name": "click"}))
    kept: list[Span] = app.runtime.store.spans.of_trace(app.workspace, "t")
    assert {(one.span, one.kind.value) for one in kept} == {
        ("t", "chain"),
        ("s", "chain"),
        ("o", "tool"),
        ("e", "other"),
    }
    assert interactions(app) == []


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize(
    ("named", "rater"),
    [
        ({"traceId": "t"}, "trace"),
        ({"traceId": "t", "observationId": "g"}, "model call"),
        ({"observationId": "g"}, "model call alone"),
        ({"sessionId": "talk"}, "session"),
        ({"traceId": "t", "observationId": "s"}, "step around it"),
    ],
)
async def test_a_score_reaches_what_it_names_also_before_that_comes(
    api: httpx2.AsyncClient, app: App, named: dict[str, str], rater: str, early: bool
) -> None:
    score = event("score-create", {"id": "sc", "name": rater, "value": 1, "dataType": "NUMERIC", **named})
    first, then = ((score,), (TRACE, BEGUN, ENDED))[:: 1 if early else -1]
    for batch in (first, then):
        assert (await send(api, *batch))["errors"] == []
    app.join_early()
    (one,) = interactions(app)
    (said,) = feedback(app, one)
    assert (said.rater, said.score, said.source) == (rater, 1.0, Source.VERIFIER)


async def test_of_several_model_calls_of_a_trace_a_score_judges_the_one_it_names(
    api: httpx2.AsyncClient, app: App
) -> None:
    second = {**BEGUN["body"], "id": "h", "startTime": "2026-01-05T12:00:05Z", "output": SAID}
    score = {"id": "sc", "traceId": "t", "observationId": "g", "name": "good", "value": 1}
    await send(api, TRACE, BEGUN, ENDED, event("generation-create", second))
    assert (await api.post(SCORES, json=score)).json() == {"id": "sc"}
    judged = {one.client_id: len(feedback(app, one)) for one in interactions(app)}
    assert judged == {"g": 1, "h": 0}


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ({"value": 0.25}, (0.25, None)),
        ({"value": True, "dataType": "BOOLEAN"}, (1.0, None)),
        ({"value": 0, "dataType": "BOOLEAN"}, (0.0, None)),
        ({"value": "poor", "dataType": "CATEGORICAL"}, (0.0, "poor")),
        ({"value": 4}, (None, "4")),
        ({"value": "Better so.", "dataType": "CORRECTION"}, (None, None)),
    ],
)
async def test_scores_of_each_type_are_read(
    api: httpx2.AsyncClient, app: App, score: dict[str, Any], expected: tuple[float | None, str | None]
) -> None:
    await send(api, TRACE, BEGUN, ENDED)
    answer = await api.post(SCORES, json={"traceId": "t", "name": "quality", "comment": "Why.", **score})
    assert answer.status_code == 200, answer.text
    (one,) = interactions(app)
    (said,) = feedback(app, one)
    assert (said.score, said.label, said.comment) == (*expected, "Why.")
    assert (said.correction == "Better so.") == (score.get("dataType") == "CORRECTION")


async def test_an_event_that_is_wrong_is_told_and_takes_no_other_with_it(
    api: httpx2.AsyncClient, app: App
) -> None:
    wrong = [
        "nothing",
        {"id": "no-body", "type": "trace-create"},
        event("invoice-create", {"id": "x"}, "unknown-type"),
        event("score-create", {"name": "n", "value": 1}, "names-nothing"),
        event("score-create", {"traceId": "t", "name": "n"}, "no-value"),
        event("generation-create", {**BEGUN["body"], "id": "w", "startTime": "soon"}, "no-moment"),
    ]
    told = await send(api, *wrong, TRACE, BEGUN, ENDED)
    assert {one["id"] for one in told["successes"]} == {TRACE["id"], BEGUN["id"], ENDED["id"]}
    assert {one["id"]: one["status"] for one in told["errors"]} == dict.fromkeys(
        ("batch.0", "no-body", "unknown-type", "names-nothing", "no-value", "no-moment"), 422
    )
    assert len(interactions(app)) == 1


async def test_what_is_known_with_other_content_is_told_as_a_conflict(
    api: httpx2.AsyncClient, app: App
) -> None:
    await send(api, TRACE, BEGUN, ENDED)
    other = event("generation-create", {**BEGUN["body"], "output": "Never."}, "again")
    told = await send(api, other)
    assert [(one["id"], one["status"]) for one in told["errors"]] == [("again", 409)]
    (one,) = interactions(app)
    assert one.answer == "It comes tomorrow."


async def test_secrets_are_hidden_in_what_waits_and_in_what_it_becomes(
    api: httpx2.AsyncClient, app: App
) -> None:
    asked = [{"role": "user", "content": "My address is anna@example.org."}]
    await send(api, TRACE, event("generation-create", {**BEGUN["body"], "input": asked}))
    kept = app.runtime.store.spans.of_trace(app.workspace, "t")
    assert not [one for one in kept if "anna@" in str(one.attributes)]
    await send(api, ENDED)
    (one,) = interactions(app)
    assert one.question.startswith("My address is [email:")


async def test_a_key_that_may_only_record_gives_hints(api: httpx2.AsyncClient, app: App) -> None:
    text, _ = grant_key(app.runtime, app.workspace, name="app", scopes=[Scope.INGEST])
    api.headers["authorization"] = f"Bearer {text}"
    await send(api, TRACE, BEGUN, ENDED)
    await api.post(SCORES, json={"traceId": "t", "name": "quality", "value": 1})
    (one,) = interactions(app)
    assert [said.source for said in feedback(app, one)] == [Source.IMPLICIT]


async def test_clients_can_check_their_key(api: httpx2.AsyncClient, app: App) -> None:
    found = (await api.get("/api/public/projects")).json()
    assert [one["id"] for one in found["data"]] == [app.workspace]
    del api.headers["authorization"]
    assert (await api.get("/api/public/projects")).status_code == 401
    assert (await api.get("/api/public/health")).json()["status"] == "OK"
