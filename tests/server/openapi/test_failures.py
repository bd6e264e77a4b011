"""Every failure that the API document names for an operation can be had from it."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import msgspec
import pytest
from tests.server.conftest import client_of
from tests.server.openapi.failures import Failure, read_documented

from upspiral import serving
from upspiral.admin.keys import ApiKeys
from upspiral.app import App
from upspiral.domain import Scope
from upspiral.errors import (
    AuthFailed,
    BudgetSpent,
    ConfigError,
    HostError,
    MissingExtra,
    NotFound,
    ProviderError,
    ProviderTimeout,
    RateLimited,
    Rejected,
    StoreError,
    Unavailable,
    UpspiralError,
)
from upspiral.providers import sealed
from upspiral.server import app as server_app
from upspiral.server.errors import PASSED_ON, error_shape
from upspiral.server.origins import Origins
from upspiral.server.routes import agents, nights
from upspiral.store.repositories.access import Attempts

pytestmark = pytest.mark.anyio
Operation = tuple[str, str]
Told = list[tuple[Operation, Failure]]
MODEL = {"model": "openai-compatible:m", "url": "http://127.0.0.1:9/v1"}
UNDECLARED = {**MODEL, "key_env": "HOME"}
"""A model whose key is a variable that is declared for no host."""
GATEWAY = "/v1/"
FROM_PAGE: Operation = ("POST", "/api/v1/response-feedback")
"""The operation whose caller shows a feedback token instead of a key."""
ASKING_ERRORS: tuple[UpspiralError, ...] = (
    NotFound(),
    ConfigError(),
    HostError(),
    RateLimited(status=429),
    ProviderTimeout(),
    Unavailable(status=500),
    Rejected(),
    BudgetSpent(),
    *(kind(status=one) for kind in (Rejected, AuthFailed) for one in PASSED_ON[kind]),
)
"""One of each kind with which asking a model may end."""
NOT_FOUND: Mapping[Operation, Any] = {
    ("POST", "/api/v1/feedback"): {"interaction": "nope", "rating": 1},
    ("POST", "/api/analytics/response-quality/feedback"): {"responseId": "nope", "rating": 1},
    ("POST", "/api/v1/patterns"): {"agent": "nope"},
    ("POST", "/api/analytics/model-improvement/improvement-suggestions"): {"agent": "nope"},
    ("POST", "/api/v1/cycles"): {"agent": "nope"},
    ("POST", "/api/v1/deployments/rollback"): {"agent": "nope"},
    ("POST", "/api/v1/evaluations"): {"agent": "nope", "candidate": "1", "incumbent": "2"},
    ("POST", "/api/v1/learning/workflows/evaluate"): {"workflow_id": "nope", "overall_quality_score": 50},
}
"""Bodies that name what is not there."""
UNDECLARED_KEYS: Mapping[Operation, Any] = {
    ("POST", "/api/v1/agents"): {"name": "other", "model": UNDECLARED},
    ("PATCH", "/api/v1/agents/{agent}"): {"key_env": "HOME"},
}
"""Bodies that ask for a key which is declared for no host."""
UNUSABLE: Mapping[Operation, Any] = {
    ("POST", "/api/v1/webhooks"): {"address": "https://example.org/hook", "kind": "night-log"},
}
"""Bodies that ask for what is not set up."""


class Provoker:
    """Sends requests that fail, each operation in each way."""

    def __init__(self, api: httpx2.AsyncClient, document: Mapping[str, Any]) -> None:
        self.api, self.document = api, document
        self.documented = read_documented(document)
        self.tokens, self.token = 0, dict[str, str]()

    async def send(self, operation: Operation, *, names: str = "support", **more: Any) -> httpx2.Response:
        """Send a request that is right but for what is said.

        Args:
            operation: Method and path.
            names: What stands for each name in the path.
            more: Of the client: headers, params, json or content instead of the example of the body.
        """
        method, path = operation
        if operation == FROM_PAGE:
            more["headers"] = await self.make_token() | more.get("headers", {})
        if method != "GET" and not more.keys() & {"json", "content"}:
            more["json"] = self._example(operation)
        return await self.api.request(method, re.sub(r"\{\w+\}", names, path), **more)

    def _example(self, operation: Operation) -> Any:
        method, path = operation
        said = self.document["paths"][path][method.lower()].get("requestBody", {}).get("content", {})
        return said.get("application/json", {}).get("example", {})

    def having(self, *codes: str) -> list[Operation]:
        """List the operations for which one of some codes is documented."""
        return [one for one, known in self.documented.items() if {code for _, code in known} & {*codes}]

    async def make_key(self, *scopes: Scope, per_minute: int | None = None) -> dict[str, str]:
        """Make a key, and give the header that carries it."""
        made = await self.api.post(
            "/api/v1/keys", json={"name": "k", "scopes": list(scopes), "per_minute": per_minute}
        )
        assert made.status_code == 201, made.text
        return {"authorization": f"Bearer {made.json()['key']}"}

    async def make_token(self) -> dict[str, str]:
        """Make a token for an answer of its own, or, while nothing works, give the last one."""
        self.tokens += 1
        made = await self.api.post("/api/v1/feedback-tokens", json={"interaction": f"i{self.tokens}"})
        if made.status_code == 201:
            self.token = {"authorization": f"Bearer {made.json()['token']}"}
        return self.token


@pytest.fixture
async def provoker(app: App, document: dict[str, Any]) -> AsyncIterator[Provoker]:
    async with client_of(app) as api:
        made = await api.post("/api/v1/agents", json={"name": "support", "model": MODEL})
        assert made.status_code == 201, made.text
        yield Provoker(api, document)


async def provoke_at_the_door(provoker: Provoker) -> None:
    """Fail before the handler: wrong host, key, scope, rate or size."""
    narrow = {
        scope: await provoker.make_key(scope) for scope in (Scope.READ, Scope.INGEST, Scope.MODEL_TRAINING)
    }
    quick = await provoker.make_key(*Scope, per_minute=1)
    for one in provoker.documented:
        await provoker.send(one, headers={"host": "evil.example"})
        await provoker.send(one, headers={"content-length": "9" * 12}, content=b"")
    for one in provoker.having("unauthorized"):
        await provoker.send(one, headers={"authorization": "Bearer nope"})
        for key in narrow.values():
            await provoker.send(one, headers=key, names="nope")
        for _ in range(2):  # a minute may end between two requests
            await provoker.send(one, headers=quick, names="nope")
    await provoker.send(FROM_PAGE, json={"responseId": "another", "thumbs": "up"})
    token = await provoker.make_token()
    for _ in range(42):  # a minute may end among them
        await provoker.send(FROM_PAGE, headers=token)


async def provoke_by_what_is_sent(provoker: Provoker) -> None:
    """Fail by parameters, bodies and names that cannot be used or lead to nothing."""
    for one in provoker.having("invalid_input"):
        await provoker.send(one, params={"x": "\0"})
        if one[0] != "GET":
            await provoker.send(one, headers={"idempotency-key": "x" * 1000})
    for one in provoker.having("http_error"):
        await provoker.send(one, content=b"\xff", headers={"content-type": "application/json"})
    for one in provoker.having("not_found"):
        await provoker.send(one, names="nope", params={"agent": "nope"})
    for body_of in (NOT_FOUND, UNDECLARED_KEYS, UNUSABLE):
        for one, body in body_of.items():
            await provoker.send(one, json=body)


async def provoke_within(provoker: Provoker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail for reasons of the server: its store, its memory, a fault, a request under way."""
    for broken in (StoreError(), MemoryError()):
        with monkeypatch.context() as patch:
            patch.setattr(ApiKeys, "principal", _raise(broken))
            for one in provoker.having("unauthorized"):
                await provoker.send(one, headers={"authorization": "Bearer other"})
        with monkeypatch.context() as patch:
            patch.setattr(ApiKeys, "owner", _raise(broken))
            await provoker.send(FROM_PAGE)
    with monkeypatch.context() as patch:
        patch.setattr(server_app, "check_readable", _raise(StoreError()))
        await provoker.send(("GET", "/health"))
    with monkeypatch.context() as patch:
        patch.setattr(Origins, "check_host", _raise(RuntimeError("a planted fault")))
        for one in provoker.documented:
            await provoker.send(one)
    with monkeypatch.context() as patch:
        patch.setattr(sealed, "_load_cipher", _raise(MissingExtra()))
        await provoker.send(("PUT", "/api/v1/provider-keys/{name}"), names="OPENAI_API_KEY")
    with monkeypatch.context() as patch:
        patch.setattr(Attempts, "claim", lambda _, attempt: msgspec.structs.replace(attempt, status=None))
        for one in provoker.having("conflict"):
            await provoker.send(one, headers={"idempotency-key": "k"})


