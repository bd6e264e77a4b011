"""Thompson sampling, on traffic whose truth is planted."""

from random import Random

import pytest
from msgspec import structs
from tests.route.planted import AGENTS, LEARNED, made, priced, stream

from upspiral.route.base import Fact, RoutingContext, RoutingRule, draw, table
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.policies.thompson import Prices, Thompson, handicaps


def test_the_best_agent_gets_nearly_all_and_the_others_the_floor() -> None:
    found = made(Thompson(LEARNED, floor=0.002))
    assert found.probability("good") > 0.95
    assert found.probability("poor") == pytest.approx(0.002)


def test_all_floors_together_take_at_most_one_request_in_a_hundred() -> None:
    many = {f"a{i}": float(i == 0) for i in range(100)}
    found = table(many, floors=0.01)
    assert found.probability("a0") == pytest.approx(0.9901)
    assert found.probability("a1") == pytest.approx(0.0001)
    assert sum(found.floors) == pytest.approx(0.01)


def test_an_agent_that_only_fails_to_deliver_is_asked_ever_more_rarely_until_it_delivers() -> None:
    fact = Fact(agent="poor", sequence=301, score=0.0, delivered=False)
    dead = LEARNED.learn([structs.replace(fact, sequence=301 + i) for i in range(60)])
    alive = dead.update(Fact(agent="poor", sequence=400, score=1.0))
    floors = [made(Thompson(one), now=400).floors[AGENTS.index("poor")] for one in (LEARNED, dead, alive)]
    assert floors == pytest.approx([0.002, 0.002 / 7, 0.002])


def test_the_price_of_the_floors_is_stated_as_lost_success() -> None:
    floored, free = made(Thompson(LEARNED)), made(Thompson(LEARNED, floor=0.0))
    lost = 0.002 * (0.9 - 0.6) + 0.002 * (0.9 - 0.3)
    assert floored.floor_loss == pytest.approx(lost, rel=0.2)
    assert free.floor_loss == 0


@pytest.mark.long
def test_of_nine_agents_the_eight_weaker_ones_get_at_most_a_fiftieth_after_five_thousand_requests() -> None:
    rng, agents = Random(5), tuple(f"a{i}" for i in range(9))
    policy, laid, weaker = Thompson(), table({}), list[bool]()
    for at in range(5_500):
        if at % (5 if at < 200 else 50) == 0:
            laid = policy.probabilities(RoutingContext(agents=agents, now=at))["all"]
        agent = draw(laid, rng.random()).agent
        weaker.append(agent != "a4")
        right = rng.random() < (0.9 if agent == "a4" else 0.6)
        policy = policy.update(Fact(agent=agent, sequence=at, score=float(right)))
    assert 1 - laid.probability("a4") <= 0.02
    assert sum(weaker[5_000:]) <= 0.02 * 500
    assert sum(weaker[:5_000]) <= 0.04 * 5_000


def test_a_rule_counts_as_outcomes_in_advance() -> None:
    rule = RoutingRule(agent="poor", good=40)
    plain = made(Thompson(), now=0).probability("poor")
    assert made(Thompson(), now=0, rules=(rule,)).probability("poor") > 2 * plain


def test_of_two_equals_the_cheaper_is_preferred() -> None:
    facts = [
        Fact(agent=a, sequence=i, score=float(i % 5 > 0), cost=c)
        for i in range(400)
        for a, c in (("good", 1.0), ("fair", 0.1))
    ]
    learned = SuccessBeliefs().learn(facts)
    ask = RoutingContext(agents=("good", "fair"), now=400)
    found = Thompson(learned, prices=Prices(cost=0.1)).probabilities(ask)["all"]
    assert found.probability("fair") > 0.9


def test_the_cost_term_is_a_share_of_the_dearest_agent_with_prices_twenty_times_apart() -> None:
    policy = priced({"good": 0.02, "fair": 0.001})
    standing = policy.learned.standing(("good", "fair"), ("all",), now=400)
    assert handicaps(standing, policy.prices).round(6).tolist() == [0.1, 0.005]


