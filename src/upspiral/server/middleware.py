"""Who is at the door? Every request passes here: host, size, route, key, scope and rate, before any work."""

import asyncio
import base64
from collections.abc import Iterable, Mapping, Sequence

from fastapi import FastAPI
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from msgspec import Struct
from starlette.requests import ClientDisconnect
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.admin.keys import ApiKeys, act_as
from upspiral.admin.sessions import BrowserSessions
from upspiral.domain import Principal
from upspiral.errors import Busy, Forbidden, ForeignHost, Unauthorized
from upspiral.server import errors
from upspiral.server.audit import AuditLog, action_of
from upspiral.server.body_limit import enforce_body_limit
from upspiral.server.html.cookies import SESSION_COOKIE, read_cookie
from upspiral.server.idempotency import Idempotency
from upspiral.server.policy import HotRoute, Policy, policy_of
from upspiral.server.segments import keep_escaped

MODELS = "/v1/models/"
"""What stands before the name of a model, which may itself hold slashes."""
WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class Caller(Struct, frozen=True):
    """Who asks, and the route that let them in."""

    principal: Principal | None
    route: BaseRoute | HotRoute


class Guards(Struct, frozen=True, kw_only=True):
    """What the gatekeeper asks about a request."""

    keyring: ApiKeys
    """Recognises keys."""
    sessions: BrowserSessions
    """Recognises browsers that are signed in."""
    audit: AuditLog
    """Keeps what people change."""
    idempotency: Idempotency
    """Remembers requests that named an idempotency key."""


