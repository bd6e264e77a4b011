"""How far a rate moves by itself is known from its past, and says which falls mean nothing."""

from collections.abc import Iterator, Sequence
from random import Random

import pytest

from upspiral.route.base import Fact
from upspiral.route.beliefs import SuccessBeliefs
from upspiral.stats.change.cusum import BATCH, HELD_BACK_BATCHES, MIN_BATCHES, Wander


def _blocks(rng: Random, n: int, length: int, kinds: int) -> list[float]:
    """Let the same agent answer kinds of requests in turn, a block of each."""
    rates, scores = [rng.uniform(0.1, 0.98) for _ in range(kinds)], list[float]()
    while len(scores) < n:
        rate = rates[len(scores) // length % kinds]
        scores += [float(rng.random() < rate) for _ in range(length)]
    return scores[:n]


def _alarms(scores: Sequence[float], *, domain: str = "all") -> list[int]:
    """Say after which outcomes an agent's watch raised an alarm."""
    facts = [Fact(agent="a", domain=domain, sequence=at, score=score) for at, score in enumerate(scores)]
    return list(_new_alarms(facts))


def _new_alarms(facts: Sequence[Fact]) -> Iterator[int]:
    learned, before = SuccessBeliefs(), 0
    for at, fact in enumerate(facts):
        learned = learned.update(fact)
        alarms = learned.records["a"].alarms
        if alarms and alarms[-1] != before:
            before = alarms[-1]
            yield at


@pytest.mark.parametrize("length", [60, 200, 500])
def test_once_it_is_known_how_a_mix_shifts_kinds_in_blocks_raise_few_alarms_without_a_domain(
    length: int,
) -> None:
    alarms = [at for seed in range(2) for at in _alarms(_blocks(Random(seed), 8_000, length, 8))]
    assert sum(at >= 1_500 for at in alarms) <= 1  # 10 to 50 where the mix is not allowed for
    assert sum(at < 1_500 for at in alarms) <= 4  # the first shifts look like a change


@pytest.mark.long
def test_long_blocks_raise_less_than_one_alarm_in_ten_thousand_though_each_alarm_forgets_the_rate() -> None:
    streams = [_blocks(Random(100 + seed), 10_000, 500, 8) for seed in range(8)]
    found = [at for scores in streams for at in _alarms(scores)]
    assert len(found) <= 8
    assert sum(at >= 4_000 for at in found) <= 2  # every kind was met by then


def test_a_collapse_without_a_domain_is_found_and_an_unchanged_agent_raises_no_alarm() -> None:
    delays = list[int]()
    for seed in range(10):
        rng = Random(seed)
        scores = [float(rng.random() < (0.85 if at < 1_000 else 0.3)) for at in range(1_200)]
        found = _alarms(scores)
        assert not [at for at in found if at < 1_000]
        delays += [found[0] - 1_000] if found else []
    assert len(delays) == 10
    assert sorted(delays)[5] <= 40


def test_a_named_domain_is_watched_by_its_own_rate_alone() -> None:
    rng = Random(0)
    scores = [float(rng.random() < (0.9 if at < 1_000 else 0.65)) for at in range(1_300)]
    assert [at for at in _alarms(scores, domain="law") if at >= 1_000]


@pytest.mark.parametrize(("before", "after", "least"), [(0.5, 0.1, 8), (0.9, 0.6, 6)])
def test_a_smaller_fall_without_a_domain_is_found_too_as_it_does_not_widen_its_own_limits(
    before: float, after: float, least: int
) -> None:
    found = 0
    for seed in range(12):
        rng = Random(seed)
        scores = [float(rng.random() < (before if at < 1_000 else after)) for at in range(1_500)]
        found += any(at >= 1_000 for at in _alarms(scores))
    assert found >= least


def test_what_is_not_known_yet_is_expected_to_wander() -> None:
    new, steady = Wander(), Wander()
    for at in range(BATCH * (MIN_BATCHES + HELD_BACK_BATCHES + 2)):
        steady = steady.update(float(at % 10 > 0))
    assert new.deviation >= 0.1 > steady.deviation


def test_one_batch_says_nothing_of_how_far_a_rate_moves() -> None:
    watched = Wander()
    for at in range(BATCH * (HELD_BACK_BATCHES + 1)):
        assert watched.deviation == Wander().deviation
        watched = watched.update(float(at % 10 > 0))
    assert watched.deviation == Wander().deviation


def test_batches_that_are_alike_since_they_are_of_one_block_leave_more_doubt_than_as_many_in_turn() -> None:
    in_turn, in_blocks = Wander(), Wander()
    for at in range(BATCH * 45):
        in_turn = in_turn.update(float(at % 10 < (9 if at // BATCH % 2 else 5)))
        in_blocks = in_blocks.update(float(at % 10 < (9 if at // (10 * BATCH) % 2 else 5)))
    assert in_blocks.deviation > 1.05 * in_turn.deviation


def test_the_newest_batches_do_not_count_yet() -> None:
    steady = Wander()
    for at in range(BATCH * 30):
        steady = steady.update(float(at % 10 > 0))
    fallen = steady
    for _ in range(BATCH * HELD_BACK_BATCHES):
        fallen = fallen.update(0.0)
    assert fallen.deviation == pytest.approx(steady.deviation, abs=0.01)
    for _ in range(BATCH):
        fallen = fallen.update(0.0)
    assert fallen.deviation > steady.deviation + 0.05
