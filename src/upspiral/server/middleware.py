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
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.admin.feedback_tokens import FeedbackTokens
from upspiral.admin.keys import ApiKeys, act_as
from upspiral.admin.people.sessions import BrowserSessions
from upspiral.config import Settings
from upspiral.domain import Principal
from upspiral.domain.access import FeedbackToken
from upspiral.domain.ids import InteractionId
from upspiral.errors import Busy, Forbidden, Unauthorized
from upspiral.server import errors
from upspiral.server.audit import AuditLog, action_of
from upspiral.server.html.cookies import SESSION_COOKIE, read_cookie
from upspiral.server.idempotency import Idempotency
from upspiral.server.limits.body_limit import enforce_body_limit
from upspiral.server.origins import WRITING_METHODS, Origins, strip_port
from upspiral.server.policy import PUBLIC, HotRoute, Policy, policy_of
from upspiral.server.segments import keep_escaped

MODELS = "/v1/models/"
"""What stands before the name of a model, which may itself hold slashes."""
INTERACTION, FEEDBACK_TOKEN = b"x-upspiral-interaction", b"x-upspiral-feedback-token"
"""Headers of an answer: which Interaction it is, and what lets a page rate it."""
LOCAL_NAMES = frozenset(("127.0.0.1", "localhost", "[::1]"))
LOCAL_PEERS = frozenset(("127.0.0.1", "::1"))
PROXY_HEADERS = frozenset((b"authorization", b"x-api-key", b"origin", b"forwarded", b"via", b"x-real-ip")) | {
    b"x-forwarded-for",
    b"x-forwarded-host",
    b"x-forwarded-proto",
}
"""With one of these a request is made for somebody else, or brings a key."""


class Caller(Struct, frozen=True):
    """Who asks, and the route that let them in."""

    principal: Principal | None
    route: BaseRoute | HotRoute
    token: FeedbackToken | None = None
    """What was shown in place of a key."""


