"""Goal 6: whatever is asked, by whomever: nobody gets what a route does not grant, and nothing breaks."""

import asyncio
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import httpx2
import pytest
from tests.goals.conftest import connect, make_text_key
from tests.goals.rounds import Rounds

from upspiral.admin.keys import revoke
from upspiral.app import App
from upspiral.config import load
from upspiral.domain import Scope
from upspiral.server.app import create_app
from upspiral.server.policy import Policy

REQUESTS = 250
"""Of one round."""
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
WORDS = (
    "a",
    "default",
    "..",
    "%2e%2e",
    "%00",
    "x" * 300,
    "😀",
    "1e999",
    "null",
    "{}",
    "' OR 1=1 --",
    "support",
)
BODIES = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"a":' * 50, b'{"name":"x"}', b"x=1&y=2")
KINDS = ("none", "bad", "revoked", "other workspace", "gateway", "viewer", "feedback", "operator", "admin")
Callers = Mapping[str, tuple[str, frozenset[Scope]]]


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nobody_gets_what_a_route_does_not_grant(fresh_folder: Callable[[int], Path]) -> None:
    rounds = Rounds(6, few=1, full=40)
    for number in rounds:
        with App(load(data=fresh_folder(number)), nights=False) as app:
            callers = _make_callers(app)
            statuses = asyncio.run(_ask(app, callers, Random(number)))
        rounds.count("requests", len(statuses))
        rounds.count("refused", sum(400 <= status < 500 for status in statuses))
    rounds.report()


def _make_callers(app: App) -> Callers:
    """Make a key of each kind, with what it may."""
    scopes = {
        "gateway": {Scope.INGEST},
        "viewer": {Scope.READ},
        "feedback": {Scope.FEEDBACK},
        "operator": {Scope.OPERATE},
        "admin": set(Scope),
    }
    found = {kind: (make_text_key(app, *those), frozenset(those)) for kind, those in scopes.items()}
    found["other workspace"] = make_text_key(app, *Scope, workspace="other"), frozenset(Scope)
    gone = make_text_key(app, Scope.ADMIN)
    [key] = [one for one in app.runtime.store.keys.of(app.workspace) if one.scopes == (Scope.ADMIN,)][-1:]
    revoke(app.runtime, app.workspace, key.id)
    return found | {
        "none": ("", frozenset()),
        "bad": ("ups_" + "0" * 49, frozenset()),
        "revoked": (gone, frozenset()),
    }


async def _ask(app: App, callers: Callers, rng: Random) -> list[int]:
    policies = create_app(app).policies
    every = sorted(policies.items())
    async with connect(app, own=False) as client:
        return [await _ask_one(client, *rng.choice(every), callers, rng) for _ in range(REQUESTS)]


async def _ask_one(
    client: httpx2.AsyncClient, route: tuple[str, str], policy: Policy, callers: Callers, rng: Random
) -> int:
    kind = rng.choice(KINDS)
    key, may = callers[kind]
    method = route[0] if rng.random() < 0.8 else rng.choice(METHODS)
    answer = await client.request(
        method, _fill(route[1], rng), headers=_headers(key, rng), content=_body(rng)
    )
    told = (kind, method, route, answer.status_code, answer.text[:300])
    assert answer.status_code < 500, told
    granted = not policy.scopes or Scope.ADMIN in may or not may.isdisjoint(policy.scopes)
    if answer.status_code < 300 and method == route[0]:
        assert granted, told
    if policy.scopes and kind in ("none", "bad", "revoked") and not policy.is_page:
        assert answer.status_code >= 400 or method == "OPTIONS", told
    return answer.status_code


def _fill(path: str, rng: Random) -> str:
    """Put a word in the place of every name, and now and then a query behind it."""
    parts = [rng.choice(WORDS) if part.startswith("{") else part for part in path.split("/")]
    query = (
        f"?{rng.choice(('limit', 'after', 'agent', 'key'))}={rng.choice(WORDS)}" if rng.random() < 0.3 else ""
    )
    return "/".join(parts) + query


def _headers(key: str, rng: Random) -> dict[str, str]:
    found = {rng.choice(("authorization", "x-api-key")): key} if key else {}
    found = {name: f"Bearer {key}" if name == "authorization" else key for name in found}
    kind = rng.choice(
        ("application/json", "text/plain", "application/x-www-form-urlencoded", "application/x-protobuf")
    )
    return found | {"content-type": kind} | ({"idempotency-key": "k"} if rng.random() < 0.1 else {})


def _body(rng: Random) -> bytes:
    if rng.random() < 0.5:
        return rng.choice(BODIES)
    made: dict[str, Any] = {
        rng.choice(("agent", "name", "scopes", "url", "end_user")): rng.choice((1, None, "x", ["admin"]))
    }
    return json.dumps(made).encode()
