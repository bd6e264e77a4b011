"""What did the provider send? An answer, or a failure that can be explained (pure)."""

import re
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from upspiral.domain import ToolCall, Usage
from upspiral.errors import AuthFailed, ProviderError, ProviderTimeout, RateLimited, Rejected, Unavailable
from upspiral.providers.base import Completion
from upspiral.storable import decode_json

EXCERPT_CHARS = 200
"""Characters of an unusable answer that are shown."""

Count = Annotated[int, Meta(ge=0)]


class _Function(Struct):
    name: str = ""
    arguments: Any = ""
    """Usually JSON as text; some servers send the object itself."""


class _ToolCall(Struct):
    function: _Function = msgspec.field(default_factory=_Function)


class _Message(Struct):
    content: str | list[Any] | None = None
    """Text, or parts of which some are text."""
    refusal: str | None = None
    reasoning_content: Any = None
    reasoning: Any = None
    tool_calls: list[_ToolCall] | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Usage(Struct):
    prompt_tokens: Count | None = 0
    completion_tokens: Count | None = 0


class _Body(Struct):
    choices: Annotated[list[_Choice], Meta(min_length=1)]
    id: str | None = None
    model: str | None = None
    usage: _Usage | None = None


def read(body: bytes, *, model: str, latency_ms: float = 0.0) -> Completion:
    r"""Read a whole chat completion.

    Args:
        body: What came.
        model: The name asked for, where the answer names none.
        latency_ms: How long it took.

    Raises:
        Rejected: It is no chat completion.

    >>> read(b'{"choices":[{"message":{"role":"assistant","content":"Tomorrow."}}]}', model="m").answer
    'Tomorrow.'
    >>> read(b"<html>Bad gateway</html>", model="m")
    Traceback (most recent call last):
    ...
    upspiral.errors.Rejected: The answer is no chat completion (it is HTML).
    """
    try:
        found = decode_json(body, type=_Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        what = "it is HTML" if body.lstrip()[:1] == b"<" else str(error)
        raise Rejected(
            f"The answer is no chat completion ({what}).", status=200, detail=_excerpt(body)
        ) from error
    choice, usage = found.choices[0], found.usage or _Usage()
    said = choice.message
    text, refusal = _text_and_refusal(said)
    return Completion(
        answer=text or refusal,
        model=found.model or model,
        usage=Usage(usage.prompt_tokens or 0, usage.completion_tokens or 0),
        finish_reason=choice.finish_reason or "stop",
        tool_calls=tuple(
            ToolCall(name=call.function.name, arguments=_as_text(call.function.arguments))
            for call in said.tool_calls or ()
        ),
        latency_ms=latency_ms,
        id=found.id or "",
        refused=bool(refusal) and not text,
        thoughts=next((t for t in (said.reasoning_content, said.reasoning) if isinstance(t, str)), ""),
    )


def _text_and_refusal(said: _Message) -> tuple[str, str]:
    """Give the text of a message and its refusal, each in one piece.

    >>> _text_and_refusal(_Message(content=[{"type": "text", "text": "By"}, " noon."]))
    ('By noon.', '')
    >>> _text_and_refusal(_Message(content=[{"type": "refusal", "refusal": "No."}]))
    ('', 'No.')
    """
    if not isinstance(said.content, list):
        return said.content or "", said.refusal or ""
    parts = [part if isinstance(part, dict) else {"text": part} for part in said.content]
    text = "".join(part["text"] for part in parts if isinstance(part.get("text"), str))
    refusals = [part["refusal"] for part in parts if isinstance(part.get("refusal"), str)]
    return text, said.refusal or "".join(refusals)


def _as_text(arguments: Any) -> str:
    """Write a call's arguments as the JSON text that they usually are.

    >>> _as_text({"city": "Oslo"}), _as_text('{"city": "Oslo"}'), _as_text(None)
    ('{"city":"Oslo"}', '{"city": "Oslo"}', '')
    """
    if isinstance(arguments, str):
        return arguments
    return "" if arguments is None else msgspec.json.encode(arguments).decode()


def failure(status: int, body: bytes, *, retry_after: float | None = None) -> ProviderError:
    """Turn a status other than 200 into the error that says what to do.

    What a provider says as its error is passed on; any other body is a detail for the operator.

    >>> failure(429, b"", retry_after=3.0)
    RateLimited('Status 429.')
    >>> failure(400, b'{"error": {"message": "unknown parameter"}}')
    Rejected('Status 400: unknown parameter.')
    """
    code, said = _complaint(body)
    message = f"Status {status}{': ' + said.rstrip('.') if said else ''}."
    kind, hint = _kind(status, code)
    detail = "" if said or not body.strip() else _excerpt(body)
    return kind(message, hint=hint, detail=detail, status=status, retry_after=retry_after)


def _kind(status: int, code: str) -> tuple[type[ProviderError], str]:
    if status in (401, 403):
        return (
            AuthFailed,
            "The operator should check the key that is kept for this model, and what it may use.",
        )
    if code == "insufficient_quota" or status == 402:
        return Rejected, "The account has no credit left: top it up."
    if status == 429:
        return RateLimited, "Wait, ask less at once, or raise the limit at the provider."
    if status in (408, 504):
        return ProviderTimeout, "Try again later."
    if status >= 500:
        return Unavailable, "Try again later; look at the provider's status page."
    if 300 <= status < 400:
        return Rejected, "Redirects are not followed: set the URL that it points to."
    if status == 404:
        return Rejected, "Check the URL and the model's name."
    return Rejected, "Change the request, or the model's settings."


HINTS: dict[type[ProviderError], str] = {
    ProviderTimeout: "Try again, or allow it more time.",
    Unavailable: "Look whether it runs, and whether its address is right.",
    Rejected: "Check that the address is that of an OpenAI-compatible endpoint.",
}
"""What to do where the answer itself does not say."""


def explain(error: ProviderError, *, name: str, url: str, key: str | None) -> ProviderError:
    """Say in the error who was asked, to the operator where, and keep the key out of it.

    >>> found = explain(AuthFailed("Status 401: bad key sk-1."), name="t", url="http://x", key="sk-1")
    >>> str(found), found.detail
    ('Model t: Status 401: bad key ***.', 'Asked at http://x.')
    """
    message = f"Model {name}: {error.message}"
    detail = f"Asked at {url}." + (f" It answered {error.detail}." if error.detail else "")
    if key:
        message, detail = message.replace(key, "***"), detail.replace(key, "***")
    return type(error)(
        message,
        hint=error.hint or HINTS.get(type(error), ""),
        detail=detail,
        provider=name,
        status=error.status,
        retry_after=error.retry_after,
    )


def _complaint(body: bytes) -> tuple[str, str]:
    try:
        told: Any = msgspec.json.decode(body)
        error = told.get("error", told)
        if isinstance(error, str):
            return "", _line(error)
        return str(error.get("code") or error.get("type") or ""), _line(str(error.get("message") or ""))
    except (msgspec.DecodeError, AttributeError, UnicodeDecodeError, RecursionError):
        return "", ""


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)[: 2 * EXCERPT_CHARS].strip()


def _excerpt(body: bytes) -> str:
    text = body[:EXCERPT_CHARS].decode(errors="replace")
    return repr(text + ("…" if len(body) > EXCERPT_CHARS else ""))
