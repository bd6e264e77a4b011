"""The memory of the learning cycle: whatever happens to the store, it learns what a fresh one would."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

import pytest
from msgspec import structs
from tests.conftest import START

from upspiral import capture
from upspiral.analyze.recommendations import LearningSettings
from upspiral.capture import CaptureSettings
from upspiral.domain import Interaction, Kind, Message, Outcome, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, ErasureId, InteractionId
from upspiral.domain.learning import LearnedPattern, LearningRun, RuleState
from upspiral.projections.recommendations import RecommendationLearner
from upspiral.store import Store

HERE = DEFAULT_WORKSPACE
USUAL = LearningSettings()
DAY = timedelta(days=1)
SKILL = {"ann": 0.95, "bob": 0.6, "cy": 0.15}


class Swarm:
    """Writes recommendations and outcomes of a store, as time goes by."""

    def __init__(self, store: Store, seed: int) -> None:
        self.store, self.rng, self.now = store, Random(seed), START
        self.made: list[Interaction] = []
        store.workspaces.ensure(HERE, START)

    def recommend(self, count: int, *, back: timedelta = timedelta()) -> list[Interaction]:
        """Recommend so often, in workflows that are joined again and again; some time ago."""
        new = [self._one(back) for _ in range(count)]
        self.store.interactions.insert_ignore(*new)
        self.made += new
        return new

    def settle(self, turns: list[Interaction], skill: dict[str, float] = SKILL) -> None:
        """Judge them, again where they were."""
        self.now += timedelta(seconds=1)
        self.store.outcomes.upsert(*(self._outcome(turn, skill) for turn in turns))

    def _one(self, back: timedelta) -> Interaction:
        self.now += timedelta(seconds=self.rng.choice((0, 0, 7, 600)))
        says = {"channel": self.rng.choice("abc"), "budget": self.rng.randint(1, 500)}
        number = self.rng.getrandbits(60)
        flow = f"flow {len(self.made) // 40} {self.rng.randint(1, 20)}"
        return Interaction(
            id=InteractionId(f"int_{number:x}"),
            workspace=HERE,
            agent=AgentId(self.rng.choice(sorted(SKILL))),
            at=self.now - back,
            kind=Kind.RECOMMENDATION,
            messages=(Message("user", "plan"),),
            answer=json.dumps(says if self.rng.random() < 0.5 else {"channel": "a"}),
            model="",
            conversation=flow,
            metadata={"type": self.rng.choice(("plan", "budget")), "confidence": f"{self.rng.random():.2f}"},
        )

    def _outcome(self, turn: Interaction, skill: dict[str, float]) -> Outcome:
        draw = self.rng.random()
        status = Status.SUCCESS if draw < skill[turn.agent] else Status.FAILURE
        return Outcome(
            interaction=turn.id,
            workspace=HERE,
            agent=turn.agent,
            interaction_at=turn.at,
            status=Status.UNKNOWN if draw > 0.97 else status,
            score=None,
            reason="a test",
            at=self.now,
            settled=self.now,
        )


def _run(learner: RecommendationLearner, swarm: Swarm, days: float = 7) -> LearningRun:
    return learner.run(swarm.store, lookback=timedelta(days=days), clock=lambda: swarm.now)


def _facts(run: LearningRun) -> object:
    return run.learned.iteration.samples_analyzed, run.learned.patterns, run.learned.profiles


@pytest.mark.long
def test_what_is_kept_teaches_the_same_as_reading_everything_again(any_store: Store) -> None:
    swarm = Swarm(any_store, 1)
    kept = RecommendationLearner(HERE, USUAL)
    rng = Random(2)
    happens: list[Callable[[], object]] = [
        lambda: swarm.settle(swarm.recommend(60)),
        lambda: swarm.recommend(30),
        lambda: swarm.settle(swarm.recommend(20, back=2.3 * DAY)),
        lambda: swarm.settle(rng.sample(swarm.made, len(swarm.made) // 5)),
        lambda: _erase(swarm, rng.choice(swarm.made)),
        lambda: _purge(swarm, swarm.now - 5 * DAY),
    ]
    happens[0]()
    for step in range(24):
        for _ in range(rng.randint(1, 3)):
            rng.choice(happens)()
        days = rng.choice((7, 7, 2, 9))
        assert _facts(_run(kept, swarm, days)) == _facts(
            _run(RecommendationLearner(HERE, USUAL), swarm, days)
        ), step
        swarm.now += rng.choice((timedelta(hours=1), DAY / 2))
        told = kept.latest(any_store, clock=lambda: swarm.now)
        assert told == RecommendationLearner(HERE, USUAL).latest(any_store, clock=lambda: swarm.now)


def _erase(swarm: Swarm, one: Interaction) -> None:
    ident = ErasureId(f"era_{swarm.rng.getrandbits(40):x}")
    capture.erase(
        swarm.store,
        HERE,
        conversation=one.conversation,
        now=swarm.now,
        ident=ident,
        settings=CaptureSettings(),
    )
    swarm.made = [turn for turn in swarm.made if turn.conversation != one.conversation]
    if not swarm.made:
        swarm.recommend(10)


def _purge(swarm: Swarm, before: datetime) -> None:
    old = [turn for turn in swarm.made if turn.at < before]
    swarm.store.interactions.forget_ids(HERE, [turn.id for turn in old])
    swarm.store.outcomes.forget_about(HERE, [turn.id for turn in old])
    swarm.made = [turn for turn in swarm.made if turn.at >= before] or swarm.recommend(10)


def test_a_second_run_reads_only_what_is_new(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    swarm, kept = Swarm(store, 3), RecommendationLearner(HERE, USUAL)
    swarm.settle(swarm.recommend(400))
    _run(kept, swarm)
    swarm.now += timedelta(hours=2)
    swarm.settle(swarm.recommend(5))
    read: list[int] = []
    whole = store.interactions.stream_recommendations

    def counted(*given: object, **named: object) -> object:
        for part in whole(*given, **named):  # type: ignore[arg-type]
            read.append(len(part))
            yield part

    monkeypatch.setattr(store.interactions, "stream_recommendations", counted)
    run = _run(kept, swarm)
    assert run.learned.iteration.samples_analyzed > 380
    assert sum(read) == 5


def test_what_was_learned_is_measured_without_reading_the_past_again(store: Store) -> None:
    swarm, kept = Swarm(store, 4), RecommendationLearner(HERE, USUAL)
    assert kept.latest(store, clock=lambda: swarm.now) is None
    swarm.settle(swarm.recommend(400))
    _run(kept, swarm)
    before = kept.latest(store, clock=lambda: swarm.now)
    assert before is not None
    assert before.iteration.iteration_accuracy is None
    assert kept.latest(store, clock=lambda: swarm.now) is before
    swarm.settle(swarm.recommend(100))
    after = kept.latest(store, clock=lambda: swarm.now)
    assert after is not None
    assert after.iteration.iteration_coverage is not None
    assert (after.iteration.iteration_accuracy or 0) > (after.iteration.iteration_base_rate or 0)


def _about(patterns: tuple[LearnedPattern, ...], agent: str) -> list[LearnedPattern]:
    return [p for p in patterns if p.conditions == (("agent", agent),)]


def test_a_refresh_drops_patterns_that_turned_and_retires_the_rules_that_rested_on_them(
    store: Store,
) -> None:
    swarm, learner = Swarm(store, 5), RecommendationLearner(HERE, USUAL)
    assert learner.retest(store, clock=lambda: swarm.now) is None
    swarm.settle(swarm.recommend(400))
    first = _run(learner, swarm).learned
    assert any(p.predicts for p in _about(first.patterns, "ann"))
    same = learner.retest(store, clock=lambda: swarm.now)
    assert same is not None
    assert {p.id for p in same.learned.patterns} == {p.id for p in first.patterns}
    assert same.learned.iteration.iteration_accuracy is None
    swarm.settle(swarm.made, {"ann": 0.1, "bob": 0.6, "cy": 0.95})
    run = learner.retest(store, clock=lambda: swarm.now)
    assert run is not None
    assert run.id == first.iteration.iteration_id
    assert not _about(run.learned.patterns, "ann")
    assert len(run.learned.patterns) < len(first.patterns)
    (rule,) = [r for r in run.learned.rules if r.conditions == (("agent", "ann"),)]
    assert (rule.state, rule.kind) == (RuleState.RETIRED, "routing")
    assert rule.retired_because == "its patterns no longer hold"
    assert learner.latest(store, clock=lambda: swarm.now) == run.learned


def test_patterns_that_a_refresh_has_chosen_are_not_measured_on_what_it_saw(store: Store) -> None:
    swarm, learner = Swarm(store, 7), RecommendationLearner(HERE, USUAL)
    swarm.settle(swarm.recommend(400))
    _run(learner, swarm)
    swarm.settle(swarm.recommend(100))
    before = learner.latest(store, clock=lambda: swarm.now)
    run = learner.retest(store, clock=lambda: swarm.now)
    assert before is not None
    assert run is not None
    assert run.learned.iteration == before.iteration
    assert run.learned.iteration.iteration_accuracy is not None
    swarm.settle(swarm.recommend(50))
    after = learner.latest(store, clock=lambda: swarm.now)
    assert after is not None
    assert after.iteration == before.iteration


def test_a_refresh_without_outcomes_leaves_everything_as_it_is(store: Store) -> None:
    swarm, learner = Swarm(store, 6), RecommendationLearner(HERE, USUAL)
    swarm.settle(swarm.recommend(300))
    first = _run(learner, swarm)
    swarm.now += 30 * DAY
    assert learner.retest(store, clock=lambda: swarm.now) == structs.replace(first)
