"""Which failures does the API document name for an operation, and which one does an answer tell?"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from upspiral.server.errors import STATUS
from upspiral.server.middleware import Caller, Gatekeeper
from upspiral.server.openapi.failures import UNREADABLE_BODY

Failure = tuple[int, str]
"""A status and a code."""
CODES = frozenset({*(code for _, _, code in STATUS), UNREADABLE_BODY})
UNNAMED = ""
"""The code of an answer in a shape that has none, such as Anthropic's, or of a code of the model's host."""
Program = Callable[[Gatekeeper, Scope, Receive, Send], Any]


def read_documented(document: Mapping[str, Any]) -> dict[tuple[str, str], set[Failure]]:
    """Give the failures of each operation, by method and path, as the document names them."""
    shared = document["components"]["responses"]
    found: dict[tuple[str, str], set[Failure]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            found[method.upper(), path] = {
                (int(status), code)
                for status, response in operation["responses"].items()
                if not status.startswith("2")
                for code in _read_codes(shared[response["$ref"].rpartition("/")[2]]["description"])
            }
    return found


def _read_codes(description: str) -> list[str]:
    return re.findall(r"`(\w+)`", description.partition("Code: ")[2])


def read_told(status: int, body: bytes) -> Failure:
    """Read the failure that an answer tells."""
    said = json.loads(body or b"{}")
    inner = said.get("error") if isinstance(said.get("error"), dict) else said
    if isinstance(inner.get("data"), dict):  # JSON-RPC has a number where others have a word
        inner = inner["data"]
    code = inner.get("code")
    return status, code if code in CODES else UNNAMED


def watch(answer: Program, told: list[tuple[tuple[str, str], Failure]]) -> Program:
    """Note every failure that a server tells, with the operation that tells it.

    Args:
        answer: What the server does with a request.
        told: Where to note it.
    """

    async def note(doors: Gatekeeper, scope: Scope, receive: Receive, send: Send) -> None:
        status, parts = 0, bytearray()

        async def look(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            if status >= 400:
                parts.extend(message.get("body", b""))
            await send(message)

        found = doors._match(scope) if scope["type"] == "http" else None
        await answer(doors, scope, receive, look)
        caller = scope.get("upspiral")
        route: Any = caller.route if isinstance(caller, Caller) else found[0] if found else None
        path = getattr(route, "path_format", getattr(route, "path", None))
        if path and status >= 400 and status != 499 and getattr(route, "include_in_schema", True):
            told.append(((scope["method"], path), read_told(status, bytes(parts))))

    return note