@pytest.mark.parametrize("unknown", ["good", "poor"])
def test_an_unknown_cost_is_left_out_and_is_neither_the_fleets_mean_nor_the_dearest(unknown: str) -> None:
    policy = priced({"good": 0.02, "fair": 0.001} | {unknown: None})
    standing = policy.learned.standing(AGENTS, ("all",), now=400)
    costs = dict(zip(AGENTS, handicaps(standing, policy.prices).tolist(), strict=True))
    assert costs[unknown] == 0.0
    assert costs["fair"] > 0


def test_where_no_cost_is_known_none_counts() -> None:
    policy = priced({"good": None, "fair": None})
    standing = policy.learned.standing(AGENTS, ("all",), now=400)
    assert handicaps(standing, policy.prices).tolist() == [0.0, 0.0, 0.0]


def test_answers_without_a_price_leave_the_mean_of_the_others_as_it_is() -> None:
    record = (
        SuccessBeliefs()
        .learn(Fact(agent="good", sequence=i, score=1.0, cost=None if i % 2 else 0.02) for i in range(40))
        .records["good"]
    )
    assert record.known_cost == pytest.approx(0.02)
    assert (record.priced, record.n) == (20, 40)


def test_what_is_free_is_known_to_cost_nothing() -> None:
    record = SuccessBeliefs().update(Fact(agent="local", sequence=0, score=1.0, cost=0.0)).records["local"]
    assert record.known_cost == 0.0


def test_speed_mode_makes_time_weigh_more() -> None:
    facts = [
        Fact(agent=a, sequence=i, score=float(i % 5 > 0), latency_ms=ms)
        for i in range(200)
        for a, ms in (("good", 4_000.0), ("fair", 200.0))
    ]
    policy = Thompson(SuccessBeliefs().learn(facts), prices=Prices(cost=0, latency=0.01))
    slow, fast = (made(policy, now=200, speed=speed).probability("fair") for speed in (False, True))
    assert fast > slow


@pytest.mark.parametrize(
    ("domain", "before", "after"), [("billing", 600, 100), ("all", 2_000, 100), ("all", 600, 200)]
)
def test_an_agent_that_collapses_loses_its_share_soon(domain: str, before: int, after: int) -> None:
    """Where the domain is named, or much is known; else it may at first be another mix of requests."""
    learned = SuccessBeliefs().learn(stream({"good": 0.9, "fair": 0.6}, before, domain=domain))
    ask = RoutingContext(agents=AGENTS, domains=(domain,), now=before)
    assert Thompson(learned).probabilities(ask)[domain].probability("good") > 0.9
    fallen = learned.learn(stream({"good": 0.2, "fair": 0.6}, after, start=before, domain=domain))
    later = Thompson(fallen).probabilities(structs.replace(ask, now=before + after))[domain]
    assert later.probability("good") < 0.05
    assert fallen.records["good"].alarms
    assert not fallen.records["fair"].alarms


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_a_good_agent_comes_back_after_a_false_alarm(seed: int) -> None:
    agents, rng = ("a0", "a1", "a2", "a3"), Random(seed)
    rates = dict.fromkeys(agents, 0.6) | {"a0": 0.9}
    policy = Thompson(SuccessBeliefs().learn(stream(rates, 800)), prices=Prices(0, 0))
    at, chosen = 800, list[str]()
    while not policy.learned.records["a0"].alarms:  # bad luck, such as one run in forty has it
        policy, at = policy.update(Fact(agent="a0", sequence=at, score=0.0)), at + 1
    for now in range(at, at + 600):
        if (now - at) % 5 == 0:
            laid = policy.probabilities(RoutingContext(agents=agents, now=now))["all"]
        chosen.append(draw(laid, rng.random()).agent)
        score = float(rng.random() < rates[chosen[-1]])
        policy = policy.update(Fact(agent=chosen[-1], sequence=now, score=score))
    assert chosen[300:].count("a0") >= 0.95 * 300
