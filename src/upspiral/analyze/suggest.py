"""What would fix a weakness, what would it bring, and which is the cheapest that is enough? Pure."""

from collections.abc import Mapping
from typing import NamedTuple

import scipy
from msgspec import Struct, structs

from upspiral.domain import Pattern
from upspiral.domain.ids import AgentId
from upspiral.domain.learning import Remedy, Suggestion
from upspiral.stats.proportions import Interval, newcombe, wilson

PRIOR: Mapping[Remedy, float] = {
    Remedy.RULE: 0.15,
    Remedy.PROMPT: 0.2,
    Remedy.EXAMPLES: 0.3,
    Remedy.FINE_TUNE: 0.4,
}
"""Share of failing cases that a remedy fixes, before any was tried here: worth `PRIOR_CASES` cases."""
PRIOR_CASES = 4.0
COST: Mapping[Remedy, float] = {
    Remedy.ROUTE: 0.0,
    Remedy.RULE: 1.0,
    Remedy.PROMPT: 2.0,
    Remedy.EXAMPLES: 5.0,
    Remedy.FINE_TUNE: 50.0,
}
"""Credits that a remedy costs once."""
LEAST_EXAMPLES: Mapping[Remedy, int] = {Remedy.EXAMPLES: 5, Remedy.FINE_TUNE: 50}
"""Good answers that must be at hand."""
LEAST_ELSEWHERE = 20
FACTOR_CONFIDENCE = 0.975
"""Confidence of each of two factors, so that their product has 95 % (Bonferroni)."""


class Circumstances(Struct, frozen=True, kw_only=True):
    """What is known that bears on the remedies of one weakness."""

    conversations: int
    """All labeled conversations of the agent, in the weakness or not."""
    elsewhere: Mapping[AgentId, tuple[int, int]] = {}
    """Successes and labeled conversations of other agents within the same slice."""
    here: tuple[int, int] | None = None
    """The agent's own, counted in the same way; None where that is how the weakness itself was counted."""
    tried: Mapping[Remedy, tuple[int, int]] = {}
    """Failing cases fixed, minus good ones broken, and cases tried, by earlier remedies of each kind."""
    good_answers: int = 0
    """Corrections and accepted rewrites at hand for it."""
    costs: Mapping[Remedy, float] = {}
    """Credits, where they are not those of `COST`."""
    extra_per_conversation: Mapping[AgentId, float] = {}
    """Credits that another agent costs more per conversation."""


def suggest(weakness: Pattern, about: Circumstances) -> list[Suggestion]:
    """Give the remedies for a weakness: those that would do first, the cheapest of them first.

    A remedy would do if it is expected to bring at least half of what the best one brings.

    Args:
        weakness: What is to be fixed.
        about: What is known that bears on it.
    """
    found = [_teach(weakness, about, remedy) for remedy in PRIOR if _is_possible(about, remedy)]
    found += [s for other in about.elsewhere if (s := _route(weakness, about, other))]
    best = max((s.gain for s in found), default=0.0)
    judged = [structs.replace(s, would_do=s.gain > 0 and s.gain >= best / 2) for s in found]
    return sorted(judged, key=lambda s: (not s.would_do, s.cost if s.would_do else -s.gain, -s.gain))


def _is_possible(about: Circumstances, remedy: Remedy) -> bool:
    return about.good_answers >= LEAST_EXAMPLES.get(remedy, 0)


def _teach(weakness: Pattern, about: Circumstances, remedy: Remedy) -> Suggestion:
    """Expect of a remedy what earlier ones of its kind did."""
    mended, tried = about.tried.get(remedy, (0, 0))
    a = PRIOR[remedy] * PRIOR_CASES + max(0, mended)
    b = (1 - PRIOR[remedy]) * PRIOR_CASES + tried - max(0, mended)
    low, high = (float(end) for end in scipy.stats.beta.interval(FACTOR_CONFIDENCE, a, b))
    failing = wilson(weakness.failures, about.conversations, FACTOR_CONFIDENCE)
    basis = f"{mended} of {tried} cases mended before" if tried else "nothing tried yet: a guess"
    return _suggestion(
        weakness,
        remedy,
        _WORDS[remedy].format(name=weakness.name, n=about.good_answers),
        gain=Gain(
            weakness.failures / max(1, about.conversations) * a / (a + b),
            Interval(failing.low * low, failing.high * high),
            basis,
        ),
        cost=about.costs.get(remedy, COST[remedy]),
    )


def _route(weakness: Pattern, about: Circumstances, other: AgentId) -> Suggestion | None:
    """Expect of another agent what it did in the same slice."""
    good, n = about.elsewhere[other]
    ours, all_ours = about.here or (weakness.conversations - weakness.failures, weakness.conversations)
    if n < LEAST_ELSEWHERE or not all_ours or good / n <= ours / all_ours:
        return None
    gain = good / n - ours / all_ours
    difference = newcombe((good, n), (ours, all_ours), FACTOR_CONFIDENCE)
    weight = wilson(weakness.conversations, about.conversations, FACTOR_CONFIDENCE)
    corners = [w * d for w in (weight.low, weight.high) for d in (difference.low, difference.high)]
    extra = about.extra_per_conversation.get(other, 0.0) * weakness.conversations
    return _suggestion(
        weakness,
        Remedy.ROUTE,
        f"Let {other} answer where {weakness.name}.",
        gain=Gain(
            weakness.conversations / max(1, about.conversations) * gain,
            Interval(min(corners), max(corners)),
            f"{other} succeeded in {good} of {n} there, {weakness.agent} in {ours} of {all_ours}",
        ),
        cost=about.costs.get(Remedy.ROUTE, COST[Remedy.ROUTE]) + extra,
    )


_WORDS: Mapping[Remedy, str] = {
    Remedy.RULE: "Add a guideline for: {name}.",
    Remedy.PROMPT: "Rewrite the instructions for: {name}.",
    Remedy.EXAMPLES: "Show some of the {n} good answers at hand for: {name}.",
    Remedy.FINE_TUNE: "Fine-tune on the {n} good answers at hand for: {name}.",
}


class Gain(NamedTuple):
    """By how much of all conversations a remedy should raise the success rate, and what that rests on."""

    expected: float
    limits: Interval
    basis: str


def _suggestion(weakness: Pattern, remedy: Remedy, text: str, *, gain: Gain, cost: float) -> Suggestion:
    return Suggestion(
        pattern=weakness.id,
        remedy=remedy,
        text=text,
        gain=100 * gain.expected,
        gain_low=100 * gain.limits.low,
        gain_high=100 * gain.limits.high,
        cost=cost,
        would_do=False,
        basis=gain.basis,
        evidence=weakness.members,
    )
