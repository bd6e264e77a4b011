"""What is worth knowing, and what should the swarm do? In plain words, from what was confirmed."""

from collections.abc import Sequence

from upspiral.domain.learning import AgentProfile, Category, Insight, LearnedPattern

MIN_OVERCONFIDENCE = 0.1
"""Overconfidence from which it is worth a word."""
MIN_SETTLED = 20
"""Labeled recommendations of an agent before its confidence is held against them."""


def key_insights(patterns: Sequence[LearnedPattern], profiles: Sequence[AgentProfile]) -> list[Insight]:
    """Say what was learned; only confirmed patterns that say something of their own speak.

    Args:
        patterns: Of this iteration.
        profiles: Of all agents.
    """
    sure = [p for p in patterns if p.distinct]
    told = [_experts(sure), _general(sure, Category.CONSENSUS), _general(sure, Category.HIGH_CONFIDENCE)]
    told += [
        _find_strongest(sure, Category.SUCCESS_INDICATOR),
        _find_strongest(sure, Category.FAILURE_AVOIDANCE),
    ]
    told.append(_calibration_insight(profiles))
    found = [insight for insight in told if insight]
    if not sure:
        found.insert(0, Insight("No pattern was confirmed: outcomes look alike wherever one looks.", ()))
    return found


def recommendations(patterns: Sequence[LearnedPattern], profiles: Sequence[AgentProfile]) -> list[Insight]:
    """Say what the swarm should do.

    Args:
        patterns: Of this iteration.
        profiles: Of all agents.
    """
    sure = [p for p in patterns if p.distinct]
    found = []
    if any(p.category == Category.CONSENSUS for p in sure):
        ids = tuple(p.id for p in sure if p.category == Category.CONSENSUS)
        found.append(
            Insight("Ask several agents where a decision matters, and prefer what they agree on.", ids)
        )
    found += [
        Insight(f"Route {', '.join(p.strengths)} to {p.agent}.", (p.agent,)) for p in profiles if p.strengths
    ]
    found += [
        Insight(f"Train {p.agent} in {', '.join(p.weaknesses)}, or ask another agent.", (p.agent,))
        for p in profiles
        if p.weaknesses
    ]
    found += [
        Insight(
            f"Do not take {p.agent}'s confidence at its word: it states {p.overconfidence:.0%} too much.",
            (p.agent,),
        )
        for p in profiles
        if p.overconfidence is not None and p.overconfidence > MIN_OVERCONFIDENCE and p.settled >= MIN_SETTLED
    ]
    return found or [Insight("Go on as before, and judge more outcomes.", ())]


def _experts(sure: Sequence[LearnedPattern]) -> Insight | None:
    experts = [p for p in sure if p.category == Category.EXPERT_OPINION and len(p.conditions) == 1]
    names = sorted({value for p in experts for name, value in p.conditions if name == "agent"})
    if not names:
        return None
    noun = "expert agent" if len(names) == 1 else "expert agents"
    ids = tuple(p.id for p in experts)
    return Insight(f"{len(names)} {noun} with high approval rates: {', '.join(names)}.", ids)


def _general(sure: Sequence[LearnedPattern], category: Category) -> Insight | None:
    """Speak of the category as a whole where it was confirmed as a whole, else where it holds."""
    found = [p for p in sure if p.category == category]
    if not found:
        return None
    words = {
        Category.CONSENSUS: "Agreement of several agents predicts approval",
        Category.HIGH_CONFIDENCE: "High stated confidence predicts approval",
    }[category]
    best = min(found, key=lambda p: (len(p.conditions), -p.confidence_level))
    where = [f"{name} is {value}" for name, value in best.conditions if name == "type"]
    within = f" where {where[0]}" if where else ""
    return Insight(
        f"{words}{within}: {best.success_rate:.0%} against {best.rest_rate:.0%}.", tuple(p.id for p in found)
    )


def _find_strongest(sure: Sequence[LearnedPattern], category: Category) -> Insight | None:
    found = [p for p in sure if p.category == category]
    if not found:
        return None
    best = max(found, key=lambda p: abs(p.success_rate - p.rest_rate))
    word = "succeed" if category == Category.SUCCESS_INDICATOR else "fail"
    rate = best.success_rate if category == Category.SUCCESS_INDICATOR else 1 - best.success_rate
    return Insight(f"Recommendations most often {word} where {best.name}: {rate:.0%}.", (best.id,))


def _calibration_insight(profiles: Sequence[AgentProfile]) -> Insight | None:
    known = [p for p in profiles if p.overconfidence is not None and p.settled >= MIN_SETTLED]
    off = [p for p in known if abs(p.overconfidence or 0) > MIN_OVERCONFIDENCE]
    if not off:
        return None
    said = [
        f"{p.agent} ({'over' if (p.overconfidence or 0) > 0 else 'under'}confident "
        f"by {abs(p.overconfidence or 0) * 100:.0f} points)"
        for p in off
    ]
    return Insight(f"Stated confidence is off: {', '.join(said)}.", tuple(p.agent for p in off))
