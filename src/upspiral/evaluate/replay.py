"""How is a case with tools asked again, when no tool may run? Recorded results answer its calls (pure)."""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from upspiral.domain import Example, ExampleKind, Message, Score, ToolCall
from upspiral.domain.evaluation import AnswerUse
from upspiral.domain.message import CallPart, Part, TextPart
from upspiral.providers.base import Completion
from upspiral.scorers import Scorer
from upspiral.scorers.calls import are_same, score_calls
from upspiral.wire.messages import parts_of
from upspiral.wire.parts import make_message
from upspiral.wire.text import flatten


class RecordedCall(Struct, frozen=True):
    """A call that was made when the request was asked for the first time."""

    call: ToolCall
    result: Message | None
    """The message in which its tool gave something; None where that was not recorded."""
    round: int
    """Calls of the same round were made at once."""


class Replay(Struct, frozen=True, kw_only=True):
    """One case on its way: what was recorded of it, and what a model has said so far."""

    messages: tuple[Message, ...]
    """What the model is shown next."""
    recorded: tuple[RecordedCall, ...] = ()
    left: tuple[RecordedCall, ...] = ()
    """Recorded calls that the model has not made."""
    made: tuple[tuple[ToolCall, ...], ...] = ()
    """The calls that it made, round by round."""
    answer: str | None = None
    """Its answer; None as long as it asks for tools."""
    stopped: str | None = None
    """Why the case ended at a call; None where it did not."""
    input_tokens: int = 0
    """Read by the model so far, in all its answers."""
    output_tokens: int = 0
    latency_ms: float = 0.0

    @property
    def is_over(self) -> bool:
        """Is there nothing more to ask?"""
        return self.answer is not None or self.stopped is not None

    @property
    def calls(self) -> tuple[ToolCall, ...]:
        """All calls that it made, in their order."""
        return tuple(call for calls in self.made for call in calls)

    @property
    def said(self) -> str:
        """What came of it in words: the answer, or the calls at which the case ended."""
        if self.answer is not None:
            return self.answer
        last = self.made[-1] if self.made else ()
        return flatten([CallPart(name=call.name, arguments=call.arguments) for call in last])


def start_replay(example: Example) -> Replay:
    """Go back to where the user had spoken last, and keep what the agent called from there on.

    Where the request's tools are not known, a model could make no call: then what the tools gave stays before
    it, and its answer alone counts.

    Args:
        example: A case, with the messages of its request.
    """
    if example.options is None or not example.options.tools:
        return Replay(messages=(*example.messages, *example.tool_messages))
    end = max((n + 1 for n, one in enumerate(example.messages) if one.role == "user"), default=0)
    after = (*example.messages[end:], *example.tool_messages)
    recorded = _read_calls(after)
    if not recorded:
        return Replay(messages=example.messages)
    return Replay(messages=example.messages[:end], recorded=recorded, left=recorded)


def repeat_recorded(example: Example) -> Replay:
    """Give a good answer of the agent's own as if it had just been given again: its calls, and what it said.

    Args:
        example: A case of `ExampleKind.REPLAY`.
    """
    start = start_replay(example)
    rounds: dict[int, list[ToolCall]] = {}
    for one in start.recorded:
        rounds.setdefault(one.round, []).append(one.call)
    made = tuple(tuple(calls) for calls in rounds.values())
    ended = None if example.answer else "its last call was recorded, no answer"
    return replace(start, left=(), made=made, answer=example.answer or None, stopped=ended)


def take(replay: Replay, said: Completion) -> Replay:
    """Take a model's answer: the case is over, or its calls are answered by what the tools gave before.

    A call is answered once for each time it was recorded, by the same name and the same arguments. The first
    other call ends the case, and so does one whose result nobody recorded: nothing is ever executed.

    Args:
        replay: The case so far.
        said: What the model answered to its messages.
    """
    replay = replace(
        replay,
        input_tokens=replay.input_tokens + said.usage.input_tokens,
        output_tokens=replay.output_tokens + said.usage.output_tokens,
        latency_ms=replay.latency_ms + said.latency_ms,
    )
    calls = _number_calls(said.tool_calls, len(replay.made))
    if not calls:
        return replace(replay, answer=said.answer)
    made = replace(replay, made=(*replay.made, calls))
    left, results = list(replay.left), list[Message]()
    for call in calls:
        same = next((one for one in left if are_same(one.call, call)), None)
        if same is None:
            return replace(made, stopped=f"{call.name} was not called so before")
        left.remove(same)
        if same.result is not None:
            results.append(replace(same.result, tool_call_id=call.id))
    made = replace(made, left=tuple(left))
    if len(results) < len(calls):
        return replace(made, stopped="what the tools gave was not recorded")
    return replace(made, messages=(*replay.messages, _write_answer(said, calls), *results))


