"""Whoever follows the outcomes knows what a fresh reader would know, late and changed verdicts included."""

from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.analyze.recommendations import LearningSettings
from upspiral.capture import CaptureSettings
from upspiral.domain import Interaction, Kind, Outcome, Source
from upspiral.domain.ids import DEFAULT_WORKSPACE, AgentId, InteractionId, WorkspaceId
from upspiral.domain.learning import Learned
from upspiral.projections import COMMIT_LAG, Change, OutcomeFeed, feed
from upspiral.projections.recommendations import RecommendationLearner
from upspiral.projections.router import Router
from upspiral.projections.trust_folds import TrustFolds, trust_scores
from upspiral.route.config import RouteSettings
from upspiral.store import Store

SETTINGS = CaptureSettings()
HERE = DEFAULT_WORKSPACE


class Swarm:
    """Recommendations of one agent, judged and judged again."""

    def __init__(self, store: Store, make: Maker) -> None:
        self.store, self.make = store, make

    def recommend(self, n: int) -> list[Interaction]:
        made = [
            self.make.interaction(agent=AgentId("ann"), kind=Kind.RECOMMENDATION, metadata={"type": "plan"})
            for _ in range(n)
        ]
        capture.record(self.store, *made, now=self.make.now)
        return made

    def judge(self, turns: list[Interaction], score: float, *, behind: timedelta = timedelta()) -> None:
        """Give a verdict by a server whose clock or queue is behind."""
        said = [
            self.make.feedback(turn, score, source=Source.HUMAN_EVALUATION, rater="eva") for turn in turns
        ]
        capture.give_feedback(self.store, said, settings=SETTINGS, now=self.make.now - behind)


def flat(found: OutcomeFeed, store: Store) -> list[Change]:
    return [one for part in found.read(store) for one in part]


@pytest.mark.parametrize("behind", [timedelta(), timedelta(seconds=20), COMMIT_LAG - timedelta(seconds=5)])
def test_router_trust_and_learning_know_what_fresh_ones_would_after_verdicts_turned_late(
    any_store: Store, make: Maker, behind: timedelta
) -> None:
    any_store.workspaces.ensure(HERE, make.now)
    swarm = Swarm(any_store, make)
    turns = swarm.recommend(40)
    swarm.judge(turns, 1.0)

    def clock() -> object:
        return make.now + timedelta(minutes=1)

    def learned(reader: RecommendationLearner) -> Learned:
        return reader.run(any_store, clock=clock).learned  # type: ignore[arg-type]

    learner, book, router = (
        RecommendationLearner(HERE, LearningSettings()),
        TrustFolds(HERE),
        Router(HERE, RouteSettings()),
    )
    learned(learner), book.refresh(any_store, now=make.now), router.update(any_store, ["ann"])
    assert not router.revised
    swarm.judge(turns[:20], 0.0, behind=behind)
    router.update(any_store, ["ann"])
    assert router.revised
    assert book.refresh(any_store, now=make.now) == trust_scores(any_store, HERE, now=make.now)
    assert book.refresh(any_store, now=make.now)[AgentId("ann")].trust.approval_rate == 0.5
    followed, fresh = learned(learner), learned(RecommendationLearner(HERE, LearningSettings()))
    assert (followed.profiles, followed.patterns) == (fresh.profiles, fresh.patterns)
    assert followed.profiles[0].approval_rate == 0.5


def test_each_state_of_an_outcome_is_given_once_with_what_it_was_before(store: Store, make: Maker) -> None:
    swarm, following = Swarm(store, make), OutcomeFeed(HERE)
    turns = swarm.recommend(3)
    assert flat(following, store) == []
    swarm.judge(turns, 1.0)
    first = flat(following, store)
    assert [one.before for one in first] == [None] * 3
    assert flat(following, store) == []
    make.tick(5)
    swarm.judge(turns[:1], 0.0)
    [changed] = flat(following, store)
    assert changed.outcome.interaction == turns[0].id
    assert changed.is_revision
    make.tick(5)
    swarm.judge(turns[1:2], 1.0)  # another word, the same verdict
    assert not any(one.is_revision for one in flat(following, store))


@pytest.mark.parametrize("seed", range(3))
def test_in_any_order_of_clocks_and_commits_the_last_state_given_is_the_one_stored(
    store: Store, make: Maker, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "BATCH_ROWS", 7)
    rng, swarm, following = Random(seed), Swarm(store, make), OutcomeFeed(HERE, remembered=5)
    turns, state = swarm.recommend(30), dict[str, float | None]()

    def look() -> None:
        state.update((one.outcome.interaction, one.outcome.score) for one in flat(following, store))

    happens: list[Callable[[], object]] = [
        look,
        lambda: make.tick(rng.choice([1, 30, 300])),
        lambda: swarm.judge(rng.sample(turns, 9), rng.choice([0.0, 0.5, 1.0])),
        lambda: swarm.judge(rng.sample(turns, 3), 0.0, behind=timedelta(seconds=rng.randint(1, 50))),
    ]
    for _ in range(60):
        rng.choice(happens)()
        look()
    stored = store.outcomes.of(HERE, [turn.id for turn in turns])
    assert state == {ident: outcome.score for ident, outcome in stored.items()}


def test_what_is_as_the_last_look_found_it_is_not_read_again(
    store: Store, make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    swarm = Swarm(store, make)
    turns = swarm.recommend(5)
    swarm.judge(turns, 1.0)
    follower, read, asked = OutcomeFeed(HERE), store.outcomes.of, list[list[str]]()

    def note(workspace: WorkspaceId, ids: Iterable[InteractionId]) -> dict[InteractionId, Outcome]:
        wanted = list(ids)
        asked.append(list(wanted))
        return read(workspace, wanted)

    monkeypatch.setattr(store.outcomes, "of", note)
    assert len(flat(follower, store)) == 5
    assert flat(follower, store) == []
    assert [len(ids) for ids in asked] == [5]
    swarm.judge(turns[:1], 0.0, behind=timedelta(seconds=20))
    asked.clear()  # judging reads outcomes, too
    assert [one.outcome.interaction for one in flat(follower, store)] == [turns[0].id]
    assert flat(follower, store) == []
    assert asked == [[turns[0].id]]
