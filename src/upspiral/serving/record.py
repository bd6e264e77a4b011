"""How is a request recorded that was answered, or failed?"""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from msgspec import Struct, structs

from upspiral import capture
from upspiral.domain import LOCAL_HOST, Feedback, Interaction, Kind, LoggedChoice, Source, Usage
from upspiral.domain.ids import FeedbackId
from upspiral.domain.interaction import CASCADE, UNFINISHED_REASONS
from upspiral.domain.message import TextPart
from upspiral.errors import Rejected
from upspiral.providers.base import Completion
from upspiral.route.facts import domain_of
from upspiral.runtime import REDACT_AT_ONCE_CHARS, Runtime
from upspiral.serving.conversation import hash_turn, secret_of
from upspiral.serving.request import CLIENT_DISCONNECTED, FanOut, RecordedReply, RoutedRequest
from upspiral.tracing import span
from upspiral.tracing.spans import Attributes
from upspiral.wire.options import read_options

CALLERS_STATUSES = frozenset({400, 413, 422})
"""With these a local host refuses a request for what it says."""
Also = Callable[[RecordedReply], Callable[[], None] | None]
"""Given the answer that the caller gets, says what else is written in the same transaction."""


async def record(runtime: Runtime, replies: Sequence[RecordedReply], *, also: Also | None = None) -> None:
    """Write down all answers to one request; the last is the one that the caller gets.

    What is the caller's own mistake is not written down. Once it has begun it is done, also where whoever
    waits for it is cancelled because the caller hangs up.

    Feedback that names the conversation means the newest Interaction, so the last one is the newest.

    Args:
        runtime: The parts.
        replies: What was answered.
        also: Gives what else is written in the same transaction, such as the answer for repetitions.
    """
    replies = [one for one in replies if one.routed.asked.dialect.recorded and not is_callers_mistake(one)]
    if not replies:
        return
    recording = _record(runtime, replies, also, chars := _count_bytes(replies))
    with span("record", _describe(replies)):
        # What is short reaches the writer before anything is waited for, so that nothing can stop it, and
        # needs no task of its own.
        await (recording if chars <= REDACT_AT_ONCE_CHARS else asyncio.shield(recording))


def _describe(replies: Sequence[RecordedReply]) -> Attributes:
    """Tell of an answer by whom it was given and at what price in tokens; nothing of what was said."""
    routed, reply = replies[-1].routed, replies[-1].reply
    usage = reply.completion.usage if reply.completion else Usage()
    return {
        "upspiral.interaction": routed.interaction,
        "upspiral.agent": routed.served.agent.id,
        "upspiral.version": routed.version.id,
        "upspiral.model": routed.model.name,
        "upspiral.arm": str(routed.arm),
        "upspiral.answers": len(replies),
        "upspiral.tokens.input": usage.input_tokens,
        "upspiral.tokens.output": usage.output_tokens,
        "upspiral.failed": reply.error is not None,
    }


async def _record(runtime: Runtime, replies: Sequence[RecordedReply], also: Also | None, chars: int) -> None:
    now, admission = runtime.now(), runtime.admission(replies[0].routed.asked.workspace)
    last = len(replies) - 1
    moments = [now - timedelta(milliseconds=last - place) for place in range(len(replies))]
    secret = secret_of(runtime, replies[0].routed.asked.workspace)
    made = [
        _to_interaction(one, at, secret, cost=_price(runtime, one, at))
        for one, at in zip(replies, moments, strict=True)
    ]

    def admit() -> tuple[list[Interaction], Callable[[], None] | None]:
        return admission.interactions(made), also(replies[-1]) if also else None

    kept, more = await runtime.redact(admit, chars=chars)
    pairs = list(zip(replies, kept, strict=True))
    drawn = [_to_logged_choice(one.routed, noun) for one, noun in pairs if one.routed.policy]
    signals = [_to_feedback(runtime, one, now) for one in replies if one.verified is not None]
    await runtime.write_item(_write_all, _Recording(runtime, kept, drawn, signals, more))


class _Recording(Struct, frozen=True):
    """What is written of one request, in one transaction."""

    runtime: Runtime
    interactions: list[Interaction]
    choices: list[LoggedChoice]
    signals: list[Feedback]
    more: Callable[[], None] | None


def _write_all(requests: list[_Recording]) -> list[None]:
    """Write what is written of many requests, whose Interactions reach the store in one statement."""
    runtime = requests[0].runtime
    store, settings, now = runtime.store, runtime.settings.capture, runtime.now()
    capture.record(store, *(made for one in requests for made in one.interactions), now=now)
    store.choices.add(*(drawn for one in requests for drawn in one.choices))
    for one in requests:
        capture.give_feedback(store, one.signals, settings=settings, now=now)
        if one.more:
            one.more()
    return [None] * len(requests)


