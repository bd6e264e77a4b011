"""Whatever a caller writes into any field of any route, on both databases: no 500, and nights still begin."""

import json
from collections.abc import Iterator
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from starlette.testclient import TestClient
from tests.server.conftest import wait_for_night

from upspiral.app import App
from upspiral.server.app import create_app

if TYPE_CHECKING:
    from schemathesis import Case

# schemathesis draws from `random` inside its own strategies
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisDeprecationWarning")
LITERALS = (
    *("NaN", "Infinity", "-Infinity", "1e999", "1e300", "-1", "1" + "0" * 30, "9223372036854775808"),
    *(r'"a\u0000b"', r'"a\ud800b"', r'"\udc00"', '"' + "x" * 9000 + '"', '"' + "😀" * 199 + '"'),
    *('"0001-01-01T00:00:00+14:00"', '"9999-12-31T23:59:59-14:00"', '"2026-02-30T00:00:00Z"', '"1e10"'),
    *("null", "[]", "{}", "true", '""', "[" * 60 + "]" * 60, r'{"\u0000":"\u0000"}', '{"a":[1e999]}'),
)
"""As JSON writes them."""
WORDS = ("a\0b", "x" * 9000, "😀" * 199, "0001-01-01T00:00:00+14:00", "1e999", "NaN", "-1", "", "%", "../x")
"""In paths and queries."""
MARK = "a value to be replaced"


@pytest.fixture
def doors(any_app: App) -> Iterator[TestClient]:
    key = (any_app.settings.data / "key").read_text().strip()
    with TestClient(create_app(any_app), "http://127.0.0.1", raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {key}"
        model = {"model": "openai-compatible:gpt", "url": "http://127.0.0.1:9/v1"}
        made = client.post("/api/v1/agents", json={"name": "support", "model": model})
        assert made.status_code == 201, made.text
        yield client


def _places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name every place in a body."""
    yield path
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in parts:
        yield from _places(inner, (*path, name))


def _put(value: Any, path: tuple[Any, ...]) -> Any:
    """Put the mark at a place."""
    if not path:
        return MARK
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = _put(value[path[0]], path[1:])
    return copy


def _spoiled(body: Any, rng: Random) -> bytes:
    """Write a body as JSON with a hostile literal in one of its places."""
    place = rng.choice(list(_places(body))[:200])
    text = json.dumps(_put(body, place), default=str).replace(json.dumps(MARK), rng.choice(LITERALS))
    return text.encode("utf-8", "surrogatepass")


def _send(client: TestClient, case: "Case", rng: Random) -> str | None:
    """Send one; say which operation had no answer to what, None where it had."""
    path, query = case.path, {**(case.query or {})}
    for name in case.path_parameters or {}:
        word = rng.choice(WORDS) or "x"
        path = path.replace(f"{{{name}}}", quote(word, safe=""))
    for name in query:
        query[name] = rng.choice(WORDS)
    where = f"{path}?{urlencode(query, doseq=True)}" if query else path
    if not isinstance(case.body, dict | list):
        body, headers = None, {}
    else:
        body, headers = _spoiled(case.body, rng), {"content-type": "application/json"}
    answer = client.request(case.method, where, content=body, headers=headers)
    failed = answer.status_code == 500
    return f"{case.method} {where[:200]} {str(body)[:2000]} {answer.text}" if failed else None


def _attack(client: TestClient, each: int) -> int:
    """Send hostile requests to every operation; give how many were sent, all of them answered."""
    import schemathesis

    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    rng, sent = Random(0), 0
    failed: list[str] = []
    for found in schema.get_all_operations():

        @given(case=found.ok().as_strategy())
        @settings(
            max_examples=each,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],
        )
        def every(case: "Case") -> None:
            nonlocal sent
            sent += 1
            failed.extend(filter(None, [_send(client, case, rng)]))

        every()
    assert failed == []
    return sent


def _nights_begin(client: TestClient, app: App) -> None:
    app.begin_due()
    for name in app.routines():
        said = app.run_routine(name).said
        assert "It failed" not in said or name == "purge", (name, said)
    begun = client.post("/api/v1/cycles", json={"agent": "support"})
    assert begun.status_code == 202, begun.text
    wait_for_night(app, begun.json()["id"])
    for path in (
        "/api/v1/interactions",
        "/api/v1/metrics",
        "/api/v1/learning/trust-scores",
        "/api/v1/status",
    ):
        assert client.get(path).status_code == 200
    assert client.get("/health").json()["problems"] == []


@pytest.mark.long
def test_hostile_requests_get_an_answer_and_nights_begin(doors: TestClient, any_app: App) -> None:
    assert _attack(doors, 3) > 150
    _nights_begin(doors, any_app)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_two_thousand_hostile_requests_get_an_answer_and_nights_begin(
    doors: TestClient, any_app: App
) -> None:
    assert _attack(doors, 80) >= 2_000
    _nights_begin(doors, any_app)
