"""One battery for everything that learns; whatever has an `update` is found by itself."""

import importlib
import inspect
import math
import pkgutil
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, get_type_hints

import msgspec
import pytest
from msgspec import Struct

import upspiral.route
import upspiral.stats
from upspiral.errors import InvalidInput
from upspiral.route.base import Ask, Fact, RoutingPolicy, choose
from upspiral.route.cascade import Cascade
from upspiral.route.config import RouteSettings
from upspiral.route.ensemble import Ensemble
from upspiral.route.learner import Trustworthiness
from upspiral.route.policies import POLICIES
from upspiral.route.trust import Trust, TrustFact
from upspiral.stats.change import Cusum, Watch

AGENTS = ("a", "b", "c")
ASK = Ask(agents=AGENTS, domains=("x", "y"), now=1_000)


def tables(policy: Any) -> object:
    return {name: made.probabilities for name, made in policy.probabilities(ASK).items()}


def standing(learned: Trustworthiness) -> object:
    found = learned.standing(AGENTS, ("x", "y"), now=1_000)
    return found.alpha.tolist(), found.beta.tolist()


def trust_fact(fact: Fact) -> TrustFact:
    return TrustFact(id=str(fact.at), at=fact.at, kind=fact.domain, approved=fact.score, in_time=fact.in_time)


FEEDS: dict[str, Callable[[Any, Fact], Any]] = {
    "Cusum": lambda learner, fact: learner.update(fact.score, before=0.8, after=0.4),
    "Watch": lambda learner, fact: learner.update(fact.score, (0.6, 0.8)),
    "Trust": lambda learner, fact: learner.update(trust_fact(fact)),
}
"""How a fact reaches those that read something narrower."""

QUESTIONS: dict[str, Callable[[Any], object]] = {
    "Cusum": lambda cusum: cusum.evidence,
    "Watch": lambda watch: watch.alarm(10_000),
    "Trust": lambda trust: (trust.overall, trust.strength, trust.trend),
    "Trustworthiness": standing,
    "Ensemble": lambda ensemble: (ensemble.width("x"), ensemble.width("new")),
    "Cascade": lambda cascade: (cascade.rung("x"), cascade.next_step("x", tried=1, score=0.8)),
}
"""A learner's own question; a policy's is its tables."""

ANY_ORDER = {"Trustworthiness", "Thompson", "EpsilonGreedy", "LinUcb", "Threshold", "Fixed"}
"""Those whose answer must not depend on the order (for the posteriors: as long as nothing alarms)."""


def found_learners() -> Iterator[type[Struct]]:
    for package in (upspiral.route, upspiral.stats):
        for info in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(info.name)
            for _, kind in inspect.getmembers(module, inspect.isclass):
                learns = kind.__module__ == info.name and callable(getattr(kind, "update", None))
                if learns and issubclass(kind, Struct):
                    yield kind


LEARNERS = list(found_learners())


def facts(n: int, seed: int = 0) -> list[Fact]:
    rng = Random(seed)
    return [
        Fact(
            agent=rng.choice(AGENTS),
            domain=rng.choice("xy"),
            at=at,
            score=float(rng.random() < 0.7),
            latency_ms=100 + 50 * rng.random(),
            cost=0.01,
            loop_back=rng.random() < 0.1,
            fact_check_failed=rng.random() < 0.1,
            in_time=rng.random() < 0.9,
        )
        for at in range(n)
    ]


def taught(kind: type[Struct], seen: list[Fact]) -> Any:
    learner: Any = kind()
    for fact in seen:
        learner = fed(learner, fact)
    return learner


def fed(learner: Any, fact: Fact) -> Any:
    feed = FEEDS.get(type(learner).__name__)
    return feed(learner, fact) if feed else learner.update(fact)


def answer(learner: Any) -> object:
    question = QUESTIONS.get(type(learner).__name__)
    return question(learner) if question else tables(learner)


def flat(value: Any) -> list[float]:
    if isinstance(value, Struct):
        value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return [number for part in value for number in flat(part)]
    return [float(value)] if isinstance(value, int | float) else []


def test_the_learners_that_are_known_are_found() -> None:
    kinds = {type(make_default(name)) for name in POLICIES}
    assert kinds | {Trustworthiness, Trust, Ensemble, Cascade, Watch, Cusum} <= set(LEARNERS)


