"""Slices of conversations, against planted truth."""

import numpy as np
import pytest
from tests.conftest import Maker

from upspiral.analyze.features import conversation_features
from upspiral.analyze.slices import Slices, describe_condition, echoes, is_known_before, meets, slices
from upspiral.domain import Conversation, Outcome, Polarity, Status, conversations
from upspiral.domain.ids import DEFAULT_WORKSPACE

HOURS = 3600


def _days(make: Maker, rng: np.random.Generator, *, n: int, weak: float, late: float) -> list[Conversation]:
    """Conversations over 14 days: model `small` fails at `weak`, from day 7 on at `late`; others at 10 %."""
    turns, outcomes = [], {}
    start = make.now
    for k in range(n):
        model = str(rng.choice(["small", "medium", "large"]))
        make.tick(14 * 24 * HOURS / n)
        rate = 0.1 if model != "small" else late if (make.now - start).days >= 7 else weak
        failed = bool(rng.random() < rate)
        noted = {"shop": str(rng.choice(list("abc"))), "ending": "gave up" if failed else "done"}
        turn = make.interaction(f"Question {k}", model=model, metadata=noted)
        turns.append(turn)
        outcomes[turn.id] = Outcome(
            interaction=turn.id,
            workspace=DEFAULT_WORKSPACE,
            agent=turn.agent,
            interaction_at=turn.at,
            status=Status.FAILURE if failed else Status.SUCCESS,
            reason="test",
            at=turn.at,
        )
    return conversations(turns, outcomes)


def _search(seen: list[Conversation], rng: np.random.Generator) -> Slices:
    explored = (rng.random(len(seen)) < 0.5).tolist()
    return slices(seen, [conversation_features(c) for c in seen], explored=explored)


def test_the_model_that_fails_more_is_named_with_its_rate_and_its_members(make: Maker) -> None:
    rng = np.random.default_rng(1)
    seen = _days(make, rng, n=1_500, weak=0.35, late=0.35)
    found = _search(seen, rng)
    weak = found.found[0]
    assert (weak.name, weak.polarity) == ("model is small", Polarity.WEAKNESS)
    assert weak.failure_rate == pytest.approx(0.35, abs=0.06)
    assert weak.difference_low < 0.25 < weak.difference_high
    assert int(weak.rows.sum()) == weak.conversations
    assert is_known_before(weak.conditions)


def test_what_only_repeats_the_outcome_explains_nothing(make: Maker) -> None:
    rng = np.random.default_rng(2)
    found = _search(_days(make, rng, n=600, weak=0.4, late=0.4), rng)
    assert found.echoes == ("ending",)
    assert not any("ending" in dict(s.conditions) for s in found.found)


def test_a_feature_with_many_values_or_some_errors_is_no_echo() -> None:
    assert not echoes([f"v{n}" for n in range(100)], [n % 2 == 0 for n in range(100)])
    assert not echoes(["a", "b"] * 50, [n % 2 == 0 or n < 10 for n in range(100)])
    assert not echoes(["a"] * 100, [False] * 100)


def test_conditions_read_like_words() -> None:
    assert describe_condition("latency ms", "> 900") == "latency ms > 900"
    assert describe_condition("weekend", "no") == "not weekend"


def test_each_conversation_of_a_slice_meets_its_conditions_and_no_other_does(make: Maker) -> None:
    rng = np.random.default_rng(5)
    seen = _days(make, rng, n=1_500, weak=0.35, late=0.35)
    described = [conversation_features(c) for c in seen]
    for found in _search(seen, rng).found:
        assert [meets(one, found.conditions) for one in described] == found.rows.tolist()
