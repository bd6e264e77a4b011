"""How much is an agent trusted, as the number that people see? Four dimensions, folded from facts."""

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from upspiral.domain.learning import Boost, Rule, RuleState, TrustScore
from upspiral.errors import InvalidInput
from upspiral.stats.change.permutation import trend

RATE = 0.1
"""How far a dimension moves toward its signal at each fact."""

WEIGHTS = (0.40, 0.25, 0.15, 0.20)
"""Of accuracy, consistency, timeliness and reliability."""

HALF_SURE = 10
"""Labeled answers at which the confidence factor is a half."""

TREND_WINDOW = 100
"""Outcomes of which the trend is taken, in tens."""

MAX_BOOST = 0.2
RULE_STEP = 0.05
"""What a rule adds to a boost, or takes from it."""


class TrustStrength(StrEnum):
    """The score in a word."""

    WEAK = "weak"
    MODERATE = "moderate"
    STRONG = "strong"
    VERY_STRONG = "very_strong"


class TrendWord(StrEnum):
    """Where the approval of an agent goes."""

    IMPROVING = "improving"
    STABLE = "stable"
    DECLINING = "declining"


class Impacts(Struct, frozen=True):
    """What an evaluator adds to the move of each dimension, -1 to 1."""

    accuracy: float = 0.0
    consistency: float = 0.0
    timeliness: float = 0.0
    reliability: float = 0.0


class TrustFact(Struct, frozen=True, kw_only=True):
    """What one labeled conversation says about an agent."""

    id: str
    """Of the Interaction; a later fact of the same id replaces the earlier one."""
    at: float
    """When it was delivered, in any unit that grows; facts are folded in this order."""
    kind: str = "other"
    approved: float | None = None
    """1 approved, 0.5 partly, 0 rejected; None while pending."""
    quality: float | None = None
    """0 to 100 as evaluated; by default the approval times 100."""
    delivered: bool | None = True
    """None where only the verdict is known."""
    in_time: bool | None = None
    """Within the agent's own deadline or its workspace's median latency; None where unknown."""
    impacts: Impacts = Impacts()
    rater: str | None = None
    """Who judged it."""

    def __post_init__(self) -> None:
        """Refuse numbers outside their range.

        Raises:
            InvalidInput: Names the field and the value.
        """
        for name, most in (("approved", 1.0), ("quality", 100.0)):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= most:
                raise InvalidInput(f"The {name} {value!r} is not between 0 and {most:g}.")
        if not all(-1 <= impact <= 1 for impact in _four(self.impacts)):
            raise InvalidInput(f"The impacts {_four(self.impacts)} are not between -1 and 1.")
        if not math.isfinite(self.at):
            raise InvalidInput(f"The time {self.at!r} is no number.")


class KindRecord(Struct, frozen=True):
    """The qualities stated of an agent in one kind: what consistency is measured against."""

    n: int = 0
    quality: float = 0.0
    """Mean of those stated, 0 to 1."""

    def plus(self, quality: float) -> "KindRecord":
        """Count one more.

        >>> KindRecord(1, 0.5).plus(1.0)
        KindRecord(n=2, quality=0.75)
        """
        return KindRecord(self.n + 1, self.quality + (quality - self.quality) / (self.n + 1))