class Guards(Struct, frozen=True, kw_only=True):
    """What the gatekeeper asks about a request."""

    keyring: ApiKeys
    """Recognises keys."""
    sessions: BrowserSessions
    """Recognises browsers that are signed in."""
    audit: AuditLog
    """Keeps what people change."""
    tokens: FeedbackTokens
    """Makes and reads feedback tokens."""
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
        origins: Origins,
        settings: Settings,
    ) -> None:
        """Put the doors before an app.

        Args:
            app: Everything that is not on the hot path.
            direct: The hot path.
            policies: Of every route, by method and path as documented.
            guards: Who recognises callers, and what is remembered of their requests.
            origins: From where it may be called.
            settings: How large a body may be, and how often a key or a page may come.
        """
        self.app = app
        self.policies = policies
        self.direct = {(one.method, one.path): one for one in direct}
        self._guards, self._origins = guards, origins
        self._max_body = int(settings.max_body_mb * 1e6)
        self._per_minute, self._feedback = settings.server.per_minute, settings.feedback
        self._rates = FixedWindowRateLimiter(MemoryStorage())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self._serve_other(scope, receive, send)
            return
        begun, send_shared = False, self._origins.share(scope, send)

        async def note_begun(message: Message) -> None:
            nonlocal begun
            begun = True
            await send_shared(message)

        try:
            await self._authorize(scope, receive, note_begun)
        except ClientDisconnect:
            return  # nobody is there to answer, and nothing was done
        except Exception as error:
            if scope.get("upspiral_told") is error:
                return  # its answer is out already
            if begun:
                raise  # half an answer is out; the connection breaks
            await errors.error_response(scope, error)(scope, receive, send_shared)

    async def _authorize(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._match(scope)
        policy = found[1] if found else PUBLIC
        if found:
            scope["upspiral_page"] = policy.is_page
        self._origins.check_host(scope)
        self._origins.note_shared(scope, policy)
        self._origins.check_origin(scope, policy)
        if found is None:
            # the app answers 404 or 405
            answer = self._answer_preflight(scope) or self._refuse_method(scope) or self.app
            await answer(scope, receive, send)
            return
        route, _, program = found
        token, principal = await self._identify(scope, policy)
        scope["upspiral"] = Caller(principal, route, token)
        receive = enforce_body_limit(scope, receive, max_bytes=policy.max_body or self._max_body)
        if principal and scope["method"] in WRITING_METHODS:
            if policy.is_change:
                program = self._guards.audit.record(program, principal, action=action_of(route))
            program = self._guards.idempotency.once(program, principal, atomic=policy.atomic)
            send = self._add_token(send, principal) if isinstance(route, HotRoute) else send
        with act_as(principal):
            await program(scope, receive, send)

    def _refuse_method(self, scope: Scope) -> Response | None:
        """Answer who asks the hot path by a method that it does not answer; None for other paths."""
        path: str = scope["path"]
        known = [method for method, mine in self.direct if mine == path]
        if not known:
            return None
        message = f"{path} does not answer {scope['method']}."
        refusal = errors.problem_response(path, status=405, code="method_not_allowed", message=message)
        refusal.headers["allow"] = ", ".join(known)
        return refusal

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

    def _answer_preflight(self, scope: Scope) -> ASGIApp | None:
        """Answer a browser that asks whether a page of another origin may call a route."""
        wanted = self._origins.read_preflight(scope)
        found = self._match({**scope, "method": wanted}) if wanted else None
        return self._origins.answer_preflight(scope, found[1]) if found else None

    async def _identify(self, scope: Scope, policy: Policy) -> tuple[FeedbackToken | None, Principal | None]:
        """Say by which token, and for whom, a request comes.

        Raises:
            Unauthorized: It carries none, or none that is good.
            Forbidden: The key may not do this.
            Busy: It came too often.
        """
        if not policy.scopes or (policy.local and is_from_here(scope)):
            return None, None
        token, principal = await self._recognize(scope, policy)
        if not any(principal.may(one) for one in policy.scopes):
            needed = " or ".join(policy.scopes)
            raise Forbidden(
                f"This key may not do that: it lacks the scope {needed}.",
                hint="Use another key, or make one with `upspiral keys create`.",
            )
        if token:
            self._check_page_rate(token)
        else:
            self._check_rate(principal.key, principal.per_minute or self._per_minute, "key")
        return token, principal

    async def _recognize(self, scope: Scope, policy: Policy) -> tuple[FeedbackToken | None, Principal]:
        """Say who asks: by the cookie of a session on a page, and by a key or a token elsewhere."""
        if policy.is_page:
            cookie = read_cookie(scope, SESSION_COOKIE)
            return None, await asyncio.to_thread(self._guards.sessions.principal, cookie)
        text = credential(scope["headers"])
        token = self._guards.tokens.read(text) if policy.by_token else None
        return token, await self._principal(text, token)

    async def _principal(self, text: str, token: FeedbackToken | None) -> Principal:
        """Say whose key it is, or the one that a token was made for."""
        if token:
            return await asyncio.to_thread(self._guards.keyring.owner, token.workspace, token.key)
        known = self._guards.keyring.get_cached(text)
        return await asyncio.to_thread(self._guards.keyring.principal, text) if known is None else known

    def _check_page_rate(self, token: FeedbackToken) -> None:
        """Count pages apart from the key's own requests, so that they cannot take its share."""
        limits = self._feedback
        self._check_rate(f"{token.key}/{token.interaction}/{token.rater}", limits.per_minute, "token")
        self._check_rate(f"{token.key}/pages", limits.total_per_minute, "key's tokens together")

    def _check_rate(self, name: str, allowed: int | None, kind: str) -> None:
        if allowed and not self._rates.hit(RateLimitItemPerMinute(allowed), name):
            raise Busy(
                f"This {kind} may make {allowed} requests a minute.", hint="Send it again in a moment."
            )

    def _add_token(self, send: Send, principal: Principal) -> Send:
        """Give a way to answer that adds, to what says its Interaction, a token for pages to rate it."""

        async def send_with_token(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = next((value for name, value in message["headers"] if name == INTERACTION), None)
                if named is not None:
                    made = self._guards.tokens.issue(principal, InteractionId(named.decode()))
                    added = (FEEDBACK_TOKEN, made.token.encode())
                    message = {**message, "headers": [*message["headers"], added]}
            await send(message)

        return send_with_token

    async def _serve_other(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self.app(scope, receive, send)


def is_from_here(scope: Scope) -> bool:
    """Say whether a program on this machine asks by itself, and no proxy for somebody else.

    >>> is_from_here({"client": ("127.0.0.1", 5000), "headers": [(b"host", b"localhost:8080")]})
    True
    >>> is_from_here({"client": ("127.0.0.1", 5000), "headers": [(b"host", b"upspiral.example.org")]})
    False
    """
    given = {name.lower() for name, _ in scope["headers"]}
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    peer = (scope.get("client") or ("",))[0]
    return peer in LOCAL_PEERS and strip_port(host) in LOCAL_NAMES and given.isdisjoint(PROXY_HEADERS)


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
