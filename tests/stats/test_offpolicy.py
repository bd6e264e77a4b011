"""What another policy would have been worth, against planted truth."""

import numpy as np
import pytest

from upspiral.stats.offpolicy import Estimate, Logged, NoEstimate, Value, effective_sample, value_of
from upspiral.stats.proportions import wilson

RATES = {"x": {"a": 0.8, "b": 0.5}, "y": {"a": 0.4, "b": 0.7}}
LOGGING = {"x": {"a": 0.9, "b": 0.1}, "y": {"a": 0.9, "b": 0.1}}
OTHER = {"x": {"a": 0.5, "b": 0.5}, "y": {"a": 0.1, "b": 0.9}}
TRUTH = (0.65 + 0.67) / 2


def log(n: int, seed: int) -> list[Logged]:
    rng = np.random.default_rng(seed)
    rows = []
    for _ in range(n):
        context = "xy"[int(rng.integers(2))]
        action = "a" if rng.random() < LOGGING[context]["a"] else "b"
        reward = float(rng.random() < RATES[context][action])
        rows.append(Logged(context, action, LOGGING[context][action], reward))
    return rows


def holds(estimate: Estimate) -> bool:
    return estimate.low <= TRUTH <= estimate.high


@pytest.mark.long
def test_each_estimator_covers_the_truth_about_as_often_as_it_says() -> None:
    runs = 150
    found = [value_of(log(1_000, seed), OTHER) for seed in range(runs)]
    values = [value for value in found if isinstance(value, Value)]
    assert len(values) == runs
    for name in ("ips", "snips", "doubly_robust"):
        covered = sum(holds(getattr(value, name)) for value in values)
        assert wilson(covered, runs).high >= 0.93


def test_the_doubly_robust_interval_is_narrower_than_the_plain_one() -> None:
    found = value_of(log(4_000, 0), OTHER)
    assert isinstance(found, Value)
    assert found.doubly_robust.high - found.doubly_robust.low < found.ips.high - found.ips.low


def test_the_logging_policy_itself_is_worth_what_it_earned() -> None:
    rows = log(2_000, 1)
    found = value_of(rows, LOGGING)
    assert isinstance(found, Value)
    earned = sum(row.reward for row in rows) / len(rows)
    assert found.ips.value == pytest.approx(earned)
    assert found.snips.value == pytest.approx(earned)
    assert found.effective_sample == pytest.approx(2_000)


def test_little_overlap_is_refused_with_the_sample_it_would_need() -> None:
    found = value_of(log(100, 2), OTHER)
    assert isinstance(found, NoEstimate)
    assert found.effective_sample < found.needed == 100


def test_an_action_never_tried_is_refused_even_where_the_rest_is_plenty() -> None:
    found = value_of(log(5_000, 3), {"x": {"a": 0.5, "c": 0.5}, "y": {"a": 1.0}})
    assert isinstance(found, NoEstimate)
    assert "never tried" in found.reason


@pytest.mark.parametrize(
    "row",
    [
        Logged("x", "a", 0.0, 1.0),
        Logged("x", "a", -0.5, 1.0),
        Logged("x", "a", float("nan"), 1.0),
        Logged("x", "a", 0.5, float("nan")),
        Logged("x", "a", 0.5, 1e300),
    ],
)
def test_rows_that_cannot_be_are_passed_over(row: Logged) -> None:
    clean = log(1_000, 4)
    assert value_of([*clean, row], OTHER) == value_of(clean, OTHER)


def test_an_empty_log_and_an_empty_policy_are_refused() -> None:
    assert isinstance(value_of([], OTHER), NoEstimate)
    assert isinstance(value_of(log(500, 5), {}), NoEstimate)


def test_the_answer_does_not_depend_on_who_asks_when() -> None:
    assert value_of(log(1_000, 6), OTHER) == value_of(log(1_000, 6), OTHER)


def test_even_weights_are_worth_their_number() -> None:
    assert effective_sample(np.ones(7)) == pytest.approx(7)
    assert effective_sample(np.zeros(7)) == 0
