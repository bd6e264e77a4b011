"""What was answered, whichever API it came by? (pure)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from upspiral.domain import ToolCall, Usage
from upspiral.domain.message import CallPart, Part, RefusalPart, TextPart
from upspiral.wire.plain import to_json
from upspiral.wire.text import answer_text, reasoning

MAX_ERROR_CHARS = 500
"""Characters of an API's error that are kept."""
CUT = "the stream ended before the answer did"


class Reply(Struct, frozen=True, kw_only=True):
    """One answer of a model, as it was sent."""

    parts: tuple[Part, ...] = ()
    model: str = ""
    """The name that the host says answered; empty where it says none."""
    id: str = ""
    """The host's own id of the answer."""
    usage: Usage | None = None
    finish_reason: str = ""
    """Why it ended, in the API's own word; empty where it does not say."""
    error: str | None = None
    """Why it is no whole answer; None for one that is."""

    @property
    def text(self) -> str:
        """The words of the answer; a refusal where there are no others."""
        return answer_text(self.parts)

    @property
    def refused(self) -> bool:
        """Is all that it says a refusal?"""
        words = any(isinstance(part, TextPart) and part.text for part in self.parts)
        return not words and any(isinstance(part, RefusalPart) for part in self.parts)

    @property
    def thoughts(self) -> str:
        """What the model thought before it answered, where the host sends that apart."""
        return reasoning(self.parts)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """The tools it asks for, in their order."""
        return tuple(
            ToolCall(
                name=part.name, arguments=part.arguments, id=part.id, result=_result_of(part.extra or {})
            )
            for part in self.parts
            if isinstance(part, CallPart)
        )

    @property
    def kept_parts(self) -> tuple[Part, ...]:
        """The parts, where they say more than the text does."""
        plain = len(self.parts) == 1 and isinstance(self.parts[0], TextPart) and not self.parts[0].extra
        return () if plain else self.parts


def _result_of(extra: Mapping[str, Any]) -> str | None:
    """Give what a tool of the host's own gave back, which stands beside its call."""
    return to_json(extra["output"]) if "output" in extra else None


def read_error(given: Any) -> str | None:
    """Tell an error object of an API in one line; None where there is none.

    >>> read_error({"code": "server_error", "message": "boom"}), read_error(None), read_error("busy")
    ('server_error: boom', None, 'busy')
    """
    if not given:
        return None
    if isinstance(given, str):
        return given[:MAX_ERROR_CHARS]
    if isinstance(given, Mapping):
        code = given.get("code")
        known = [code if isinstance(code, str) and code else given.get("type") or code, given.get("message")]
        line = ": ".join(str(one) for one in known if one)
        return (line or to_json(given))[:MAX_ERROR_CHARS]
    return to_json(given)[:MAX_ERROR_CHARS]


def word(value: Any) -> str:
    """Give text as it is, a number as text, and anything else as nothing.

    >>> word("stop"), word(7), word(None)
    ('stop', '7', '')
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value)


def are_whole(calls: Sequence[CallPart]) -> bool:
    """Say whether there are tool calls and all their arguments came to an end.

    Some hosts name no finish reason after tool calls; arguments that are whole JSON were not cut.

    >>> [are_whole([CallPart(name="f", arguments=arguments)]) for arguments in ('{"q": 1}', '{"q": ', "")]
    [True, False, False]
    """
    try:
        return bool(calls) and all(msgspec.json.decode(call.arguments) is not None for call in calls)
    except msgspec.DecodeError:
        return False
