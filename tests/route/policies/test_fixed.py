"""Fixed weights."""

from tests.route.planted import FACTS, made

from upspiral.route.policies.fixed import Fixed


def test_fixed_weights_are_kept_whatever_happens() -> None:
    policy = Fixed({"good": 1, "poor": 3})
    assert made(policy.update(FACTS[0])).probabilities == (0.25, 0.0, 0.75)
