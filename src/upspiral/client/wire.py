"""What crosses the wire, and through which door?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal, TypedDict

from msgspec import Struct, json

from upspiral.domain import Kind, Message, RequestOptions, Source, ToolCall, Usage
from upspiral.domain.feedback import ACTIONS
from upspiral.domain.message import Part
from upspiral.errors import InvalidInput
from upspiral.wire.messages import read_message
from upspiral.wire.plain import to_plain

TARGETS = ("interaction", "trace", "conversation", "client_id")
MAX_TOOL_CHARS = 10_000
"""Characters kept of a tool's arguments or result."""
MAX_LATENCY_MS = 1e9
"""The longest time of an answer that the server accepts, in milliseconds (11 days)."""


class Endpoint(Struct, frozen=True):
    """One path of the server."""

    path: str
    plural: str | None = None
    """The field that holds a batch; None where one request carries one thing."""


ENDPOINTS = {
    "interactions": Endpoint("/api/v1/interactions", "interactions"),
    "recommendations": Endpoint("/api/v1/learning/recommendations/track"),
    "feedback": Endpoint("/api/v1/feedback", "feedback"),
    "outcomes": Endpoint("/api/v1/learning/outcomes/evaluate"),
    "workflows": Endpoint("/api/v1/learning/workflows/evaluate"),
}
"""By name, in the order in which a batch is sent: what happened goes before what was thought of it."""


class Item(Struct, frozen=True):
    """One thing to send, already JSON, so that nothing the application changes later changes it."""

    door: str
    body: bytes