class Gatekeeper:
    """The ASGI application: it decides on the matched route, and on nothing that the caller wrote."""

    def __init__(
        self,
        app: FastAPI,
        *,
        direct: Sequence[HotRoute],
        policies: Mapping[tuple[str, str], Policy],
        guards: Guards,
        hosts: Iterable[str],
        max_body: int,
        per_minute: int | None,
    ) -> None:
        """Put the doors before an app.

        Args:
            app: Everything that is not on the hot path.
            direct: The hot path.
            policies: Of every route, by method and path as documented.
            guards: Who recognises callers, and what is remembered of their requests.
            hosts: Names under which this server may be addressed; ``*`` for all.
            max_body: Largest body in bytes.
            per_minute: Requests that a key may make, where it does not say so itself; None for any number.
        """
        self.app = app
        self.policies = policies
        self.direct = {(one.method, one.path): one for one in direct}
        self._guards = guards
        self._hosts = frozenset(hosts)
        self._max_body, self._per_minute = max_body, per_minute
        self._rates = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        begun = False

        async def note_begun(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._authorize(scope, receive, note_begun)
        except ClientDisconnect:
            return  # nobody is there to answer, and nothing was done
        except Exception as error:
            if scope.get("upspiral_told") is error:
                return  # its answer is out already
            if begun:
                raise  # half an answer is out; the connection breaks
            await errors.error_response(scope, error)(scope, receive, send)

    async def _authorize(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._match(scope)
        if found:
            scope["upspiral_page"] = found[1].is_page
        self._check_host(scope)
        if found is None:
            await self.app(scope, receive, send)  # it answers 404 or 405
            return
        route, policy, program = found
        principal = await self._principal(scope, policy)
        scope["upspiral"] = Caller(principal, route)
        receive = enforce_body_limit(scope, receive, max_bytes=policy.max_body or self._max_body)
        if principal and scope["method"] in WRITING_METHODS:
            if policy.is_change:
                program = self._guards.audit.record(program, principal, action=action_of(route))
            program = self._guards.idempotency.once(program, principal, atomic=policy.atomic)
        with act_as(principal):
            await program(scope, receive, send)

    def _match(self, scope: Scope) -> tuple[BaseRoute | HotRoute, Policy, ASGIApp] | None:
        direct = self.direct.get((scope["method"], scope["path"])) or self._match_variant(scope)
        if direct:
            return direct, direct.policy, direct.program
        given, scope["path"] = scope["path"], keep_escaped(scope)
        for route in self.app.router.routes:
            match, _ = route.matches(scope)
            if match == Match.FULL:
                return route, policy_of(route), self.app
        scope["path"] = given
        return None

    def _match_variant(self, scope: Scope) -> HotRoute | None:
        """Find the hot path by the ways in which clients write it: with a slash behind, or without /v1.

        A path that ends in a name, such as that of one model, holds whatever stands there.
        """
        path: str = scope["path"].rstrip("/")
        for wanted in (path, f"/v1{path}"):
            found = self.direct.get((scope["method"], wanted))
            head, _, name = wanted.partition(MODELS)
            if found is None and not head and name:
                found = self.direct.get((scope["method"], f"{MODELS}{{model}}"))
            if found:
                scope["path"] = wanted
                return found
        return None

    async def _principal(self, scope: Scope, policy: Policy) -> Principal | None:
        if not policy.scopes:
            return None
        if policy.is_page:
            token = read_cookie(scope, SESSION_COOKIE)
            principal = await asyncio.to_thread(self._guards.sessions.principal, token)
        else:
            principal = await self._recognize(credential(scope["headers"]))
        if not any(principal.may(one) for one in policy.scopes):
            needed = " or ".join(policy.scopes)
            raise Forbidden(
                f"This key may not do that: it lacks the scope {needed}.",
                hint="Use another key, or make one with `upspiral keys create`.",
            )
        self._check_rate(principal)
        return principal

    async def _recognize(self, key: str) -> Principal:
        keyring = self._guards.keyring
        known = keyring.get_cached(key)
        return known if known is not None else await asyncio.to_thread(keyring.principal, key)

    def _check_rate(self, principal: Principal) -> None:
        allowed = principal.per_minute or self._per_minute
        if allowed and not self._rates.hit(RateLimitItemPerMinute(allowed), principal.key):
            raise Busy(f"This key may make {allowed} requests a minute.", hint="Send it again in a moment.")

    def _check_host(self, scope: Scope) -> None:
        given = [value for name, value in scope["headers"] if name == b"host"]
        host = given[0].decode("latin-1") if len(given) == 1 else ""
        if not ("*" in self._hosts and host) and _strip_port(host) not in self._hosts:
            raise ForeignHost(
                f"The Host header {host!r} is not this server's.", hint="Set `server_hosts` to allow it."
            )
        origin = next((value for name, value in scope["headers"] if name == b"origin"), None)
        if origin is None or scope["method"] not in WRITING_METHODS:
            return
        if origin not in (f"http://{host}".encode("latin-1"), f"https://{host}".encode("latin-1")):
            raise Forbidden("A page of another origin may not write here.", hint="Call from your own server.")

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)


def credential(headers: Iterable[tuple[bytes, bytes]]) -> str:
    """Read the one key that a request carries; the only place where keys are read.

    Raises:
        Unauthorized: There is none, or more than one.

    >>> credential([(b"authorization", b"Bearer ups_x")])
    'ups_x'
    >>> credential([(b"authorization", b"Basic cGstbGY6dXBzX3g=")])
    'ups_x'
    >>> credential([(b"authorization", b"Bearer%20ups_x")])
    'ups_x'
    """
    given = []
    for name, value in headers:
        if name == b"x-api-key":
            given.append(value.decode("latin-1").strip())
        elif name == b"authorization":
            # some exporters send OTEL_EXPORTER_OTLP_HEADERS as it stands, with the blank as %20
            kind, _, text = value.decode("latin-1").replace("%20", " ", 1).partition(" ")
            given.append(_read_authorization(kind.lower(), text.strip()))
    if len(given) != 1 or not given[0]:
        raise Unauthorized(
            "The request carries no key."
            if not given
            else "The request must carry one key, as a bearer token.",
            hint="Send `Authorization: Bearer KEY`; the local key lies in the file `key` of the data folder.",
        )
    return given[0]


def _read_authorization(kind: str, text: str) -> str:
    """Read a bearer token, or the password of basic authentication, as which Langfuse sends its secret."""
    if kind == "bearer":
        return text
    if kind != "basic":
        return ""
    try:
        return base64.b64decode(text, validate=True).decode().partition(":")[2]
    except (ValueError, UnicodeDecodeError):
        return ""


def _strip_port(host: str) -> str:
    """Leave out the port.

    >>> _strip_port("localhost:8080"), _strip_port("[::1]:80"), _strip_port("a/b")
    ('localhost', '[::1]', 'a/b')
    """
    name, _, port = host.rpartition(":")
    return name.lower() if name and port.isdigit() and (name[-1] == "]" or ":" not in name) else host.lower()
