"""What must a learner of labeled conversations keep to, and what a routing policy? With facts to try."""

import math
import sys
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any

from upspiral.route.base import Fact, RoutingContext, RoutingRule, draw
from upspiral.testing.contracts.learners import LearnerContract

AGENTS = ("a", "b", "c")
STRANGE_NAMES = ("", "x" * 10_000, "ключ 🔑 \u202e\x00", "a\x1fb\n'; DROP TABLE agents; --")
"""Names that nobody should have."""
POISONED_FACTS: tuple[dict[str, Any], ...] = (
    *({"score": value} for value in (math.nan, math.inf, -math.inf, -0.1, 1.1, 1e9)),
    *({"latency_ms": value} for value in (math.nan, math.inf, -1.0, sys.float_info.max)),
    *({"cost": value} for value in (math.nan, math.inf, -1.0, sys.float_info.max)),
    *({"sequence": value} for value in (-1, 10**15, 10**400)),
    *({"agent": name} for name in STRANGE_NAMES),
    *({"domain": name} for name in STRANGE_NAMES),
)


class FactLearnerContract(LearnerContract):
    """The battery for whatever learns from `upspiral.route.base.Fact`."""

    agents = AGENTS
    domains = ("x", "y")

    def facts(self, n: int, rng: Random) -> list[Any]:
        """Draw labeled conversations in which one agent is like the other."""
        return [
            Fact(
                agent=rng.choice(self.agents),
                domain=rng.choice(self.domains),
                sequence=at,
                score=float(rng.random() < 0.7),
                latency_ms=100 + 50 * rng.random(),
                cost=0.01,
                loop_back=rng.random() < 0.1,
                fact_check_failed=rng.random() < 0.1,
                in_time=rng.random() < 0.9,
            )
            for at in range(n)
        ]

    def edges(self) -> dict[str, list[Any]]:
        """Give streams in which everything is the same, and such as hold the largest numbers."""
        made = partial(Fact, agent="a", domain="x")
        same = {
            f"only {score}": [made(sequence=7, score=score) for _ in range(120)] for score in (0.0, 0.5, 1.0)
        }
        return {
            **same,
            "one agent": [made(sequence=i, score=float(i % 3 > 0)) for i in range(200)],
            "no time": [made(sequence=i, score=1.0, latency_ms=0.0) for i in range(50)],
            "far apart": [made(sequence=10**12 * i, score=1.0, cost=1e300) for i in range(5)],
            "backwards": [made(sequence=50 - i, score=float(i % 2)) for i in range(50)],
            "slow": [made(sequence=i, score=0.0, latency_ms=1e308) for i in range(5)],
            "turn": [made(sequence=i, score=float(i < 300)) for i in range(600)],
            "many": [made(agent=f"a{i}", domain=f"d{i}", sequence=i, score=1.0) for i in range(60)],
        }

    def hostile(self) -> list[Callable[[], Any]]:
        """Give facts with one field that is out of range, or named as nobody should be."""
        return [
            partial(Fact, **{"agent": "a", "domain": "x", "sequence": 21, "score": 1.0, **one})
            for one in POISONED_FACTS
        ]


class PolicyContract(FactLearnerContract):
    """The battery for a routing policy: its answer is a table of chances for every domain asked for."""

    def ask(self, **more: Any) -> RoutingContext:
        """Make a question about all agents."""
        return RoutingContext(
            **{"agents": self.agents, "domains": (*self.domains, "new"), "now": 1_000, **more}
        )

    def answer(self, learner: Any) -> object:
        """Ask for the tables."""
        return {name: made.probabilities for name, made in learner.probabilities(self.ask()).items()}

    def test_its_chances_add_up_to_one_and_can_be_drawn_from(self) -> None:
        """Look at a table, and draw at its very end."""
        policy = self.teach(self.facts(100, Random(0)))
        for speed in (False, True):
            made = policy.probabilities(self.ask(speed=speed))
            assert set(made) == {*self.domains, "new"}
            for table in made.values():
                assert table.agents == self.agents
                assert math.isclose(sum(table.probabilities), 1)
                assert all(0 <= chance <= 1 for chance in table.probabilities)
                assert draw(table, math.nextafter(1, 0)).probability > 0

    def test_it_offers_nobody_whom_a_rule_vetoes_and_nobody_where_there_is_nobody(self) -> None:
        """Veto one, then ask about none."""
        policy, veto = self.teach(self.facts(30, Random(0))), RoutingRule(agent="a", veto=True)
        for table in policy.probabilities(self.ask(rules=(veto,))).values():
            assert "a" not in table.agents
            assert math.isclose(sum(table.probabilities), 1)
        assert policy.probabilities(self.ask(agents=(), domains=("x",)))["x"].agents == ()

    def test_it_has_a_name(self) -> None:
        """Ask for it."""
        assert self.fresh().name