async def provoke_models(provoker: Provoker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail as the model behind an agent does."""
    for error in ASKING_ERRORS:
        with monkeypatch.context() as patch:
            patch.setattr(serving, "choose", _raise(error))
            patch.setattr(nights, "resolve_version", _raise(error))
            patch.setattr(agents, "complete_spec", _raise(error))
            for one in provoker.having("host_error"):
                evaluates = not one[1].startswith(GATEWAY)
                may_end_so = isinstance(error, BudgetSpent) <= evaluates  # users' requests have no budget
                if may_end_so and not (evaluates and isinstance(error, ProviderError) and error.retryable):
                    await provoker.send(one)


def _raise(error: BaseException) -> Any:
    def fail(*_: object, **__: object) -> object:
        raise error

    return fail


@pytest.mark.process  # a migration of a local model starts its host
async def test_every_documented_failure_can_be_had(
    provoker: Provoker, told_failures: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provoke_at_the_door(provoker)
    await provoke_by_what_is_sent(provoker)
    await provoke_within(provoker, monkeypatch)
    await provoke_models(provoker, monkeypatch)
    told: dict[Operation, set[Failure]] = {}
    for operation, failure in told_failures:
        told.setdefault(operation, set()).add(failure)
    lacking = {
        (operation, failure)
        for operation, documented in provoker.documented.items()
        for failure in documented
        if not _is_told(operation, failure, told[operation])
    }
    assert not lacking, "\n".join(map(str, sorted(lacking)))


def _is_told(operation: Operation, failure: Failure, told: set[Failure]) -> bool:
    has_codes = error_shape(operation[1]) != "AnthropicError"
    return failure in told if has_codes else failure[0] in {status for status, _ in told}
