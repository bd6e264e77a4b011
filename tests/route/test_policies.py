"""Who is chosen, and why."""

import threading
from random import Random

import pytest
from msgspec import structs

from upspiral.errors import InvalidInput, NotFound
from upspiral.route.base import Fact, RoutingContext, RoutingRule, Table, draw, table
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.route.explain import explain
from upspiral.route.policies.epsilon_greedy import EpsilonGreedy
from upspiral.route.policies.fixed import Fixed
from upspiral.route.policies.thompson import Prices, Thompson, handicaps
from upspiral.route.policies.threshold import Threshold
from upspiral.route.profiles import DomainProfile, LoggedRun, Profile, ProfileBook, from_json, to_json

AGENTS = ("good", "fair", "poor")


def stream(rates: dict[str, float], n: int, *, start: int = 0, domain: str = "all") -> list[Fact]:
    rng, agents = Random(start), list(rates)
    return [
        Fact(agent=a, domain=domain, sequence=start + i, score=float(rng.random() < rates[a]))
        for i in range(n)
        for a in [agents[i % len(agents)]]
    ]


FACTS = stream({"good": 0.9, "fair": 0.6, "poor": 0.3}, 300)
LEARNED = SuccessBeliefs().learn(FACTS)


def made(policy: Thompson | EpsilonGreedy | Fixed | Threshold, **more: object) -> Table:
    ask = RoutingContext(agents=AGENTS, **{"now": 300, **more})  # type: ignore[arg-type]
    return policy.probabilities(ask)[ask.domains[0]]


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


def test_a_veto_leaves_no_chance_at_all() -> None:
    found = made(Thompson(LEARNED), rules=(RoutingRule(agent="good", domain="all", veto=True),))
    assert found.agents == ("fair", "poor")
    assert found.probability("good") == 0


def test_when_everybody_is_vetoed_choosing_says_so() -> None:
    rules = tuple(RoutingRule(agent=agent, veto=True) for agent in AGENTS)
    with pytest.raises(NotFound, match="veto"):
        draw(made(Thompson(LEARNED), rules=rules), 0.5)


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


def priced(costs: dict[str, float | None], *, n: int = 400) -> Thompson:
    facts = [
        Fact(agent=agent, sequence=i, score=float(i % 5 > 0), cost=cost)
        for i in range(n)
        for agent, cost in costs.items()
    ]
    return Thompson(SuccessBeliefs().learn(facts), prices=Prices(cost=0.1, latency=0.0))


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


def test_the_explanation_says_that_a_cost_is_unknown() -> None:
    policy = priced({"good": None, "fair": 0.001})
    ask = RoutingContext(agents=("good", "fair"), now=400)
    unknown, known = explain(policy, ask, policy.probabilities(ask)["all"])
    assert unknown.numbers is not None
    assert unknown.numbers.cost is None
    assert "its cost is unknown and left out" in unknown.words
    assert "its cost and latency count as" in known.words


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


def test_what_is_learned_in_one_domain_helps_in_another() -> None:
    found = made(Thompson(LEARNED), domains=("never seen",))
    assert found.probability("good") > found.probability("fair") > found.probability("poor")


def test_learning_at_once_is_the_same_as_one_by_one() -> None:
    one_by_one = SuccessBeliefs()
    for fact in FACTS:
        one_by_one = one_by_one.update(fact)
    assert one_by_one == LEARNED


def test_draws_come_as_often_as_the_table_says() -> None:
    found, rng, n = made(EpsilonGreedy(Thompson(LEARNED), 0.3)), Random(0), 20_000
    drawn = [draw(found, rng.random()) for _ in range(n)]
    for agent in AGENTS:
        share = sum(choice.agent == agent for choice in drawn) / n
        assert share == pytest.approx(found.probability(agent), abs=0.015)
    assert {c.probability for c in drawn} <= set(found.probabilities)


def test_fixed_weights_are_kept_whatever_happens() -> None:
    policy = Fixed({"good": 1, "poor": 3})
    assert made(policy.update(FACTS[0])).probabilities == (0.25, 0.0, 0.75)


