"""How are the messages of one API said in another? What has no words there is refused by name (pure)."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from upspiral.domain.message import CallPart, FilePart, Message, OtherPart, Part, RefusalPart, TextPart
from upspiral.wire.messages import parts_of
from upspiral.wire.parts import make_message
from upspiral.wire.text import flatten
from upspiral.wire.translate.apis import Api

ROLES = frozenset(("system", "user", "assistant", "tool"))
PLAIN_FIELDS = frozenset(("id", "status", "type", "phase", "role", "cache_control", "is_error"))
"""Fields of a message that are written otherwise, or change no answer."""
PLAIN_WORDS = frozenset(("cache_control", "annotations", "logprobs", "citations", "field"))
"""Fields of words that change no answer."""
DETAILS = ("image_url.detail", "detail")
"""How finely a picture is looked at, in chat completions and in responses; messages has no word for it."""
PLAIN_FILES = frozenset((*DETAILS, "cache_control", "title", "context"))
ERROR_PREFIX = "Error: "
"""Put before the result of a tool that failed, where the API cannot say so otherwise."""


def translate_messages(messages: Iterable[Message], target: Api, refused: list[str]) -> tuple[Message, ...]:
    """Put messages into what another API can say.

    Thoughts of earlier answers, which only the host that sealed them can read, are left out.

    Args:
        messages: As they were read.
        target: The API that they are written in afterwards.
        refused: Names of what it has no word for are put here.

    >>> translate_messages([Message("system", "Be kind.", extra={"role": "developer"})], "chat", [])
    (Message(role='system', content='Be kind.'),)
    """
    kept: list[Message] = []
    for message in messages:
        parts = [
            part for one in parts_of(message) if (part := _translate_part(one, message, target, refused))
        ]
        _check_message(message, refused)
        if not parts and message.parts:  # nothing but thoughts
            continue
        kept.append(_remake(message, parts, target, before=kept[-1] if kept else None))
    if kept and kept[-1].role == "assistant" and target == "messages":
        refused.append("a last message of the assistant")
    return _lead_with_system(kept) if target == "messages" else tuple(kept)


def _check_message(message: Message, refused: list[str]) -> None:
    own = message.extra or {}
    refused += [f"messages.{name}" for name, value in own.items() if name not in PLAIN_FIELDS and value]
    if message.role not in ROLES or own.get("role") == "function":
        refused.append(f"messages of the role {own.get('role', message.role)}")
    if message.role == "tool" and own.get("type"):
        refused.append(f"messages of the type {own['type']}")
    if message.name and message.role != "tool":
        refused.append("messages.name")


def _remake(message: Message, parts: Sequence[Part], target: Api, *, before: Message | None) -> Message:
    if message.role == "system" and target != "messages":  # many hosts take instructions as text alone
        return Message("system", flatten(parts))
    if (message.extra or {}).get("is_error") and target != "messages":
        plain = all(isinstance(part, TextPart) for part in parts)
        parts = [TextPart(ERROR_PREFIX + flatten(parts))] if plain else [TextPart(ERROR_PREFIX), *parts]
    speaker = before.role if before else ""
    joined = message.joined and speaker == "assistant" == message.role
    results = message.role in ("user", "tool") and speaker == "tool" and target == "messages"
    failed = {"is_error": True} if (message.extra or {}).get("is_error") and target == "messages" else None
    made = make_message(message.role, parts, joined=joined or results, extra=failed)
    return replace(made, tool_call_id=message.tool_call_id)


def _lead_with_system(messages: Sequence[Message]) -> tuple[Message, ...]:
    """Put all instructions first: messages has no other place for them."""
    told = [part for one in messages if one.role == "system" for part in parts_of(one)]
    rest = tuple(one for one in messages if one.role != "system")
    return (make_message("system", told), *rest) if told else rest


def _translate_part(part: Part, message: Message, target: Api, refused: list[str]) -> Part | None:
    if isinstance(part, TextPart):
        refused += [f"content.{n}" for n, v in (part.extra or {}).items() if n not in PLAIN_WORDS and v]
        return TextPart(part.text)
    if isinstance(part, RefusalPart):
        return TextPart(part.text) if target == "messages" else RefusalPart(part.text, {"field": "refusal"})
    if isinstance(part, CallPart):
        return _translate_call(part, refused)
    if isinstance(part, FilePart):
        if message.role == "tool" and target == "chat":
            refused.append(f"content: {part.media} within the result of a tool")
        return _translate_file(part, target, refused)
    if isinstance(part, OtherPart):
        refused.append(f"content of the type {part.value.get('type')}")
    return None


def _translate_call(call: CallPart, refused: list[str]) -> CallPart:
    own = call.extra or {}
    if own.get("legacy"):
        refused.append("messages.function_call")
    elif own.get("type"):
        refused.append(f"calls of the type {own['type']}")
    return CallPart(name=call.name, arguments=call.arguments or "{}", id=call.id)


def _translate_file(part: FilePart, target: Api, refused: list[str]) -> FilePart:
    own = part.extra or {}
    refused += [f"content.{n}" for n, value in own.items() if n not in PLAIN_FILES and _says_more(value)]
    if part.media not in ("image", "file"):
        refused.append(f"content: {part.media}")
    elif part.file_id:
        refused.append(f"content: {part.media} by file id")
    elif part.media == "file" and not part.data and (target == "chat" or not part.url):
        refused.append("content: file by URL")
    if part.media == "image":
        detail = next((own[name] for name in DETAILS if own.get(name)), None)
        named = {"chat": "image_url.detail", "responses": "detail"}.get(target)
        extra = {named: detail} if named and detail else None
        return FilePart(media="image", media_type=part.media_type, url=part.url, data=part.data, extra=extra)
    name = part.name or own.get("title")
    if target == "messages":
        kept = {n: own[n] for n in ("context",) if own.get(n)} | ({"title": name} if name else {})
        return replace(part, name=None, extra=kept or None)
    if own.get("context"):
        refused.append("content.context")
    return replace(part, name=name or ("document" if part.data else None), extra=None)


def _says_more(value: object) -> bool:
    """Say whether a field of a file says anything: citations that are not enabled say nothing."""
    return value not in (None, "", [], {}, {"enabled": False})