class TrustFold(Struct, frozen=True, kw_only=True):
    """The trust score that people see: four moving averages and a factor for the size of the sample.

    overall = (0.40 accuracy + 0.25 consistency + 0.15 timeliness + 0.20 reliability) * n / (n + 10); each
    dimension d becomes d + 0.1 * (signal - d + impact), clipped to 0..1, and begins at a half. Signals: the
    approval; the approval times how close the stated quality is to its mean in that kind; in time;
    delivered. A dimension of which nothing was said is left out, and the others' weights grow to fill its
    place. All else equal, more approvals never lower it. Units: 0 to 1. Source: weights and rate are
    conventions, not estimates; decisions use `route.beliefs.SuccessBeliefs`, which is estimated.

    >>> trust = fold([TrustFact(id=str(i), at=i, approved=1.0, in_time=True) for i in range(30)])
    >>> round(trust.overall, 2), trust.strength.value
    (0.73, 'strong')
    """

    accuracy: float = 0.5
    consistency: float = 0.5
    timeliness: float = 0.5
    reliability: float = 0.5
    n: int = 0
    """Labeled answers."""
    approvals: float = 0.0
    qualities: float = 0.0
    kinds: dict[str, KindRecord] = {}
    recent: tuple[bool, ...] = ()
    """Was it approved? The last ones, oldest first."""
    raters: dict[str, int] = {}
    known: tuple[bool, bool, bool, bool] = (False, False, False, False)
    """Of which dimensions, in the order of the weights, anything was said."""

    @property
    def overall(self) -> float:
        """Give the score shown, 0 to 1."""
        parts = (self.accuracy, self.consistency, self.timeliness, self.reliability)
        told = [(w, part) for w, part, known in zip(WEIGHTS, parts, self.known, strict=True) if known]
        weight = sum(w for w, _ in told)
        return sum(w * part for w, part in told) / weight * self.confidence if weight else 0.0

    @property
    def confidence(self) -> float:
        """Give the factor that grows with the number of outcomes, 0 to 1."""
        return self.n / (self.n + HALF_SURE)

    @property
    def approval_rate(self) -> float:
        """Give the share approved, a partial one counting half; 0 before the first."""
        return self.approvals / self.n if self.n else 0.0

    @property
    def avg_quality_score(self) -> float:
        """Give the mean quality, 0 to 100; 0 before the first."""
        return self.qualities / self.n if self.n else 0.0

    @property
    def strength(self) -> TrustStrength:
        """Give the score in a word."""
        return strength(self.overall)

    @property
    def trend(self) -> TrendWord:
        """Say where the last hundred approvals go, tested at 5 %."""
        tens = [self.recent[i : i + 10] for i in range(0, len(self.recent), 10)]
        found = trend([sum(ten) for ten in tens], [len(ten) for ten in tens])
        words = {"growing": TrendWord.IMPROVING, "fading": TrendWord.DECLINING, "steady": TrendWord.STABLE}
        return words[found]

    @property
    def one_rater_share(self) -> float:
        """Say how much depends on the busiest rater, 0 to 1."""
        return max(self.raters.values()) / sum(self.raters.values()) if self.raters else 0.0

    def update(self, fact: TrustFact) -> "TrustFold":
        """Count the next fact in order; for one that comes late or again, refold."""
        return self.learn((fact,))

    def learn(self, facts: Iterable[TrustFact]) -> "TrustFold":
        """Count many facts, in their order; the same as one `update` after the other."""
        four = (self.accuracy, self.consistency, self.timeliness, self.reliability)
        n, approvals, qualities = self.n, self.approvals, self.qualities
        kinds, raters, recent = dict(self.kinds), dict(self.raters), deque(self.recent, TREND_WINDOW)
        known = self.known
        for fact in facts:
            impacts, signals = _four(fact.impacts), _signals(fact, kinds)
            four = (
                _move(four[0], signals[0], impacts[0]),
                _move(four[1], signals[1], impacts[1]),
                _move(four[2], signals[2], impacts[2]),
                _move(four[3], signals[3], impacts[3]),
            )
            # A dimension of which nothing was ever said must not weigh with the half it begins at.
            if any(signal is not None for signal in signals):
                known = _join_signals(known, signals)
            quality = _quality(fact)
            if fact.approved is not None and quality is not None:
                n, approvals, qualities = n + 1, approvals + fact.approved, qualities + 100 * quality
                # After the signals were taken: a quality is compared with those before it and not with
                # itself.
                if fact.quality is not None:
                    kinds[fact.kind] = kinds.get(fact.kind, KindRecord()).plus(quality)
                recent.append(fact.approved > 0.5)
            if fact.rater:
                raters[fact.rater] = raters.get(fact.rater, 0) + 1
        return TrustFold(
            accuracy=four[0],
            consistency=four[1],
            timeliness=four[2],
            reliability=four[3],
            n=n,
            approvals=approvals,
            qualities=qualities,
            kinds=kinds,
            recent=tuple(recent),
            raters=raters,
            known=known,
        )


