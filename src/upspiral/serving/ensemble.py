"""What do fan_out agents say that are asked at once, and which of their answers is given?"""

import asyncio
import math
from collections.abc import Mapping, Sequence

from upspiral.domain.interaction import AGREEING_FIELD, ENSEMBLE, MODELS_FIELD
from upspiral.providers.base import Completion
from upspiral.route.ensemble import vote
from upspiral.route.facts import CONTRIBUTED, SELECTED, domain_of
from upspiral.route.profiles import DomainProfile, Profile
from upspiral.runtime import Runtime
from upspiral.scorers import Agreement
from upspiral.scorers.match import overlap, words
from upspiral.serving.invoke import invoke
from upspiral.serving.request import FanOut, RecordedReply
from upspiral.serving.verify import verify

MAX_VOTED_WORDS = 12
"""Answers of at most so many words are voted on; longer ones are compared."""


async def run_ensemble(runtime: Runtime, fan_out: FanOut) -> list[RecordedReply]:
    """Ask all members in parallel and settle on one answer, which comes last; one that fails is left out."""
    members, ident = fan_out.members, fan_out.members[0].interaction
    said = await asyncio.gather(*(invoke(runtime, member) for member in members))
    answers = {m.name: one.completion for m, one in zip(members, said, strict=True) if one.completion}
    chosen = await _settle_on(runtime, fan_out, answers) if answers else members[-1].name
    tries = []
    for member, one in zip(members, said, strict=True):
        marks = {"ensemble_id": ident, ENSEMBLE: CONTRIBUTED, MODELS_FIELD: member.name}
        if member.name == chosen:
            marks[ENSEMBLE] = SELECTED
            if answers:
                scorer = Agreement(runtime.settings.capture.success_at)
                same = (name for name in answers if alike(answers[name], answers[chosen], scorer=scorer))
                marks |= {MODELS_FIELD: ",".join(answers), AGREEING_FIELD: ",".join(same)}
        tries.append(RecordedReply(member, one, marks))
    return sorted(tries, key=lambda one: one.routed.name == chosen)


def majority(answers: Mapping[str, Completion], trust: Mapping[str, float]) -> str | None:
    """Give the agent whose short answer more than half of the trust stands behind; None where there is none.

    Case, punctuation and spacing do not count.

    >>> said = {"a": Completion("Paris.", "m"), "b": Completion("Rome", "m"), "c": Completion("paris", "m")}
    >>> majority(said, {"a": 0.5, "b": 0.8, "c": 0.5})
    'a'
    """
    plain = {name: words(text(answer)) for name, answer in answers.items()}
    if any(len(said) > MAX_VOTED_WORDS for said in plain.values()):
        return None
    keys = [(name, " ".join(said)) for name, said in plain.items()]
    winner = vote(keys, trust)
    behind = sum(trust[name] for name, key in keys if key == winner)
    agents = [name for name, key in keys if key == winner]
    return agents[0] if 2 * behind > sum(trust[name] for name in answers) else None


def consensus_answer(answers: Mapping[str, Completion], trust: Mapping[str, float]) -> str:
    """Give the agent whose answer has most words in common with all, weighed by trust.

    >>> said = {"a": "It is late now", "b": "Go", "c": "It is late"}
    >>> answers = {name: Completion(one, "m") for name, one in said.items()}
    >>> consensus_answer(answers, {"a": 0.5, "b": 0.8, "c": 0.5})
    'a'
    """
    plain = {name: words(text(answer)) for name, answer in answers.items()}
    return max(
        plain, key=lambda name: sum(trust[other] * overlap(plain[name], plain[other]) for other in plain)
    )


def alike(first: Completion, second: Completion, *, scorer: Agreement) -> bool:
    """Say whether two answers say the same: short ones in the same words, longer ones nearly so."""
    one, other = words(text(first)), words(text(second))
    if max(len(one), len(other)) <= MAX_VOTED_WORDS:
        return one == other
    return scorer.score("", text(first), text(second)).value >= scorer.success_at


def text(answer: Completion) -> str:
    """Give all that an answer says, its tool calls included."""
    return " ".join([answer.answer, *(f"{call.name} {call.arguments}" for call in answer.tool_calls)])


async def _settle_on(runtime: Runtime, fan_out: FanOut, answers: Mapping[str, Completion]) -> str:
    trust = _trust(runtime, fan_out, list(answers))
    agreed = majority(answers, trust)
    if agreed or runtime.settings.route.verifier is None:
        return agreed or consensus_answer(answers, trust)
    scores = await asyncio.gather(*(verify(runtime, fan_out.asked, one) for one in answers.values()))
    found = dict(zip(answers, scores, strict=True))
    return max(found, key=lambda name: -1.0 if math.isnan(found[name]) else found[name])


def _trust(runtime: Runtime, fan_out: FanOut, agents: Sequence[str]) -> dict[str, float]:
    """Weigh each by its accuracy in the domain, a half where nothing is known."""
    profiles, domain = (
        runtime.routers.get_within(fan_out.asked.workspace).book.profiles,
        domain_of(fan_out.asked.metadata),
    )
    cells = {name: profiles.get(name, Profile()).domains.get(domain, DomainProfile()) for name in agents}
    return {name: (one.successful_queries + 1) / (one.total_queries + 2) for name, one in cells.items()}
