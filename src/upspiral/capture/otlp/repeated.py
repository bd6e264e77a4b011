"""Which spans tell of one and the same model call, and what does the one that is kept learn from the others?

A call is told of more than once where an application has two instrumentations: of its framework and of the
provider's client, or one from outside and one that the client brings along.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from msgspec import Struct
from msgspec.structs import replace

from upspiral.capture.otlp.steps import SpanStep, error
from upspiral.capture.otlp.surroundings import Key
from upspiral.capture.otlp.values import count, text

OUR_ID = "int_"
"""How the ids begin that the gateway gives to answers."""
ID_IN_ANSWER = re.compile(r'\s*\{\s*"id"\s*:\s*"([^"\\]{1,128})"')
"""How an answer begins that is kept as the provider gave it."""
LEARNED = (
    *("response_id", "model", "wanted_model", "provider", "agent", "conversation", "end_user", "task"),
    *("input_tokens", "output_tokens", "cache_read", "cache_write", "reasoning_tokens", "cost", "costs"),
    *("tools", "tool_choice", "sampling"),
)
"""Fields that the call that is kept takes from the others, where it has none of its own."""
MODELS = ("model", "wanted_model")
CONTENT = ("input", "output", "input_text", "output_text")


class Joined(Struct, frozen=True):
    """Model calls of which each is told of once."""

    steps: dict[Key, SpanStep]
    repeated: dict[Key, Key | None]
    """Spans that tell of a call again, and the span that is kept; None where the gateway has the call."""


def join_repeated(steps: Mapping[Key, SpanStep]) -> Joined:
    """Find model calls that are told elsewhere: by the gateway, or by a second instrumentation.

    The answer of a call that went through our gateway carries our id. Of several spans for one call the one
    that says more is kept, and learns from the others what it does not say.
    """
    calls = {key: step for key, step in steps.items() if step.kind is None}
    ids = {key: _response_id(step) for key, step in calls.items()}
    pairs = [*_pair_by_id(calls, ids), *_pair_nested(calls, ids)]
    if not pairs and not any(ident.startswith(OUR_ID) for ident in ids.values()):
        return Joined(dict(steps), {})
    groups = _Groups()
    for key, other in pairs:
        groups.join(key, other)
    learned, repeated = dict(steps), dict[Key, Key | None]()
    for members in groups.gather(calls):
        by_gateway = any(ids[key].startswith(OUR_ID) for key in members)
        kept = max(members, key=lambda key: _rank(calls[key]))
        others = [key for key in members if key != kept]
        repeated |= dict.fromkeys(members if by_gateway else others, None if by_gateway else kept)
        if others and not by_gateway:
            learned[kept] = _learn(calls[kept], [calls[key] for key in others])
    return Joined(learned, repeated)


class _Groups:
    """Keys that are one and the same, however they were paired."""

    def __init__(self) -> None:
        self._first: dict[Key, Key] = {}

    def find(self, key: Key) -> Key:
        while (above := self._first.get(key, key)) != key:
            key = above
        return key

    def join(self, key: Key, other: Key) -> None:
        if (one := self.find(key)) != (two := self.find(other)):
            self._first[two] = one

    def gather(self, keys: Mapping[Key, SpanStep]) -> list[list[Key]]:
        found: dict[Key, list[Key]] = defaultdict(list)
        for key in keys:
            found[self.find(key)].append(key)
        return list(found.values())


def _response_id(step: SpanStep) -> str:
    told = text(step.found.get("response_id"))
    if not told and isinstance(answer := step.found.get("output_text"), str):
        told = match[1] if (match := ID_IN_ANSWER.match(answer)) else ""
    return told


def _pair_by_id(calls: Mapping[Key, SpanStep], ids: Mapping[Key, str]) -> Iterator[tuple[Key, Key]]:
    """Pair calls with one id: in one trace, or of two instrumentations and one within the time of the other.

    A host of one's own may give every answer the same id, so an id alone says little across traces.
    """
    told: dict[str, list[Key]] = defaultdict(list)
    for key, ident in ids.items():
        if ident:
            for other in told[ident]:
                if key[0] == other[0] or _is_within(calls[key], calls[other]):
                    yield other, key
            told[ident].append(key)


def _is_within(one: SpanStep, other: SpanStep) -> bool:
    """Say whether two instrumentations tell of one call, by its times."""
    inner, outer = sorted((one.raw, other.raw), key=lambda raw: raw.end - raw.start)
    return inner.scope != outer.scope and 0 < outer.start <= inner.start and inner.end <= outer.end


def _pair_nested(calls: Mapping[Key, SpanStep], ids: Mapping[Key, str]) -> Iterator[tuple[Key, Key]]:
    """Pair a call with the only one within it that ended as it did, unless what they say differs."""
    within: dict[Key, list[Key]] = defaultdict(list)
    for key, step in calls.items():
        parent = (step.raw.trace, step.raw.parent or "")
        if parent in calls and _may_be_told_again(step, calls[parent]):
            within[parent].append(key)
    for parent, inner in within.items():
        if len(inner) == 1 and _agree(calls[parent], calls[inner[0]]):
            told, also = ids[parent], ids[inner[0]]
            if told == also or not (told and also):
                yield parent, inner[0]


def _may_be_told_again(inner: SpanStep, outer: SpanStep) -> bool:
    """Say whether another instrumentation tells of a call that ended in the same way."""
    return inner.raw.scope != outer.raw.scope and (error(inner) is None) == (error(outer) is None)


def _agree(one: SpanStep, other: SpanStep) -> bool:
    """Say whether two spans may be one call: no other model, and no other counts of tokens."""
    told, also = ({text(step.found[n]) for n in MODELS if n in step.found} for step in (one, other))
    if told and also and not told & also:
        return False
    both = [n for n in ("input_tokens", "output_tokens") if n in one.found and n in other.found]
    return all(count(one.found[n]) == count(other.found[n]) for n in both)


def _rank(step: SpanStep) -> tuple[bool, int]:
    """Say how much a span says of a call: what was said counts first."""
    talks = bool(step.plan.indexed) or any(name in step.found for name in CONTENT) or bool(step.raw.events)
    return talks, len(step.found) + len(step.plan.indexed) + len(step.raw.events)


def _learn(kept: SpanStep, others: list[SpanStep]) -> SpanStep:
    told = {name: step.found[name] for step in others for name in LEARNED if name in step.found}
    missing = {name: value for name, value in told.items() if name not in kept.found}
    return replace(kept, found={**missing, **kept.found}) if missing else kept
