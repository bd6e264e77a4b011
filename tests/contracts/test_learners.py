"""One battery for everything that learns; whatever has an `update` of its own is found by itself."""

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import Any

import pytest

import upspiral.analyze
import upspiral.capture
import upspiral.deploy
import upspiral.evaluate
import upspiral.route
import upspiral.stats
from upspiral.capture.rater_model import RaterModel, Vote
from upspiral.plugin_kinds import ROUTING_POLICY
from upspiral.route.base import Fact, RoutingPolicy
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.cascade import Cascade
from upspiral.route.config import RouteSettings
from upspiral.route.ensemble import Ensemble
from upspiral.route.policies import EpsilonGreedy, Fixed, LinUcb, Thompson, Threshold
from upspiral.route.profiles import LoggedRun, Profile
from upspiral.route.trust_score import Impacts, TrustFact, TrustFold
from upspiral.stats.change.cusum import Cusum, CusumMonitor, Wander
from upspiral.testing.contracts import FactLearnerContract, LearnerContract, PolicyContract
from upspiral.testing.contracts.facts import STRANGE_NAMES

PACKAGES = (
    upspiral.analyze,
    upspiral.capture,
    upspiral.deploy,
    upspiral.evaluate,
    upspiral.route,
    upspiral.stats,
)


def made(name: str) -> RoutingPolicy:
    policy: RoutingPolicy = ROUTING_POLICY.get(name)(RouteSettings())
    return policy


class TestThompson(PolicyContract):
    kind, any_order = Thompson, True


class TestEpsilonGreedy(PolicyContract):
    kind, any_order = EpsilonGreedy, True


class TestLinUcb(PolicyContract):
    kind, any_order = LinUcb, True


class TestThreshold(PolicyContract):
    kind, any_order = Threshold, True


class TestFixed(PolicyContract):
    kind, any_order = Fixed, True


class TestTrustworthiness(FactLearnerContract):
    """Its order does not matter as long as nothing alarms, and nothing does in the facts drawn.

    A cost that no fact told is unknown, which the table writes as NaN; all else must be a number.
    """

    kind, any_order = SuccessBeliefs, True

    def answer(self, learner: SuccessBeliefs) -> object:
        table = learner.standing((*self.agents, "new"), (*self.domains, "new"), now=1_000)
        known = [None if math.isnan(cost) else cost for cost in table.cost]
        return table.alpha, table.beta, table.latency_ms, known


class TestEnsemble(FactLearnerContract):
    kind = Ensemble

    def answer(self, learner: Ensemble) -> object:
        return learner.width("x"), learner.width("new")


class TestCascade(FactLearnerContract):
    kind = Cascade

    def answer(self, learner: Cascade) -> object:
        return learner.rung("x"), learner.next_step("x", tried=1, score=0.8)


class TestProfile(LearnerContract):
    """Counts do not depend on the order; the mean latency is that of the last hundred."""

    kind, any_order = Profile, True

    def facts(self, n: int, rng: Random) -> list[Any]:
        made = [(rng.random() < 0.7, 100 + rng.random(), rng.choice("xy")) for _ in range(n)]
        return [LoggedRun(("a",), good, latency, domain) for good, latency, domain in made]

    def answer(self, learner: Profile) -> object:
        return learner.accuracy, learner.avg_latency, learner.accuracy_in("x"), learner.accuracy_in("new")

    def edges(self) -> dict[str, list[Any]]:
        same = {f"only {good}": [LoggedRun(("a",), good, 0.0)] * 150 for good in (False, True)}
        return {**same, "slow": [LoggedRun(("a",), True, 1e308)] * 5}

    def hostile(self) -> list[Callable[[], Any]]:
        wrong = [{"latency_ms": value} for value in (math.nan, math.inf, -1.0)]
        named: list[dict[str, Any]] = [{"domain": name, "models_used": (name,)} for name in STRANGE_NAMES]
        return [
            partial(LoggedRun, **{"models_used": ("a",), "success": True, **one}) for one in [*wrong, *named]
        ]


class TestTrust(LearnerContract):
    kind = TrustFold

    def facts(self, n: int, rng: Random) -> list[Any]:
        return [
            TrustFact(
                id=str(at),
                at=at,
                kind=rng.choice("xy"),
                approved=rng.choice((None, 0.0, 0.5, 1.0)),
                quality=rng.choice((None, 100 * rng.random())),
                delivered=rng.random() < 0.9,
                in_time=rng.choice((None, False, True)),
                impacts=Impacts(accuracy=rng.uniform(-1, 1)),
                rater=rng.choice((None, "anna")),
            )
            for at in range(n)
        ]

    def answer(self, learner: TrustFold) -> object:
        rates = (learner.overall, learner.confidence, learner.approval_rate, learner.one_rater_share)
        return *rates, learner.avg_quality_score, learner.strength, learner.trend

    def edges(self) -> dict[str, list[Any]]:
        fact = partial(TrustFact, id="i", at=0)
        return {
            "all good": [fact(approved=1.0) for _ in range(150)],
            "all bad": [fact(approved=0.0, impacts=Impacts(-1, -1, -1, -1)) for _ in range(150)],
            "pending": [fact() for _ in range(50)],
        }

    def hostile(self) -> list[Callable[[], Any]]:
        wrong: list[dict[str, Any]] = [{"at": value} for value in (math.nan, math.inf)]
        wrong += [{"approved": value} for value in (math.nan, -1.0, 2.0, math.inf)]
        wrong += [{"quality": value} for value in (math.nan, -1.0, 101.0, math.inf)]
        wrong += [{"impacts": Impacts(value)} for value in (math.nan, 2.0, -math.inf)]
        wrong += [{"kind": name, "rater": name} for name in STRANGE_NAMES]
        return [partial(TrustFact, **{"id": "i", "at": 1, "approved": 1.0, **one}) for one in wrong]


