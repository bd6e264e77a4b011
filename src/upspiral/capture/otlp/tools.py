"""Who asked for a tool, and which span did what was asked? Each is taken by at most one who asked."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from upspiral.capture.otlp.conventions import CHOICE
from upspiral.capture.otlp.decode import RawSpan
from upspiral.capture.otlp.steps import SpanStep, duration, error
from upspiral.capture.otlp.values import text, undo_json
from upspiral.domain.ids import InteractionId
from upspiral.domain.interaction import ToolCall
from upspiral.domain.message import CallPart
from upspiral.wire.messages import read_messages


class LateTool(Struct, frozen=True, kw_only=True):
    """What a tool did whose call is not in the same request: it took longer than the exporter waits."""

    trace: str
    call_id: str
    result: str | None
    error: str | None
    duration_ms: float


class Tools:
    """The tool spans of one request; each is taken by at most one who asked for it."""

    def __init__(self, steps: Iterable[SpanStep]) -> None:
        self.askers: dict[tuple[str, str], InteractionId] = {}
        """Trace and span of a tool's call to who asked for it."""
        self._called: dict[tuple[str, str], list[SpanStep]] = defaultdict(list)
        self._named: dict[tuple[str, str | None, str, bool], list[SpanStep]] = defaultdict(list)
        self._within: dict[tuple[str, str | None], list[SpanStep]] = defaultdict(list)
        for step in sorted(steps, key=_start):
            raw, ident = step.raw, text(step.found.get("call_id"))
            self._named[raw.trace, raw.parent, _tool_name(step), bool(ident)].append(step)
            self._within[raw.trace, raw.parent].append(step)
            if ident:
                self._called[raw.trace, ident].append(step)

    def __bool__(self) -> bool:
        return bool(self._within)

    def take(self, call: CallPart, asker: RawSpan, ident: InteractionId) -> SpanStep | None:
        """Find the span that did what was asked for: by the call's id, else by name, place and time."""
        found = self._first(self._called.get((asker.trace, call.id)), 0) if call.id else None
        for parent in (asker.span, asker.parent):
            for has_id in (False,) if call.id else (False, True):
                key = (asker.trace, parent, call.name, has_id)
                found = found or self._first(self._named.get(key), asker.start)
        if found:
            self.askers[found.raw.trace, found.raw.span] = ident
        return found

    def take_within(self, asker: RawSpan, ident: InteractionId) -> Iterator[SpanStep]:
        """Give the tools that ran inside the asker's own span and that nobody has taken."""
        for step in self._within.get((asker.trace, asker.span), ()):
            key = (step.raw.trace, step.raw.span)
            if key not in self.askers:
                self.askers[key] = ident
                yield step

    def list_unclaimed(self) -> Iterator[LateTool]:
        """Give the tools with the id of a call that nobody in this request has asked for."""
        for (trace, ident), steps in self._called.items():
            for step in steps:
                if (trace, step.raw.span) not in self.askers:
                    done = _call(CallPart(name="", id=ident), step)
                    yield LateTool(
                        trace=trace,
                        call_id=ident,
                        result=done.result,
                        error=done.error,
                        duration_ms=done.duration_ms or 0.0,
                    )

    def _first(self, steps: list[SpanStep] | None, since: int) -> SpanStep | None:
        place = bisect_left(steps, since, key=_start) if steps else 0
        while steps and place < len(steps):
            step = steps.pop(place)
            if (step.raw.trace, step.raw.span) not in self.askers:
                return step
        return None


def tool_calls(
    step: SpanStep, asked: Sequence[CallPart], ident: InteractionId, *, tools: Tools
) -> tuple[ToolCall, ...]:
    """Join what was asked for with the tool spans of the same trace that did it.

    Args:
        step: The model call.
        asked: What its answer asks for.
        ident: Whose tool calls they are.
        tools: Of the whole request; those that are taken here are taken.
    """
    if not tools:
        return tuple(_call(call, None) for call in asked)
    raw = step.raw
    found = [_call(call, tools.take(call, raw, ident)) for call in asked]
    found += (_call(CallPart(name=""), did) for did in tools.take_within(raw, ident))
    return tuple(found)


def _call(call: CallPart, did: SpanStep | None) -> ToolCall:
    if did is None:
        return ToolCall(name=call.name, arguments=call.arguments, id=call.id)
    found = did.found
    result = found.get("tool_result", found.get("output", found.get("output_text")))
    if result is None:
        result = _find_in_events(did)
    elif isinstance(result, str) and result[:1] == '"':
        result = undo_json(result)
    arguments = found.get("tool_arguments", found.get("input", found.get("input_text")))
    return ToolCall(
        name=call.name or _tool_name(did),
        arguments=call.arguments or text(arguments),
        id=call.id or text(found.get("call_id")) or None,
        result=None if result is None else text(result),
        error=error(did),
        duration_ms=duration(did.raw),
    )


def _find_in_events(did: SpanStep) -> Any:
    """Give what a tool gave back where that stands in an event, as a message of one text."""
    told = (more.get("message") for name, _, more in did.raw.events if name == CHOICE)
    given = next((one for one in told if one is not None), None)
    if given is None:
        return None
    return "\n".join(message.content for message in read_messages(given, role="tool"))


def _start(step: SpanStep) -> int:
    return step.raw.start


def _tool_name(step: SpanStep) -> str:
    return text(step.found.get("tool_name")) or step.raw.name.removeprefix("execute_tool ")
