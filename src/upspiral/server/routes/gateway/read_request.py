"""What does a caller of the gateway ask, of whom, and for whom? Reads bodies and headers of every dialect."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from msgspec import structs

from upspiral import serving
from upspiral.errors import (
    InvalidInput,
)
from upspiral.providers.dialects import (
    MESSAGES,
    RESPONSES,
    Dialect,
)
from upspiral.storable import decode_json, mend, mend_name

_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
PASSED_ON = ("anthropic-version", "anthropic-beta", "openai-beta")
"""Headers of the caller that the model's host gets too; never one that names a key or an address."""
CONVERSATION_HEADERS = ("x-conversation-id", "helicone-session-id")
USER_HEADERS = ("helicone-user-id",)
"""Headers that name the conversation and the end user; Helicone's are those that its clients send already."""
EFFECTS_HEADER = "x-upspiral-effects"
"""Says whether a request has effects, so that no candidate may answer a copy of it."""
PROPERTY_HEADER = "helicone-property-"
"""How the headers begin that carry one entry of metadata each."""


def read(
    body: bytes, headers: Mapping[str, str], dialect: Dialect, workspace: Any
) -> tuple[serving.GatewayRequest, bool]:
    """Understand the body of a request.

    Returns:
        What was asked, and whether it is to be streamed.

    Raises:
        InvalidInput: Says what is wrong with it.
    """
    try:
        said = decode_json(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InvalidInput(
            f"The body is no JSON: {error}.", hint="Send JSON with a model and what to ask it."
        ) from error
    if not isinstance(said, dict) or not isinstance(said.get("model"), str):
        raise InvalidInput("The body names no model.", hint="Put the agent's name into `model`.")
    metadata = read_properties(headers) | _metadata(said.get("metadata"))
    if headers.get(EFFECTS_HEADER):
        metadata[serving.EFFECTS] = headers[EFFECTS_HEADER]
    asked = serving.GatewayRequest(
        workspace=workspace,
        dialect=dialect,
        model=said["model"],
        messages=dialect.messages(said),
        body=_without(said, dialect),
        size=len(body),
        headers={name: headers[name] for name in PASSED_ON if name in headers},
        conversation=_name(
            _first_of(headers, CONVERSATION_HEADERS) or metadata.get("conversation") or _thread(said)
        ),
        follows=_name(_text(said.get("previous_response_id"))),
        end_user=_name(
            _text(said.get("user")) or _first_of(headers, USER_HEADERS) or metadata.get("user_id")
        ),
        client_id=_name(headers.get("x-client-request-id")),
        trace=_trace(headers.get("traceparent")),
        metadata=metadata,
    )
    return asked, said.get("stream") is True


OURS = frozenset(
    ("conversation", "trainable", "domain", "task", "speed", "recommendation", "confidence", serving.EFFECTS)
)
"""Names in metadata that mean something to us, and nothing to a host."""


def _without(said: dict[str, Any], dialect: Dialect) -> dict[str, Any]:
    """Leave out what is meant for us: metadata that a host would refuse.

    Hosts of chat completions refuse metadata unless answers are stored there, Anthropic refuses all names but
    one, and OpenAI's responses take any.
    """
    given = said.get("metadata")
    if not isinstance(given, dict):
        return said
    if dialect is RESPONSES:
        kept = {name: value for name, value in given.items() if name not in OURS}
    else:
        kept = {k: v for k, v in given.items() if k == "user_id"} if dialect is MESSAGES else {}
    rest = {name: value for name, value in said.items() if name != "metadata"}
    return {**rest, "metadata": kept} if kept else rest


def _metadata(given: object) -> dict[str, str]:
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidInput("The metadata is no object.", hint="Send names with values.")
    return mend(
        {
            str(name): value if isinstance(value, str) else msgspec.json.encode(value).decode()
            for name, value in given.items()
            if value is not None
        }
    )


def read_properties(headers: Mapping[str, str]) -> dict[str, str]:
    """Read the entries of metadata that stand in headers of their own, as Helicone's clients send them.

    >>> read_properties({"helicone-property-domain": "billing", "helicone-auth": "Bearer x"})
    {'domain': 'billing'}
    """
    found = {
        name.removeprefix(PROPERTY_HEADER): value
        for name, value in headers.items()
        if name.startswith(PROPERTY_HEADER) and value and name != PROPERTY_HEADER
    }
    return mend(found) if found else found


def _first_of(headers: Mapping[str, str], names: tuple[str, ...]) -> str | None:
    return next((headers[name] for name in names if headers.get(name)), None)


def _thread(said: dict[str, Any]) -> str | None:
    """Read the conversation that OpenAI's responses name, by id or as an object."""
    given = said.get("conversation")
    return _text(given.get("id") if isinstance(given, dict) else given)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _name(given: str | None) -> str | None:
    """Bound an id before a model is called: it is in an index, and the answer would be paid for."""
    return mend_name(given) if given else None


def name_sender(
    asked: serving.GatewayRequest, key: str, hide: Callable[[str], str]
) -> serving.GatewayRequest:
    """Say whose request it is: by which key it came, and the ids that it names as they are stored.

    An agent chosen by them is chosen by the same ones ever after.
    """
    names = ("conversation", "end_user", "client_id")
    return structs.replace(asked, key=key, **{n: hide(given) for n in names if (given := getattr(asked, n))})


def _trace(parent: str | None) -> str | None:
    """Read the trace id out of a W3C traceparent.

    >>> _trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    '0af7651916cd43dd8448eb211c80319c'
    """
    parts = (parent or "").split("-")
    return parts[1] if len(parts) >= 4 and len(parts[1]) == 32 else None