def sum_up_use(replays: Sequence[Replay | None]) -> AnswerUse | None:
    """Add up what answers consumed; None where none of them was asked for.

    >>> sum_up_use([None, Replay(messages=())])
    """
    asked = [one for one in replays if one and (one.latency_ms or one.input_tokens or one.output_tokens)]
    if not asked:
        return None
    times = [one.latency_ms for one in asked]
    return AnswerUse(
        answers=len(asked),
        input_tokens=sum(one.input_tokens for one in asked),
        output_tokens=sum(one.output_tokens for one in asked),
        median_ms=float(np.percentile(times, 50)),
        p95_ms=float(np.percentile(times, 95)),
    )


def score_replay(example: Example, replay: Replay, *, scorer: Scorer) -> Score:
    """Measure what a model made of a case.

    Of a good answer of the agent's own both count: the calls that led to it, and the answer; the worse of
    the two is the score. Of a failure it is known what should have been answered, but not by which calls, so
    that the answer alone counts, and a case that ended at a call is wrong.

    Args:
        example: The case, with what should be said.
        replay: The case when it was over.
        scorer: Tells whether two answers say the same.
    """
    question = next((one.content for one in reversed(example.messages) if one.role == "user"), "")
    text = None
    if replay.answer is not None and example.answer.strip():
        text = scorer.score(question, example.answer, replay.answer)
    if example.kind != ExampleKind.REPLAY:
        return text or Score(0.0, replay.stopped or "nothing to compare with")
    if text and not (replay.recorded or replay.made):
        return text
    calls = score_calls(
        _rounds(replay.recorded),
        replay.made,
        tools=example.options.tools if example.options else (),
        success_at=scorer.success_at,
    )
    return min((calls, text), key=lambda one: one.value) if text else calls


def _rounds(recorded: Sequence[RecordedCall]) -> list[list[ToolCall]]:
    return [[one.call for one in recorded if one.round == n] for n in sorted({one.round for one in recorded})]


def _read_calls(messages: Sequence[Message]) -> tuple[RecordedCall, ...]:
    """Read which calls messages hold, and which message answers each: by its id, or as they stand."""
    found: list[RecordedCall] = []
    place, joined = -1, False
    for message in messages:
        calls = [part for part in parts_of(message) if isinstance(part, CallPart)]
        if message.role == "assistant" and calls:
            place += not (joined and message.joined)
            found += [RecordedCall(_to_call(part), None, place) for part in calls]
        elif message.role == "tool":
            _give_result(found, message)
        joined = message.role == "assistant" and bool(calls)
    return tuple(found)


def _give_result(found: list[RecordedCall], result: Message) -> None:
    waiting = [n for n, one in enumerate(found) if one.result is None]
    named = [n for n in waiting if result.tool_call_id and found[n].call.id == result.tool_call_id]
    if not named and not result.tool_call_id:
        named = [n for n in waiting if not result.name or found[n].call.name == result.name]
    if named:
        found[named[0]] = replace(found[named[0]], result=result)


def _to_call(part: CallPart) -> ToolCall:
    return ToolCall(name=part.name, arguments=part.arguments, id=part.id)


def _number_calls(calls: Sequence[ToolCall], place: int) -> tuple[ToolCall, ...]:
    """Give each call an id, by which its result is told."""
    return tuple(replace(call, id=call.id or f"call_{place}_{n}") for n, call in enumerate(calls))


def _write_answer(said: Completion, calls: Sequence[ToolCall]) -> Message:
    """Write an answer that asks for tools as the message that it is to the model."""
    words: list[Part] = [part for part in said.parts if not isinstance(part, CallPart)]
    if not words and said.answer:
        words = [TextPart(said.answer)]
    asked = [CallPart(name=call.name, arguments=call.arguments, id=call.id) for call in calls]
    return make_message("assistant", [*words, *asked])
