"""Who is asked when an answer is not good enough? Answer, verify, escalate."""

import math

from msgspec import structs

from upspiral.domain.interaction import CASCADE, MODELS_FIELD
from upspiral.route.cascade import CascadeStep
from upspiral.route.facts import ESCALATED, SELECTED, domain_of
from upspiral.runtime import Runtime
from upspiral.serving.invoke import invoke
from upspiral.serving.request import FanOut, RecordedReply
from upspiral.serving.verify import verify


async def run_cascade(runtime: Runtime, fan_out: FanOut) -> list[RecordedReply]:
    """Ask one after the other until an answer passes; the one that is given comes last.

    Where none passes, the best verified is given, and its metadata says `unverified`.
    """
    cascade, domain = (
        runtime.routers.get_within(fan_out.asked.workspace).cascade,
        domain_of(fan_out.asked.metadata),
    )
    tries: list[RecordedReply] = []
    scores: list[float] = []
    step = CascadeStep.GIVE_BEST
    for number, member in enumerate(fan_out.members, start=1):
        said = await invoke(runtime, member)
        there = said.completion
        score = await verify(runtime, fan_out.asked, there) if there else math.nan
        tries.append(
            RecordedReply(
                member, said, {"cascade_id": fan_out.members[0].interaction, MODELS_FIELD: member.name}
            )
        )
        scores.append(score)
        step = cascade.next_step(domain, tried=number, score=score)
        if step is not CascadeStep.ESCALATE:
            break
    best = len(tries) - 1 if step is CascadeStep.ACCEPT else _find_best(tries, scores)
    given = {CASCADE: SELECTED if step is CascadeStep.ACCEPT else "unverified"}
    judged = runtime.settings.route.verifier is not None
    done = [
        _mark(one, score, given if i == best else {CASCADE: ESCALATED}, judged=judged)
        for i, (one, score) in enumerate(zip(tries, scores, strict=True))
    ]
    return [*done[:best], *done[best + 1 :], done[best]]


def _find_best(tries: list[RecordedReply], scores: list[float]) -> int:
    """Give the place of the best answer; one without a score still goes before none at all."""
    worth = [
        (one.reply.completion is not None, -1.0 if math.isnan(score) else score)
        for one, score in zip(tries, scores, strict=True)
    ]
    return worth.index(max(worth))


def _mark(tried: RecordedReply, score: float, marks: dict[str, str], *, judged: bool) -> RecordedReply:
    """Say what became of an answer; what no verifier passed is kept as no verdict, what failed is."""
    kept = tried.reply.completion is not None and not math.isnan(score) and (judged or score == 0)
    return structs.replace(
        tried,
        marks={**tried.marks, **marks},
        teaches=marks[CASCADE] != ESCALATED,
        verified=score if kept else None,
    )
