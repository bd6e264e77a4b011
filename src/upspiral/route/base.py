"""What does every learner and every routing policy look like, and how is an agent drawn for a request?"""

import sys
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Protocol, Self

from msgspec import Struct

from upspiral.domain import Choice
from upspiral.domain.evaluation import SUCCESS_AT
from upspiral.domain.feedback import PARTIAL_WORTH
from upspiral.domain.ids import AgentId
from upspiral.errors import InvalidInput, NotFound

EVERYTHING = "all"
"""The domain of requests that name none, and of every agent's first appearance."""

LONGEST_MS = 86_400_000.0
"""A latency above a day counts as a day, so that one broken clock spoils no mean."""

MAX_COST = 1e6
"""A cost above this counts as this."""


MAX_FLOOR_SHARE = 0.01
"""Part of a domain's requests that all floors together may take; more agents have lower floors each."""


class Fact(Struct, frozen=True, kw_only=True):
    """What is known of one labeled conversation: the only thing that learners read."""

    agent: str
    domain: str = EVERYTHING
    """The kind of request."""
    sequence: int
    """Which labeled conversation of the workspace it was, from 0; the clock of all discounting."""
    settled_at: float = 0.0
    """When it settled, in seconds since 1970, by which a change is dated; 0 where unknown."""
    score: float
    """Its Outcome, 0 to 1."""
    success: bool | None = None
    """Was it a success by the workspace's thresholds, as its Outcome says? None where there is no Outcome."""
    partial: bool = False
    """Was it judged to lie between them? It is no success then, and worth a half."""
    latency_ms: float = 0.0
    cost: float | None = None
    """In the workspace's currency; None where unknown, which is not the same as free."""
    delivered: bool = True
    """False after an error or a timeout."""
    in_time: bool | None = None
    """Within the agent's deadline, or the workspace's median latency; None where unknown."""
    loop_back: bool = False
    """Was the answer sent back for another round?"""
    fact_check_failed: bool = False

    @property
    def succeeded(self) -> bool:
        """Was it a success, by its Outcome, or without one by the usual threshold?"""
        return self.score >= SUCCESS_AT if self.success is None else self.success

    @property
    def worth(self) -> float:
        """Say how much of a success it was: 1, 0, or a half."""
        return PARTIAL_WORTH if self.partial else float(self.succeeded)

    def __post_init__(self) -> None:
        """Refuse numbers that would poison what is learned.

        Raises:
            InvalidInput: Names the field and the value.
        """
        if not 0 <= self.score <= 1:
            raise InvalidInput(f"A score of {self.score!r} is not between 0 and 1.")
        for name in ("sequence", "settled_at", "latency_ms", "cost"):
            value = getattr(self, name)
            if value is not None and not 0 <= value <= sys.float_info.max:
                raise InvalidInput(f"The {name} {value!r} is no number of 0 or more.")


class Learner(Protocol):
    """Something frozen that learns: `update` gives the next one; each has one question besides."""

    def update(self, fact: Fact, /) -> Self:
        """Give the learner that has seen one more fact."""


class RoutingRule(Struct, frozen=True, kw_only=True):
    """What a person or the learning cycle knows beforehand of an agent."""

    agent: str
    domain: str | None = None
    """None for all domains."""
    veto: bool = False
    """May it never be chosen?"""
    good: float = 0.0
    """Successes it is given in advance."""
    bad: float = 0.0
    """Failures it is given in advance."""
    reason: str = ""

    def covers(self, domain: str) -> bool:
        """Say whether the rule speaks about a domain.

        >>> RoutingRule(agent="a").covers("billing")
        True
        """
        return self.domain is None or self.domain == domain


class RoutingContext(Struct, frozen=True, kw_only=True):
    """Whom may be chosen for which domains, and what must be respected."""

    agents: tuple[str, ...]
    domains: tuple[str, ...] = ("all",)
    """The ones whose table is wanted, such as those that changed."""
    now: int = 0
    """How many conversations are labeled in the workspace."""
    rules: tuple[RoutingRule, ...] = ()
    speed: bool = False
    """Does the caller want the answer soon rather than good?"""