def make_default(name: str) -> RoutingPolicy:
    return POLICIES[name](RouteSettings())


@pytest.mark.parametrize("kind", LEARNERS)
class TestEveryLearner:
    def test_is_frozen_and_leaves_its_former_self_alone(self, kind: type[Struct]) -> None:
        before = taught(kind, facts(20))
        kept = msgspec.json.encode(before)
        fed(before, facts(21)[-1])
        assert kind.__struct_config__.frozen
        assert msgspec.json.encode(before) == kept

    def test_goes_on_after_json_as_if_nothing_had_happened(self, kind: type[Struct]) -> None:
        first, rest = facts(60)[:30], facts(60)[30:]
        read = msgspec.json.decode(msgspec.json.encode(taught(kind, first)), type=kind)
        for fact in rest:
            read = fed(read, fact)
        assert flat(answer(read)) == pytest.approx(flat(answer(taught(kind, facts(60)))))

    def test_gives_the_same_answer_to_the_same_facts(self, kind: type[Struct]) -> None:
        assert answer(taught(kind, facts(50))) == answer(taught(kind, facts(50)))

    def test_learns_the_same_in_any_order_where_it_says_so(self, kind: type[Struct]) -> None:
        if kind.__name__ not in ANY_ORDER:
            pytest.skip("order matters to it by design")
        seen = facts(80)
        shuffled = Random(1).sample(seen, len(seen))
        same = [pytest.approx(number, abs=1e-6) for number in flat(answer(taught(kind, seen)))]
        assert flat(answer(taught(kind, shuffled))) == same

    @pytest.mark.parametrize("n", [0, 1])
    def test_answers_after_nothing_and_after_one_fact(self, kind: type[Struct], n: int) -> None:
        assert all(math.isfinite(number) for number in flat(answer(taught(kind, facts(n)))))

    @pytest.mark.parametrize("score", [0.0, 0.5, 1.0])
    def test_answers_when_everything_is_the_same(self, kind: type[Struct], score: float) -> None:
        same = [Fact(agent="a", domain="x", at=7, score=score) for _ in range(120)]
        assert all(math.isfinite(number) for number in flat(answer(taught(kind, same))))

    def test_answers_when_numbers_are_huge(self, kind: type[Struct]) -> None:
        huge = [Fact(agent="a", domain="x", at=10**12 * i, score=1.0, cost=1e300) for i in range(5)]
        slow = [Fact(agent="b", domain="y", at=0, score=0.0, latency_ms=1e308) for _ in range(5)]
        assert all(math.isfinite(number) for number in flat(answer(taught(kind, huge + slow))))

    def test_says_formula_units_source_and_an_example(self, kind: type[Struct]) -> None:
        if kind in (Cusum, Watch):
            pytest.skip("parts of Trustworthiness, documented in stats.change")
        text = inspect.getdoc(kind) or ""
        assert "Units:" in text
        assert "Source" in text
        assert ">>>" in text


@pytest.mark.parametrize("name", sorted(POLICIES))
class TestEveryPolicy:
    def test_publishes_chances_that_add_up_to_one(self, name: str) -> None:
        policy = make_default(name)
        for fact in facts(100):
            policy = policy.update(fact)
        for made in policy.probabilities(ASK).values():
            assert sum(made.probabilities) == pytest.approx(1)
            assert made.agents == AGENTS
            assert choose(made, 0.999_999_9).probability > 0

    def test_calls_itself_by_its_name_in_the_settings(self, name: str) -> None:
        assert make_default(name).name == name

    def test_offers_nobody_where_there_is_nobody(self, name: str) -> None:
        assert make_default(name).probabilities(Ask(agents=()))["all"].agents == ()


@pytest.mark.parametrize(
    "given",
    [
        {"score": math.nan},
        {"score": -0.1},
        {"score": 1e9},
        {"score": 0.5, "latency_ms": -1.0},
        {"score": 0.5, "latency_ms": math.inf},
        {"score": 0.5, "cost": math.nan},
        {"score": 0.5, "at": -1},
    ],
)
def test_a_fact_that_would_poison_a_learner_cannot_be_made(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        Fact(**{"agent": "a", "at": 0, **given})


def test_learners_state_what_they_read() -> None:
    assert get_type_hints(Trustworthiness.update)["fact"] is Fact
