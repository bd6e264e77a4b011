"""How many agents are asked in parallel in a domain? A number that tunes itself within bounds."""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from upspiral.route.base import Fact, Table
from upspiral.stats.proportions import wilson

TOO_MUCH = 0.2
"""A larger share of trouble asks for more."""

SMALL_SHARE = 0.05
"""A smaller share allows less."""

MIN_RUNS = 5
"""With fewer runs nothing is shown: one of one would already be above a fifth."""


class Trouble(Struct, frozen=True):
    """What went wrong since a setting was last changed."""

    runs: int = 0
    loop_backs: int = 0
    failed_checks: int = 0
    either: int = 0
    """Runs with the one or the other."""

    def plus(self, fact: Fact) -> "Trouble":
        """Count one run.

        >>> Trouble().plus(Fact(agent="a", sequence=0, score=0.0, loop_back=True)).either
        1
        """
        return Trouble(
            self.runs + 1,
            self.loop_backs + fact.loop_back,
            self.failed_checks + fact.fact_check_failed,
            self.either + (fact.loop_back or fact.fact_check_failed),
        )


def step(count: int, runs: int) -> Literal[-1, 0, 1]:
    """Say whether more is needed, less will do, or nothing is shown yet.

    1 where even the lower 95 % limit of the share is above 20 %, -1 where the upper one is below 5 %
    (Wilson 1927); in between lies calm, so that a setting does not swing.

    >>> step(10, 20), step(1, 20), step(0, 100), step(1, 1)
    (1, 0, -1, 0)
    """
    limits = wilson(count, runs)
    if runs >= MIN_RUNS and limits.low > TOO_MUCH:
        return 1
    return -1 if limits.high < SMALL_SHARE else 0


class EnsembleWidth(Struct, frozen=True):
    """One domain's number of agents, and the trouble since it was set."""

    agents: int = 1
    trouble: Trouble = Trouble()


class Ensemble(Struct, frozen=True):
    """Width by domain: one more where loop-backs and failed fact checks are many, one less where few.

    width' = width + step(trouble, runs), within its bounds, and the count starts over. Units: agents, runs.
    Source of the limits in `step`: Wilson (1927).

    >>> ensemble = Ensemble()
    >>> for i in range(9): ensemble = ensemble.update(Fact(agent="a", sequence=i, score=0.0, loop_back=True))
    >>> ensemble.width("all") > 1
    True
    """

    domains: dict[str, EnsembleWidth] = {}
    least: int = 1
    most: int = 5

    def update(self, fact: Fact) -> "Ensemble":
        """Count one run, whatever number of agents it took; it is one fact."""
        before = self.domains.get(fact.domain, EnsembleWidth(self.least))
        trouble = before.trouble.plus(fact)
        wanted = before.agents + step(trouble.either, trouble.runs)
        width = min(self.most, max(self.least, wanted))
        after = EnsembleWidth(width, trouble if wanted == before.agents else Trouble())
        return replace(self, domains={**self.domains, fact.domain: after})

    def width(self, domain: str) -> int:
        """Say how many agents are asked in parallel."""
        return self.domains.get(domain, EnsembleWidth(self.least)).agents


def members(table: Table, width: int, u: float) -> tuple[str, ...]:
    """Draw several agents without replacement, each time by the chances of those left.

    Args:
        table: Of the request's domain.
        width: How many, at least 1; fewer where there are fewer with a chance or in reserve.
        u: A uniform number, at least 0 and below 1; it serves all draws.

    >>> from upspiral.route.base import table
    >>> members(table({"a": 3, "b": 1, "c": 0}), 2, 0.1)
    ('a', 'b')
    """
    left = [(a, p) for a, p in zip(table.agents, table.probabilities, strict=True) if p > 0]
    drawn: list[str] = []
    while left and len(drawn) < width:
        point, i = u * sum(p for _, p in left), 0
        while i < len(left) - 1 and point >= left[i][1]:
            point, i = point - left[i][1], i + 1
        agent, chance = left.pop(i)
        # Where the point lies within its interval is uniform again, so one number serves all draws.
        u = min(max(point / chance, 0.0), 0.999_999)
        drawn.append(agent)
    drawn += [agent for agent in table.reserve if agent not in drawn][: max(0, width - len(drawn))]
    return tuple(drawn)


def chance_of(table: Table, drawn: Sequence[str]) -> float:
    """Give the chance with which `members` draws exactly these agents in this order.

    >>> from upspiral.route.base import table
    >>> chance_of(table({"a": 3, "b": 1}), ("b", "a"))
    0.25
    """
    chance, left = 1.0, 1.0
    for agent in drawn:
        own = table.probability(agent)
        if own == 0 and agent in table.reserve:
            continue  # it follows by its rank, whatever was drawn
        chance, left = chance * min(1.0, own / left), max(left - own, 1e-12)
    return chance


def vote(answers: Sequence[tuple[str, str]], trust: Mapping[str, float]) -> str | None:
    """Give the answer with the most trust behind it; of equals the first given; None where there is none.

    Args:
        answers: Agent and answer, in the order in which they came.
        trust: Weight by agent, 0 or more; 1 for those not named.

    >>> vote([("a", "42"), ("b", "41"), ("c", "42")], {"a": 0.2, "b": 0.5, "c": 0.4})
    '42'
    """
    weight: dict[str, float] = {}
    for agent, answer in answers:
        weight[answer] = weight.get(answer, 0.0) + max(0.0, trust.get(agent, 1.0))
    return max(weight, key=lambda answer: weight[answer]) if weight else None