def test_an_explanation_names_the_numbers_behind_a_chance() -> None:
    ask = RoutingContext(
        agents=AGENTS, now=300, rules=(RoutingRule(agent="good", good=2, reason="asked for"),)
    )
    chances = Thompson(LEARNED).probabilities(ask)["all"]
    said = explain(Thompson(LEARNED), ask, chances)[0]
    assert said.probability == chances.probability("good")
    numbers = said.numbers
    assert numbers
    assert numbers.low < numbers.mean < numbers.high
    assert numbers.evidence == pytest.approx(100, rel=0.05)
    assert "asked for" in said.words
    assert f"{numbers.mean:.0%}" in said.words


def test_a_policy_without_beliefs_is_explained_by_its_own_reason() -> None:
    ask = RoutingContext(agents=AGENTS, rules=(RoutingRule(agent="poor", veto=True, reason="never again"),))
    chances = Fixed().probabilities(ask)["all"]
    good, _, poor = explain(None, ask, chances)
    assert "set by the operator" in good.words
    assert "may not be chosen; rules: veto: never again" in poor.words


# Selection by learned accuracy: a threshold, and a boost above it.


def profile(right: int, total: int, *, elsewhere: tuple[int, int] = (0, 0), ms: float = 100.0) -> Profile:
    domains = {"law": DomainProfile(total, right)}
    return Profile(total + elsewhere[1], right + elsewhere[0], (ms,), domains)


@pytest.mark.parametrize(("right", "score"), [(29, None), (30, 0.30), (70, 0.70), (71, 0.91), (85, 1.05)])
def test_below_three_tenths_is_left_out_and_above_seven_is_boosted(right: int, score: float | None) -> None:
    found = Threshold({"a": profile(right, 100)}).score("a", "law")
    assert found == (None if score is None else pytest.approx(score))


def test_the_domain_decides_and_not_the_overall_accuracy() -> None:
    profiles = {"good": profile(20, 100, elsewhere=(900, 900)), "fair": profile(50, 100)}
    found = made(Threshold(profiles), domains=("law",))
    assert found.probability("good") == 0
    assert found.probability("fair") == found.probability("poor") == 0.5


def test_speed_mode_takes_the_real_latency_into_account() -> None:
    profiles = {"good": profile(95, 100, ms=4_000), "fair": profile(80, 100, ms=300)}
    ask = RoutingContext(agents=("good", "fair"), domains=("law",))
    assert draw(Threshold(profiles).probabilities(ask)["law"], 0.5).agent == "good"
    quick = RoutingContext(agents=("good", "fair"), domains=("law",), speed=True)
    assert draw(Threshold(profiles).probabilities(quick)["law"], 0.5).agent == "fair"


def test_when_all_are_below_the_threshold_the_best_of_them_still_answers() -> None:
    profiles = {"good": profile(25, 100), "fair": profile(10, 100), "poor": profile(5, 100)}
    assert made(Threshold(profiles), domains=("law",)).probability("good") == 1


def test_the_mean_latency_is_that_of_the_last_hundred() -> None:
    book = ProfileBook()
    for i in range(150):
        book.log_run(LoggedRun(("a", "b"), success=i % 2 == 0, latency_ms=float(i), domain="law"))
    found = book.profiles["a"]
    assert (found.total_queries, found.successful_queries, found.accuracy) == (150, 75, 0.5)
    assert found.avg_latency == pytest.approx(sum(range(50, 150)) / 100)
    assert found.domains["law"].total_queries == 150


def test_sixteen_threads_lose_no_run() -> None:
    book = ProfileBook()

    def work() -> None:
        for _ in range(200):
            book.log_run(LoggedRun(("a",), success=True))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert book.profiles["a"].total_queries == 3_200


def test_profiles_come_back_from_their_file_as_they_were() -> None:
    book = ProfileBook()
    for i in range(20):
        book.log_run(LoggedRun(("a", "b"), success=i % 3 == 0, latency_ms=10.0 * i, domain="law"))
    assert from_json(to_json(book.profiles)) == book.profiles


def test_the_documents_own_file_can_be_read() -> None:
    text = '{"gpt-4o-mini": {"total_queries": 100, "successful_queries": 85, "avg_latency": 1245.0}}'
    assert from_json(text)["gpt-4o-mini"].accuracy == 0.85


@pytest.mark.parametrize(
    "text", ["", "[]", '{"a": 3}', '{"a": {"total_queries": 1, "successful_queries": 2}}', b"\xff"]
)
def test_a_broken_file_is_refused_with_a_reason(text: str | bytes) -> None:
    with pytest.raises(InvalidInput, match=r"metrics cannot be read|more successes"):
        from_json(text)