class Record(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An Interaction as the client sends it; the server adds the workspace."""

    id: str
    agent: str
    at: datetime
    kind: Kind = Kind.CHAT
    messages: tuple[Message, ...]
    options: RequestOptions | None = None
    answer: str
    answer_parts: tuple[Part, ...] = ()
    model: str
    conversation: str | None = None
    trace: str | None = None
    end_user: str | None = None
    client_id: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    usage: Usage | None = None
    latency_ms: float = 0.0
    error: str | None = None
    trainable: bool = True
    metadata: dict[str, str] = {}


class Exchange(Struct, frozen=True):
    """What was asked, what was answered, and by which model."""

    asked: tuple[Message, ...]
    answer: str = ""
    model: str = ""
    options: RequestOptions | None = None
    answer_parts: tuple[Part, ...] = ()


class About(TypedDict, total=False):
    """What can be said about an Interaction besides who answered what."""

    id: str
    conversation: str | None
    trace: str | None
    end_user: str | None
    client_id: str | None
    tool_calls: Iterable[ToolCall]
    usage: Usage | None
    latency_ms: float
    error: str | None
    trainable: bool
    metadata: Mapping[str, object]


class Happened(About, total=False):
    """The same, and who it was."""

    agent: str
    kind: Kind


class Said(TypedDict, total=False):
    """What can be said in a Feedback: exactly one target, and at least one opinion."""

    trace: str | None
    conversation: str | None
    client_id: str | None
    thumbs: Literal["up", "down"] | None
    score: float | None
    """0 (bad) to 1 (good)."""
    rating: float | None
    """1 to 5 stars."""
    label: str | None
    comment: str | None
    correction: str | None
    """What should have been said."""
    action: Literal["copied", "continued"] | None
    """What was done with the answer; not together with a judgement."""
    rater: str
    source: Source | str


class RecommendationRecord(TypedDict, total=False):
    """What can be said about a recommendation besides who gave it and what it is."""

    workspace: str | None
    agent_name: str | None
    confidence: float | None
    """0 to 1."""
    reasoning: str | None
    evidence: Any
    correlation_id: str | None
    workflow_id: str | None


def check_keywords(given: Mapping[str, object], names: Iterable[str]) -> None:
    """Refuse a misspelt name.

    >>> check_keywords({"trace": "t"}, About.__annotations__)
    """
    if strange := given.keys() - set(names):
        raise TypeError(f"there is no {', '.join(sorted(strange))}; there is {', '.join(sorted(names))}")


def messages(given: Iterable[Mapping[str, Any] | Message]) -> tuple[Message, ...]:
    """Read messages as the SDKs write them, pictures, calls of tools and their results included.

    >>> messages([{"role": "user", "content": [{"type": "text", "text": "Hi"}]}])
    (Message(role='user', content='Hi'),)
    """
    return tuple(
        message
        for one in given
        for message in ((one,) if isinstance(one, Message) else read_message(to_plain(one)))
    )


def read(thing: object, *path: str | int) -> Any:
    """Follow attributes, keys and positions; None where there is nothing.

    >>> read({"choices": [{"text": "a"}]}, "choices", 0, "text"), read(None, "x"), read([], 0)
    ('a', None, None)
    """
    for step in path:
        if isinstance(step, int):
            thing = thing[step] if isinstance(thing, list | tuple) and thing else None
        elif isinstance(thing, Mapping):
            thing = thing.get(step)
        else:
            thing = getattr(thing, step, None)
    return thing


def to_text(value: object) -> str:
    """Write any value as text: text as it is, else JSON, at most 10,000 characters.

    >>> to_text({"q": 1}), to_text("a"), to_text(None)
    ('{"q":1}', 'a', '')
    """
    if value is None:
        return ""
    return (value if isinstance(value, str) else json.encode(value, enc_hook=repr).decode())[:MAX_TOOL_CHARS]


def strings(metadata: Mapping[str, object]) -> dict[str, str]:
    """Make every value text; None is left out.

    >>> strings({"domain": "law", "tries": 2, "page": None})
    {'domain': 'law', 'tries': '2'}
    """
    return {str(key): str(value) for key, value in metadata.items() if value is not None}


def interaction(record: Record) -> Item:
    """Make an Item of what happened."""
    return Item("interactions", json.encode(record))


def feedback(ident: str, interaction_id: str | None, said: Said) -> Item:
    """Make an Item of what someone thought.

    Raises:
        InvalidInput: There is not exactly one target, no opinion, or a value is out of its range.
    """
    body = {k: v for k, v in {"id": ident, "interaction": interaction_id, **said}.items() if v is not None}
    targets = [name for name in TARGETS if name in body]
    if len(targets) != 1:
        raise InvalidInput(
            f"A feedback needs exactly one target, not {len(targets)}.",
            hint="Give interaction_id, trace, conversation or client_id.",
        )
    opinions = ("thumbs", "score", "rating", "label", "comment", "correction", "action")
    if not any(name in body for name in opinions):
        raise InvalidInput("The feedback says nothing.", hint=f"Give one of {', '.join(opinions)}.")
    if sum(name in body for name in ("thumbs", "score", "rating")) > 1:
        raise InvalidInput("The feedback has several scores.", hint="Give thumbs, score or rating.")
    if body.get("thumbs", "up") not in {"up", "down"}:
        raise InvalidInput(f"thumbs is {body['thumbs']!r}.", hint="Give 'up' or 'down'.")
    if body.get("action", ACTIONS[0]) not in ACTIONS:
        raise InvalidInput(f"action is {body['action']!r}.", hint=f"Give one of {', '.join(ACTIONS)}.")
    if "action" in body and any(name in body for name in ("thumbs", "score", "rating", "correction")):
        raise InvalidInput("The feedback holds an action and a judgement.", hint="Send two signals.")
    check_range("score", said.get("score"), 0, 1)
    check_range("rating", said.get("rating"), 1, 5)
    return Item("feedback", json.encode(body))


def check_range(name: str, value: float | None, low: float, high: float) -> None:
    """Refuse a number outside its range.

    >>> check_range("score", 0.5, 0, 1)
    """
    if value is not None and not low <= value <= high:
        raise InvalidInput(f"{name} is {value!r}.", hint=f"Give {low} to {high}.")


def call(door: str, body: Mapping[str, object]) -> Item:
    """Make an Item of anything else; fields that are None are left out."""
    kept = {key: value for key, value in body.items() if value is not None}
    return Item(door, json.encode(kept, enc_hook=repr))