def with_disconnect(replies: Sequence[RecordedReply]) -> list[RecordedReply]:
    """Say of the answer that the caller was to get that nobody has read it."""
    *others, last = replies
    if last.reply.failure:
        return [*others, last]
    return [*others, structs.replace(last, reply=structs.replace(last.reply, error=CLIENT_DISCONNECTED))]


def with_draw(fan_out: FanOut, replies: Sequence[RecordedReply]) -> list[RecordedReply]:
    """Say of the answer that the caller gets how its agents were drawn."""
    *others, last = replies
    drawn = ", ".join(member.name for member in fan_out.members)
    choice = structs.replace(
        last.routed.choice,
        probability=fan_out.chance,
        reason=f"{fan_out.mode} of {drawn}; the probability is that of drawing just these in their order",
    )
    routed = structs.replace(last.routed, choice=choice, policy=fan_out.policy)
    return [*others, structs.replace(last, routed=routed)]


def is_callers_mistake(tried: RecordedReply) -> bool:
    """Say whether the local host refused the request itself, such as a limit that is no number.

    That is no failure of the agent: another request would be answered, and nothing could be learned from it.
    A provider's refusal is written down, because a version's own settings may be what it refuses.
    """
    failure = tried.reply.failure
    refused = isinstance(failure, Rejected) and failure.status in CALLERS_STATUSES
    return refused and tried.routed.model.host == LOCAL_HOST


def _price(runtime: Runtime, tried: RecordedReply, at: datetime) -> float | None:
    """Price an answer by its host and the name under which it answered; None where that is not known."""
    answered, model = tried.reply.completion, tried.routed.model
    if answered is None or model.host == LOCAL_HOST:
        return 0.0 if answered else None  # nobody sends a bill
    return runtime.price(answered.usage, answered.model, model.name, url=model.url or "", at=at)


def _count_bytes(replies: Sequence[RecordedReply]) -> int:
    """Count about what is looked at where answers to one request are redacted."""
    answers = (reply.completion for one in replies if (reply := one.reply) and reply.completion)
    said = sum(
        len(one.answer) + len(one.thoughts) + sum(len(call.arguments) for call in one.tool_calls)
        for one in answers
    )
    return said + sum(one.routed.asked.size for one in replies)


def _to_interaction(tried: RecordedReply, at: datetime, secret: bytes, *, cost: float | None) -> Interaction:
    routed, reply = tried.routed, tried.reply
    asked, deployment = routed.asked, routed.served.deployment
    answered = reply.completion or Completion(answer="", model="")
    cut = answered.finish_reason in UNFINISHED_REASONS
    unfinished = {"finish_reason": answered.finish_reason} if cut else {}
    parts = answered.parts or ((TextPart(answered.answer),) if answered.answer else ())
    prefix = hash_turn(asked, parts, secret) if parts and not reply.error and asked.dialect.talks else None
    usage = structs.replace(answered.usage, cost=cost) if reply.completion else Usage()
    return Interaction(
        id=routed.interaction,
        workspace=asked.workspace,
        agent=routed.served.agent.id,
        at=at,
        kind=Kind.CHAT if asked.dialect.talks else Kind.TASK,
        messages=asked.messages,
        options=read_options(asked.body, asked.dialect.name),
        answer=answered.answer,
        answer_parts=answered.parts,
        model=routed.model.name,
        version=routed.version.id,
        deployment=deployment.id if deployment else None,
        arm=routed.arm,
        conversation=routed.conversation,
        trace=asked.trace,
        end_user=asked.end_user,
        client_id=asked.client_id or answered.id or None,
        prefix_hash=prefix,
        tool_calls=answered.tool_calls,
        usage=usage,
        latency_ms=reply.latency_ms,
        error=reply.error,
        trainable=tried.teaches and asked.dialect.talks,
        metadata={**asked.metadata, **tried.marks, **unfinished},
        shown=reply.shown,
    )


def _to_logged_choice(routed: RoutedRequest, kept: Interaction) -> LoggedChoice:
    return LoggedChoice(
        id=kept.id,
        workspace=kept.workspace,
        at=kept.at,
        conversation=kept.conversation,
        domain=domain_of(kept.metadata),
        policy=routed.policy or "",
        agent=kept.agent,
        probability=routed.choice.probability,
        reason=routed.choice.reason,
    )


def _to_feedback(runtime: Runtime, tried: RecordedReply, now: datetime) -> Feedback:
    return Feedback(
        id=FeedbackId(runtime.mint("fb")),
        workspace=tried.routed.asked.workspace,
        interaction=tried.routed.interaction,
        at=now,
        source=Source.VERIFIER,
        rater=runtime.settings.route.verifier or "check",
        score=tried.verified,
        metadata={CASCADE: tried.marks[CASCADE]},
    )
