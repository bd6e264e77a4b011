"""Who is asked when an answer is not good enough? Answer, verify, escalate."""

import math

from msgspec import structs

from upspiral.route.cascade import Step
from upspiral.route.settled import CASCADE, ESCALATED, GIVEN, MODELS, domain_of
from upspiral.runtime import Runtime
from upspiral.serving.answer import ask
from upspiral.serving.request import Several, Tried
from upspiral.serving.verify import verified


async def tried_in_turn(runtime: Runtime, several: Several) -> list[Tried]:
    """Ask one after the other until an answer passes; the one that is given comes last.

    Where none passes, the best verified is given, and its metadata says `unverified`.
    """
    cascade, domain = runtime.routers.soon(several.asked.workspace).cascade, domain_of(several.asked.metadata)
    tries: list[Tried] = []
    scores: list[float] = []
    step = Step.GIVE_BEST
    for number, member in enumerate(several.members, start=1):
        said = await ask(runtime, member)
        there = said.completion
        score = await verified(runtime, several.asked, there) if there else math.nan
        tries.append(Tried(member, said, {"cascade_id": several.members[0].interaction, MODELS: member.name}))
        scores.append(score)
        step = cascade.next_step(domain, tried=number, score=score)
        if step is not Step.ESCALATE:
            break
    best = len(tries) - 1 if step is Step.ACCEPT else _best(tries, scores)
    given = {CASCADE: GIVEN if step is Step.ACCEPT else "unverified"}
    judged = runtime.settings.route.verifier is not None
    done = [
        _marked(one, score, given if i == best else {CASCADE: ESCALATED}, judged=judged)
        for i, (one, score) in enumerate(zip(tries, scores, strict=True))
    ]
    return [*done[:best], *done[best + 1 :], done[best]]


def _best(tries: list[Tried], scores: list[float]) -> int:
    """Give the place of the best answer; one without a score still goes before none at all."""
    worth = [
        (one.said.completion is not None, -1.0 if math.isnan(score) else score)
        for one, score in zip(tries, scores, strict=True)
    ]
    return worth.index(max(worth))


def _marked(tried: Tried, score: float, marks: dict[str, str], *, judged: bool) -> Tried:
    """Say what became of an answer; what no verifier passed is kept as no verdict, what failed is."""
    kept = tried.said.completion is not None and not math.isnan(score) and (judged or score == 0)
    return structs.replace(
        tried,
        marks={**tried.marks, **marks},
        teaches=marks[CASCADE] != ESCALATED,
        verified=score if kept else None,
    )
