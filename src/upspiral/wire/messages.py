"""Which messages does a request hold? One tolerant reader for every way in (pure)."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec.structs import replace

from upspiral.domain.message import Message, Part, ReasoningPart, RefusalPart, TextPart
from upspiral.wire.files import read_file
from upspiral.wire.parts import (
    RESULT_IDS,
    RESULTS,
    THOUGHTS,
    Fields,
    is_call,
    is_part,
    make_message,
    read_call,
    read_content,
    type_of,
)
from upspiral.wire.plain import as_list, omit, parse, text_or_none, to_json

ROLES = {
    "developer": "system",
    "function": "tool",
    "human": "user",
    "ai": "assistant",
    "model": "assistant",
    "bot": "assistant",
}
"""Other words for a role, and ours."""
KEPT_ROLES = ("developer", "function")
"""Words of an API for a role that are kept, so that the message can be written again as it was."""
_MESSAGE = frozenset(
    (
        *("role", "content", "parts", "tool_calls", "function_call", "refusal", "name", "tool_call_id"),
        *("reasoning_content", "reasoning", "type", "message", "content_parts", "toolCalls", "finish_reason"),
        "audio",
    )
)
BODIES = ("content", "parts", "content_parts")


def read_messages(given: Any, *, role: str = "user") -> tuple[Message, ...]:
    """Read what a trace or a file holds, in any of the usual shapes and as JSON within JSON.

    Args:
        given: A list of messages, one message, an object that holds a list of them, JSON of these, or text.
        role: Of what names none.

    >>> read_messages('[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]')
    (Message(role='user', content='Hi'),)
    >>> read_messages("Hi")
    (Message(role='user', content='Hi'),)
    """
    found = parse(given)
    if isinstance(found, list) and (plain := _read_plain(found)) is not None:
        return plain
    if isinstance(found, Mapping):
        inner = next((found[n] for n in ("messages", "choices") if isinstance(found.get(n), list)), None)
        system = found.get("system")
        first = [{"role": "system", "content": system}] if inner and system else []
        found = [found] if inner is None else [*first, *inner]
    while isinstance(found, list) and len(found) == 1 and isinstance(found[0], list):
        found = found[0]
    if isinstance(found, list) and found:
        if all(map(is_message, found)):
            return tuple(message for one in found for message in read_message(_unpack(one), role=role))
        if all(map(is_part, found)):
            return tuple(read_message({"role": role, "content": found}))
    return (Message(role, to_json(given)),)


def _read_plain(given: list[Any]) -> tuple[Message, ...] | None:
    """Read messages of one text each, which nearly all are; None where there is anything else in them."""
    found: list[Message] = []
    for one in given:
        if not isinstance(one, dict) or len(one) != (3 if "finish_reason" in one else 2):
            return None
        role, body = one.get("role"), one.get("parts") or one.get("content")
        if body.__class__ is list and len(body) == 1 and body[0].__class__ is dict and len(body[0]) == 2:
            part = body[0]
            body = (part.get("content") or part.get("text")) if part.get("type") == "text" else None
        if role.__class__ is not str or body.__class__ is not str or role in ROLES or role == "tool":
            return None
        if body[:1] in ("[", "{"):
            return None  # perhaps parts, written as JSON
        found.append(Message(role, body))
    return tuple(found) or None


def _unpack(given: Any) -> Any:
    """Undo the JSON in which some senders write the parts of a message."""
    if isinstance(given, Mapping):
        for name in BODIES:
            told = given.get(name)
            inside = parse(told)
            if (
                isinstance(inside, list)
                and inside is not given[name]
                and inside
                and all(map(is_part, inside))
            ):
                return {**given, name: inside}
    return given


def is_message(given: Any) -> bool:
    """Say whether a value has the shape of a message rather than of one of its parts."""
    if not isinstance(given, Mapping):
        return False
    kind = type_of(given)
    if kind == "message" or is_call(kind) or kind in RESULTS | THOUGHTS:
        return True
    return any(name in given for name in ("role", "parts", "tool_calls", "message")) or (
        "content" in given and "type" not in given
    )


def read_message(given: Any, *, role: str = "user") -> Iterator[Message]:
    """Read one message; more than one where it holds results of tools, which are messages of their own.

    >>> list(read_message({"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t",
    ...     "content": "4"}, {"type": "text", "text": "So?"}]}))
    [Message(role='tool', content='4', tool_call_id='t'), Message(role='user', content='So?', joined=True)]
    """
    if not isinstance(given, Mapping):
        yield Message(role, to_json(given))
        return
    if len(given) == 2 and isinstance(words := given.get("content"), str) and "role" in given:  # nearly all
        yield from _plain(str(given["role"]), words)
        return
    inner = parse(given.get("message"))
    if inner is not None:
        given = inner if isinstance(inner, Mapping) else {"content": inner, "role": given.get("role")}
    kind = type_of(given)
    if "role" not in given and (kind in RESULTS | THOUGHTS or is_call(kind)):
        given, role = {"content": [given]}, "assistant"
    speaker = str(given.get("role") or (kind if kind in ROLES else None) or role)
    if speaker in ("tool", "function"):
        yield _tool_message(given, speaker)
        return
    told = list(_read_body(given))
    for place, (is_result, members) in enumerate(_group(told)):
        for number, one in enumerate(members if is_result else [members]):
            joined = place + number > 0
            yield (
                replace(one, joined=joined) if is_result else _to_turn(given, speaker, members, joined=joined)
            )


def parts_of(message: Message) -> tuple[Part, ...]:
    """Give what a message is made of, its text as a part of its own.

    >>> parts_of(Message("assistant", "Hi"))
    (TextPart(text='Hi'),)
    """
    return message.parts or ((TextPart(message.content),) if message.content else ())


def _plain(speaker: str, words: str) -> Iterator[Message]:
    known = ROLES.get(speaker, speaker)
    yield Message(known, words, extra={"role": speaker} if speaker in KEPT_ROLES else None)


def _read_body(given: Fields) -> Iterator[Part | Message]:
    for name in ("reasoning_content", "reasoning"):
        if isinstance(given.get(name), str) and given[name]:
            yield ReasoningPart(given[name], None if name == "reasoning" else {"field": name})
            break
    body = next((given[name] for name in BODIES if given.get(name) not in (None, "")), None)
    yield from read_content(body)
    if isinstance(given.get("audio"), Mapping) and (spoken := read_file(given, "audio")):
        yield spoken
    if isinstance(given.get("refusal"), str) and given["refusal"]:
        yield RefusalPart(given["refusal"], {"field": "refusal"})
    for call in as_list(parse(given.get("tool_calls") or given.get("toolCalls"))):
        if isinstance(call, Mapping):
            yield read_call(call)
    if isinstance(given.get("function_call"), Mapping):
        yield read_call(given["function_call"], extra={"legacy": True})


def _group(told: list[Part | Message]) -> Iterator[tuple[bool, list[Any]]]:
    """Part what a message holds into runs of results of tools and runs of everything else, in their order."""
    runs: list[tuple[bool, list[Any]]] = []
    for one in told:
        is_result = isinstance(one, Message)
        if not runs or runs[-1][0] != is_result:
            runs.append((is_result, []))
        runs[-1][1].append(one)
    return iter(runs or [(False, [])])


def _to_turn(given: Fields, speaker: str, parts: list[Part], *, joined: bool) -> Message:
    extra = omit(given, _MESSAGE) or {}
    if speaker in KEPT_ROLES:
        extra["role"] = speaker
    return make_message(
        ROLES.get(speaker, speaker),
        parts,
        name=text_or_none(given.get("name")),
        joined=joined,
        extra=extra or None,
    )


def _tool_message(given: Fields, speaker: str) -> Message:
    ident = next((text_or_none(given.get(n)) for n in RESULT_IDS if given.get(n)), None)
    told, name = list(_read_body(given)), text_or_none(given.get("name"))
    if len(told) == 1 and isinstance(told[0], Message):  # a result within a message of the tool's own
        inner = told[0]
        return replace(inner, name=inner.name or name, tool_call_id=inner.tool_call_id or ident)
    parts = tuple(
        p for one in told for p in ((TextPart(one.content),) if isinstance(one, Message) else (one,))
    )
    extra = omit(given, _MESSAGE | frozenset(RESULT_IDS)) or {}
    if speaker in KEPT_ROLES:
        extra["role"] = speaker
    return replace(make_message("tool", parts, name=name, extra=extra or None), tool_call_id=ident)
