"""What did the provider send? An answer, or a failure that can be explained (pure)."""

import re
from typing import Any

import msgspec

from upspiral.domain import Usage
from upspiral.errors import AuthFailed, ProviderError, ProviderTimeout, RateLimited, Rejected, Unavailable
from upspiral.providers.base import Completion
from upspiral.storable import decode_json
from upspiral.wire import openai_chat
from upspiral.wire.reply import Reply

EXCERPT_CHARS = 200
"""Characters of an unusable answer that are shown."""


def read(body: bytes, *, model: str, latency_ms: float = 0.0) -> Completion:
    r"""Read a whole chat completion.

    Args:
        body: What came.
        model: The name asked for, where the answer names none.
        latency_ms: How long it took.

    Raises:
        ProviderError: It is no chat completion, or an error that was sent as if it were one.

    >>> read(b'{"choices":[{"message":{"role":"assistant","content":"Tomorrow."}}]}', model="m").answer
    'Tomorrow.'
    >>> read(b"<html>Bad gateway</html>", model="m")
    Traceback (most recent call last):
    ...
    upspiral.errors.Rejected: The answer is no chat completion (it is HTML).
    """
    found = decode(body, "chat completion")
    choices = found.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        raise Rejected(
            "The answer is no chat completion (it has no choices).", status=200, detail=_excerpt(body)
        )
    return to_completion(openai_chat.read_reply(found), model=model, latency_ms=latency_ms)


def decode(body: bytes, what: str) -> dict[str, Any]:
    """Read the JSON object that an answer is.

    Args:
        body: What came.
        what: What was expected, for the error.

    Raises:
        ProviderError: It is no JSON object, or says nothing but that something went wrong: some hosts send
            their errors with status 200.

    >>> decode(b'{"choices": []}', "message")
    {'choices': []}
    """
    try:
        found: dict[str, Any] = decode_json(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        why = "it is HTML" if body.lstrip()[:1] == b"<" else str(error)
        raise Rejected(f"The answer is no {what} ({why}).", status=200, detail=_excerpt(body)) from error
    if found.get("error") and not any(found.get(name) for name in ("choices", "output", "content", "id")):
        raise failure(_status_of(found["error"]), body)
    return found


def _status_of(error: Any) -> int:
    """Read the status that an error names; 502 where it names none."""
    code = error.get("code", error.get("status")) if isinstance(error, dict) else None
    status = int(code) if isinstance(code, int) or (isinstance(code, str) and code.isdecimal()) else 0
    return status if 400 <= status < 600 else 502


def to_completion(reply: Reply, *, model: str, latency_ms: float = 0.0) -> Completion:
    """Make a Completion of what was read.

    Args:
        reply: The answer, whichever API it came by.
        model: The name asked for, where the answer names none.
        latency_ms: How long it took.
    """
    return Completion(
        answer=reply.text,
        model=reply.model or model,
        usage=reply.usage or Usage(),
        finish_reason=reply.finish_reason or ("" if reply.error else "stop"),
        tool_calls=reply.tool_calls,
        latency_ms=latency_ms,
        id=reply.id,
        refused=reply.refused,
        thoughts=reply.thoughts,
        parts=reply.kept_parts,
        error=reply.error,
    )


def failure(status: int, body: bytes, *, retry_after: float | None = None) -> ProviderError:
    """Turn a status other than 200 into the error that says what to do.

    What a provider says as its error is passed on; any other body is a detail for the operator.

    >>> failure(429, b"", retry_after=3.0)
    RateLimited('Status 429.')
    >>> failure(400, b'{"error": {"message": "unknown parameter"}}')
    Rejected('Status 400: unknown parameter.')
    """
    told, said = _complaint(body)
    code = told.get("code") or told.get("type") or ""
    message = f"Status {status}{': ' + said.rstrip('.') if said else ''}."
    kind, hint = _kind(status, code)
    detail = "" if said or not body.strip() else _excerpt(body)
    return kind(message, hint=hint, detail=detail, status=status, retry_after=retry_after, told=told)


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
        told=error.told,
    )


def _complaint(body: bytes) -> tuple[dict[str, str | None], str]:
    """Read an error of OpenAI's or Anthropic's shape: what it names, and its message."""
    try:
        told: Any = msgspec.json.decode(body)
        error = told.get("error", told)
        if isinstance(error, str):
            return {}, _line(error)
        named = {name: error[name] for name in ("type", "code", "param") if error.get(name) is not None}
        words = {name: _line(str(value)) for name, value in named.items()}
        return dict(words), _line(str(error.get("message") or ""))
    except (msgspec.DecodeError, AttributeError, UnicodeDecodeError, RecursionError):
        return {}, ""


def _line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f]+", " ", text)[: 2 * EXCERPT_CHARS].strip()


def _excerpt(body: bytes) -> str:
    text = body[:EXCERPT_CHARS].decode(errors="replace")
    return repr(text + ("…" if len(body) > EXCERPT_CHARS else ""))
