"""The router follows what settles: agents, profiles, widths and rules, the same after a restart."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec import structs

from upspiral import capture
from upspiral.capture import CaptureSettings
from upspiral.domain import Interaction, LoggedChoice, Source, Usage
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId
from upspiral.domain.learning import Learned, LearningIteration, LearningRun, Rule, RuleState
from upspiral.projections.router import Router
from upspiral.queries.routing import read_settled_choices
from upspiral.route.cascade import order_by_cost
from upspiral.route.config import RouteSettings
from upspiral.route.metrics_file import MetricsFile
from upspiral.route.policies import Thompson
from upspiral.route.rules import routing_rule, routing_rules
from upspiral.route.whatif import what_if
from upspiral.store import Store

if TYPE_CHECKING:
    from tests.conftest import Maker

START = datetime(2026, 1, 5, tzinfo=UTC)
AGENTS = ("able", "clumsy")
SETTINGS = CaptureSettings()


def router(file: Path | None = None, **more: object) -> Router:
    settings = RouteSettings(**more)
    return Router(DEFAULT_WORKSPACE, settings, MetricsFile(file) if file else None)


class Day:
    """What happens on a day, written into a store."""

    def __init__(self, store: Store, make: "Maker") -> None:
        self.store, self.make = store, make

    def turn(self, agent: str = "able", score: float | None = None, **metadata: str) -> Interaction:
        made = self.make.interaction(agent=AgentId(agent), metadata=metadata, latency_ms=100.0)
        capture.record(self.store, made)
        if score is not None:
            self.say(made, score)
        return made

    def say(self, about: Interaction, score: float | None, **more: object) -> None:
        signal = self.make.feedback(about, score, **more)
        capture.give_feedback(self.store, [signal], settings=SETTINGS, now=self.make.now)


@pytest.fixture
def day(store: Store, make: "Maker") -> Day:
    return Day(store, make)


def test_several_models_that_share_an_answer_each_count(day: Day) -> None:
    day.turn(score=1.0, models="gpt,claude", domain="law")
    day.turn(score=0.0, domain="law")
    made = router()
    made.update(day.store, AGENTS)
    found = made.book.profiles
    assert {name: one.total_queries for name, one in found.items()} == {"gpt": 1, "claude": 1, "able": 1}
    assert found["claude"].accuracy_in("law") == 1.0


def test_a_run_of_several_models_teaches_each_of_them_and_no_agent_of_their_joined_names(day: Day) -> None:
    for number in range(30):
        day.turn("weak+helper", 0.0, models="weak,helper", domain=f"d{number}" * 2)
        day.turn("right+helper", 1.0, models="right,helper", domain=f"e{number}")
    made = router()
    made.update(day.store, ("weak", "right"))
    assert made.table("all").probability("right") > 0.8  # 0.5 where only the joined name learns


def test_a_run_recorded_under_its_first_model_teaches_every_model_once(day: Day) -> None:
    for number in range(20):
        day.turn("weak", 0.0, models="weak,helper", agreed="weak,helper", domain=f"d{number}")
        day.turn("right", 1.0, models="right,helper", agreed="right,helper")
    made = router()
    made.update(day.store, ("weak", "right", "helper"))
    assert isinstance(made.policy, Thompson)
    counted = {name: record.n for name, record in made.policy.learned.records.items()}
    assert counted == {"weak": 20, "right": 20, "helper": 40}
    assert set(made.book.profiles) == {"weak", "right", "helper"}


@pytest.mark.long
def test_the_table_of_all_together_is_there_however_many_domains_there_are(day: Day) -> None:
    for number in range(260):
        day.turn("able", 1.0, domain=f"d{number:03d}")
        day.turn("clumsy", 0.0, domain=f"d{number:03d}")
    kept = router()
    kept.update(day.store, AGENTS)
    restarted = router()
    restarted.update(day.store, AGENTS)
    for made in (kept, restarted):
        for domain in ("all", "never met", "d259"):  # one half each where the tables are cut off
            assert made.table(domain).probability("able") > 0.8


def test_the_answers_of_an_ensemble_are_one_request_and_who_agreed_shares_its_outcome(day: Day) -> None:
    day.turn("clumsy", ensemble="part", models="clumsy")
    day.turn("able", 1.0, ensemble="given", models="able,third,clumsy", agreed="able,third")
    made = router()
    assert made.update(day.store, (*AGENTS, "third")) == 1
    assert {name: one.total_queries for name, one in made.book.profiles.items()} == {
        "able": 1, "third": 1, "clumsy": 1
    }  # fmt: skip
    chances = made.table("all")
    assert chances.probability("able") == pytest.approx(chances.probability("third"))
    assert chances.probability("able") > chances.probability("clumsy")


def test_a_member_that_fails_counts_by_itself_and_tunes_nothing(day: Day) -> None:
    failed = day.make.interaction(
        agent=AgentId("clumsy"), error="down", metadata={"ensemble": "part", "models": "clumsy"}
    )
    capture.record(day.store, failed)
    made = router()
    made.update(day.store, AGENTS)
    assert made.book.profiles["clumsy"].successful_queries == 0
    assert made.ensemble.domains == {}


def test_a_cascade_asks_by_price_and_those_without_one_last(day: Day) -> None:
    prices = {"unpriced": None, "dear": 0.02, "cheap": 0.001}
    for agent, cost in prices.items():
        for _ in range(20):
            one = day.make.interaction(agent=AgentId(agent), usage=Usage(10, 10, cost))
            capture.record(day.store, one)
            day.say(one, 1.0)
    made = router()
    made.update(day.store, tuple(prices))
    assert made.cost("unpriced") is None
    assert made.cost("dear") == pytest.approx(20 * (made.cost("cheap") or 0.0))
    assert order_by_cost({name: made.cost(name) for name in prices}) == ("cheap", "dear", "unpriced")


def test_loop_backs_and_failed_checks_told_by_feedback_widen_and_sharpen(day: Day) -> None:
    for _ in range(20):
        day.say(day.turn(domain="money"), 0.0, label="loop_back")
        day.say(day.turn(domain="law"), 0.0, label="fact_check_failed")
        day.turn(score=1.0, domain="small talk")
    made = router()
    made.update(day.store, AGENTS)
    assert made.ensemble.width("money") > made.ensemble.width("small talk") == 2
    assert made.cascade.rung("money").threshold < 0.7 < made.cascade.rung("law").threshold


def test_bounds_come_from_the_settings(day: Day) -> None:
    for _ in range(60):
        day.turn(score=0.0, loop_back="true", fact_check="failed")
    made = router(min_width=1, max_width=3, max_depth=2)
    made.update(day.store, AGENTS)
    assert (made.ensemble.width("all"), made.cascade.rung("all").depth) == (3, 2)


def test_what_only_the_verifier_passed_teaches_but_tunes_when_people_have_spoken(day: Day) -> None:
    turn = day.turn(cascade="given", models="able")
    day.say(turn, 0.9, source=Source.VERIFIER, rater="judge", metadata={"cascade": "given"})
    made = router()
    assert made.update(day.store, AGENTS) == 1
    assert made.ensemble.domains == {}
    assert made.update(day.store, AGENTS) == 0
    day.say(turn, 0.0, label="fact_check_failed")
    assert made.update(day.store, AGENTS) == 1
    assert made.cascade.domains["all"].trouble.failed_checks == 1
    assert made.book.profiles["able"].total_queries == 1
    day.say(turn, 1.0, rater="bert")
    assert made.update(day.store, AGENTS) == 0


def test_a_dropped_answer_teaches_its_agent_and_tunes_nothing(day: Day) -> None:
    turn = day.turn("clumsy", cascade="escalated", models="clumsy")
    day.say(turn, 0.1, source=Source.VERIFIER, rater="judge", metadata={"cascade": "escalated"})
    made = router()
    made.update(day.store, AGENTS)
    assert made.book.profiles["clumsy"].accuracy == 0.0
    assert made.ensemble.domains == {}
    assert made.cascade.domains == {}
    assert made.table("all").probability("able") > 0.5


def test_everything_is_the_same_after_a_restart(day: Day) -> None:
    made = router()
    for i in range(40):
        day.turn(AGENTS[i % 2], float(i % 3 > 0), domain=f"d{i % 3}", loop_back=str(i % 2 > 0).lower())
        if i % 7 == 0:
            made.update(day.store, AGENTS)
    made.update(day.store, AGENTS)
    again = router()
    again.update(day.store, AGENTS)
    assert again.book.profiles == made.book.profiles
    assert (again.ensemble, again.cascade) == (made.ensemble, made.cascade)
    assert [again.table(f"d{i}").agents for i in range(3)] == [made.table(f"d{i}").agents for i in range(3)]


def test_sixteen_threads_that_follow_count_each_once(day: Day) -> None:
    made = router()
    for _ in range(50):
        day.turn(score=1.0)
    threads = [threading.Thread(target=made.update, args=(day.store, AGENTS)) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.book.profiles["able"].total_queries == made.now == 50


def test_profiles_live_on_in_the_file_when_the_facts_are_gone(day: Day, tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    turns = [day.turn(score=1.0) for _ in range(3)]
    made = router(file)
    made.update(day.store, AGENTS)
    made.close()
    day.store.outcomes.forget_about(DEFAULT_WORKSPACE, [turns[0].id])
    for _ in range(2):
        again = router(file)
        again.update(day.store, AGENTS)
        again.close()
        assert again.book.profiles["able"].total_queries == 3


def test_the_policy_threshold_selects_by_the_profiles_of_the_file(day: Day, tmp_path: Path) -> None:
    file = tmp_path / "metrics.json"
    file.write_text(
        '{"able": {"total_queries": 100, "successful_queries": 85},'
        ' "clumsy": {"total_queries": 100, "successful_queries": 25}}'
    )
    made = router(file, policy="threshold")
    made.update(day.store, AGENTS)
    assert made.choose("c", "all").agent == "able"
    assert made.table("all").reasons == ("threshold: score 1.05", "threshold: left out")


def test_who_is_in_a_hurry_gets_the_faster_agent(day: Day) -> None:
    for _ in range(10):
        for agent, ms in (("able", 5_000.0), ("clumsy", 100.0)):
            one = structs.replace(day.make.interaction(agent=AgentId(agent)), latency_ms=ms)
            capture.record(day.store, one)
            day.say(one, 1.0)
    made = router(policy="threshold")
    made.update(day.store, AGENTS)
    assert not made.is_ready(True)
    made.prepare_speed(True)
    assert made.choose("c", "all", speed=True).agent == "clumsy"
    assert made.table("all").probability("able") == 0.5


def rule(agent: str, **more: object) -> Rule:
    given: dict[str, object] = {
        "id": f"rule {agent}",
        "workspace": DEFAULT_WORKSPACE,
        "conditions": (("agent", agent), ("type", "law")),
        "prefer": False,
        "text": f"Do not lean on {agent} for law.",
        "state": RuleState.ACTIVE,
        "success_rate": 0.1,
        "effectiveness": 0.3,
        "observed": 200,
    }
    return Rule(**{**given, **more}, proposed_at=START, confirmed_at=START)  # type: ignore[arg-type]


def learned(*rules: Rule) -> LearningRun:
    iteration = LearningIteration(
        iteration_id="i",
        workspace_id=DEFAULT_WORKSPACE,
        samples_analyzed=0,
        patterns_discovered=0,
        patterns_confirmed=0,
        rules_updated=0,
        pattern_confidence_improvement=0.0,
        rule_effectiveness_improvement=0.0,
        key_insights=(),
        recommendations_for_swarm=(),
        started_at=START,
        completed_at=START,
        processing_time_seconds=0.0,
    )
    found = Learned(
        iteration=iteration, patterns=(), rules=rules, profiles=(), insights=(), recommendations=()
    )
    return LearningRun(id=f"run{len(rules)}", workspace=DEFAULT_WORKSPACE, at=START, learned=found)


def test_rules_of_the_newest_learning_run_bar_and_lean(any_store: Store, make: "Maker") -> None:
    day, made = Day(any_store, make), router()
    made.update(day.store, AGENTS)
    assert made.rules == ()
    day.store.learning_runs.add(learned(rule("clumsy")))
    day.turn(score=1.0, domain="law")
    made.update(day.store, AGENTS)
    assert made.table("law").agents == ("able",)
    assert "clumsy" in made.table("all").agents
    assert made.rules
    day.store.learning_runs.upsert(learned(rule("clumsy", state=RuleState.RETIRED)))
    [said] = [one for one in made.explain("law") if one.agent == "clumsy"]
    assert "veto: Do not lean on clumsy for law." in said.words
    made._rules_version = None  # ten minutes later
    made.update(day.store, AGENTS)
    assert made.rules == ()
    assert made.table("law").agents == AGENTS


def test_a_rule_is_a_veto_only_where_it_is_hopeless_and_often_seen() -> None:
    seldom, fair = routing_rule(rule("a", observed=20)), routing_rule(rule("a", success_rate=0.4))
    assert seldom
    assert fair
    assert not seldom.veto
    assert not fair.veto
    assert [fair.good, fair.bad] == pytest.approx([4, 6])
    assert routing_rule(rule("a", prefer=True)).veto is False  # type: ignore[union-attr]
    assert routing_rule(rule("a", state=RuleState.PROPOSED)) is None
    assert routing_rule(rule("a", conditions=(("agent", "a"), ("confidence", "high")))) is None
    assert routing_rule(rule("a", conditions=(("type", "law"),))) is None


def test_vetoes_that_would_leave_nobody_only_count_in_advance() -> None:
    assert not any(one.veto for one in routing_rules([rule("able"), rule("clumsy")], AGENTS))
    assert [one.agent for one in routing_rules([rule("able"), rule("gone")], AGENTS)] == ["able"]


def test_what_if_leaves_out_answers_of_several(day: Day) -> None:
    for policy in ("thompson", "thompson:ensemble", "thompson:cascade", "thompson"):
        turn = day.turn(score=1.0)
        day.store.choices.add(
            LoggedChoice(
                id=turn.id,
                workspace=turn.workspace,
                at=turn.at,
                conversation=turn.conversation,
                domain="all",
                policy=policy,
                agent=turn.agent,
                probability=0.5,
                reason="",
            )
        )
    found = what_if(read_settled_choices(day.store, DEFAULT_WORKSPACE), "fixed", settings=RouteSettings())
    assert (found.learned_from, found.judged_on) == (1, 1)


def test_a_conversation_of_many_turns_is_one_piece_of_evidence(day: Day) -> None:
    for turn in range(5):
        for talk in range(4):
            answer = day.make.interaction(agent=AgentId("able"), conversation=f"talk-{talk}")
            capture.record(day.store, answer)
            day.say(answer, float(turn > 0))
    made = router()
    made.update(day.store, AGENTS)
    (able,) = [one for one in made.explain("all") if one.agent == "able"]
    assert able.numbers is not None
    assert able.numbers.evidence == pytest.approx(4, abs=0.05)
    assert able.numbers.mean < 0.5  # the first turns all failed


def test_a_verdict_that_turns_after_it_was_counted_is_noticed(day: Day) -> None:
    turned, first = day.turn(score=1.0), router()
    first.update(day.store, AGENTS)
    assert not first.revised
    day.make.now += timedelta(seconds=5)
    day.say(turned, 0.0)
    first.update(day.store, AGENTS)
    assert first.revised
