"""Weights of raters are kept, and Outcomes, counts and explanations follow them."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest
from tests.conftest import Maker

from upspiral import capture
from upspiral.analyze import breakdown
from upspiral.capture import CaptureSettings
from upspiral.domain import Feedback, Interaction, RaterWeight, Source, Status
from upspiral.domain.ids import DEFAULT_WORKSPACE, ErasureId
from upspiral.store import Store

SETTINGS = CaptureSettings()
BOTS = [f"bot{number}" for number in range(5)]


def _crowd(store: Store, make: Maker) -> list[Interaction]:
    """A hundred good answers, twenty bad ones, 20 honest users, and five bots that call 30 good ones bad."""
    rng = Random(3)
    turns = [make.interaction(agent="a" if n % 2 else "b", messages=()) for n in range(120)]
    capture.record(store, *turns)
    said = []
    for number in range(20):
        for place in rng.sample(range(120), 30):
            right = rng.random() < 0.9
            said.append(make.feedback(turns[place], float((place < 100) == right), rater=f"user{number}"))
    said += [make.feedback(turns[place], 0.0, rater=bot) for bot in BOTS for place in range(30)]
    _give(store, said, make, SETTINGS)
    return turns


def _give(store: Store, said: Sequence[Feedback], make: Maker, settings: CaptureSettings) -> None:
    capture.give_feedback(store, said, settings=settings, now=make.now)


def _failures(store: Store) -> dict[str, int]:
    return {
        row.key: row.failures
        for row in breakdown(store.rollups.sums(DEFAULT_WORKSPACE, "agent", None), by="agent")
    }


def _weigh(store: Store, make: Maker, settings: CaptureSettings = SETTINGS) -> capture.RefitReport:
    return capture.refit(store, DEFAULT_WORKSPACE, settings=settings, now=make.tick())


def _recount(store: Store) -> dict[str, int]:
    kept = store.outcomes.list_rows(DEFAULT_WORKSPACE)
    return {a: sum(o.agent == a and o.status == Status.FAILURE for o in kept) for a in ("a", "b")}


def test_bots_are_no_longer_heard_and_counts_follow_the_outcomes(any_store: Store, make: Maker) -> None:
    turns = _crowd(any_store, make)
    before = _failures(any_store)
    done = _weigh(any_store, make)
    assert (done.raters, done.silent) == (25, 5)
    assert done.status_changed > 10
    assert _failures(any_store) == _recount(any_store)
    assert sum(_failures(any_store).values()) < sum(before.values()) - 10
    kept = any_store.outcomes.of(DEFAULT_WORKSPACE, [turns[0].id])[turns[0].id]
    assert "not counted: bot0" in kept.reason


def test_weighing_again_changes_nothing(any_store: Store, make: Maker) -> None:
    _crowd(any_store, make)
    _weigh(any_store, make)
    rows = any_store.rater_weights.list_rows(DEFAULT_WORKSPACE)
    kept = any_store.outcomes.list_rows(DEFAULT_WORKSPACE)
    again = _weigh(any_store, make)
    assert (again.downweighted, again.refolded, again.status_changed) == (0, 0, 0)
    assert any_store.rater_weights.list_rows(DEFAULT_WORKSPACE) == rows
    assert any_store.outcomes.list_rows(DEFAULT_WORKSPACE) == kept


def test_new_words_are_folded_with_the_weights_that_are_kept(any_store: Store, make: Maker) -> None:
    _crowd(any_store, make)
    _weigh(any_store, make)
    fresh = make.interaction()
    capture.record(any_store, fresh)
    said = [make.feedback(fresh, 1.0, rater="user1")] + [make.feedback(fresh, 0.0, rater=b) for b in BOTS]
    _give(any_store, said, make, SETTINGS)
    assert any_store.outcomes.of(DEFAULT_WORKSPACE, [fresh.id])[fresh.id].status == Status.SUCCESS
    _give(any_store, [make.feedback(fresh, 0.0, rater="bot0", source=Source.JUDGE)], make, SETTINGS)
    told = capture.explain(any_store, DEFAULT_WORKSPACE, fresh.id, settings=SETTINGS, now=make.now)
    assert [one.weight for one in told.signals][1:] == [0, 0, 0, 0, 0, 1]  # a judge called bot0 is another
    assert "bot1" in told.signals[1].reason
    assert told.effect.plain.status == Status.FAILURE


def test_where_raters_are_not_weighed_everything_is_taken_back(any_store: Store, make: Maker) -> None:
    _crowd(any_store, make)
    before = any_store.outcomes.list_rows(DEFAULT_WORKSPACE)
    counted = _failures(any_store)
    _weigh(any_store, make)
    _weigh(any_store, make, CaptureSettings(weigh_raters=False))
    assert any_store.rater_weights.list_rows(DEFAULT_WORKSPACE) == []
    scores = {o.interaction: (o.score, o.reason) for o in any_store.outcomes.list_rows(DEFAULT_WORKSPACE)}
    assert scores == {o.interaction: (o.score, o.reason) for o in before}
    assert _failures(any_store) == counted


def test_a_rater_who_is_silent_for_long_is_not_remembered(store: Store, make: Maker) -> None:
    _crowd(store, make)
    _weigh(store, make)
    make.tick(timedelta(days=91).total_seconds())
    assert _weigh(store, make).raters == 0
    assert store.rater_weights.total(DEFAULT_WORKSPACE) == 0


def test_gold_of_a_human_lifts_who_was_right_against_all(store: Store, make: Maker) -> None:
    turns = [make.interaction() for _ in range(60)]
    capture.record(store, *turns)
    said = [make.feedback(turn, float(n % 2), rater=w) for n, turn in enumerate(turns) for w in ("a", "b")]
    said += [make.feedback(turn, float(n % 2 == 0), rater="right") for n, turn in enumerate(turns)]
    human = {"source": Source.HUMAN_EVALUATION, "rater": "boss", "label": "gold"}
    said += [make.feedback(turn, float(n % 2 == 0), **human) for n, turn in enumerate(turns[:40])]
    _give(store, said, make, SETTINGS)
    _weigh(store, make)
    known = {row.voice: row.weight for row in store.rater_weights.list_rows(DEFAULT_WORKSPACE)}
    assert known["user:right"] > 1
    assert known["user:a"] == known["user:b"] < 0
    assert "human:boss" not in known


@pytest.mark.long
def test_an_erased_person_is_forgotten_as_a_rater_too(any_store: Store, make: Maker) -> None:
    _crowd(any_store, make)
    _weigh(any_store, make)
    capture.erase(
        any_store,
        DEFAULT_WORKSPACE,
        end_user="bot3",
        now=make.now,
        ident=ErasureId("era_1"),
        settings=SETTINGS,
    )
    left = any_store.rater_weights.list_rows(DEFAULT_WORKSPACE)
    assert len(left) == 24
    assert not any("bot3" in row.reason or "user:bot3" in row.bloc for row in left)
    mate = any_store.rater_weights.get(DEFAULT_WORKSPACE, RaterWeight.id_of("user:bot1"))
    assert (mate.weight, len(mate.bloc)) == (0, 3)


def test_another_workspace_is_not_touched(any_store: Store, make: Maker) -> None:
    _crowd(any_store, make)
    done = capture.refit(any_store, "other", settings=SETTINGS, now=make.now)  # type: ignore[arg-type]
    assert (done.raters, done.refolded) == (0, 0)
    assert any_store.rater_weights.total(DEFAULT_WORKSPACE) == 0