class Table(Struct, frozen=True):
    """The chances of every agent in one domain, ready to draw from."""

    agents: tuple[str, ...]
    probabilities: tuple[float, ...]
    cumulative: tuple[float, ...]
    reasons: tuple[str, ...]
    """Why each has its chance, in a few words."""
    floors: tuple[float, ...]
    """The part of each chance that an agent has whatever is believed of it, so that a change is noticed."""
    reserve: tuple[str, ...] = ()
    """Who is asked besides where several are wanted and nobody with a chance is left, the best first."""
    floor_loss: float = 0.0
    """What the floors cost: points of the success rate, 0 to 1, by what is believed now."""

    def probability(self, agent: str) -> float:
        """Give an agent's chance; 0 for one not in the table."""
        return dict(zip(self.agents, self.probabilities, strict=True)).get(agent, 0.0)


class RoutingPolicy(Protocol):
    """Turns what was learned into chances, off the hot path."""

    @property
    def name(self) -> str:
        """Its name in the settings."""

    def update(self, fact: Fact, /) -> Self:
        """Give the policy that has seen one more fact."""

    def probabilities(self, ask: RoutingContext, /) -> Mapping[str, Table]:
        """Give a table for every domain that is asked for."""


def table(
    chances: Mapping[str, float], *, floors: float | Sequence[float] = 0.0, reasons: Sequence[str] = ()
) -> Table:
    """Make a table.

    Args:
        chances: By agent; scaled to add up to 1, agents in the order given.
        floors: Nobody's chance is lower: one number for all, or one for each agent in their order. Together
            they take at most `MAX_FLOOR_SHARE`.
        reasons: In the order of the agents.

    >>> table({"a": 3, "b": 1}).probabilities
    (0.75, 0.25)
    >>> table({"a": 1, "b": 0}, floors=0.002).probabilities
    (0.998, 0.002)
    """
    agents = tuple(chances)
    total = sum(chances.values())
    wanted = [floors] * len(agents) if isinstance(floors, float) else list(floors)
    cut = min(1.0, MAX_FLOOR_SHARE / sum(wanted)) if sum(wanted) > 0 else 0.0
    least = tuple(cut * floor for floor in wanted)
    even = 1 / len(agents) if agents else 0.0
    left = 1 - sum(least)
    shares = [
        own + left * (chances[a] / total if total > 0 else even) for a, own in zip(agents, least, strict=True)
    ]
    running = list(accumulate(shares))
    running[-1:] = [1.0] if running else []
    return Table(agents, tuple(shares), tuple(running), tuple(reasons) or ("",) * len(agents), least)


def draw(table: Table, u: float) -> Choice:
    """Draw who answers: the hot path, one search in a sorted tuple.

    Args:
        table: Of the request's domain.
        u: A uniform number, at least 0 and below 1, drawn once per conversation.

    Raises:
        NotFound: Nobody may answer.

    >>> draw(table({"a": 3, "b": 1}), 0.8).agent
    'b'
    """
    if not table.agents:
        raise NotFound("No agent may answer here.", hint="Add an agent or lift a veto.")
    i = min(bisect_right(table.cumulative, u), len(table.agents) - 1)
    return Choice(agent=AgentId(table.agents[i]), probability=table.probabilities[i], reason=table.reasons[i])


def list_allowed(ask: RoutingContext, domain: str) -> tuple[str, ...]:
    """Give the agents that no rule vetoes in a domain, in the order given.

    >>> rules = (RoutingRule(agent="a", veto=True),)
    >>> list_allowed(RoutingContext(agents=("a", "b"), domains=("x",), rules=rules), "x")
    ('b',)
    """
    barred = {rule.agent for rule in ask.rules if rule.veto and rule.covers(domain)}
    return tuple(agent for agent in dict.fromkeys(ask.agents) if agent not in barred)
