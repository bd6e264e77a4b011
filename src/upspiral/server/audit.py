"""Who changed what? The one door that every change passes writes it down, once it was done."""

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from upspiral.admin.people.audit import RequestedChange, record_change
from upspiral.domain import Principal
from upspiral.errors import StoreError
from upspiral.logs import get_logger
from upspiral.runtime import Runtime

log = get_logger(__name__)

NAMING_FIELDS = (
    *("agent", "name", "story", "version", "candidate", "incumbent", "dataset", "model", "share", "levers"),
    *("forced", "approved", "answer", "by", "better", "pair", "rater", "scopes", "workspace", "time_zone"),
    *("per_minute", "reason", "rhythm", "event"),
)
"""Fields of a request that say what is changed. No other is kept: it may hold a secret."""
MAX_READ_BYTES = 64_000
"""Of a longer body the fields are not kept."""
MAX_VALUE_CHARS = 200


class AuditLog:
    """Writes down the changes that were asked for and done."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def record(self, program: ASGIApp, principal: Principal, *, action: str) -> ASGIApp:
        """Let a program change something, and write it down before its answer is out.

        Args:
            program: Does the change.
            principal: Who asks for it.
            action: What it does, in words.
        """

        async def run_and_record(scope: Scope, receive: Receive, send: Send) -> None:
            body = bytearray()

            async def look(message: Message) -> None:
                if message["type"] == "http.response.start" and message["status"] < 400:
                    change = describe_change(scope, bytes(body), action=action)
                    await asyncio.to_thread(self._write, principal, change)
                await send(message)

            async def read() -> Message:
                message = await receive()
                if len(body) <= MAX_READ_BYTES:
                    body.extend(message.get("body", b""))
                return message

            await program(scope, read, look)

        return run_and_record

    def _write(self, principal: Principal, change: RequestedChange) -> None:
        """Write a change down; where the store cannot take it the log has it, for the change was made."""
        hide = self._runtime.admission(principal.workspace).text
        change = msgspec.structs.replace(change, detail=hide(change.detail))
        try:
            record_change(self._runtime, principal, change)
        except StoreError as error:
            facts = {"key": principal.key, "path": change.path, "detail": change.detail}
            log.error("a change is missing in the audit log", action=change.action, error=error, **facts)


def describe_change(scope: Scope, body: bytes, *, action: str) -> RequestedChange:
    """Say what a request changed, by its path and the fields that name things."""
    given = _read_fields(body) if len(body) <= MAX_READ_BYTES else {}
    shown = [f"{name}: {_shorten(given[name])}" for name in NAMING_FIELDS if given.get(name)]
    via = "console" if scope.get("upspiral_page") else "api"
    return RequestedChange(via=via, action=action, path=scope["path"], detail=", ".join(shown))


def action_of(route: object) -> str:
    """Name what a route does, by its handler.

    >>> from types import SimpleNamespace
    >>> def roll_back(): ...
    >>> action_of(SimpleNamespace(endpoint=roll_back))
    'roll back'
    """
    return str(getattr(getattr(route, "endpoint", None), "__name__", "change")).replace("_", " ")


def _read_fields(body: bytes) -> Mapping[str, Any]:
    if body.lstrip().startswith(b"{"):
        try:
            return msgspec.json.decode(body, type=dict[str, Any])
        except msgspec.DecodeError:
            return {}
    return dict(parse_qsl(body.decode("latin-1")))


def _shorten(value: Any) -> str:
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= MAX_VALUE_CHARS else f"{text[:MAX_VALUE_CHARS]}…"
