"""How is a request written down that was answered, or failed?"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from upspiral import capture
from upspiral.capture.redaction import count_chars
from upspiral.domain import LOCAL_HOST, Feedback, Interaction, LoggedChoice, Source, Usage
from upspiral.domain.ids import FeedbackId
from upspiral.errors import Rejected
from upspiral.providers.base import Completion
from upspiral.route.facts import CASCADE, domain_of
from upspiral.runtime import Runtime
from upspiral.serving.request import ModelReply, RecordedReply, RoutedRequest

CALLERS_STATUSES = frozenset({400, 413, 422})
"""With these a local host refuses a request for what it says."""
Also = Callable[[RecordedReply], Callable[[], None] | None]
"""Told of the answer that the caller gets, gives what else is written in the same transaction."""


async def record(
    runtime: Runtime, routed: RoutedRequest, said: ModelReply, *, also: Also | None = None
) -> None:
    """Write a request down; returns when it is on the disk."""
    await record_all(runtime, [RecordedReply(routed, said)], also=also)


async def record_all(runtime: Runtime, tries: Sequence[RecordedReply], *, also: Also | None = None) -> None:
    """Write down all answers to one request; the last is the one that the caller gets.

    What is the caller's own mistake is not written down.

    Feedback that names the conversation means the newest Interaction, so the last one is the newest.

    Args:
        runtime: The parts.
        tries: What was answered.
        also: Gives what else is written in the same transaction, such as the answer for repetitions.
    """
    tries = [one for one in tries if not is_callers_mistake(one)]
    if not tries:
        return
    now, admission = runtime.now(), runtime.admission(tries[0].routed.asked.workspace)
    moments = [now] if len(tries) == 1 else [now - timedelta(milliseconds=i) for i in range(len(tries))][::-1]
    made = [_noun(one, at) for one, at in zip(tries, moments, strict=True)]

    def admit() -> tuple[list[Interaction], Callable[[], None] | None]:
        return admission.interactions(made), also(tries[-1]) if also else None

    kept, more = await runtime.redact(admit, chars=count_chars(made))
    pairs = list(zip(tries, kept, strict=True))
    drawn = [_to_logged_choice(one.routed, noun) for one, noun in pairs if one.routed.policy]
    signals = [_signal(runtime, one, now) for one in tries if one.verified is not None]
    store, settings = runtime.store, runtime.settings.capture

    def write() -> None:
        capture.record(store, *kept, now=runtime.now())
        for one in drawn:
            store.choices.add(one)
        capture.give_feedback(store, signals, settings=settings, now=now)
        if more:
            more()

    await runtime.write(write)


def is_callers_mistake(tried: RecordedReply) -> bool:
    """Say whether the local host refused the request itself, such as a limit that is no number.

    That is no failure of the agent: another request would be answered, and nothing could be learned from it.
    A provider's refusal is written down, because a version's own settings may be what it refuses.
    """
    failure = tried.said.failure
    refused = isinstance(failure, Rejected) and failure.status in CALLERS_STATUSES
    return refused and tried.routed.model.host == LOCAL_HOST


def _noun(tried: RecordedReply, at: datetime) -> Interaction:
    routed, said = tried.routed, tried.said
    asked, deployment = routed.asked, routed.served.deployment
    answered = said.completion or Completion(answer="", model="")
    return Interaction(
        id=routed.interaction,
        workspace=asked.workspace,
        agent=routed.served.agent.id,
        at=at,
        messages=asked.messages,
        answer=answered.answer,
        model=routed.model.name,
        version=routed.version.id,
        deployment=deployment.id if deployment else None,
        arm=routed.arm,
        conversation=routed.conversation,
        trace=asked.trace,
        end_user=asked.end_user,
        client_id=asked.client_id or answered.id or None,
        tool_calls=answered.tool_calls,
        usage=answered.usage if said.completion else Usage(),
        latency_ms=said.latency_ms,
        error=said.error,
        trainable=tried.teaches,
        metadata={**asked.metadata, **tried.marks} if tried.marks else asked.metadata,
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


def _signal(runtime: Runtime, tried: RecordedReply, now: datetime) -> Feedback:
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
