"""From where may it be called? By this server's names, and from pages that may give feedback."""

from collections.abc import Iterable, Mapping

from starlette.responses import Response
from starlette.types import Message, Scope, Send

from upspiral.errors import Forbidden, ForeignHost
from upspiral.server.policy import Policy

ANY = "*"
SHARED = "upspiral.shared"
"""Where the scope of a request says that pages of other origins may read its answer."""
WRITING_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})
SENT_HEADERS = "authorization, content-type, idempotency-key"
"""What a page of another origin may send along."""
ASKED_METHOD = b"access-control-request-method"
PREFLIGHT_S = 600
"""Seconds for which a browser need not ask again."""


class Origins:
    """Checks the header `Host`, and `Origin` where a page of another origin calls.

    Args:
        hosts: Names under which this server may be addressed; ``*`` for all.
        pages: Origins whose pages may call what is meant for pages; ``*`` for all.
    """

    def __init__(self, hosts: Iterable[str], pages: Iterable[str]) -> None:
        self._hosts, self._pages = frozenset(hosts), frozenset(pages)

    def check_host(self, scope: Scope) -> None:
        """Refuse a request that addresses another server.

        Raises:
            ForeignHost: It does, or names none, or several.
        """
        host = _host_of(scope)
        if not (ANY in self._hosts and host) and strip_port(host) not in self._hosts:
            raise ForeignHost(
                f"The Host header {host!r} is not this server's.", hint="Set `server_hosts` to allow it."
            )

    def check_origin(self, scope: Scope, policy: Policy) -> None:
        """Refuse a page of another origin that would write where it may not.

        Raises:
            Forbidden: It would.
        """
        origin, host = _header(scope, b"origin"), _host_of(scope)
        if not origin or scope["method"] not in WRITING_METHODS:
            return
        if origin in (f"http://{host}", f"https://{host}"):
            return
        if policy.from_pages and self.allows(origin):
            return
        hint = (
            "Add it to the setting `feedback.origins`." if policy.from_pages else "Call from your own server."
        )
        raise Forbidden("A page of another origin may not write here.", hint=hint)

    def allows(self, origin: str) -> bool:
        """Say whether pages of an origin may call what is meant for pages."""
        return bool(origin) and (ANY in self._pages or origin in self._pages)

    def note_shared(self, scope: Scope, policy: Policy) -> None:
        """Note whether pages of other origins may read the answer."""
        scope[SHARED] = policy.from_pages

    def share(self, scope: Scope, send: Send) -> Send:
        """Give a way to answer that lets a page of an allowed origin read what it may; errors, too."""
        origin = _header(scope, b"origin")
        if not self.allows(origin):
            return send

        async def send_shared(message: Message) -> None:
            if message["type"] == "http.response.start" and scope.get(SHARED):
                message = {**message, "headers": [*message["headers"], *_encode(sharing_headers(origin))]}
            await send(message)

        return send_shared

    def read_preflight(self, scope: Scope) -> str | None:
        """Read by which method a browser asks whether a page may call; None where it does not ask."""
        return _header(scope, ASKED_METHOD) or None if scope["method"] == "OPTIONS" else None

    def answer_preflight(self, scope: Scope, policy: Policy) -> Response | None:
        """Answer a browser that asks whether a page may send a request; None where it may not.

        Args:
            scope: Of the browser's request.
            policy: Of the route that the page would call.
        """
        origin, method = _header(scope, b"origin"), _header(scope, ASKED_METHOD)
        if not policy.from_pages or not self.allows(origin):
            return None
        return Response(
            status_code=204,
            headers={
                **sharing_headers(origin),
                "access-control-allow-methods": method,
                "access-control-allow-headers": SENT_HEADERS,
                "access-control-max-age": str(PREFLIGHT_S),
            },
        )


def sharing_headers(origin: str) -> dict[str, str]:
    """Give the headers by which a browser lets a page of an origin read an answer; without cookies, ever."""
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "retry-after, idempotency-replayed",
        "vary": "origin",
    }


def strip_port(host: str) -> str:
    """Leave out the port.

    >>> strip_port("localhost:8080"), strip_port("[::1]:80"), strip_port("a/b")
    ('localhost', '[::1]', 'a/b')
    """
    name, _, port = host.rpartition(":")
    return name.lower() if name and port.isdigit() and (name[-1] == "]" or ":" not in name) else host.lower()


def _host_of(scope: Scope) -> str:
    given = [value for name, value in scope["headers"] if name == b"host"]
    return given[0].decode("latin-1") if len(given) == 1 else ""


def _header(scope: Scope, wanted: bytes) -> str:
    return next((value.decode("latin-1") for name, value in scope["headers"] if name == wanted), "")


def _encode(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