def fold(facts: Iterable[TrustFact]) -> TrustFold:
    """Fold all facts of an agent, whatever their order; of one id the last given counts.

    >>> facts = [TrustFact(id=str(i), at=i, approved=i % 2) for i in range(9)]
    >>> fold(facts) == fold(reversed(facts))
    True
    """
    latest = {fact.id: fact for fact in facts}
    return TrustFold().learn(sorted(latest.values(), key=lambda fact: (fact.at, fact.id)))


def strength(overall: float) -> TrustStrength:
    """Name a score.

    >>> strength(0.6).value
    'strong'
    """
    if overall < 0.4:
        return TrustStrength.WEAK
    if overall < 0.6:
        return TrustStrength.MODERATE
    return TrustStrength.STRONG if overall < 0.8 else TrustStrength.VERY_STRONG


def _four(impacts: Impacts) -> tuple[float, float, float, float]:
    return impacts.accuracy, impacts.consistency, impacts.timeliness, impacts.reliability


def _quality(fact: TrustFact) -> float | None:
    return fact.approved if fact.quality is None else fact.quality / 100


def _signals(fact: TrustFact, kinds: Mapping[str, KindRecord]) -> tuple[float | None, ...]:
    """Give what each dimension should move toward; None for one of which nothing is said."""
    in_time, steady = fact.in_time, _steadiness(fact, kinds.get(fact.kind, KindRecord()))
    return (
        fact.approved,
        None if fact.approved is None else fact.approved * steady,
        None if in_time is None else float(in_time and fact.delivered is not False),
        None if fact.delivered is None else float(fact.delivered),
    )


def _steadiness(fact: TrustFact, known: KindRecord) -> float:
    """Say how close a stated quality is to those before it in its kind; 1 where none was stated.

    It compares qualities with qualities only: measured against the approvals, an agent that is always wrong
    would be the steadiest of all.
    """
    if fact.quality is None or known.n == 0:
        return 1.0
    return 1.0 - abs(fact.quality / 100 - known.quality)


def _join_signals(
    known: tuple[bool, bool, bool, bool], signals: Sequence[float | None]
) -> tuple[bool, bool, bool, bool]:
    accuracy, consistency, timeliness, reliability = (
        before or signal is not None for before, signal in zip(known, signals, strict=True)
    )
    return accuracy, consistency, timeliness, reliability


def _move(current: float, signal: float | None, impact: float) -> float:
    pull = 0.0 if signal is None else signal - current
    return min(1.0, max(0.0, current + RATE * (pull + impact)))


def decision_boost(agent: str, kind: str, scores: Sequence[TrustScore], rules: Sequence[Rule]) -> Boost:
    """Say by how much to lean on an agent's decision, -0.2 to 0.2.

    Only what is sure counts: the distance of its 95 % interval from the others' mean rate at that type, 0
    where the interval holds it. So an agent is not boosted for luck, and one that is new not punished. Each
    active rule about agent and type adds or takes 0.05.

    Args:
        agent: Whose decision it is.
        kind: The type of recommendation.
        scores: Of all agents.
        rules: What was learned.

    >>> decision_boost("a", "strategy", (), ()).boost
    0.0
    """
    there = {one.agent_id: cell for one in scores for cell in one.posterior if cell.domain == kind}
    mine, others = there.get(agent), [cell.mean for name, cell in there.items() if name != agent]
    fleet = sum(others) / len(others) if others else None
    # At most one of the two is above 0; both are 0 while the interval holds the others' mean.
    sure = max(0.0, mine.low - fleet) - max(0.0, fleet - mine.high) if mine and fleet is not None else 0.0
    about = [rule for rule in rules if rule.state == RuleState.ACTIVE and _concerns(rule, agent, kind)]
    moved = sure + sum(RULE_STEP if rule.prefer else -RULE_STEP for rule in about)
    return Boost(
        agent_id=agent,
        recommendation_type=kind,
        boost=min(MAX_BOOST, max(-MAX_BOOST, moved)),
        low=mine.low if mine else None,
        high=mine.high if mine else None,
        fleet=fleet,
        rules=tuple(rule.text for rule in about),
    )


def _concerns(rule: Rule, agent: str, kind: str) -> bool:
    """Say whether a rule is about this agent, and leaves this type open or names it."""
    said = dict(rule.conditions)
    return said.pop("agent", None) == agent and said in ({}, {"type": kind})