class TestRaters(LearnerContract):
    """Of one rater and item the last vote counts; the facts drawn have one vote each."""

    kind, any_order = RaterModel, True

    def facts(self, n: int, rng: Random) -> list[Any]:
        names = ("anna", "ben", "cleo", "dora")
        right = {"ben": 0.6}
        votes = [
            Vote(name, str(i), (rng.random() < right.get(name, 0.9)) == (i % 3 > 0), "ab"[i % 2])
            for i in range(n)
            for name in names
        ]
        return votes[: n if n < 2 else None]

    def tell(self, learner: RaterModel, fact: Vote) -> RaterModel:
        learner.update([fact])
        return learner

    def answer(self, learner: RaterModel) -> object:
        known = learner.weights()
        return known, [learner.reliability(name) for name in (*known, "new")], learner.blocs()

    def edges(self) -> dict[str, list[Any]]:
        return {
            "all good": [Vote(who, str(i), True) for i in range(30) for who in "abc"],
            "all bad": [Vote(who, str(i), False) for i in range(30) for who in "abc"],
            "one rater": [Vote("a", str(i), i % 2 > 0) for i in range(30)],
            "one item": [Vote(f"r{i}", "one", i % 2 > 0) for i in range(30)],
            "the same again": [Vote("a", "one", True)] * 50,
            "one against all": [Vote(who, str(i), who != "c") for i in range(30) for who in "abc"],
        }

    def hostile(self) -> list[Callable[[], Any]]:
        return [partial(Vote, name, name, True, name) for name in STRANGE_NAMES]


class OutcomeContract(LearnerContract):
    """What reads bare scores."""

    def facts(self, n: int, rng: Random) -> list[Any]:
        return [float(rng.random() < 0.5) for _ in range(n)]

    def edges(self) -> dict[str, list[Any]]:
        return {"all good": [1.0] * 500, "all bad": [0.0] * 500, "half": [0.5] * 500}

    def hostile(self) -> list[Callable[[], Any]]:
        return [partial(float, value) for value in ("nan", "inf", "-inf", "1e308", "-1")]


class TestCusum(OutcomeContract):
    kind = Cusum

    def tell(self, learner: Cusum, fact: float) -> Cusum:
        return learner.update(fact, before=0.8, after=0.4)

    def answer(self, learner: Cusum) -> object:
        return learner.is_sure(2.0), learner


class TestWatch(OutcomeContract):
    kind = CusumMonitor

    def tell(self, learner: CusumMonitor, fact: float) -> CusumMonitor:
        return learner.update(fact, (0.6, 0.8))

    def answer(self, learner: CusumMonitor) -> object:
        return learner.alarm(10_000), learner.cusums


class TestWander(OutcomeContract):
    kind = Wander

    def tell(self, learner: Wander, fact: float) -> Wander:
        return learner.update(fact)

    def answer(self, learner: Wander) -> object:
        return learner.widen((0.5, 0.7)), learner


def found_learners() -> Iterator[type[Any]]:
    """Give every class with an `update` of its own, but for the shapes that describe one."""
    for package in PACKAGES:
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            if ".deploy.servers" in info.name:
                continue  # programs that are never imported
            for _, kind in inspect.getmembers(importlib.import_module(info.name), inspect.isclass):
                own = kind.__module__ == info.name and inspect.isfunction(getattr(kind, "update", None))
                if own and not getattr(kind, "_is_protocol", False):
                    yield kind


def proven(contract: type[LearnerContract] = LearnerContract) -> Iterator[type[Any]]:
    for one in contract.__subclasses__():
        if one.__module__ == __name__ and one is not Broken and hasattr(one, "kind"):
            yield one.kind
        yield from proven(one)


def test_everything_that_learns_is_found_and_goes_through_the_battery() -> None:
    found = set(found_learners())
    assert {Thompson, SuccessBeliefs, RaterModel, CusumMonitor} <= found
    assert found == set(proven())


@pytest.mark.parametrize("name", ROUTING_POLICY.list_names())
def test_a_policy_of_the_settings_goes_through_the_battery_and_has_its_name(name: str) -> None:
    assert type(made(name)) in set(proven())
    assert made(name).name == name


class Forgetful:
    """Breaks the contract in as many ways as it has tests."""

    def __init__(self) -> None:
        self.sums = {"all": 0.0}

    def update(self, score: float) -> None:
        self.sums["all"] += score

    def asked(self) -> dict[str, float]:
        return self.sums

    def dump(self) -> dict[str, float]:
        return {}

    @classmethod
    def load(cls, _: dict[str, float]) -> "Forgetful":
        return cls()


class Broken(LearnerContract):
    kind = Forgetful

    def facts(self, n: int, rng: Random) -> list[Any]:
        return [rng.random() for _ in range(n)]

    def answer(self, learner: Forgetful) -> object:
        return learner.asked()

    def hostile(self) -> list[Callable[[], Any]]:
        return [partial(float, "nan")]


@pytest.mark.parametrize(
    "broken",
    [
        "test_it_says_its_formula_units_and_source_and_its_example_runs",
        "test_it_has_two_documented_verbs",
        "test_it_goes_on_after_json_as_if_nothing_had_happened",
        "test_it_refuses_what_is_hostile_and_stays_as_it_was_or_bears_it",
        "test_its_former_self_and_its_answers_stay_as_they_are",
    ],
)
def test_the_battery_finds_what_is_wrong_with_a_learner(broken: str) -> None:
    with pytest.raises((AssertionError, KeyError)):
        getattr(Broken(), broken)()


def test_learners_state_what_they_read() -> None:
    assert inspect.get_annotations(SuccessBeliefs.update)["fact"] is Fact
